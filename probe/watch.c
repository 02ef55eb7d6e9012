#include "probe/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/log.h"
#include "common/options.h"
#include "common/text.h"
#include "probe/listing_keep.h"
#include "probe/lookup.h"
#include "probe/source_keep.h"

#define SEE_LISTINGS	"rcptguard listing list"

struct watch {
	const struct job_tools *tools;
	struct source_pool *pool;
	struct clerk *clerk;
	struct event *timer;
	struct facts *facts;		/* NULL: no run is under way */
	struct lookup *lookup;
	int64_t began_at;		/* of the last run; wall seconds */
	int64_t asked_at;		/* of the last that has ended */
	struct dnsbl dnsbl;
	struct listing_book book;
	/* Addresses that a list names since this run, as bits of the pool. */
	uint64_t fresh;
};

static void on_facts(void *arg);

/* --- the file ------------------------------------------------------------ */

static void
load(struct watch *w)
{
	struct conf_errors errors;

	conf_errors_init(&errors);
	if (!dnsbl_load(&w->dnsbl, w->tools->conf->identity.blocklists,
	    &errors)) {
		options_log_errors(&errors);
		log_warnx("the lists of our addresses are not watched");
	}
	conf_errors_clear(&errors);
}

/* --- a run --------------------------------------------------------------- */

/* What is done with one finding, once all are known; NULL: not yet. */
typedef void found_fn(struct watch *w, const struct listing_result *r,
    size_t source);

#define NO_SOURCE	SOURCES_MAX

/* False: pending. */
static bool
judge_one(struct watch *w, const struct dnsbl_zone *z,
    const struct net_addr *addr, const char *what, size_t source,
    found_fn *found)
{
	char code[NET_TEXT_SIZE] = "", meaning[160];
	struct listing_result r = { .what = what, .zone = z->zone,
	    .removal = z->removal, .code = code, .meaning = meaning };
	struct dnsbl_finding f;

	dnsbl_judge(&w->dnsbl, z, addr, what, w->facts, &f);
	if (found == NULL)
		return f.result != DNSBL_PENDING;
	r.result = f.result;
	r.reason = f.reason;
	if (f.result == DNSBL_LISTED)
		net_addr_text(&f.code, code);
	text_escape_utf8(f.meaning, strlen(f.meaning), meaning,
	    sizeof meaning);
	found(w, &r, source);
	return true;
}

static bool
judge_sources(struct watch *w, const struct dnsbl_zone *z, found_fn *found)
{
	char text[NET_TEXT_SIZE];
	bool known = true;
	size_t i;

	for (i = 0; i < w->pool->count; i++) {
		if (w->pool->items[i].implied)
			continue;
		source_text(&w->pool->items[i], text);
		known = judge_one(w, z, &w->pool->items[i].addr, text, i,
		    found) && known;
	}
	return known;
}

static bool
judge_names(struct watch *w, const struct dnsbl_zone *z, found_fn *found)
{
	const struct conf *c = w->tools->conf;
	const char *domain = preflight_sender_domain(c);
	bool known = judge_one(w, z, NULL, c->identity.helo, NO_SOURCE,
	    found);

	if (strcasecmp(domain, c->identity.helo) == 0)
		return known;
	return judge_one(w, z, NULL, domain, NO_SOURCE, found) && known;
}

static bool
judge_all(struct watch *w, found_fn *found)
{
	bool known = true;
	size_t i;

	for (i = 0; i < w->dnsbl.zone_count; i++) {
		const struct dnsbl_zone *z = &w->dnsbl.zones[i];

		known = (z->by_name ? judge_names(w, z, found) :
		    judge_sources(w, z, found)) && known;
	}
	return known;
}

/* --- what a run has found ------------------------------------------------ */

static void
describe(const struct listing *l, char out[200])
{
	snprintf(out, 200, "%.90s %s %.60s", l->zone, l->code,
	    l->meaning[0] != '\0' ? l->meaning : l->reason);
}

