/*
 * learn: what became of the site's own mail, told to the probe, and how far
 * the verdicts were right.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "cli/dsn.h"
#include "cli/learned.h"
#include "cli/logfile.h"
#include "cli/logset.h"
#include "cli/maillog.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/clock.h"

#define ANSWER_MS	30000
#define STORED_MS	60000
#define PLACE_LINES	5000		/* between two notes of the place */
#define KEY_MAX		(STORE_ITEM_KEY_MAX - 1)

enum { DSN, REPORT, JSON, QUIET };
static const struct option_row rows[] = {
	[DSN] = { "dsn", 'd', NULL, "a bounce message on standard input" },
	[REPORT] = { "report", 'r', NULL, "tell what was learned" },
	[JSON] = { "json", 'j', NULL, "with --report: one JSON object" },
	[QUIET] = { "quiet", 'q', NULL, "say only what went wrong" },
	{ NULL, 0, NULL, NULL }
};

struct learning {
	struct wire_client *client;
	int64_t now;
	uint64_t lines, told, counted, taught;
	int error;
};

/* --- one report ------------------------------------------------------------ */

struct told {
	const struct address *addr;
	const char *qid, *relay, *ip, *enhanced, *text, *via;
	enum outcome_kind kind;
	enum stage stage;
	int64_t at;
	unsigned code;
	bool quoted;
};

/* True: it counted. */
static bool
tell(struct learning *l, const struct told *t)
{
	char buf[WIRE_REQUEST_MAX], id[TALK_ID_SIZE], address[ADDRESS_MAX + 1];
	struct wire_message answer;
	struct wire_writer w;
	const char *result;

	(void)snprintf(id, sizeof id, "%" PRIu64,
	    wire_client_next_id(l->client));
	address_wire(t->addr, address);
	talk_begin(&w, buf, sizeof buf, "outcome", id);
	wire_put(&w, "do", "report");
	wire_put(&w, "kind", outcome_kind_word(t->kind));
	wire_put(&w, "address", address);
	wire_put(&w, "qid", t->qid);
	wire_put_i64(&w, "at", t->at);
	wire_put(&w, "relay", t->relay);
	wire_put(&w, "ip", t->ip);
	wire_put(&w, "quoted", t->quoted ? "yes" : "no");
	wire_put(&w, "stage", stage_word(t->stage));
	wire_put_i64(&w, "code", t->code);
	wire_put(&w, "enhanced", t->enhanced);
	wire_put(&w, "text", t->text);
	wire_put(&w, "via", t->via);
	l->told++;
	l->error = talk_call(l->client, &w, id, ANSWER_MS, &answer);
	if (l->error != EX_OK)
		return false;
	result = wire_get(&answer, "result");
	l->taught += wire_get(&answer, "taught") != NULL;
	if (result == NULL || strcmp(result, "counted") != 0)
		return false;
	l->counted++;
	return true;
}

/* False: the probe is not there any more. */
static bool
learn_line(struct learning *l, const char *text, size_t len)
{
	struct maillog_event e;
	size_t i;

	l->lines++;
	if (!maillog_read(text, len, l->now, &e))
		return true;
	for (i = 0; i < e.count && l->error == EX_OK; i++) {
		struct told t = {
			.addr = &e.addr[i], .qid = e.qid, .relay = e.relay,
			.ip = e.ip, .enhanced = e.enhanced, .text = e.text,
			.via = "log", .kind = e.kind, .stage = e.stage,
			.at = e.at, .code = e.code, .quoted = e.quoted,
		};

		(void)tell(l, &t);
	}
	return l->error == EX_OK;
}

/* --- where we are in a file ------------------------------------------------ */

/* path NULL: only wait until all is stored. */
static int
keep_place(struct learning *l, const char *path, const char *place)
{
	char buf[WIRE_REQUEST_MAX], id[TALK_ID_SIZE];
	struct wire_message answer;
	struct wire_writer w;
	const char *result;
	int error;

	(void)snprintf(id, sizeof id, "%" PRIu64,
	    wire_client_next_id(l->client));
	talk_begin(&w, buf, sizeof buf, "outcome", id);
	wire_put(&w, "do", "place");
	if (path != NULL) {
		wire_put(&w, "what", path);
		wire_put(&w, "at", place);
	}
	error = talk_call(l->client, &w, id, STORED_MS, &answer);
	if (error != EX_OK)
		return error;
	result = wire_get(&answer, "result");
	if (result != NULL && strcmp(result, "ok") == 0)
		return EX_OK;
	out_warn("what was learned is not stored; see rcptguard status");
	return EX_IOERR;
}

