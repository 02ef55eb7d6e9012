#include "config.h"		/* scandirat */

#include "common/conf.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf_check.h"
#include "common/conf_read.h"
#include "common/conf_value.h"

#define CONF_D		"conf.d"
#define CONF_D_MAX	1000		/* files */

/* What a struct conf is a part of. conf first: one pointer serves for both. */
struct shared {
	struct conf conf;
	atomic_uint refs;
};

static void
destroy(struct shared *s)
{
	struct conf *c = &s->conf;

	for (size_t i = 0; i < conf_schema.count; i++)
		conf_value_free(&conf_schema.keys[i], c);
	for (size_t i = 0; i < c->files.count; i++)
		free(c->files.items[i]);
	free(c->files.items);
	free(c->origins);
	free(c->file);
	free(s);
}

const struct conf *
conf_ref(const struct conf *c)
{
	struct shared *s = (struct shared *)(uintptr_t)c;

	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return c;
}

/* The last one to let go must see all that others did before they let go. */
void
conf_unref(const struct conf *c)
{
	struct shared *s = (struct shared *)(uintptr_t)c;

	if (s != NULL && atomic_fetch_sub_explicit(&s->refs, 1,
	    memory_order_acq_rel) == 1)
		destroy(s);
}

static struct shared *
make(const char *name, struct conf_errors *e)
{
	struct shared *s = calloc(1, sizeof *s);

	if (s == NULL) {
		conf_errors_add(e, name, 0, "out of memory");
		return NULL;
	}
	atomic_init(&s->refs, 1);
	s->conf.file = strdup(name);
	s->conf.origins = calloc(conf_schema.count, sizeof *s->conf.origins);
	if (s->conf.file == NULL || s->conf.origins == NULL ||
	    !conf_read_defaults(&conf_schema, &s->conf)) {
		conf_errors_add(e, name, 0, "out of memory");
		destroy(s);
		return NULL;
	}
	return s;
}

/* The name as it stays with c; NULL without memory. */
static const char *
remember(struct conf *c, const char *file)
{
	char **items, *copy = strdup(file);

	if (copy == NULL)
		return NULL;
	items = realloc(c->files.items, (c->files.count + 1) * sizeof *items);
	if (items == NULL) {
		free(copy);
		return NULL;
	}
	items[c->files.count++] = copy;
	c->files.items = items;
	return copy;
}

/* Frees the tree. */
static void
apply(struct conf *c, struct conf_tree *tree, const char *file,
    struct conf_errors *e)
{
	const char *name;

	if (tree == NULL)
		return;
	name = remember(c, file);
	if (name == NULL)
		conf_errors_add(e, file, 0, "out of memory");
	else
		conf_read_tree(tree, name, c, e);
	conf_tree_free(tree);
}

/* What follows from the values: the addresses of sources, the socket's form. */
static bool
derive(struct conf *c)
{
	char normal[512], *copy;

	for (size_t i = 0; i < c->identity.source_count; i++)
		if (!net_addr_parse(c->identity.sources[i].address_text,
		    &c->identity.sources[i].address))
			return false;
	if (!conf_milter_socket_normal(c->milter.socket, normal,
	    sizeof normal) || (copy = strdup(normal)) == NULL)
		return false;
	free(c->milter.socket);
	c->milter.socket = copy;
	return true;
}

/* Takes s. Combinations are judged only when each value is good. */
static const struct conf *
finish(struct shared *s, struct conf_errors *e)
{
	struct conf *c = &s->conf;

	conf_check_required(c, e);
	if (e->count + e->left_out == 0 && !derive(c))
		conf_errors_add(e, c->file, 0, "out of memory");
	if (e->count + e->left_out == 0)
		conf_check_whole(c, e);
	if (e->count + e->left_out == 0)
		return c;
	destroy(s);
	return NULL;
}

const struct conf *
conf_load_text(const char *name, const char *text, size_t len,
    struct conf_errors *e)
{
	struct shared *s = make(name, e);
	struct conf_tree *tree;

	if (s == NULL)
		return NULL;
	tree = conf_tree_read_text(name, text, len, e);
	if (tree == NULL) {
		destroy(s);
		return NULL;
	}
	apply(&s->conf, tree, name, e);
	return finish(s, e);
}

/* conf.d beside the file. The caller frees. */
static char *
beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *out = malloc(dir + sizeof CONF_D);

	if (out == NULL)
		return NULL;
	memcpy(out, path, dir);
	memcpy(out + dir, CONF_D, sizeof CONF_D);
	return out;
}

static int
wanted(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 &&
	    strcmp(d->d_name + len - 5, ".conf") == 0;
}

/* By octets, not by locale: every program must see one order. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
read_dir_file(struct conf *c, const char *dir, const char *name,
    struct conf_errors *e)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	if (path == NULL) {
		conf_errors_add(e, dir, 0, "out of memory");
		return;
	}
	snprintf(path, size, "%s/%s", dir, name);
	apply(c, conf_tree_read(path, e), path, e);
	free(path);
}

static void
read_open_dir(struct conf *c, int fd, const char *dir, struct conf_errors *e)
{
	struct dirent **list = NULL;
	int n = conf_file_trusted(fd, S_IFDIR, dir, e) ?
	    scandirat(fd, ".", &list, wanted, by_name) : 0;

	if (n == -1)
		conf_errors_add(e, dir, 0, "cannot read: %s", strerror(errno));
	if (n > CONF_D_MAX)
		conf_errors_add(e, dir, 0, "more than %d files", CONF_D_MAX);
	for (int i = 0; i < n; i++) {
		if (n <= CONF_D_MAX)
			read_dir_file(c, dir, list[i]->d_name, e);
		free(list[i]);
	}
	free(list);
}

static void
read_dir(struct conf *c, const char *path, struct conf_errors *e)
{
	char *dir = beside(path);
	int fd;

	if (dir == NULL) {
		conf_errors_add(e, path, 0, "out of memory");
		return;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		read_open_dir(c, fd, dir, e);
		close(fd);
	} else if (errno != ENOENT) {
		conf_errors_add(e, dir, 0, "cannot open: %s", strerror(errno));
	}
	free(dir);
}

/* An unreadable file is all there is to say: the rest follows from it. */
const struct conf *
conf_load(const char *path, struct conf_errors *e)
{
	struct conf_tree *tree = conf_tree_read(path, e);
	struct shared *s;

	if (tree == NULL)
		return NULL;
	s = make(path, e);
	if (s == NULL) {
		conf_tree_free(tree);
		return NULL;
	}
	apply(&s->conf, tree, path, e);
	read_dir(&s->conf, path, e);
	return finish(s, e);
}
