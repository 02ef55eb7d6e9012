#include "probe/rdap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/options.h"
#include "common/psl.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/pack.h"
#include "probe/rdap_answer.h"
#include "probe/rdap_fetch.h"

#define NAME		"registered"
#define KEY_MAX		(256 + sizeof NAME)
#define ITEM_MAX	(2 * PACK_MAX)

struct rdap_wait {
	struct entry *entry;
	rdap_done_fn *done;
	void *arg;
	struct rdap_wait *prev, *next;
};

/* A domain: in the row, being asked for, or known since asked_at. */
struct entry {
	char domain[256];
	struct rdap *owner;
	bool known;
	int64_t asked_at;
	struct rdap_fact fact;
	struct rdap_wait *waits;
	struct entry *prev, *next;	/* of the row */
	UT_hash_handle hh;
};

struct rdap {
	struct rdap_params p;
	char *url;
	struct http_endpoints *endpoints;	/* NULL: off */
	struct tls *tls;		/* with them; for redirects */
	struct entry *table;		/* in the order of asking */
	struct entry *row;		/* to be asked for */
	struct entry *asked;		/* NULL: none is under way */
	struct rdap_fetch *fetch;
	struct event *pace;		/* pending: the next comes later */
	size_t in_row;
};

/* --- the store ----------------------------------------------------------- */

static size_t
make_key(const char *domain, char key[KEY_MAX])
{
	size_t len = strlen(domain) + 1;

	memcpy(key, domain, len);
	memcpy(key + len, NAME, sizeof NAME - 1);
	return len + sizeof NAME - 1;
}

static void
save(const struct entry *e)
{
	uint8_t item[ITEM_MAX];
	struct packer p = { item, item + sizeof item, false };
	char key[KEY_MAX];
	size_t len = make_key(e->domain, key);

	pack_u64(&p, (uint64_t)e->fact.registered);
	pack_u64(&p, (uint64_t)e->asked_at);
	if (len <= STORE_ITEM_KEY_MAX && !p.full)
		clerk_item(e->owner->p.clerk, STORE_DOMAINS, key, len, item,
		    (size_t)(p.at - item));
}

static bool
load(struct entry *e)
{
	char key[KEY_MAX];
	size_t key_len = make_key(e->domain, key), len = 0;
	void *item = NULL;
	struct unpacker u;

	if (e->owner->p.store == NULL || store_get_item(e->owner->p.store,
	    STORE_DOMAINS, key, key_len, &item, &len) != STORE_OK)
		return false;
	u = (struct unpacker){ item, (const uint8_t *)item + len, false };
	e->fact.registered = (int64_t)unpack_u64(&u, INT64_MAX);
	e->asked_at = (int64_t)unpack_u64(&u, INT64_MAX);
	e->known = !u.bad && u.at == u.end && e->fact.registered > 0;
	free(item);
	return e->known;
}

/* --- what is known ------------------------------------------------------- */

static bool
is_fresh(const struct entry *e, int64_t now)
{
	int64_t keep = RDAP_DAY_S;

	if (e->fact.registered > 0 &&
	    now - e->fact.registered >= RDAP_YOUNG_S)
		keep = RDAP_KEEP_S;
	return e->known && e->asked_at <= now && now - e->asked_at < keep;
}

static void
entry_free(struct entry *e)
{
	HASH_DEL(e->owner->table, e);
	free(e);
}

/* The oldest that is known and not waited for. */
static void
make_room(struct rdap *r)
{
	struct entry *e, *next;

	if (HASH_COUNT(r->table) < RDAP_KNOWN_MAX)
		return;
	HASH_ITER(hh, r->table, e, next)
		if (e->known) {
			entry_free(e);
			return;
		}
}

static struct entry *
entry_new(struct rdap *r, const char *domain)
{
	struct entry *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	make_room(r);
	e->owner = r;
	text_copy(e->domain, domain, sizeof e->domain);
	HASH_ADD_STR(r->table, domain, e);
	if (TABLE_HAS(e))
		return e;
	free(e);
	return NULL;
}