/*
 * Kept as "1a2b3c4d at 4711 of 1763800000": logfile_mark of the file that was
 * read, in hex; how far, in octets of plain text; and when it was last written
 * to, in wall seconds. Not the inode: packing and copytruncate change it, and
 * the next file may be given the same.
 */
struct place {
	uint32_t mark;
	int64_t at, written;
};

/* False: none is known. */
static bool
last_place(const struct conf *conf, const char *path, struct place *p)
{
	struct store *store;
	char key[STORE_ITEM_KEY_MAX + 1];
	void *data = NULL;
	size_t len;
	bool known;

	(void)snprintf(key, sizeof key, "f%s", path);
	known = talk_store(conf, &store) == STORE_OK && store_get_item(store,
	    STORE_OUTCOMES, key, strlen(key), &data, &len) == STORE_OK &&
	    sscanf(data, "%" SCNx32 " at %" SCNd64 " of %" SCNd64, &p->mark,
	    &p->at, &p->written) == 3 && p->at >= 0 && p->written >= 0 &&
	    p->written <= INT64_MAX / 1000;
	free(data);
	store_close(store);
	return known;
}

static int
keep(struct learning *l, const char *path, const struct place *p)
{
	char text[80];

	(void)snprintf(text, sizeof text, "%08" PRIx32 " at %" PRId64 " of %"
	    PRId64, p->mark, p->at, p->written);
	return keep_place(l, path, text);
}

/* Reads f from at on; the place is that of path. */
static int
read_on(struct learning *l, const char *path, struct logfile *f,
    struct place *p)
{
	struct logfile_line line;
	uint64_t n = 0;
	int error = EX_OK;

	logfile_seek(f, p->at);
	while (error == EX_OK && logfile_next(f, &line)) {
		if (!learn_line(l, line.text, line.len))
			break;
		p->at = line.at + (off_t)line.len + 1;
		if (++n % PLACE_LINES == 0)
			error = keep(l, path, p);
	}
	return error == EX_OK ? keep(l, path, p) : error;
}

/* A damaged rotated file must not keep the later ones from being read. */
static void
tell_of_file(const struct logfile *f, const char *name, const char *path)
{
	int error = logfile_error(f);

	if (error != 0)
		out_warn("%s: %s; read up to there", name, error == EBADMSG ?
		    "damaged" : strerror(error));
	logfile_tell_too_long(logfile_too_long(f), path);
}

static int
learn_file(struct learning *l, const char *path, const struct logset_file *f,
    int64_t at)
{
	struct logfile *file = logfile_new(f->fd);
	struct place p = { .at = at };
	struct stat st;
	int error = EX_OK;

	if (file == NULL)
		return out_no_memory();
	/* A file with no line yet has nothing to remember it by. */
	if (fstat(f->fd, &st) == 0 && logfile_mark(file, &p.mark)) {
		p.written = (int64_t)st.st_mtim.tv_sec;
		error = read_on(l, path, file, &p);
	}
	tell_of_file(file, f->name, path);
	logfile_free(file);
	return l->error != EX_OK ? l->error : error;
}

static bool
is_at(const struct logset_file *f, const struct place *p)
{
	struct logfile *file = logfile_new(f->fd);
	struct stat st;
	uint32_t mark;
	bool is = file != NULL && logfile_mark(file, &mark) &&
	    mark == p->mark && (logfile_packed(file) ||
	    (fstat(f->fd, &st) == 0 && p->at <= st.st_size));

	logfile_free(file);
	return is;
}

static int
learn_set(struct learning *l, const char *path, const struct logset *s,
    const struct place *p)
{
	int error = EX_OK;
	int64_t at = 0;
	size_t i = s->count;

	while (i > 0 && !is_at(&s->files[i - 1], p))
		i--;
	/* Where it ended; or it is gone, and all that came since is read. */
	if (i > 0) {
		i--;
		at = p->at;
	}
	for (; i < s->count && error == EX_OK; i++) {
		error = learn_file(l, path, &s->files[i], at);
		at = 0;
	}
	return error;
}

/*
 * What was not read yet may have been rotated any number of times. With no
 * place, the file alone is read, from its start.
 */
static int
learn_files(struct learning *l, const struct conf *conf, const char *path)
{
	struct place p = { .at = 0 };
	bool known = last_place(conf, path, &p);
	struct logset set;
	char *name;
	int error = logset_open(&set, path, known ? p.written * 1000 :
	    LOGSET_LOG_ALONE, &name);

	if (error != 0 || set.count == 0) {
		out_warn("%s: %s", name != NULL ? name : path, error != 0 ?
		    strerror(error) : "there is no such file, or it is no "
		    "regular one");
		error = EX_NOINPUT;
	} else {
		logset_warn(&set, path);
		error = learn_set(l, path, &set, &p);
	}
	logset_close(&set);
	free(name);
	return error;
}