static void
note_finding(struct watch *w, const struct listing_result *r, size_t source)
{
	const struct listing *l;
	struct notice n = { .what = r->what, .zone = r->zone,
	    .see = r->removal };
	char why[200];

	switch (listings_note(&w->book, r, clock_wall_s(), &l)) {
	case LISTING_SAME:
		return;
	case LISTING_NEW:
		if (source < NO_SOURCE)
			w->fresh |= UINT64_C(1) << source;
		describe(l, why);
		log_warnx("%s is listed: %s; \"%s\"; see %s", l->what, why,
		    l->reason, l->removal);
		n.kind = NOTICE_LISTED;
		notices_tell(w->tools->notices, &n, "%s as %s%s%s; %s",
		    l->zone, l->code, l->meaning[0] != '\0' ? ", " : "",
		    l->meaning, l->reason);
		break;
	case LISTING_GONE:
		log_info("%s is off the list %s", l->what, l->zone);
		n.kind = NOTICE_DELISTED;
		notices_tell(w->tools->notices, &n, "it is off the list %s",
		    l->zone);
		break;
	}
	listing_keep(w->clerk, l);
}

static void
forget(void *arg, const struct listing *l)
{
	struct watch *w = arg;

	listing_drop(w->clerk, l);
}

static void
tell_lists(struct watch *w)
{
	struct notice n = { .see = "dig TXT, and your resolver" };
	size_t i;

	for (i = 0; i < w->book.list_count; i++) {
		n.what = n.zone = w->book.lists[i].zone;
		switch (listings_health(&w->book, i)) {
		case LIST_SAME:
			break;
		case LIST_BROKE:
			n.kind = NOTICE_LIST_BROKEN;
			log_warnx("the list %s gives no usable answer: it is "
			    "dead, or refuses your resolver", n.zone);
			notices_tell(w->tools->notices, &n, "the list gives "
			    "no usable answer: it is dead, or refuses your "
			    "resolver; who is on it is not known");
			break;
		case LIST_WORKS:
			n.kind = NOTICE_LIST_WORKS;
			log_info("the list %s answers again", n.zone);
			notices_tell(w->tools->notices, &n, "the list answers "
			    "again");
			break;
		}
	}
}

/* The first list that names it. */
static void
why_listed(const struct watch *w, const char *ip, char why[200])
{
	size_t i;

	why[0] = '\0';
	for (i = 0; i < w->book.count && why[0] == '\0'; i++)
		if (w->book.items[i].gone_at == 0 &&
		    strcmp(w->book.items[i].what, ip) == 0)
			describe(&w->book.items[i], why);
}

/* What the admin had resume rests again when listed anew. */
static void
rest_source(struct watch *w, struct source *s, bool fresh)
{
	struct notice n = { .see = SEE_LISTINGS };
	char ip[NET_TEXT_SIZE], why[200];
	int64_t gone_at;
	bool on;

	source_text(s, ip);
	n.what = n.source = ip;
	on = listings_has(&w->book, ip, &gone_at);
	if (fresh) {
		gate_listed(w->tools->gate, ip);
		if (!(s->rests & REST_LISTED)) {
			why_listed(w, ip, why);
			source_rest(s, REST_LISTED, clock_wall_s(), why);
			source_keep(w->clerk, s);
			n.kind = NOTICE_SOURCE_RESTS;
			notices_tell(w->tools->notices, &n, "no probe leaves "
			    "from it: %s", why);
		}
	}
	if (source_is_clean(s, on, gone_at, WATCH_CLEAN_S, clock_wall_s())) {
		source_resume(s, REST_LISTED);
		source_keep(w->clerk, s);
		log_info("source %s resumes: no list has named it of late",
		    ip);
		n.kind = NOTICE_SOURCE_RESUMES;
		notices_tell(w->tools->notices, &n, "no list has named it for "
		    "%d days", WATCH_CLEAN_S / 86400);
	}
}

static void
schedule(struct watch *w)
{
	const struct timeval tv = { .tv_sec = listings_wait(&w->book,
	    w->began_at, clock_wall_s()) };

	if (evtimer_add(w->timer, &tv) == -1)
		log_warnx("no memory: the lists of our addresses are not "
		    "asked any more");
}

static void
run_end(struct watch *w)
{
	size_t i;

	w->fresh = 0;
	listings_begin(&w->book);
	(void)judge_all(w, note_finding);
	listings_end(&w->book, clock_wall_s(), forget, w);
	tell_lists(w);
	for (i = 0; i < w->pool->count; i++)
		if (!w->pool->items[i].implied)
			rest_source(w, &w->pool->items[i],
			    w->fresh >> i & 1);
	facts_free(w->facts);
	w->facts = NULL;
	w->asked_at = w->began_at;
	schedule(w);
}

