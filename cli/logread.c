#include "config.h"

#include "cli/logread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/out.h"

int
logread_cannot(const char *name, int error)
{
	out_warn("verdict log %s: %s%s", name, strerror(error),
	    error == EACCES ? "; run this as root" : "");
	return error == EACCES ? EX_NOPERM : EX_IOERR;
}

int
logread_none(const char *path)
{
	out_warn("there is no verdict log %s yet; rcptguard-probe writes it",
	    path);
	return EX_NOINPUT;
}

int
logread_open(struct logread *r, const char *path, int64_t since_ms)
{
	char *name;
	int status = EX_OK, error;

	*r = (struct logread){ .path = path };
	error = logset_open(&r->set, path, since_ms, &name);
	if (error != 0)
		status = logread_cannot(name != NULL ? name : path, error);
	logset_warn(&r->set, path);
	free(name);
	return status;
}

void
logread_close(struct logread *r)
{
	logset_close(&r->set);
}

bool
logread_empty(const struct logread *r)
{
	return r->set.count == 0 && !r->set.older;
}

/* --- one file ------------------------------------------------------------- */

static struct logfile *
begin(struct logread *r, size_t i)
{
	struct logfile *l = logfile_new(r->set.files[i].fd);

	r->files += l != NULL;
	return l;
}

/* A file that is damaged is no reason to tell nothing. */
static void
finish(struct logread *r, size_t i, struct logfile *l)
{
	int error = logfile_error(l);

	r->too_long += logfile_too_long(l);
	if (error != 0) {
		r->broken++;
		out_warn("verdict log %s: %s; read up to there",
		    r->set.files[i].name, error == EBADMSG ? "damaged" :
		    strerror(error));
	}
	logfile_free(l);
}

/* The end of what was read, if this is the newest file. */
static void
note_end(struct logread *r, size_t i, const struct logfile_line *line)
{
	if (i + 1 == r->set.count)
		r->end = line->at + (off_t)line->len + 1;
}

/* --- all lines ------------------------------------------------------------ */

int
logread_all(struct logread *r, logread_take take, void *arg)
{
	struct logfile_line line;
	struct logfile *l;
	bool more = true;
	size_t i;

	for (i = 0; i < r->set.count && more; i++) {
		if ((l = begin(r, i)) == NULL)
			return out_no_memory();
		while (more && logfile_next(l, &line)) {
			note_end(r, i, &line);
			more = take(arg, &line);
		}
		finish(r, i, l);
	}
	return EX_OK;
}

/* --- the last lines ------------------------------------------------------- */

/*
 * Where the lines are that fit. Found backwards, they are the last ones, the
 * newest first. Forwards, once there are most, the oldest gives its place to
 * the next: oldest is where the first of them stands.
 */
struct places {
	off_t *at;
	size_t count, size, oldest;
	bool backwards;
};

static bool
grow(struct places *p, size_t most)
{
	size_t size = p->size == 0 ? 64 : 2 * p->size;
	off_t *grown;

	if (p->count < p->size)
		return true;
	if (size > most)
		size = most;
	grown = reallocarray(p->at, size, sizeof *grown);
	if (grown == NULL)
		return false;
	p->at = grown;
	p->size = size;
	return true;
}

static bool
keep_place(struct places *p, size_t most, off_t at)
{
	if (p->count == most) {
		p->at[p->oldest] = at;
		p->oldest = (p->oldest + 1) % most;
		return true;
	}
	if (!grow(p, most))
		return false;
	p->at[p->count++] = at;
	return true;
}

/* n from 0, the oldest, on. */
static off_t
place(const struct places *p, size_t n)
{
	return p->at[p->backwards ? p->count - 1 - n :
	    (p->oldest + n) % p->count];
}

static bool
find_back(struct logread *r, size_t i, struct logfile *l, struct places *p,
    size_t most, logread_take fits, void *arg)
{
	struct logfile_line line;
	bool ok = true, first = true;

	while (ok && p->count < most && logfile_previous(l, &line)) {
		if (first)
			note_end(r, i, &line);
		first = false;
		if (fits(arg, &line))
			ok = keep_place(p, most, line.at);
	}
	return ok;
}