/* --- standard input -------------------------------------------------------- */

static int
learn_input(struct learning *l)
{
	char *line = malloc(MAILLOG_LINE_MAX + 2);
	size_t n;
	int c;

	if (line == NULL)
		return out_no_memory();
	while (fgets(line, MAILLOG_LINE_MAX + 2, stdin) != NULL) {
		n = strlen(line);
		if (n > 0 && line[n - 1] == '\n') {
			n--;
		} else if (!feof(stdin)) {
			while ((c = getchar()) != EOF && c != '\n')
				continue;
			continue;	/* too long to be one of ours */
		}
		if (!learn_line(l, line, n))
			break;
	}
	free(line);
	if (ferror(stdin)) {
		out_warn("standard input: %s", strerror(errno));
		return EX_IOERR;
	}
	return l->error != EX_OK ? l->error : keep_place(l, NULL, NULL);
}

static int
learn_dsn(struct learning *l)
{
	struct dsn dsn;
	size_t len, i, j;
	char *text = message_load(stdin, &len);

	if (text == NULL)
		return out_no_memory();
	l->lines = 1;
	if (!dsn_read(text, len, &dsn))
		dsn.rcpt_count = 0;
	free(text);
	for (i = 0; i < dsn.rcpt_count; i++)
		for (j = 0; j < dsn.qid_count && l->error == EX_OK; j++) {
			const struct dsn_rcpt *r = &dsn.rcpts[i];
			struct told t = {
				.addr = &r->addr, .qid = dsn.qids[j],
				.relay = r->host, .ip = "",
				.enhanced = r->enhanced, .text = r->text,
				.via = "dsn", .kind = OUTCOME_BOUNCED,
				.stage = STAGE_RCPT, .at = l->now,
				.code = r->code, .quoted = r->quoted,
			};

			if (tell(l, &t))
				break;
		}
	return l->error != EX_OK ? l->error : keep_place(l, NULL, NULL);
}

/* --- the command ----------------------------------------------------------- */

static int
learn(const struct args *a, const struct conf *conf)
{
	struct learning l = { .now = clock_wall_s() };
	int error = talk_open(conf, &l.client);

	if (error != EX_OK)
		return error;
	if (a->values[DSN] != NULL)
		error = learn_dsn(&l);
	else if (a->count > 0)
		error = learn_files(&l, conf, a->words[0]);
	else
		error = learn_input(&l);
	wire_client_close(l.client);
	if (error == EX_OK && a->values[QUIET] == NULL)
		out_line("%" PRIu64 " %s, %" PRIu64 " outcomes, %" PRIu64
		    " of addresses that were known, %" PRIu64 " verdicts "
		    "changed", l.lines, a->values[DSN] != NULL ? "message" :
		    "lines", l.told, l.counted, l.taught);
	return error;
}

static int
run(const struct args *a)
{
	bool report = a->values[REPORT] != NULL;
	const struct conf *conf;
	int error;

	if ((report || a->values[DSN] != NULL) && a->count > 0)
		return options_wrong(&cmd_learn, "%s takes no FILE",
		    report ? "--report" : "--dsn");
	if (report && a->values[DSN] != NULL)
		return options_wrong(&cmd_learn, "say one of --dsn and "
		    "--report");
	if (a->values[JSON] != NULL && !report)
		return options_wrong(&cmd_learn, "--json goes with --report");
	if (a->count > 0 && (a->words[0][0] != '/' ||
	    strlen(a->words[0]) > KEY_MAX))
		return options_wrong(&cmd_learn, "FILE is a whole path, from / "
		    "on, of up to %d octets", KEY_MAX);
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	error = report ? learned_tell(conf, a->values[JSON] != NULL) :
	    learn(a, conf);
	conf_unref(conf);
	return error;
}

const struct command cmd_learn = {
	.name = "learn",
	.synopsis = "[--quiet] [FILE | --dsn] | --report [--json]",
	.help = "learn from what became of your own mail",
	.more = "Reads lines of Postfix's or Sendmail's log, from FILE where "
	    "it stopped the last\ntime, over any rotation since, or from "
	    "standard input. --report: how far the verdicts\nof the last 30 "
	    "days were right.",
	.options = rows,
	.least = 0,
	.most = 1,
	.run = run,
};
