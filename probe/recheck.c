#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/table.h"
#include "probe/recheck.h"

#define AGAIN_S		60	/* when it could not be asked */
#define ID_SIZE		8	/* of an item's key: random, says nothing */
#define TEXT_MAX	(ADDRESS_MAX + 64)

/* One address, by its canonical form. */
struct entry {
	char key[ADDRESS_MAX + 1];
	struct address addr;
	unsigned attempt;		/* that its next question will be */
	uint8_t id[ID_SIZE];
	struct recheck *owner;
	struct event *timer;
	UT_hash_handle hh;
};

struct recheck {
	struct event_base *base;
	struct store *store;
	struct clerk *clerk;
	recheck_run_fn *run;
	void *arg;
	struct entry *table;
};

static void
wake_in(struct entry *e, int64_t seconds)
{
	struct timeval tv = { .tv_sec = seconds > 0 ? seconds : 0 };

	evtimer_add(e->timer, &tv);
}

/* What asked it plans it anew, by recheck_note. */
static void
on_due(evutil_socket_t fd, short what, void *arg)
{
	struct entry *e = arg;

	(void)fd;
	(void)what;
	if (!e->owner->run(e->owner->arg, &e->addr))
		wake_in(e, AGAIN_S);
}

static struct entry *
find(const struct recheck *r, const struct address *addr)
{
	char key[ADDRESS_MAX + 1];
	struct entry *e;
	size_t len = address_canonical(addr, key);

	HASH_FIND(hh, r->table, key, (unsigned)len, e);
	return e;
}

static void
entry_free(struct entry *e)
{
	HASH_DEL(e->owner->table, e);
	event_free(e->timer);
	free(e);
}

static struct entry *
entry_new(struct recheck *r, const struct address *addr)
{
	struct entry *e;
	size_t len;

	if (HASH_COUNT(r->table) >= RECHECK_MAX ||
	    (e = calloc(1, sizeof *e)) == NULL)
		return NULL;
	e->owner = r;
	e->addr = *addr;
	e->timer = evtimer_new(r->base, on_due, e);
	if (e->timer == NULL || getrandom(e->id, sizeof e->id, 0) == -1) {
		if (e->timer != NULL)
			event_free(e->timer);
		free(e);
		return NULL;
	}
	len = address_canonical(addr, e->key);
	HASH_ADD(hh, r->table, key, (unsigned)len, e);
	if (!TABLE_HAS(e)) {
		event_free(e->timer);
		free(e);
		return NULL;
	}
	return e;
}

/*
 * An item: "DUE ATTEMPT ADDRESS", sealed; DUE in seconds since the epoch. The
 * attempt is kept here because the verdict's may not be: a good verdict in
 * force counts none (rule R7). Older items have no ATTEMPT.
 */
static void
entry_save(const struct entry *e, int64_t due)
{
	char text[TEXT_MAX], wire[ADDRESS_MAX + 1];
	uint8_t sealed[TEXT_MAX + STORE_SEAL_EXTRA];
	size_t len, sealed_len;

	if (e->owner->store == NULL)
		return;
	address_wire(&e->addr, wire);
	len = (size_t)snprintf(text, sizeof text, "%" PRId64 " %u %s", due,
	    e->attempt, wire);
	if (store_seal(e->owner->store, text, len, sealed, &sealed_len))
		clerk_item(e->owner->clerk, STORE_WAITING, e->id, sizeof e->id,
		    sealed, sealed_len);
}

static void
entry_drop(struct entry *e)
{
	clerk_drop_item(e->owner->clerk, STORE_WAITING, e->id, sizeof e->id);
	entry_free(e);
}

void
recheck_note(struct recheck *r, const struct address *addr,
    enum verdict_reason reason, unsigned attempt, uint32_t retry_after_s)
{
	uint32_t delay = recheck_delay(reason, attempt, retry_after_s);
	struct entry *e = find(r, addr);

