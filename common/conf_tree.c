#include "common/conf_tree.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf_scan.h"
#include "common/conf_units.h"

/* config first: a setting points to it, and so to its tree. */
struct conf_tree {
	config_t config;
	char *name;
};

static const config_setting_t *
setting(const struct conf_node *n)
{
	return (const config_setting_t *)n;
}

static const struct conf_node *
node(const config_setting_t *s)
{
	return (const struct conf_node *)s;
}

/* What libconfig says, in words that tell what to do. */
static const char *
parse_fault(const char *text)
{
	if (text != NULL && strstr(text, "duplicate") != NULL)
		return "this name is already set in this group; keep one";
	if (text != NULL && strstr(text, "mismatched") != NULL)
		return "an array [ ] holds values of one type only";
	return "not understood here or just before; write name = value; or "
	    "name: { ... }; with text in quotes";
}

/* libconfig reads "0.3" with strtod, which under some locales wants a comma. */
static int
parse(config_t *config, const char *text)
{
	locale_t old, c = conf_c_locale(&old);
	int ok = config_read_string(config, text);

	conf_back_locale(old, c);
	return ok;
}

/*
 * Takes text, which has room for two octets after its len. libconfig 1.5 does
 * not understand a comment that ends with the file, so a newline goes there.
 */
static struct conf_tree *
tree_of(const char *name, char *text, size_t len, struct conf_errors *e)
{
	struct conf_tree *t = calloc(1, sizeof *t);
	const char *what;
	int line;

	if (t == NULL || (t->name = strdup(name)) == NULL) {
		conf_errors_add(e, name, 0, "out of memory");
		free(t);
		free(text);
		return NULL;
	}
	config_init(&t->config);
	memcpy(text + len, "\n", 2);
	if (!conf_scan(text, len, &line, &what)) {
		conf_errors_add(e, name, line, "%s", what);
	} else if (!parse(&t->config, text)) {
		conf_errors_add(e, name, config_error_line(&t->config), "%s",
		    parse_fault(config_error_text(&t->config)));
	} else {
		free(text);
		return t;
	}
	free(text);
	conf_tree_free(t);
	return NULL;
}

struct conf_tree *
conf_tree_read_text(const char *name, const char *text, size_t len,
    struct conf_errors *e)
{
	char *copy;

	if (len > CONF_FILE_MAX) {
		conf_errors_add(e, name, 0, "the text is over 1 MiB");
		return NULL;
	}
	copy = malloc(len + 2);
	if (copy == NULL) {
		conf_errors_add(e, name, 0, "out of memory");
		return NULL;
	}
	memcpy(copy, text, len);
	return tree_of(name, copy, len, e);
}

bool
conf_file_trusted(int fd, mode_t type, const char *path,
    struct conf_errors *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		conf_errors_add(e, path, 0, "fstat: %s", strerror(errno));
		return false;
	}
	if ((st.st_mode & S_IFMT) != type) {
		conf_errors_add(e, path, 0, type == S_IFREG ?
		    "not a regular file" : "not a directory");
		return false;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		conf_errors_add(e, path, 0, "owned by user %lu; it must be "
		    "root's or your own: chown root it",
		    (unsigned long)st.st_uid);
		return false;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		conf_errors_add(e, path, 0, "mode %04lo lets others write; "
		    "chmod go-w it", (unsigned long)(st.st_mode & 07777));
		return false;
	}
	return true;
}

/* Up to one octet more than is allowed, so that too much can be told. */
static ssize_t
read_up(int fd, char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = read(fd, buf + used, size - used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static struct conf_tree *
read_open(int fd, const char *path, struct conf_errors *e)
{
	char *text = malloc(CONF_FILE_MAX + 2);
	ssize_t len;

	if (text == NULL) {
		conf_errors_add(e, path, 0, "out of memory");
		return NULL;
	}
	len = read_up(fd, text, CONF_FILE_MAX + 1);
	if (len == -1)
		conf_errors_add(e, path, 0, "read: %s", strerror(errno));
	if (len > CONF_FILE_MAX)
		conf_errors_add(e, path, 0, "the file is over 1 MiB");
	if (len == -1 || len > CONF_FILE_MAX) {
		free(text);
		return NULL;
	}
	return tree_of(path, text, (size_t)len, e);
}

struct conf_tree *
conf_tree_read(const char *path, struct conf_errors *e)
{
	struct conf_tree *t = NULL;
	int fd;

	/* O_NONBLOCK: a FIFO in its place must not hold us */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		conf_errors_add(e, path, 0, "cannot open: %s",
		    strerror(errno));
		return NULL;
	}
	if (conf_file_trusted(fd, S_IFREG, path, e))
		t = read_open(fd, path, e);
	close(fd);
	return t;
}

void
conf_tree_free(struct conf_tree *t)
{
	if (t == NULL)
		return;
	config_destroy(&t->config);
	free(t->name);
	free(t);
}

const struct conf_node *
conf_tree_root(const struct conf_tree *t)
{
	return node(config_root_setting(&t->config));
}

const struct conf_node *
conf_node_child(const struct conf_node *group, const char *name)
{
	return node(config_setting_get_member(setting(group), name));
}

const struct conf_node *
conf_node_at(const struct conf_node *n, size_t index)
{
	return node(config_setting_get_elem(setting(n), (unsigned)index));
}

size_t
conf_node_count(const struct conf_node *n)
{
	return (size_t)config_setting_length(setting(n));
}

enum conf_type
conf_node_type(const struct conf_node *n)
{
	switch (config_setting_type(setting(n))) {
	case CONFIG_TYPE_GROUP:
		return CONF_GROUP;
	case CONFIG_TYPE_LIST:
		return CONF_LIST;
	case CONFIG_TYPE_ARRAY:
		return CONF_ARRAY;
	case CONFIG_TYPE_STRING:
		return CONF_STRING;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return CONF_INT;
	case CONFIG_TYPE_FLOAT:
		return CONF_FLOAT;
	case CONFIG_TYPE_BOOL:
		return CONF_BOOL;
	}
	return CONF_NONE;
}

const char *
conf_node_name(const struct conf_node *n)
{
	return config_setting_name(setting(n));
}

const char *
conf_node_file(const struct conf_node *n)
{
	return ((const struct conf_tree *)(const void *)
	    setting(n)->config)->name;
}

/* The field: config_setting_source_line cuts it to 16 bits. */
int
conf_node_line(const struct conf_node *n)
{
	return (int)setting(n)->line;
}

const char *
conf_node_string(const struct conf_node *n)
{
	return config_setting_get_string(setting(n));
}

int64_t
conf_node_int(const struct conf_node *n)
{
	if (config_setting_type(setting(n)) == CONFIG_TYPE_INT)
		return config_setting_get_int(setting(n));
	return config_setting_get_int64(setting(n));
}

double
conf_node_float(const struct conf_node *n)
{
	return config_setting_get_float(setting(n));
}

bool
conf_node_bool(const struct conf_node *n)
{
	return config_setting_get_bool(setting(n)) != 0;
}