static void
run_next(struct watch *w)
{
	const struct conf *c = w->tools->conf;

	if (!judge_all(w, NULL)) {
		w->lookup = lookup_start(w->tools->base, w->tools->resolver,
		    w->facts, c->dns.timeout_ms * c->dns.tries + 1000,
		    on_facts, w);
		if (w->lookup != NULL)
			return;
	}
	run_end(w);
}

static void
on_facts(void *arg)
{
	struct watch *w = arg;

	w->lookup = NULL;
	run_next(w);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	if (w->facts != NULL)
		return;
	w->began_at = clock_wall_s();
	if ((w->facts = facts_new()) != NULL)
		run_next(w);
	else
		schedule(w);
}

/* --- the public side ----------------------------------------------------- */

void
watch_again(struct watch *w)
{
	lookup_cancel(w->lookup);
	w->lookup = NULL;
	facts_free(w->facts);
	w->facts = NULL;
	if (w->tools->conf->identity.preflight == PREFLIGHT_OFF) {
		evtimer_del(w->timer);
		return;
	}
	load(w);
	event_active(w->timer, EV_TIMEOUT, 0);
}

struct watch *
watch_create(const struct job_tools *tools, struct source_pool *pool,
    struct store *store, struct clerk *clerk)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->tools = tools;
	w->pool = pool;
	w->clerk = clerk;
	if ((w->timer = evtimer_new(tools->base, on_timer, w)) == NULL) {
		free(w);
		return NULL;
	}
	listings_recall(store, clerk, &w->book);
	watch_again(w);
	return w;
}

void
watch_destroy(struct watch *w)
{
	if (w == NULL)
		return;
	lookup_cancel(w->lookup);
	facts_free(w->facts);
	event_free(w->timer);
	free(w);
}

bool
watch_ticket(struct watch *w, const struct watch_ticket *t)
{
	struct listing *l = listings_find(&w->book, t->what, t->zone);
	struct notice n = { .kind = NOTICE_TICKET, .what = t->what,
	    .zone = t->zone };

	if (l == NULL)
		return false;
	if (t->set)
		l->ticket = t->state;
	if (t->note != NULL)
		text_copy(l->note, t->note, sizeof l->note);
	l->ticket_at = clock_wall_s();
	l->ticket_by = t->by;
	n.see = l->removal;
	listing_keep(w->clerk, l);
	notices_tell(w->tools->notices, &n, "removal: %s%s%s",
	    ticket_word(l->ticket), l->note[0] != '\0' ? "; " : "", l->note);
	if (w->facts == NULL && evtimer_pending(w->timer, NULL))
		schedule(w);
	return true;
}

size_t
watch_listings(void *arg, struct preflight_listing *out, size_t max)
{
	const struct watch *w = arg;
	size_t i, n = 0;

	for (i = 0; i < w->book.count && n < max; i++) {
		const struct listing *l = &w->book.items[i];

		if (l->gone_at != 0)
			continue;
		text_copy(out[n].what, l->what, sizeof out[n].what);
		describe(l, out[n].text);
		n++;
	}
	return n;
}

struct jval *
watch_status(const struct watch *w, bool all)
{
	struct jval *list = jval_array();
	size_t i;

	for (i = 0; i < w->book.count; i++)
		if ((all || w->book.items[i].gone_at == 0) &&
		    !jval_add(list, listing_value(&w->book.items[i]))) {
			jval_free(list);
			return NULL;
		}
	return list;
}

struct jval *
watch_lists(const struct watch *w)
{
	struct jval *o = jval_object(), *lists = jval_array(), *l;
	bool ok = jval_put_int(o, "asked_at", w->asked_at);
	size_t i;

	for (i = 0; i < w->book.list_count && ok; i++) {
		l = jval_object();
		ok = jval_put_text(l, "zone", w->book.lists[i].zone) &&
		    jval_put_bool(l, "broken", w->book.lists[i].broken);
		ok = jval_add(lists, l) && ok;
	}
	ok = jval_put(o, "lists", lists) && ok;
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}