	if (delay == 0) {
		if (e != NULL)
			entry_drop(e);
		return;
	}
	if (e == NULL && (e = entry_new(r, addr)) == NULL)
		return;
	e->attempt = attempt + 1;
	entry_save(e, clock_wall_s() + delay);
	wake_in(e, delay);
}

void
recheck_put_off(struct recheck *r, const struct address *addr, int64_t at)
{
	struct entry *e = find(r, addr);
	int64_t now = clock_wall_s(), delay = at - now;

	if (e == NULL)
		return;
	if (delay < AGAIN_S)
		delay = AGAIN_S;
	if (delay > RECHECK_NAMED_MAX_S)
		delay = RECHECK_NAMED_MAX_S;
	entry_save(e, now + delay);
	wake_in(e, delay);
}

void
recheck_forget(struct recheck *r, const struct address *addr)
{
	struct entry *e = find(r, addr);

	if (e != NULL)
		entry_drop(e);
}

void
recheck_forget_all(struct recheck *r, recheck_is_fn *is, void *arg)
{
	struct entry *e, *next;

	HASH_ITER(hh, r->table, e, next)
		if (is(arg, &e->addr))
			entry_drop(e);
}

unsigned
recheck_attempt(const struct recheck *r, const struct address *addr)
{
	const struct entry *e = find(r, addr);

	return e != NULL ? e->attempt : 0;
}

size_t
recheck_waiting(const struct recheck *r)
{
	return HASH_COUNT(r->table);
}

/* --- taking up what waits -------------------------------------------------- */

struct loading {
	struct recheck *r;
	int64_t now;
	unsigned bad;
};

/* What stands before the address, and where that is; NULL: it is no item. */
static const char *
read_item(const char *text, int64_t *due, unsigned *attempt)
{
	unsigned long n;
	char *rest, *end;

	*due = strtoll(text, &rest, 10);
	if (*rest++ != ' ')
		return NULL;
	n = strtoul(rest, &end, 10);
	*attempt = 2;
	if (end == rest || *end != ' ')
		return rest;
	*attempt = n >= 2 && n <= 255 ? (unsigned)n : 2;
	return end + 1;
}

static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct loading *l = arg;
	char text[TEXT_MAX + STORE_SEAL_EXTRA + 1];
	const char *rest;
	size_t text_len;
	struct address addr;
	struct entry *e;
	unsigned attempt;
	int64_t due;

	if (key_len != ID_SIZE || len > TEXT_MAX + STORE_SEAL_EXTRA ||
	    !store_unseal(l->r->store, data, len, text, &text_len)) {
		l->bad++;
		return true;
	}
	text[text_len] = '\0';
	rest = read_item(text, &due, &attempt);
	if (rest == NULL || address_parse(rest, strlen(rest), &addr) !=
	    ADDRESS_OK || (e = entry_new(l->r, &addr)) == NULL) {
		l->bad++;
		return true;
	}
	e->attempt = attempt;
	memcpy(e->id, key, ID_SIZE);
	/* A clock that was set must not put it off for long. */
	if (due - l->now > RECHECK_NAMED_MAX_S)
		due = l->now;
	wake_in(e, due - l->now);
	return true;
}

static void
load(struct recheck *r)
{
	struct loading l = { .r = r, .now = clock_wall_s() };

	store_walk_items(r->store, STORE_WAITING, load_item, &l);
	if (l.bad > 0)
		log_warnx("%u addresses that waited to be asked again cannot "
		    "be read; they are not asked", l.bad);
	if (HASH_COUNT(r->table) > 0)
		log_info("%u addresses wait to be asked again",
		    HASH_COUNT(r->table));
}

struct recheck *
recheck_create(struct event_base *base, struct store *store,
    struct clerk *clerk, recheck_run_fn *run, void *arg)
{
	struct recheck *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->base = base;
	r->store = store;
	r->clerk = clerk;
	r->run = run;
	r->arg = arg;
	if (store != NULL)
		load(r);
	return r;
}

void
recheck_destroy(struct recheck *r)
{
	struct entry *e, *next;

	if (r == NULL)
		return;
	HASH_ITER(hh, r->table, e, next)
		entry_free(e);
	free(r);
}