/* In the table, known or not; what is too old is not. */
static struct entry *
find(struct rdap *r, const char *domain)
{
	const char *part = registrable_part(domain);
	int64_t now = clock_wall_s();
	struct entry *e;

	if (strlen(part) >= sizeof e->domain)
		return NULL;
	HASH_FIND_STR(r->table, part, e);
	if (e != NULL && e->known && !is_fresh(e, now)) {
		entry_free(e);
		e = NULL;
	}
	if (e != NULL)
		return e;
	if ((e = entry_new(r, part)) == NULL)
		return NULL;
	if (load(e) && is_fresh(e, now))
		return e;
	entry_free(e);
	return NULL;
}

bool
rdap_known(struct rdap *r, const char *domain, struct rdap_fact *out)
{
	struct entry *e = r->endpoints != NULL ? find(r, domain) : NULL;

	if (e == NULL || !e->known)
		return false;
	*out = e->fact;
	return true;
}

/* --- asking -------------------------------------------------------------- */

static void ask_next(struct rdap *r);

static void
on_pace(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_next(arg);
}

static void
answer(struct entry *e)
{
	struct rdap_wait *w;

	while ((w = e->waits) != NULL) {
		struct rdap_wait one = *w;
		struct rdap_fact fact = e->fact;

		rdap_cancel(w);
		one.done(one.arg, &fact);
	}
}

static void
read_answer(struct entry *e, const struct http_fetched *got,
    const char *note)
{
	struct rdap_fact *f = &e->fact;

	if (got->status == 0)
		text_copy(f->note, note, sizeof f->note);
	else if (got->status != 200)
		snprintf(f->note, sizeof f->note, "the RDAP server answers "
		    "HTTP %u", got->status);
	else if (rdap_answer_read(got->body, got->len, e->domain,
	    clock_wall_s(), &f->registered, f->note, sizeof f->note))
		f->note[0] = '\0';
}

static void
on_fetched(void *arg, const struct http_fetched *got, const char *note)
{
	const struct timeval space = { .tv_sec = RDAP_SPACE_MS / 1000,
	    .tv_usec = RDAP_SPACE_MS % 1000 * 1000 };
	struct entry *e = arg;
	struct rdap *r = e->owner;

	r->fetch = NULL;
	r->asked = NULL;
	evtimer_add(r->pace, &space);
	read_answer(e, got, note);
	e->known = true;
	e->asked_at = clock_wall_s();
	if (e->fact.registered > 0)
		save(e);
	answer(e);
}

static void
ask(struct rdap *r, struct entry *e)
{
	const struct rdap_fetch_params fp = {
		.base = r->p.base,
		.resolver = r->p.resolver,
		.endpoints = r->endpoints,
		.tls = r->tls,
		.targets = r->p.targets,
		.domain = e->domain,
		.done = on_fetched,
		.arg = e,
	};

	r->asked = e;
	r->fetch = rdap_fetch(&fp);
	if (r->fetch != NULL)
		return;
	r->asked = NULL;
	text_copy(e->fact.note, "no memory", sizeof e->fact.note);
	e->known = true;
	e->asked_at = clock_wall_s();
	answer(e);
}

static void
ask_next(struct rdap *r)
{
	struct entry *e = r->row;

	if (e == NULL || r->asked != NULL || evtimer_pending(r->pace, NULL))
		return;
	DL_DELETE(r->row, e);
	r->in_row--;
	ask(r, e);
}

