#include "milter/judge.h"

#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "milter/guard.h"
#include "milter/xtext.h"

/* Waiting for all recipients of one message; its transaction stays < 15 s. */
#define HOLD_MESSAGE_MS	12000
#define SIMULATED_SAY_MS	3600000

/* What the MTA delivers itself: nothing of it is another host's to confirm. */
static const char *const own_mailers[] = { "local", "virtual", "error" };

static bool
is_own_mailer(const char *mailer)
{
	size_t i;

	for (i = 0; mailer != NULL &&
	    i < sizeof(own_mailers) / sizeof(own_mailers[0]); i++) {
		if (strcasecmp(mailer, own_mailers[i]) == 0)
			return true;
	}
	return false;
}

/* Cleanup(8) alone writes addresses without brackets (expected: with). */
static bool
is_simulated(const struct session *s, const char *arg)
{
	return s->local_port_0 && arg[0] != '<';
}

/* The argument without its brackets, cut, for logs and notes. */
static void
plain(const char *arg, char out[ADDRESS_MAX + 1])
{
	size_t len = strlen(arg);

	if (len >= 2 && arg[0] == '<' && arg[len - 1] == '>') {
		arg++;
		len -= 2;
	}
	if (len > ADDRESS_MAX)
		len = ADDRESS_MAX;
	memcpy(out, arg, len);
	out[len] = '\0';
}

/*
 * An address without a domain, or with one of a single label, is completed by
 * the MTA ("user", "postmaster", "user@host"): what it becomes is not known
 * here, so it is not ours to judge.
 */
static bool
is_completed_by_mta(enum address_status st, const struct address *addr)
{
	if (st == ADDRESS_OK)
		return !addr->literal && strchr(addr->domain, '.') == NULL;
	return st == ADDRESS_EMPTY || st == ADDRESS_NO_AT;
}

static bool
same_mailbox(const struct address *a, const struct address *b)
{
	return strcmp(a->domain, b->domain) == 0 &&
	    strcasecmp(a->local, b->local) == 0;
}

static void
warn_simulated(struct service *svc)
{
	if (service_may_say(&svc->simulated_said_at, SIMULATED_SAY_MS))
		log_warnx("mail from sendmail(1) comes through "
		    "non_smtpd_milters, where Postfix cannot refuse one "
		    "recipient: such mail passes unless it has a single bad "
		    "one; take rcptguard out of non_smtpd_milters and use the "
		    "loopback recipe (contrib/postfix)");
}

/* One address under judgement. */
struct matter {
	enum guard_verify role;
	const char *arg;
	const char *qid;
	enum address_status status;
	struct address addr;
};

static void
find_verdict(struct service *svc, struct session *s, const struct matter *m,
    const char *id, struct ask_answer *found)
{
	struct session_message *msg = &s->message;
	int64_t left = HOLD_MESSAGE_MS - msg->held_ms;
	struct ask_question q = {
		.addr = &m->addr,
		.id = id,
		.role = m->role,
		.guard = msg->guard->name,
		.client = s->client_text,
		.auth = msg->auth,
		.max_holds = msg->set->conf->milter.max_holds,
	};

	if (m->status != ADDRESS_OK) {
		bool fault = m->status == ADDRESS_NO_MEMORY;

		memset(found, 0, sizeof(*found));
		found->reason = fault ? REASON_PROBE_UNAVAILABLE :
		    REASON_BAD_SYNTAX;
		found->source = SOURCE_RULES;
		found->degraded = fault;
		return;
	}
	if (left < 0)
		left = 0;
	q.wait_ms = msg->guard->wait_ms < left ? msg->guard->wait_ms : left;
	ask_address(svc->ask, &q, found);
	msg->held_ms += found->held_ms;
}

/*
 * What the guard's limits make of the decision. Under attack only who is known
 * to be good passes; an address that the admin overrode is not limited.
 */