static bool
find_forth(struct logfile *l, struct places *p, size_t most,
    logread_take fits, void *arg)
{
	struct logfile_line line;
	bool ok = true;

	while (ok && logfile_next(l, &line))
		if (fits(arg, &line))
			ok = keep_place(p, most, line.at);
	return ok;
}

static bool
find(struct logread *r, size_t i, struct places *p, size_t most,
    logread_take fits, void *arg)
{
	struct logfile *l = begin(r, i);
	bool ok;

	if (l == NULL)
		return false;
	p->backwards = !logfile_packed(l);
	ok = p->backwards ? find_back(r, i, l, p, most, fits, arg) :
	    find_forth(l, p, most, fits, arg);
	finish(r, i, l);
	return ok;
}

/* False: no memory. */
static bool
hand_out(const struct logread *r, size_t i, const struct places *p,
    logread_take take, void *arg)
{
	struct logfile *l = NULL;
	struct logfile_line line;
	bool more = true;
	size_t n;

	if (p->count > 0 && (l = logfile_new(r->set.files[i].fd)) == NULL)
		return false;
	for (n = 0; n < p->count && more; n++) {
		logfile_seek(l, place(p, n));
		more = logfile_next(l, &line) && take(arg, &line);
	}
	logfile_free(l);
	return true;
}

int
logread_last(struct logread *r, size_t most, logread_take fits,
    logread_take take, void *arg)
{
	struct places *found = calloc(r->set.count + 1, sizeof *found);
	size_t i, left = most;
	bool ok = found != NULL;

	for (i = r->set.count; i-- > 0 && ok && left > 0;) {
		ok = find(r, i, &found[i], left, fits, arg);
		left -= found[i].count;
	}
	for (i = 0; i < r->set.count && ok; i++)
		ok = hand_out(r, i, &found[i], take, arg);
	for (i = 0; i < r->set.count && found != NULL; i++)
		free(found[i].at);
	free(found);
	return ok ? EX_OK : out_no_memory();
}

/* --- the verdicts of a time ------------------------------------------------ */

struct reading {
	struct logread_span *span;
	struct logfilter since;
	bool before;			/* there are lines of before the time */
	bool no_memory;
};

static bool
take_line(void *arg, const struct logfile_line *text)
{
	struct reading *g = arg;
	struct logread_span *s = g->span;
	struct logline line;
	int64_t at;

	if (!logfilter_may_match(&g->since, text->text, text->len)) {
		g->before = true;
		return true;
	}
	if (!logline_read(text->text, text->len, &line)) {
		s->alien++;
		return true;
	}
	at = line.verdict.time_ms;
	g->before = g->before || at < s->from_ms;
	if (s->oldest_ms == 0 || at < s->oldest_ms)
		s->oldest_ms = at;
	g->no_memory = !s->take(s->arg, &line.verdict,
	    jval_get(line.object, "evidence"));
	logline_clear(&line);
	return !g->no_memory;
}

int
logread_verdicts(struct logread *r, struct logread_span *span)
{
	struct reading g = { .span = span,
	    .since = { .since_ms = span->from_ms } };
	int status = logread_all(r, take_line, &g);

	if (status == EX_OK && g.no_memory)
		status = out_no_memory();
	/* From before the time on: nothing is missing. */
	if (g.before || r->set.older)
		span->oldest_ms = 0;
	return status;
}

/* --- to follow ------------------------------------------------------------- */

bool
logread_go_on(const struct logread *r, struct logfile **reader, int *fd)
{
	*fd = -1;
	*reader = NULL;
	if (r->set.count == 0)
		return true;
	*fd = fcntl(r->set.files[r->set.count - 1].fd, F_DUPFD_CLOEXEC, 0);
	if (*fd == -1 || (*reader = logfile_new(*fd)) == NULL)
		return false;
	logfile_seek(*reader, r->end);
	if (!logfile_packed(*reader))
		return true;
	/* Nobody writes there any more. */
	logfile_free(*reader);
	close(*fd);
	*reader = NULL;
	*fd = -1;
	return true;
}