/* Always from the loop, so that nobody is called from within. */
static struct entry *
want(struct rdap *r, const char *domain)
{
	struct entry *e;

	if (r->endpoints == NULL)
		return NULL;
	if ((e = find(r, domain)) != NULL || r->in_row == RDAP_WAITING_MAX)
		return e;
	if ((e = entry_new(r, registrable_part(domain))) == NULL)
		return NULL;
	DL_APPEND(r->row, e);
	r->in_row++;
	if (r->asked == NULL && !evtimer_pending(r->pace, NULL))
		event_active(r->pace, EV_TIMEOUT, 0);
	return e;
}

void
rdap_want(struct rdap *r, const char *domain)
{
	(void)want(r, domain);
}

struct rdap_wait *
rdap_ask(struct rdap *r, const char *domain, rdap_done_fn *done, void *arg)
{
	struct entry *e = want(r, domain);
	struct rdap_wait *w;

	if (e == NULL || e->known || (w = calloc(1, sizeof *w)) == NULL)
		return NULL;
	w->entry = e;
	w->done = done;
	w->arg = arg;
	DL_APPEND(e->waits, w);
	return w;
}

void
rdap_cancel(struct rdap_wait *w)
{
	if (w == NULL)
		return;
	DL_DELETE(w->entry->waits, w);
	free(w);
}

/* --- birth and death ----------------------------------------------------- */

/*
 * Who waits learns that nothing is known. Failures and what was not asked are
 * too old from now on; they go when they are met.
 */
static void
forget(struct rdap *r)
{
	struct entry *e;

	rdap_fetch_cancel(r->fetch);
	r->fetch = NULL;
	r->asked = NULL;
	r->row = NULL;
	r->in_row = 0;
	for (e = r->table; e != NULL; e = e->hh.next) {
		if (e->known && e->fact.registered > 0)
			continue;
		e->known = true;
		e->asked_at = 0;
		text_copy(e->fact.note, "the settings have changed",
		    sizeof e->fact.note);
	}
	/* Whoever is told may ask, and so change the table. */
	for (e = r->table; e != NULL;) {
		if (e->waits != NULL) {
			answer(e);
			e = r->table;
		} else {
			e = e->hh.next;
		}
	}
}

static void
turn_off(struct rdap *r)
{
	http_endpoints_unref(r->endpoints);
	tls_destroy(r->tls);
	free(r->url);
	r->endpoints = NULL;
	r->tls = NULL;
	r->url = NULL;
}

/* A plain server, such as one on this machine, may redirect as well. */
static bool
turn_on(struct rdap *r, const char *url)
{
	struct conf_errors errors;
	struct tls *tls;

	conf_errors_init(&errors);
	r->endpoints = http_endpoints_of_url(url, RDAP_TIMEOUT_MS, 1, &errors);
	options_log_errors(&errors);
	conf_errors_clear(&errors);
	if (r->endpoints == NULL)
		return false;
	tls = http_endpoints_find(r->endpoints, "")->tls;
	r->tls = tls != NULL ? tls_ref(tls) : tls_create_verifying(NULL);
	r->url = strdup(url);
	return r->tls != NULL && r->url != NULL;
}

bool
rdap_configure(struct rdap *r, const char *url)
{
	if (r->url != NULL && strcmp(r->url, url) == 0)
		return true;
	turn_off(r);
	forget(r);
	if (url[0] == '\0' || turn_on(r, url))
		return true;
	turn_off(r);
	return false;
}

struct rdap *
rdap_create(const struct rdap_params *p)
{
	struct rdap *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->p = *p;
	r->pace = evtimer_new(p->base, on_pace, r);
	if (r->pace != NULL)
		return r;
	free(r);
	return NULL;
}

void
rdap_destroy(struct rdap *r)
{
	struct entry *e, *next;
	struct rdap_wait *w, *after;

	if (r == NULL)
		return;
	rdap_fetch_cancel(r->fetch);
	HASH_ITER(hh, r->table, e, next) {
		DL_FOREACH_SAFE(e->waits, w, after)
			rdap_cancel(w);
		entry_free(e);
	}
	turn_off(r);
	event_free(r->pace);
	free(r);
}