static enum ring_flood
limit(struct service *svc, struct session *s, const struct matter *m,
    const struct ask_answer *found, int64_t now, struct guard_decision *d)
{
	struct session_message *msg = &s->message;
	bool passes = guard_lets_pass(d->action), goes_on, full;
	enum ring_flood flood = FLOOD_NONE;

	if (!msg->guard->flood.enabled || m->role != VERIFY_RECIPIENT ||
	    m->status != ADDRESS_OK)
		return FLOOD_NONE;
	if (flood_count(svc->flood, &msg->from, &m->addr, found->reason,
	    found->age_s, now) && passes &&
	    verdict_state_of(found->reason) != STATE_DELIVERABLE) {
		flood = FLOOD_ATTACK;
		flood_put_off(svc->flood, &msg->from);
	}
	goes_on = d->observed || is_simulated(s, m->arg) ||
	    (passes && found->source == SOURCE_OVERRIDE);
	if (goes_on || (passes && flood == FLOOD_NONE)) {
		full = flood_mailbox(svc->flood, msg->guard, &m->addr,
		    goes_on, now, &msg->mail);
		if (full && passes && flood == FLOOD_NONE &&
		    found->source != SOURCE_OVERRIDE)
			flood = FLOOD_BOMB;
	}
	if (flood != FLOOD_NONE)
		d->action = ACTION_TEMPFAIL;
	return flood;
}

/* What the decision does to the message; NULL: the command is continued. */
static const struct answer *
take_action(struct service *svc, struct session *s, const struct matter *m,
    struct guard_decision d, enum verdict_reason reason,
    enum ring_flood flood, const char *id)
{
	struct session_message *msg = &s->message;
	struct session_mark *mark = d.action == ACTION_HOLD ? &msg->hold :
	    &msg->tag;
	const struct answer *a;

	if (d.observed)
		return NULL;
	if ((d.action == ACTION_HOLD || d.action == ACTION_TAG) &&
	    !mark->set) {
		mark->set = true;
		mark->reason = reason;
		memcpy(mark->id, id, sizeof(mark->id));
	}
	a = flood != FLOOD_NONE ? answer_for_flood(flood) :
	    answer_for(d.action, verdict_state_of(reason), m->role);
	if (a == NULL || !is_simulated(s, m->arg))
		return a;
	/* Any 4xx, now or later, would leave the mail stuck in maildrop. */
	warn_simulated(svc);
	if (a->code[0] == '5') {
		msg->late = a;
		memcpy(msg->late_id, id, sizeof(msg->late_id));
	}
	return NULL;
}

static uint16_t
code_of(const struct answer *a)
{
	return (uint16_t)((a->code[0] - '0') * 100 + (a->code[1] - '0') * 10 +
	    (a->code[2] - '0'));
}

static void
judge(struct service *svc, struct session *s, const struct matter *m,
    struct judge_reply *reply)
{
	struct session_message *msg = &s->message;
	struct guard_decision d;
	struct ask_answer found;
	struct ring_entry e;
	int64_t start = clock_mono_ms(), now;

	verdict_id_next(&s->ids, e.id);
	find_verdict(svc, s, m, e.id, &found);
	now = clock_mono_ms();
	d = guard_decide(msg->guard, found.reason, found.degraded);
	e.flood = limit(svc, s, m, &found, now, &d);
	reply->answer = take_action(svc, s, m, d, found.reason, e.flood,
	    e.id);
	if (reply->answer != NULL)
		answer_text(reply->answer, e.id, reply->text);
	else if (m->qid == NULL)
		memcpy(msg->unqueued, e.id, sizeof(msg->unqueued));

	e.kind = RING_DECISION;
	e.time_ms = clock_wall_ms();
	text_copy(e.qid, m->qid != NULL ? m->qid : "", sizeof(e.qid));
	if (m->status != ADDRESS_OK)
		plain(m->arg, e.address);
	else
		address_wire(&m->addr, e.address);
	memcpy(e.sender, msg->sender, sizeof(e.sender));
	memcpy(e.auth, msg->auth, sizeof(e.auth));
	text_copy(e.guard, msg->guard->name, sizeof(e.guard));
	e.origin = conf_guard_origin(msg->guard);
	memcpy(e.client, s->client_text, sizeof(e.client));
	e.role = m->role;
	e.reason = found.reason;
	e.source = found.source;
	e.action = d.action;
	e.mode = msg->guard->mode;
	e.code = reply->answer != NULL ? code_of(reply->answer) : 0;
	e.simulated = is_simulated(s, m->arg);
	e.refresh = found.refresh;
	e.age_s = found.age_s;
	memset(&e.attack, 0, sizeof(e.attack));
	e.took_ms = now - start;
	scribe_put(svc->scribe, &e);
}

static void
take_login(struct session *s, const char *auth)
{
	char *out = s->message.auth;

	if (s->xtext_login)
		(void)xtext_decode(auth, out, sizeof(s->message.auth));
	else
		text_copy(out, auth, sizeof(s->message.auth));
}

