#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/table.h"
#include "common/text.h"
#include "probe/dns_same.h"
#include "probe/turns.h"

#define PIECES	8		/* answers, in one callback */
#define KEY_MAX	(sizeof(int) + 1024)

struct waiter {
	ares_callback answer;
	void *arg;
	struct waiter *prev, *next;
};

/* One question: in the table until it is answered, then in telling. */
struct same {
	struct dns_same *owner;
	struct waiter first;
	struct waiter *more;
	int status, timeouts, len;
	unsigned char *buf;
	struct turn turn;
	struct same *prev, *next;
	UT_hash_handle hh;
	char key[];			/* the type, and the name */
};

struct dns_same {
	struct dns_same_owner owner;
	struct turns *turns;		/* an answer each */
	struct same *table;
	struct same *telling;
	bool ending;
};

bool
dns_same_is_idle(const struct dns_same *ds)
{
	return ds->table == NULL && ds->telling == NULL;
}

/* --- answers ------------------------------------------------------------- */

static bool
tell_next(void *arg)
{
	struct same *q = arg;
	struct waiter *w = q->more;

	if (w == NULL)
		return false;
	DL_DELETE(q->more, w);
	w->answer(w->arg, q->status, q->timeouts, q->buf, q->len);
	free(w);
	return q->more != NULL;
}

static void
same_free(struct same *q)
{
	free(q->buf);
	free(q);
}

static void
told(void *arg)
{
	struct same *q = arg;
	struct dns_same *ds = q->owner;

	DL_DELETE(ds->telling, q);
	same_free(q);
	if (dns_same_is_idle(ds))
		ds->owner.idle(ds->owner.arg);
}

static void
keep(struct same *q, int status, int timeouts, const unsigned char *buf,
    int len)
{
	q->status = status;
	q->timeouts = timeouts;
	if (buf == NULL || len <= 0)
		return;
	if ((q->buf = malloc((size_t)len)) == NULL) {
		q->status = ARES_ENOMEM;
		return;
	}
	memcpy(q->buf, buf, (size_t)len);
	q->len = len;
}

static void
tell_at_once(struct same *q)
{
	while (tell_next(q))
		;
	same_free(q);
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct same *q = arg;
	struct dns_same *ds = q->owner;

	HASH_DEL(ds->table, q);
	if (q->more != NULL)
		keep(q, status, timeouts, buf, len);
	/* Whoever asks the same from within asks anew. */
	q->first.answer(q->first.arg, status, timeouts, buf, len);
	if (q->more == NULL || ds->ending) {
		tell_at_once(q);
		return;
	}
	DL_APPEND(ds->telling, q);
	turns_wait(ds->turns, &q->turn);
}

/* --- questions ----------------------------------------------------------- */

static bool
join(struct same *q, ares_callback answer, void *arg)
{
	struct waiter *w = calloc(1, sizeof *w);

	if (w == NULL)
		return false;
	w->answer = answer;
	w->arg = arg;
	DL_APPEND(q->more, w);
	return true;
}

static size_t
key_of(const char *name, int type, char key[KEY_MAX])
{
	memcpy(key, &type, sizeof type);
	return sizeof type + text_copy(key + sizeof type, name,
	    KEY_MAX - sizeof type);
}

static struct same *
same_new(struct dns_same *ds, const char *key, size_t len)
{
	struct same *q = calloc(1, sizeof *q + len);

	if (q == NULL)
		return NULL;
	q->owner = ds;
	q->turn.work = tell_next;
	q->turn.over = told;
	q->turn.arg = q;
	memcpy(q->key, key, len);
	HASH_ADD(hh, ds->table, key[0], (unsigned)len, q);
	if (TABLE_HAS(q))
		return q;
	free(q);
	return NULL;
}

void
dns_same_ask(struct dns_same *ds, const char *name, int type,
    ares_callback answer, void *arg)
{
	char key[KEY_MAX];
	size_t len = key_of(name, type, key);
	struct same *q = NULL;

	if (len >= KEY_MAX) {		/* no name that DNS could have */
		answer(arg, ARES_EBADNAME, 0, NULL, 0);
		return;
	}
	HASH_FIND(hh, ds->table, key, (unsigned)len, q);
	if (q != NULL && join(q, answer, arg))
		return;
	if (q != NULL || (q = same_new(ds, key, len)) == NULL) {
		answer(arg, ARES_ENOMEM, 0, NULL, 0);
		return;
	}
	q->first.answer = answer;
	q->first.arg = arg;
	ds->owner.ask(ds->owner.arg, name, type, on_answer, q);
}

/* --- birth and death ----------------------------------------------------- */

struct dns_same *
dns_same_create(struct event_base *base, const struct dns_same_owner *owner)
{
	struct dns_same *ds = calloc(1, sizeof *ds);

	if (ds == NULL)
		return NULL;
	ds->owner = *owner;
	ds->turns = turns_create(base, PIECES);
	if (ds->turns != NULL)
		return ds;
	free(ds);
	return NULL;
}

void
dns_same_end(struct dns_same *ds)
{
	struct same *q;

	ds->ending = true;
	turns_destroy(ds->turns);
	ds->turns = NULL;
	while ((q = ds->telling) != NULL) {
		DL_DELETE(ds->telling, q);
		free(q->buf);
		q->buf = NULL;
		q->len = 0;
		q->status = ARES_EDESTRUCTION;
		tell_at_once(q);
	}
}

void
dns_same_free(struct dns_same *ds)
{
	if (ds == NULL)
		return;
	turns_destroy(ds->turns);
	free(ds);
}
