#include "probe/canary.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/canary_judge.h"
#include "probe/notices.h"

#define FIRST_MS	1000		/* after the start, or a reload */
#define WAIT_MS		(10 * 60 * 1000)	/* a greylisted one comes later */

struct canary {
	struct canaries *owner;
	char provider[64];
	struct address good, bad;
	int64_t every_s;
	uint32_t rounds;
	struct canary_record record;
	struct event *timer;
	struct waiter *waiter;
	bool asks_bad;			/* the good one has answered */
	enum verdict_reason good_said;
};

struct canaries {
	const struct job_tools *tools;
	struct verifier *verifier;
	struct store *store;
	struct clerk *clerk;
	struct canary *items;
	size_t count;
};

/* --- what is remembered --------------------------------------------------- */

static size_t
key_of(const struct canary *c, char key[128])
{
	return (size_t)snprintf(key, 128, CANARY_KEY "%s", c->provider);
}

static void
keep(const struct canary *c)
{
	uint8_t data[CANARY_ITEM_MAX];
	size_t len = canary_pack(&c->record, data);
	char key[128];
	size_t key_len = key_of(c, key);

	if (len > 0)
		clerk_item(c->owner->clerk, STORE_LEDGERS, key, key_len, data,
		    len);
}

static void
recall(struct canary *c)
{
	void *data = NULL;
	char key[128];
	size_t len = 0, key_len = key_of(c, key);

	if (c->owner->store == NULL || store_get_item(c->owner->store,
	    STORE_LEDGERS, key, key_len, &data, &len) != STORE_OK)
		return;
	if (!canary_unpack(data, len, &c->record))
		log_warnx("the canary of %s was damaged in the store and "
		    "begins anew", c->provider);
	free(data);
}

/* --- a round -------------------------------------------------------------- */

static void
schedule(struct canary *c, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	if (evtimer_add(c->timer, &tv) == -1)
		log_warnx("no memory: the canary of %s is not asked again",
		    c->provider);
}

static void
alarm_if_changed(const struct canary *c, bool was_lowered)
{
	const struct canary_record *r = &c->record;
	struct notice n = { .kind = r->lowered ? NOTICE_PROVIDER_DRIFTED :
	    NOTICE_PROVIDER_TRUSTED, .what = c->provider,
	    .see = "rcptguard canary" };

	if (r->lowered == was_lowered)
		return;
	notices_tell(c->owner->tools->notices, &n, "%s: the good canary %s, "
	    "the bad one %s", r->lowered ? canary_drift_word(r->drift) :
	    "right again", verdict_reason_word(r->good),
	    verdict_reason_word(r->bad));
	if (r->lowered)
		log_warnx("alarm: the answers of %s mean nothing any more "
		    "(%s: the good canary %s, the bad one %s); its addresses "
		    "are not probed until its canaries are right again",
		    c->provider, canary_drift_word(r->drift),
		    verdict_reason_word(r->good), verdict_reason_word(r->bad));
	else
		log_warnx("the canaries of %s are right again: its addresses "
		    "are probed as before", c->provider);
}

static void
round_over(struct canary *c, enum verdict_reason good,
    enum verdict_reason bad)
{
	bool was_lowered = c->record.lowered;

	c->record = canary_next(&c->record, good, bad, c->rounds,
	    clock_wall_s());
	alarm_if_changed(c, was_lowered);
	keep(c);
	schedule(c, c->every_s * 1000);
}

static void ask(struct canary *c, const struct address *addr);

static void
on_answer(void *arg, const struct answer *a)
{
	struct canary *c = arg;

	c->waiter = NULL;
	if (c->asks_bad) {
		round_over(c, c->good_said, a->reason);
		return;
	}
	c->good_said = a->reason;
	c->asks_bad = true;
	ask(c, &c->bad);
}

static void
ask(struct canary *c, const struct address *addr)
{
	struct verify_params p = {
		.addr = addr,
		.submitter = "",
		.fresh = true,
		.wait_ms = WAIT_MS,
		.done = on_answer,
		.arg = c,
	};
	struct waiter *w = verifier_ask(c->owner->verifier, &p);

	/* on_answer may have run within, and asked for the other meanwhile. */
	if (w != NULL)
		c->waiter = w;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct canary *c = arg;

	(void)fd;
	(void)what;
	c->asks_bad = false;
	ask(c, &c->good);
}

/* --- the set -------------------------------------------------------------- */