/* Why a guard does not see a message is the first question of a new site. */
static void
tell_guard(const struct session *s)
{
	const struct session_message *msg = &s->message;
	char login[4 * RING_AUTH_SIZE], listener[4 * RING_GUARD_SIZE];

	if (!log_is_debugging())
		return;
	text_escape(msg->auth, strlen(msg->auth), login, sizeof(login));
	text_escape(s->listener, strlen(s->listener), listener,
	    sizeof(listener));
	log_debug("message from client %s, login \"%s\", listener \"%s\": "
	    "%s%s", s->client_text, login, listener, msg->guard != NULL ?
	    "guard " : "no guard", msg->guard != NULL ? msg->guard->name : "");
}

void
judge_mail(struct service *svc, struct session *s, const char *arg,
    const char *auth, const char *qid, struct judge_reply *reply)
{
	struct session_message *msg = &s->message;
	struct matter m = { .role = VERIFY_SENDER, .arg = arg, .qid = qid };
	struct guard_facts facts = { 0 };

	reply->answer = NULL;
	session_reset(s, svc);
	msg->set = settings_take(svc->settings);
	plain(arg, msg->sender);
	take_login(s, auth != NULL ? auth : "");
	m.status = address_parse(arg, strlen(arg), &m.addr);
	/*
	 * Bounces, and probes of our own site: to verify what they name would
	 * make two guards ask each other without end.
	 */
	if (m.status == ADDRESS_EMPTY || (m.status == ADDRESS_OK &&
	    msg->set->has_own && same_mailbox(&m.addr, &msg->set->own)))
		return;
	facts.auth = msg->auth;
	facts.client = s->client;
	facts.listener = s->listener;
	facts.sender = m.status == ADDRESS_OK ? &m.addr : NULL;
	msg->guard = guard_match(msg->set->conf, &facts);
	tell_guard(s);
	if (msg->guard != NULL && msg->guard->flood.enabled)
		msg->from = flood_client_of(svc->flood, msg->guard, msg->auth,
		    &s->client);
	if (msg->guard == NULL || msg->guard->verify != VERIFY_SENDER ||
	    is_completed_by_mta(m.status, &m.addr))
		return;
	judge(svc, s, &m, reply);
}

void
judge_rcpt(struct service *svc, struct session *s, const char *arg,
    const char *mailer, const char *qid, struct judge_reply *reply)
{
	struct session_message *msg = &s->message;
	struct matter m = { .role = VERIFY_RECIPIENT, .arg = arg, .qid = qid };

	reply->answer = NULL;
	msg->recipients++;
	if (msg->guard == NULL || msg->guard->verify != VERIFY_RECIPIENT ||
	    is_own_mailer(mailer))
		return;
	m.status = address_parse(arg, strlen(arg), &m.addr);
	if (is_completed_by_mta(m.status, &m.addr) || (m.status == ADDRESS_OK &&
	    msg->set->has_own && same_mailbox(&m.addr, &msg->set->own)))
		return;
	judge(svc, s, &m, reply);
}

static void
tell_queue_id(struct service *svc, const char *id, const char *qid,
    const struct answer *late)
{
	struct ring_entry e;

	memset(&e, 0, sizeof(e));
	e.kind = RING_QUEUED;
	e.time_ms = clock_wall_ms();
	text_copy(e.id, id, sizeof(e.id));
	text_copy(e.qid, qid != NULL ? qid : "", sizeof(e.qid));
	e.code = late != NULL ? code_of(late) : 0;
	scribe_put(svc->scribe, &e);
}

void
judge_end(struct service *svc, struct session *s, const char *qid,
    struct judge_reply *reply)
{
	struct session_message *msg = &s->message;

	reply->answer = NULL;
	/* A bad recipient must not take the others' mail away. */
	if (msg->late != NULL && (msg->recipients == 1 ||
	    msg->guard->verify == VERIFY_SENDER)) {
		reply->answer = msg->late;
		answer_text(msg->late, msg->late_id, reply->text);
		tell_queue_id(svc, msg->late_id, qid, msg->late);
	} else if (msg->unqueued[0] != '\0' && qid != NULL)
		tell_queue_id(svc, msg->unqueued, qid, NULL);
	if (reply->answer == NULL)
		flood_end(svc->flood, &msg->mail, true);
}
