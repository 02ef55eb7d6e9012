#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event_struct.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/catchall.h"
#include "probe/random_name.h"
#include "probe/reading.h"
#include "probe/recheck.h"

#define KEY_MAX	(2 * 256 + 16)

struct catchall_wait {
	struct test *test;		/* waits there, or NULL: answered */
	struct event deliver;
	enum catchall_finding finding;
	struct evidence *story;
	int64_t story_began_ms;
	catchall_done_fn *done;
	void *arg;
	struct catchall_wait *prev, *next;
};

/* A domain and host: being tested (under_way), or known until expires_at. */
struct test {
	char key[KEY_MAX];		/* domain NUL "catchall" NUL host */
	size_t key_len;
	char domain[256], host[256];
	struct catchall *owner;
	bool under_way;
	bool forgotten;			/* what it will show is not kept */
	struct ask *ask;		/* NULL also while it is spaced out */
	struct event *later;
	uint64_t ticket;		/* of the gate, or 0 */
	struct net_addr addr;
	char submitter[64];
	struct address rcpt;
	unsigned put_off;		/* times, by greylisting; 0: not now */
	uint32_t wait_s;		/* until it may be asked again */
	int64_t expires_at;		/* wall clock: it is stored, too */
	enum catchall_finding finding;
	char told[200];			/* the random name and its answer */
	struct catchall_wait *waits;
	UT_hash_handle hh;
};

struct catchall {
	struct event_base *base;
	struct peers *peers;
	struct gate *gate;
	const struct rules *const *rules;
	struct store *store;
	struct clerk *clerk;
	struct test *table;
};