static bool
canary_begin(struct canaries *s, struct canary *c,
    const struct conf_canary *conf)
{
	int64_t wait_ms;

	c->owner = s;
	text_copy(c->provider, conf->provider, sizeof c->provider);
	c->every_s = conf->every_s;
	c->rounds = (uint32_t)conf->rounds;
	c->timer = evtimer_new(s->tools->base, on_timer, c);
	if (c->timer == NULL || address_parse(conf->good, strlen(conf->good),
	    &c->good) != ADDRESS_OK || address_parse(conf->bad,
	    strlen(conf->bad), &c->bad) != ADDRESS_OK)
		return false;
	recall(c);
	/* A restart is no reason to ask sooner, nor is a clock set back. */
	wait_ms = (c->record.asked_at + c->every_s - clock_wall_s()) * 1000;
	if (wait_ms < FIRST_MS || c->record.asked_at == 0)
		wait_ms = FIRST_MS;
	if (wait_ms > c->every_s * 1000)
		wait_ms = c->every_s * 1000;
	schedule(c, wait_ms);
	return true;
}

static void
clear(struct canaries *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		waiter_cancel(s->items[i].waiter);
		if (s->items[i].timer != NULL)
			event_free(s->items[i].timer);
	}
	free(s->items);
	s->items = NULL;
	s->count = 0;
}

static void
load(struct canaries *s)
{
	const struct conf *conf = s->tools->conf;
	size_t i;

	if (conf->canary_count == 0)
		return;
	s->items = calloc(conf->canary_count, sizeof *s->items);
	if (s->items == NULL) {
		log_warnx("no memory for canaries: none is asked");
		return;
	}
	for (i = 0; i < conf->canary_count; i++) {
		s->count++;
		if (!canary_begin(s, &s->items[i], &conf->canaries[i]))
			log_warnx("the canary of %s cannot be asked: no memory",
			    conf->canaries[i].provider);
	}
}

struct canaries *
canaries_create(const struct job_tools *tools, struct verifier *verifier,
    struct store *store, struct clerk *clerk)
{
	struct canaries *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->tools = tools;
	s->verifier = verifier;
	s->store = store;
	s->clerk = clerk;
	load(s);
	return s;
}

/* What was found stays, also where the clerk has not written it yet. */
void
canaries_reconfigured(struct canaries *s)
{
	struct canaries old = *s;
	size_t i, k;

	s->items = NULL;
	s->count = 0;
	load(s);
	for (i = 0; i < s->count; i++)
		for (k = 0; k < old.count; k++)
			if (strcmp(s->items[i].provider,
			    old.items[k].provider) == 0)
				s->items[i].record = old.items[k].record;
	clear(&old);
}

void
canaries_destroy(struct canaries *s)
{
	if (s == NULL)
		return;
	clear(s);
	free(s);
}

static bool
is_same(const struct address *a, const struct address *b)
{
	char x[ADDRESS_MAX + 1], y[ADDRESS_MAX + 1];

	address_canonical(a, x);
	address_canonical(b, y);
	return strcmp(x, y) == 0;
}

bool
canaries_silence(const struct canaries *s, const char *provider,
    const struct address *addr)
{
	const struct canary *c;
	size_t i;

	for (i = 0; s != NULL && i < s->count; i++) {
		c = &s->items[i];
		if (c->record.lowered && strcmp(c->provider, provider) == 0)
			return !is_same(addr, &c->good) &&
			    !is_same(addr, &c->bad);
	}
	return false;
}

/* --- for people ----------------------------------------------------------- */

static bool
put_address(struct jval *o, const char *name, const struct address *addr)
{
	char text[ADDRESS_MAX + 1], shown[4 * ADDRESS_MAX + 1];
	size_t len = address_wire(addr, text);

	text_escape_utf8(text, len, shown, sizeof shown);
	return jval_put_text(o, name, shown);
}

static struct jval *
canary_status(const struct canary *c)
{
	const struct canary_record *r = &c->record;
	struct jval *o = jval_object();
	bool ok = jval_put_text(o, "provider", c->provider) &&
	    jval_put_text(o, "state", r->lowered ? "signals_only" : "trusted") &&
	    jval_put_text(o, "drift", canary_drift_word(r->drift)) &&
	    put_address(o, "good", &c->good) && put_address(o, "bad", &c->bad) &&
	    jval_put_int(o, "wrong", r->wrong) &&
	    jval_put_int(o, "right", r->right) &&
	    jval_put_int(o, "asked_at", r->asked_at) &&
	    jval_put_int(o, "changed_at", r->changed_at) &&
	    jval_put_int(o, "every_s", c->every_s);

	if (ok && r->asked_at != 0)
		ok = jval_put_text(o, "good_reason",
		    verdict_reason_word(r->good)) &&
		    jval_put_text(o, "bad_reason", verdict_reason_word(r->bad));
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

struct jval *
canaries_status(const struct canaries *s)
{
	struct jval *list = jval_array();
	size_t i;

	for (i = 0; i < s->count; i++)
		if (!jval_add(list, canary_status(&s->items[i])))
			break;
	return list;
}
