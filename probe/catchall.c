#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/catchall.h"
#include "probe/random_name.h"
#include "probe/reading.h"
#include "probe/recheck.h"
#include "probe/turns.h"

#define PIECES		8	/* answers, in one callback */
#define LOOK_MAX	64	/* for one to give up */

/* Waits at its test until it is answered. */
struct catchall_wait {
	struct test *test;
	struct evidence *story;
	int64_t story_began_ms;
	catchall_done_fn *done;
	void *arg;
	struct catchall_wait *prev, *next;
};

/* A domain and host: being tested (under_way), or known until expires_at. */
struct test {
	char key[CATCHALL_KEY_MAX];		/* domain NUL "catchall" NUL host */
	size_t key_len;
	char domain[256], host[256];
	struct catchall *owner;
	bool under_way;
	bool forgotten;			/* what it will show is not kept */
	struct ask *ask;		/* NULL also while it is spaced out */
	struct event *later;
	uint64_t ticket;		/* of the gate, or 0 */
	struct net_addr addr;
	char machine[NET_TEXT_SIZE];
	char submitter[64];
	struct address rcpt;
	unsigned put_off;		/* times, by greylisting; 0: not now */
	uint32_t wait_s;		/* until it may be asked again */
	int64_t expires_at;		/* wall clock: it is stored, too */
	enum catchall_finding finding;
	char told[200];			/* the random name and its answer */
	struct catchall_wait *waits;
	struct turn turn;		/* known, and waits are being answered */
	UT_hash_handle hh;
};

struct catchall {
	struct event_base *base;
	struct peers *peers;
	struct gate *gate;
	const struct rules *const *rules;
	struct store *store;
	struct clerk *clerk;
	struct turns *turns;		/* an answer each */
	struct test *table;
};

/* --- waiting ------------------------------------------------------------- */

void
catchall_cancel(struct catchall_wait *w)
{
	if (w == NULL)
		return;
	DL_DELETE(w->test->waits, w);
	free(w);
}

static void
tell(const struct catchall_wait *w)
{
	char line[EVIDENCE_TEXT_MAX];
	size_t len;

	if (w->story == NULL)
		return;
	len = text_join(line, sizeof line, catchall_text(w->test->finding),
	    w->test->told, NULL);
	evidence_tell_text(w->story,
	    (uint32_t)(clock_mono_ms() - w->story_began_ms), STORY_NOTE, line,
	    len);
}

/* One of the waits is answered; t stays while it has its turn. */
static bool
test_answer(void *arg)
{
	struct test *t = arg;
	struct catchall_wait *w = t->waits;
	catchall_done_fn *done;
	void *who;

	if (w == NULL)
		return false;
	done = w->done;
	who = w->arg;
	tell(w);
	catchall_cancel(w);
	done(who, t->finding);
	return t->waits != NULL;
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
		.machine = t->machine,
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

static void
test_save(const struct test *t, int64_t now)
{
	uint8_t item[CATCHALL_ITEM_SIZE];

	/* Two names of full length: known until the probe ends. */
	if (t->key_len > STORE_ITEM_KEY_MAX)
		return;
	catchall_item_put(item, t->finding, now);
	clerk_item(t->owner->clerk, STORE_DOMAINS, t->key, t->key_len, item,
	    sizeof item);
}

static bool
test_load(struct test *t, int64_t now)
{
	uint8_t *item = NULL;
	size_t len;
	bool good;

	if (t->owner->store == NULL || store_get_item(t->owner->store,
	    STORE_DOMAINS, t->key, t->key_len, (void **)&item, &len) !=
	    STORE_OK)
		return false;
	good = catchall_item_get(item, len, now, &t->finding, &t->expires_at);
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
note_answer(struct test *t, const struct ask_result *r)
{
	if (r->fault == FAULT_NONE)
		snprintf(t->told, sizeof t->told, " (%s: %u %.100s)",
		    t->rcpt.local, r->code, r->text);
	else
		snprintf(t->told, sizeof t->told, " (%s: at %s the host %s)",
		    t->rcpt.local, stage_word(r->stage), fault_text(r->fault));
}

static void
on_answer(void *arg, const struct ask_result *r)
{
	struct test *t = arg;
	int64_t now = clock_wall_s();

	t->ask = NULL;
	t->under_way = false;
	t->wait_s = r->fault == FAULT_LOCAL ? CATCHALL_LOCAL_S : 0;
	t->finding = read_reply(t, r);
	note_answer(t, r);
	if (t->finding != CATCHALL_UNCLEAR)
		t->expires_at = now + CATCHALL_KEEP_S;
	else
		t->expires_at = now + (t->wait_s > 0 ? t->wait_s :
		    CATCHALL_UNCLEAR_S);
	if (t->forgotten)
		t->expires_at = now;
	else if (t->finding != CATCHALL_UNCLEAR)
		test_save(t, now);
	if (t->waits != NULL)
		turns_wait(t->owner->turns, &t->turn);
}

static bool
ask_now(struct test *t)
{
	struct ask_params ap = {
		.host = t->host,
		.addr = t->addr,
		.machine = t->machine,
		.provider = provider_of(t),
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
	text_copy(t->machine, p->machine, sizeof t->machine);
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

static bool
is_unused(const struct test *t)
{
	return !t->under_way && !t->turn.waits;
}

static void
make_room(struct catchall *c)
{
	struct test *t, *next;
	unsigned looked = 0;

	if (HASH_COUNT(c->table) < CATCHALL_MAX)
		return;
	HASH_ITER(hh, c->table, t, next) {
		if (is_unused(t))
			test_free(t);
		if (++looked == LOOK_MAX ||
		    HASH_COUNT(c->table) < CATCHALL_MAX)
			return;
	}
}

static struct test *
test_new(struct catchall *c, const struct catchall_params *p)
{
	struct test *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	make_room(c);
	t->owner = c;
	t->turn.work = test_answer;
	t->turn.arg = t;
	text_copy(t->domain, p->domain, sizeof t->domain);
	text_copy(t->host, p->host, sizeof t->host);
	t->key_len = catchall_key(t->domain, t->host, t->key);
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
	char key[CATCHALL_KEY_MAX];
	struct test *t;
	size_t len = catchall_key(p->domain, p->host, key);

	HASH_FIND(hh, c->table, key, (unsigned)len, t);
	if (t == NULL)
		return test_new(c, p);
	if (!is_unused(t) || clock_wall_s() < t->expires_at)
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
	if ((t = test_of(c, p)) == NULL) {
		free(w);
		return NULL;
	}
	w->test = t;
	DL_APPEND(t->waits, w);
	if (!t->under_way)
		turns_wait(t->owner->turns, &t->turn);
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
		else if (domain != NULL && t->turn.waits)
			t->expires_at = 0;
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
	c->turns = turns_create(base, PIECES);
	if (c->turns == NULL) {
		free(c);
		return NULL;
	}
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
	turns_destroy(c->turns);
	free(c);
}