enum catchall_finding
catchall_judge(enum verdict_reason meaning)
{
	switch (verdict_state_of(meaning)) {
	case STATE_DELIVERABLE:
		return CATCHALL_YES;
	case STATE_UNDELIVERABLE:
		return CATCHALL_NO;
	case STATE_RISKY:
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return CATCHALL_UNCLEAR;
}

/* --- waiting ------------------------------------------------------------- */

void
catchall_cancel(struct catchall_wait *w)
{
	if (w == NULL)
		return;
	if (w->test != NULL)
		DL_DELETE(w->test->waits, w);
	event_del(&w->deliver);
	free(w);
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct catchall_wait *w = arg;
	catchall_done_fn *done = w->done;
	enum catchall_finding finding = w->finding;
	void *done_arg = w->arg;

	(void)fd;
	(void)what;
	catchall_cancel(w);
	done(done_arg, finding);
}

static void
tell(const struct catchall_wait *w, const char *text, const char *told)
{
	if (w->story != NULL)
		evidence_tell(w->story,
		    (uint32_t)(clock_mono_ms() - w->story_began_ms),
		    STORY_NOTE, "%s%s", text, told);
}

static void
wait_answer(struct catchall_wait *w, const struct test *t)
{
	static const char *const texts[] = {
		[CATCHALL_NO] = "catch-all test: a random name was refused, "
		    "so the acceptance means something",
		[CATCHALL_YES] = "catch-all test: a random name was accepted "
		    "too, so the acceptance means little",
		[CATCHALL_UNCLEAR] = "catch-all test: the answer to a random "
		    "name shows nothing",
	};

	tell(w, texts[t->finding], t->told);
	w->test = NULL;
	w->finding = t->finding;
	event_active(&w->deliver, EV_TIMEOUT, 0);
}

/* --- testing ------------------------------------------------------------- */

static const struct provider *
provider_of(const struct test *t)
{
	return rules_provider(*t->owner->rules, t->host);
}

static struct gate_question
gate_question_of(const struct test *t)
{
	struct gate_question q = {
		.addr = &t->rcpt,
		.host = t->host,
		.ip = &t->addr,
		.provider = provider_of(t),
		.submitter = t->submitter,
		.random = true,
	};

	return q;
}

static void
settle(struct test *t, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning)
{
	struct gate_question q = gate_question_of(t);

	if (t->ticket != 0)
		gate_ended(t->owner->gate, t->ticket, &q, fault, stage,
		    meaning);
	t->ticket = 0;
}

static void
test_free(struct test *t)
{
	HASH_DEL(t->owner->table, t);
	settle(t, FAULT_LOCAL, STAGE_NONE, NULL);
	ask_cancel(t->ask);
	if (t->later != NULL)
		event_free(t->later);
	free(t);
}

/*
 * In the store: finding (1 octet), then the time of the test, seconds since
 * the epoch, little-endian (8 octets).
 */
#define ITEM_SIZE	9

static void
test_save(const struct test *t, int64_t now)
{
	uint8_t item[ITEM_SIZE];
	size_t i;

	/* Two names of full length: known until the probe ends. */
	if (t->key_len > STORE_ITEM_KEY_MAX)
		return;
	item[0] = (uint8_t)t->finding;
	for (i = 0; i < 8; i++)
		item[1 + i] = (uint8_t)((uint64_t)now >> (8 * i));
	clerk_item(t->owner->clerk, STORE_DOMAINS, t->key, t->key_len, item,
	    sizeof item);
}

static bool
test_load(struct test *t, int64_t now)
{
	uint8_t *item = NULL;
	uint64_t at = 0;
	size_t len, i;
	bool good;

	if (t->owner->store == NULL || store_get_item(t->owner->store,
	    STORE_DOMAINS, t->key, t->key_len, (void **)&item, &len) !=
	    STORE_OK)
		return false;
	for (i = 0; i < 8 && len == ITEM_SIZE; i++)
		at |= (uint64_t)item[1 + i] << (8 * i);
	good = len == ITEM_SIZE &&
	    (item[0] == CATCHALL_NO || item[0] == CATCHALL_YES) &&
	    (int64_t)at <= now && now < (int64_t)at + CATCHALL_KEEP_S;
	if (good) {
		t->finding = (enum catchall_finding)item[0];
		t->expires_at = (int64_t)at + CATCHALL_KEEP_S;
	}
	free(item);
	return good;
}

static enum catchall_finding
read_reply(struct test *t, const struct ask_result *r)
{
	const struct evidence *ev = t->waits != NULL ? t->waits->story : NULL;
	struct reply_meaning meaning;

	if (r->fault != FAULT_NONE) {
		settle(t, r->fault, r->stage, NULL);
		return CATCHALL_UNCLEAR;
	}
	reply_classify(*t->owner->rules, t->host, ev, t->domain, r, &meaning);
	settle(t, r->fault, r->stage, &meaning);
	t->wait_s = recheck_delay(meaning.reason, ++t->put_off,
	    meaning.retry_after_s);
	if (t->wait_s == 0)
		t->put_off = 0;
	return catchall_judge(meaning.reason);
}

static void
on_answer(void *arg, const struct ask_result *r)
{
	struct test *t = arg;
	struct catchall_wait *w, *next;
	int64_t now = clock_wall_s();

	t->ask = NULL;
	t->under_way = false;
	t->wait_s = r->fault == FAULT_LOCAL ? CATCHALL_LOCAL_S : 0;
	t->finding = read_reply(t, r);
	snprintf(t->told, sizeof t->told, " (%s: %u %.100s)", t->rcpt.local,
	    r->code, r->text);
	if (t->finding != CATCHALL_UNCLEAR)
		t->expires_at = now + CATCHALL_KEEP_S;
	else
		t->expires_at = now + (t->wait_s > 0 ? t->wait_s :
		    CATCHALL_UNCLEAR_S);
	if (t->forgotten)
		t->expires_at = now;
	else if (t->finding != CATCHALL_UNCLEAR)
		test_save(t, now);
	DL_FOREACH_SAFE(t->waits, w, next) {
		DL_DELETE(t->waits, w);
		wait_answer(w, t);
	}
}

static bool
ask_now(struct test *t)
{
	const struct provider *provider = provider_of(t);
	struct ask_params ap = {
		.host = t->host,
		.addr = t->addr,
		.provider = provider != NULL ? provider->name : NULL,
		.sessions_max = provider != NULL ? provider->connections : 0,
		.own_session = true,
		.rcpt = &t->rcpt,
		.done = on_answer,
		.arg = t,
	};

	t->ask = peers_ask(t->owner->peers, &ap);
	return t->ask != NULL;
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	static const struct ask_result local = {
		.fault = FAULT_LOCAL, .text = "", .tls = ""
	};

	struct test *t = arg;
	struct gate_question q = gate_question_of(t);

	(void)fd;
	(void)what;
	if (gate_excludes(t->owner->gate, &q) || !ask_now(t))
		on_answer(t, &local);
}

static bool
ask_later(struct test *t, int64_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	t->later = evtimer_new(t->owner->base, on_later, t);
	return t->later != NULL && evtimer_add(t->later, &tv) == 0;
}

/* The gate says no: unclear, until it may say yes. */
static void
test_put_off(struct test *t, const struct gate_answer *a)
{
	int64_t now = clock_wall_s(), again = now + CATCHALL_UNCLEAR_S;

	t->finding = CATCHALL_UNCLEAR;
	t->expires_at = a->retry_at > now && a->retry_at < again ?
	    a->retry_at : again;
	snprintf(t->told, sizeof t->told, " (it was not asked: %s)", a->why);
}

static void
choose_name(struct test *t)
{
	char name[RANDOM_NAME_SIZE];

	random_name(name);
	text_copy(t->rcpt.local, name, sizeof t->rcpt.local);
	text_copy(t->rcpt.domain, t->domain, sizeof t->rcpt.domain);
}

static bool
test_begin(struct test *t, const struct catchall_params *p)
{
	struct gate_question q;
	struct gate_answer a;

	if (t->put_off == 0)
		choose_name(t);
	t->addr = p->addr;
	text_copy(t->submitter, p->submitter, sizeof t->submitter);
	q = gate_question_of(t);
	gate_admit(t->owner->gate, &q, &a);
	if (!a.admitted) {
		test_put_off(t, &a);
		return true;
	}
	t->ticket = a.ticket;
	t->under_way = true;
	return a.delay_ms > 0 ? ask_later(t, a.delay_ms) : ask_now(t);
}

/* --- the table ----------------------------------------------------------- */

static void
make_room(struct catchall *c)
{
	struct test *t, *next;

	if (HASH_COUNT(c->table) < CATCHALL_MAX)
		return;
	HASH_ITER(hh, c->table, t, next)
		if (!t->under_way) {
			test_free(t);
			return;
		}
}

static size_t
make_key(const char *domain, const char *host, char key[KEY_MAX])
{
	size_t len = strlen(domain);

	memcpy(key, domain, len + 1);
	memcpy(key + len + 1, "catchall", 9);
	return len + 10 + text_copy(key + len + 10, host, KEY_MAX - len - 10);
}

static struct test *
test_new(struct catchall *c, const struct catchall_params *p)
{
	struct test *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	make_room(c);
	t->owner = c;
	text_copy(t->domain, p->domain, sizeof t->domain);
	text_copy(t->host, p->host, sizeof t->host);
	t->key_len = make_key(t->domain, t->host, t->key);
	HASH_ADD(hh, c->table, key, (unsigned)t->key_len, t);
	if (!TABLE_HAS(t)) {
		free(t);
		return NULL;
	}
	if (!test_load(t, clock_wall_s()) && !test_begin(t, p)) {
		test_free(t);
		return NULL;
	}
	return t;
}

/* Greylisting has put it off: by the same name. */
static bool
test_again(struct test *t, const struct catchall_params *p)
{
	if (t->later != NULL)
		event_free(t->later);
	t->later = NULL;
	t->forgotten = false;
	return test_begin(t, p);
}

static struct test *
test_of(struct catchall *c, const struct catchall_params *p)
{
	char key[KEY_MAX];
	struct test *t;
	size_t len = make_key(p->domain, p->host, key);

	HASH_FIND(hh, c->table, key, (unsigned)len, t);
	if (t == NULL)
		return test_new(c, p);
	if (t->under_way || clock_wall_s() < t->expires_at)
		return t;
	if (t->put_off > 0 && test_again(t, p))
		return t;
	test_free(t);
	return test_new(c, p);
}

struct catchall_wait *
catchall_ask(struct catchall *c, const struct catchall_params *p)
{
	struct catchall_wait *w = calloc(1, sizeof *w);
	struct test *t;

	if (w == NULL)
		return NULL;
	w->story = p->story;
	w->story_began_ms = p->story_began_ms;
	w->done = p->done;
	w->arg = p->arg;
	event_assign(&w->deliver, c->base, -1, 0, on_deliver, w);
	if ((t = test_of(c, p)) == NULL) {
		free(w);
		return NULL;
	}
	if (t->under_way) {
		w->test = t;
		DL_APPEND(t->waits, w);
	} else {
		wait_answer(w, t);
	}
	return w;
}

void
catchall_forget(struct catchall *c, const char *domain)
{
	struct test *t, *next;

	HASH_ITER(hh, c->table, t, next) {
		if (domain != NULL && strcmp(t->domain, domain) != 0)
			continue;
		if (t->under_way)
			t->forgotten = true;
		else if (domain != NULL)
			test_free(t);
	}
}

struct catchall *
catchall_create(struct event_base *base, struct peers *peers,
    struct gate *gate, const struct rules *const *rules, struct store *store,
    struct clerk *clerk)
{
	struct catchall *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->base = base;
	c->peers = peers;
	c->gate = gate;
	c->rules = rules;
	c->store = store;
	c->clerk = clerk;
	return c;
}

/* Waits are the callers' to cancel first. */
void
catchall_destroy(struct catchall *c)
{
	struct test *t, *next;

	if (c == NULL)
		return;
	HASH_ITER(hh, c->table, t, next)
		test_free(t);
	free(c);
}
