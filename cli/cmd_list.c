/*
 * list: what the lists say of an address, and a fuller list put in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/clock.h"
#include "common/jval.h"
#include "common/lists.h"

#define RELOAD_MS	15000

enum { JSON };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "test: one JSON object a line" },
	{ NULL, 0, NULL, NULL }
};

/* --- test ---------------------------------------------------------------- */

static void
tell_json(const char *address, const struct list_finding *f)
{
	struct jval *o = jval_object();
	bool ok = jval_put_text(o, "address", address) &&
	    jval_put_text(o, "list", list_word(f->list)) &&
	    jval_put_text(o, "file", f->file) &&
	    jval_put_int(o, "line", f->line) &&
	    jval_put_text(o, "entry", f->entry) &&
	    (f->suggestion[0] == '\0' ||
	    jval_put_text(o, "suggestion", f->suggestion));

	out_value(ok ? o : NULL);
	jval_free(o);
}

static int
tell_all(const struct lists *lists, const struct address *addr, bool json)
{
	char address[ADDRESS_MAX + 1];
	struct list_finding f;
	int i, found = 0;

	address_wire(addr, address);
	for (i = 0; i < LIST_COUNT; i++) {
		if (!lists_match(lists, (enum list_kind)i, addr, &f))
			continue;
		found++;
		if (json)
			tell_json(address, &f);
		else
			out_line("%s: %s:%u: %s%s%s", list_word(f.list),
			    f.file, f.line, f.entry,
			    f.suggestion[0] != '\0' ? "; meant may be " : "",
			    f.suggestion);
	}
	if (found == 0 && !json)
		out_line("no list has %s", address);
	return found > 0 ? EX_OK : 1;
}

static int
test(const struct conf *conf, const char *word, bool json)
{
	struct conf_errors errors, warnings;
	enum address_status syntax;
	struct address addr;
	struct lists *lists;
	int status = EX_CONFIG;

	syntax = address_parse(word, strlen(word), &addr);
	if (syntax != ADDRESS_OK) {
		out_warn("%s: %s", word, address_status_text(syntax));
		return EX_USAGE;
	}
	conf_errors_init(&errors);
	conf_errors_init(&warnings);
	lists = lists_load(conf, clock_wall_s(), &errors, &warnings);
	talk_conf_errors(&errors);
	talk_conf_errors(&warnings);
	conf_errors_clear(&errors);
	conf_errors_clear(&warnings);
	if (lists != NULL)
		status = tell_all(lists, &addr, json);
	lists_free(lists);
	return status;
}

/* --- update -------------------------------------------------------------- */

/* The checked text, or NULL after messages. */
static char *
checked(enum list_kind kind, const char *path, size_t *len)
{
	struct conf_errors errors, warnings;
	struct list *list = NULL;
	char *text;

	conf_errors_init(&errors);
	conf_errors_init(&warnings);
	text = list_text(path, len, &errors);
	if (text != NULL)
		list = list_parse(kind, path, text, *len, clock_wall_s(),
		    &errors, &warnings);
	talk_conf_errors(&errors);
	talk_conf_errors(&warnings);
	conf_errors_clear(&errors);
	conf_errors_clear(&warnings);
	if (list != NULL && list_count(list) > 0) {
		out_line("%s: %zu entries", list_word(kind), list_count(list));
	} else {
		if (list != NULL)
			out_warn("%s: it has no entry", path);
		free(text);
		text = NULL;
	}
	list_free(list);
	return text;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

static void
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	(void)fsync(fd);
	close(fd);
}

/* Whoever reads meanwhile sees the whole old list or the whole new one. */
static int
put_in_place(const char *dir, const char *name, const char *text, size_t len)
{
	char path[4096], temp[4096];
	int fd = -1;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >=
	    sizeof path || (size_t)snprintf(temp, sizeof temp,
	    "%s/.%s.XXXXXX", dir, name) >= sizeof temp)
		errno = ENAMETOOLONG;
	else
		fd = mkostemp(temp, O_CLOEXEC);
	if (fd == -1) {
		out_warn("%s: no list can be made there: %s", dir,
		    strerror(errno));
		return errno == EACCES ? EX_NOPERM : EX_IOERR;
	}
	if (!write_all(fd, text, len) || rename(temp, path) == -1) {
		out_warn("%s: %s; the old list stays", path, strerror(errno));
		(void)unlink(temp);
		close(fd);
		return EX_IOERR;
	}
	close(fd);
	sync_dir(dir);
	out_line("put into %s", path);
	return EX_OK;
}

static int
reload(const struct conf *conf)
{
	struct wire_client *client;
	struct wire_message answer;
	const char *result;
	int status;

	if ((status = talk_open(conf, &client)) != EX_OK) {
		out_warn("the list is in place; the probe reads it when it "
		    "starts, or at rcptguard reload");
		return status;
	}
	status = talk_ask(client, "reload", RELOAD_MS, &answer);
	if (status == EX_OK) {
		result = wire_get(&answer, "result");
		if (result == NULL || strcmp(result, "ok") != 0) {
			out_warn("rcptguard-probe keeps its old lists: %s",
			    wire_get(&answer, "text"));
			status = EX_CONFIG;
		} else {
			out_line("rcptguard-probe: reloaded");
		}
	}
	wire_client_close(client);
	return status;
}

static int
update(const struct conf *conf, const char *name, const char *file)
{
	enum list_kind kind;
	size_t len;
	char *text;
	int status;

	if (!list_from_word(name, &kind) || kind == LIST_ALLOW ||
	    kind == LIST_DENY)
		return options_wrong(&cmd_list, "update: there is no list "
		    "\"%s\" to be updated; see rcptguard(8)", name);
	if (conf->lists.dir[0] == '\0') {
		out_warn("%s: set lists.dir to a directory for newer lists, "
		    "such as \"/etc/rcptguard/lists\", and make it",
		    conf->file);
		return EX_CONFIG;
	}
	if ((text = checked(kind, file, &len)) == NULL) {
		out_warn("nothing was changed");
		return EX_DATAERR;
	}
	status = put_in_place(conf->lists.dir, name, text, len);
	free(text);
	return status == EX_OK ? reload(conf) : status;
}

static int
run(const struct args *a)
{
	bool is_test = strcmp(a->words[0], "test") == 0;
	const struct conf *conf;
	int status;

	if (is_test ? a->count != 2 : strcmp(a->words[0], "update") != 0 ||
	    a->count != 3)
		return options_wrong(&cmd_list, "write list test ADDRESS or "
		    "list update NAME FILE");
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	status = is_test ? test(conf, a->words[1], a->values[JSON] != NULL) :
	    update(conf, a->words[1], a->words[2]);
	conf_unref(conf);
	return status;
}

const struct command cmd_list = {
	.name = "list",
	.synopsis = "test [--json] ADDRESS | update NAME FILE",
	.help = "say which lists have an address, or put a newer list in",
	.more = "test exits 1 if no list has it. update: 65 if the list has an "
	    "error.",
	.options = rows,
	.least = 2,
	.most = 3,
	.run = run,
};
