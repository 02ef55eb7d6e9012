#include "probe/learn.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/classify.h"
#include "common/clock.h"
#include "common/evidence.h"
#include "common/outcome.h"
#include "common/text.h"
#include "probe/learn_items.h"
#include "probe/lifetime.h"
#include "probe/server_internal.h"
#include "probe/teach.h"

#define DAY		86400

/* What one report says, on its way through DNS. */
struct lesson {
	struct server *server;
	uint64_t client;
	char id[ID_MAX + 1];
	struct route_wait *wait;
	struct address addr;
	struct verdict known;
	struct outcome outcome;
	char qid[OUTCOME_QID_MAX + 1];
	char relay[256], ip[NET_TEXT_SIZE];
	bool quoted, theirs;
	bool first;			/* no item tells of its message yet */
	enum stage stage;
	unsigned code;
	char enhanced[16];
	char text[OUTCOME_TEXT_MAX + 1];
	const char *rule;
	uint8_t key[OUTCOME_KEY_SIZE];
	struct lesson *prev, *next;
};

static const struct job_tools *
tools_of(const struct server *s)
{
	return verifier_tools(s->p.verifier);
}

/* --- the outcome ---------------------------------------------------------- */

static void
put_outcome(struct lesson *l)
{
	char *json = outcome_print(&l->outcome);

	if (json != NULL) {
		clerk_item(l->server->p.clerk, STORE_OUTCOMES, l->key,
		    sizeof l->key, json, strlen(json));
		l->server->outcomes += l->first;
	}
	free(json);
}

/* --- the verdict ---------------------------------------------------------- */

static void
tell_evidence(const struct lesson *l, enum verdict_reason reason,
    const char *why, struct evidence *ev)
{
	char at[CLOCK_TEXT_SIZE];

	evidence_init(ev);
	clock_text(l->outcome.at * 1000, at);
	ev->stage = STAGE_RCPT;
	ev->code = l->code;
	text_copy(ev->enhanced, l->enhanced, sizeof ev->enhanced);
	text_copy(ev->text, l->text, sizeof ev->text);
	text_copy(ev->mx, l->relay, sizeof ev->mx);
	text_copy(ev->ip, l->ip, sizeof ev->ip);
	text_copy(ev->provider, l->outcome.provider, sizeof ev->provider);
	text_copy(ev->policy, tools_of(l->server)->policy, sizeof ev->policy);
	text_copy(ev->rule, reason == REASON_KNOWN_BY_SIGNAL ?
	    "history.delivered" : l->rule, sizeof ev->rule);
	evidence_tell(ev, 0, STORY_NOTE, "no probe: message %s of our own, at "
	    "%s: %s", l->qid, at, why);
	evidence_tell(ev, 0, STORY_RECEIVED, "%u%s%s %s", l->code,
	    l->enhanced[0] != '\0' ? " " : "", l->enhanced, l->text);
	evidence_tell(ev, 0, STORY_NOTE, "%s", verdict_reason_text(reason));
}

static void
log_lesson(struct lesson *l, enum verdict_reason reason,
    const struct evidence *ev)
{
	char id[VERDICT_ID_SIZE], address[ADDRESS_MAX + 1];
	struct verdict_line line = {
		.time_ms = clock_wall_ms(),
		.id = id,
		.address = address,
		.role = "recipient",
		.reason = reason,
		.source = SOURCE_HISTORY,
	};
	char *json = evidence_to_json(ev, true);

	verdict_id_make(id);
	address_wire(&l->addr, address);
	line.evidence = json;
	clerk_line(l->server->p.clerk, &line, &l->addr);
	free(json);
}

/* False: by then it would have expired. */
static bool
keep_verdict(struct lesson *l, enum verdict_reason reason, const char *why)
{
	const struct job_tools *tools = tools_of(l->server);
	struct verdict v = lifetime_verdict(reason, tools->conf,
	    l->outcome.at, 0, l->code, 1);
	struct evidence ev;
	uint8_t *packed;
	size_t len = 0;

	if (verdict_is_expired(&v, clock_wall_s()))
		return false;
	tell_evidence(l, reason, why, &ev);
	packed = evidence_pack(&ev, &len);
	clerk_verdict(l->server->p.clerk, &l->addr, &v, packed, len);
	verifier_wait_no_more(l->server->p.verifier, &l->addr, false);
	log_lesson(l, reason, &ev);
	evidence_clear(&ev);
	return true;
}

/* --- an answer ------------------------------------------------------------ */

static void
answer(struct server *s, uint64_t client, const char *id, const char *result,
    const char *text, const char *taught)
{
	char buf[512];
	struct wire_writer w;
	struct client *c;

	DL_SEARCH_SCALAR(s->clients, c, serial, client);
	if (c == NULL)
		return;
	wire_begin(&w, buf, sizeof buf);
	wire_put(&w, "id", id);
	wire_put(&w, "result", result);
	wire_put(&w, "text", text);
	if (taught != NULL)
		wire_put(&w, "taught", taught);
	client_send(c, &w);
}

/* Records, teaches and answers; takes l. */
static void
conclude(struct lesson *l)
{
	const struct job_tools *tools = tools_of(l->server);
	const struct provider *p = rules_provider(tools->rules, l->relay);
	struct teach_facts f = {
		.kind = l->outcome.kind,
		.at = l->outcome.at,
		.now = clock_wall_s(),
		.theirs = l->theirs,
		.quoted = l->quoted,
		.accepts_everything = p != NULL && p->accepts_everything,
		.stage = l->stage,
		.code = l->code,
		.meaning = l->outcome.reason,
		.known = &l->known,
	};
	enum verdict_reason reason = (enum verdict_reason)0;
	const char *why = "it is not known any more";

	/* DNS took its time: a probe may have ended, or a wish have come. */
	if (verifier_known(l->server->p.verifier, &l->addr, &l->known))
		reason = teach(&f, &why);
	if (reason != 0 && !keep_verdict(l, reason, why))
		reason = (enum verdict_reason)0;
	if (l->theirs || l->outcome.kind == OUTCOME_DEFERRED)
		put_outcome(l);
	answer(l->server, l->client, l->id, l->theirs ||
	    l->outcome.kind == OUTCOME_DEFERRED ? "counted" : "not_theirs",
	    why, reason != 0 ? verdict_reason_word(reason) : NULL);
	free(l);
}

static bool
is_host_of(const struct mx_route *route, const char *name, const char *ip)
{
	struct net_addr addr;
	bool has_ip = net_addr_parse(ip, &addr);
	size_t i, j;

	for (i = 0; i < route->host_count; i++) {
		if (strcmp(route->hosts[i].name, name) == 0)
			return true;
		for (j = 0; has_ip && j < route->hosts[i].addr_count; j++)
			if (net_addr_equal(&route->hosts[i].addrs[j], &addr))
				return true;
	}
	return false;
}

static void
on_route(void *arg, enum verdict_reason reason, const struct mx_route *route)
{
	struct lesson *l = arg;

	l->wait = NULL;
	DL_DELETE(l->server->lessons, l);
	l->server->lesson_count--;
	l->theirs = reason == REASON_MAX && is_host_of(route, l->relay, l->ip);
	conclude(l);
}

static void
on_dns_line(void *arg, int64_t at_ms, const char *line)
{
	(void)arg;
	(void)at_ms;
	(void)line;
}

/* Is the relay one of the domain's own hosts? Takes l. */
static void
ask_whose(struct client *c, struct lesson *l)
{
	struct server *s = l->server;

	if (l->relay[0] == '\0' || l->addr.literal ||
	    l->outcome.kind == OUTCOME_DEFERRED) {
		conclude(l);
		return;
	}
	if (s->lesson_count < LEARN_PENDING_MAX)
		l->wait = routes_mail(s->p.routes, l->addr.domain,
		    on_dns_line, on_route, l);
	if (l->wait == NULL) {
		client_answer_error(c, l->id, "busy", "too many outcomes wait "
		    "for DNS; try again");
		free(l);
		return;
	}
	DL_APPEND(s->lessons, l);
	s->lesson_count++;
}

/* --- a report ------------------------------------------------------------- */

/* Escaped text, which has backslashes but nothing that would need one. */
static bool
take(const struct wire_message *msg, const char *name, char *out, size_t size)
{
	const char *text = wire_get(msg, name), *p;

	if (text == NULL || !text_is_utf8(text, strlen(text)))
		return false;
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return text_copy(out, text, size) < size;
}

static bool
read_report(const struct wire_message *msg, struct lesson *l)
{
	const char *kind = wire_get(msg, "kind"), *stage = wire_get(msg,
	    "stage"), *quoted = wire_get(msg, "quoted");
	const char *address = wire_get(msg, "address");
	uint64_t at, code;

	if (kind == NULL || !outcome_kind_from_word(kind, &l->outcome.kind) ||
	    stage == NULL || !stage_from_word(stage, &l->stage) ||
	    quoted == NULL || address == NULL ||
	    address_parse(address, strlen(address), &l->addr) != ADDRESS_OK ||
	    !wire_get_u64(msg, "at", INT32_MAX * UINT64_C(2), &at) ||
	    !wire_get_u64(msg, "code", 599, &code))
		return false;
	l->quoted = strcmp(quoted, "yes") == 0;
	l->outcome.at = (int64_t)at;
	l->code = (unsigned)code;
	return take(msg, "qid", l->qid, sizeof l->qid) &&
	    l->qid[0] != '\0' &&
	    take(msg, "relay", l->relay, sizeof l->relay) &&
	    take(msg, "ip", l->ip, sizeof l->ip) &&
	    take(msg, "enhanced", l->enhanced, sizeof l->enhanced) &&
	    take(msg, "text", l->text, sizeof l->text);
}

static void
judge_reply(struct lesson *l)
{
	const struct rules *rules = tools_of(l->server)->rules;
	const struct provider *p = rules_provider(rules, l->relay);
	struct reply_facts f = {
		.stage = l->stage == STAGE_NONE ? STAGE_RCPT : l->stage,
		.code = l->code,
		.enhanced = l->enhanced,
		.text = l->text,
		.provider = p != NULL ? p->name : NULL,
	};
	struct reply_meaning m;

	text_copy(l->outcome.provider, p != NULL ? p->name : "",
	    sizeof l->outcome.provider);
	l->rule = "history.bounced";
	l->outcome.reason = l->outcome.kind == OUTCOME_SENT ?
	    REASON_ACCEPTED : REASON_AMBIGUOUS_REFUSAL;
	if (l->outcome.kind == OUTCOME_SENT || l->code < 400)
		return;
	classify_reply(rules, &f, &m);
	l->outcome.reason = m.reason;
	l->rule = m.rule;
}

/*
 * A bounce message counts only for a message that the log told of: else
 * anybody could write one.
 */
static bool
is_new(struct client *c, struct lesson *l, bool dsn)
{
	struct store *store = wishes_store(c->server->p.wishes);
	int64_t day = l->outcome.at / DAY;
	struct outcome before;
	const char *result = "duplicate";

	learn_keep_bounds(c->server, store, clock_wall_s() / DAY);
	if (learn_find(store, &l->addr, l->qid, l->outcome.at, l->key,
	    &before)) {
		/* what the verdict was when it was sent */
		l->outcome.was = before.was;
		l->theirs = dsn;
		if (outcome_says_more(&before, &l->outcome) &&
		    (!dsn || before.kind == OUTCOME_SENT))
			return true;
	} else if (dsn) {
		result = "no_such_message";
	} else if (outcome_key(store, &l->addr, l->qid, day, l->key)) {
		l->first = true;
		return true;
	}
	answer(c->server, c->serial, l->id, result, "", NULL);
	return false;
}

static void
report(struct client *c, const struct wire_message *msg, const char *id)
{
	struct lesson *l = calloc(1, sizeof *l);
	const char *via = wire_get(msg, "via");
	bool dsn = via != NULL && strcmp(via, "dsn") == 0;

	if (l == NULL || !read_report(msg, l)) {
		client_answer_error(c, id, l == NULL ? "memory" : "usage",
		    l == NULL ? "no memory" : "an attribute of the outcome is "
		    "missing or ill-formed");
		free(l);
		return;
	}
	l->server = c->server;
	l->client = c->serial;
	text_copy(l->id, id, sizeof l->id);
	if (!verifier_known(c->server->p.verifier, &l->addr, &l->known)) {
		answer(c->server, c->serial, id, "unknown", "", NULL);
		free(l);
		return;
	}
	/* It is not what was known when the message went out. */
	if (l->known.checked_at > l->outcome.at) {
		answer(c->server, c->serial, id, "newer", "", NULL);
		free(l);
		return;
	}
	l->outcome.was = l->known.reason;
	judge_reply(l);
	if (!is_new(c, l, dsn))
		free(l);
	else if (dsn)
		conclude(l);
	else
		ask_whose(c, l);
}

void
learn_run(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *what = wire_get(msg, "do");

	if (wishes_store(c->server->p.wishes) == NULL)
		client_answer_error(c, id, "store", "there is no store to "
		    "learn into; rcptguard status says why");
	else if (what != NULL && strcmp(what, "report") == 0)
		report(c, msg, id);
	else if (what != NULL && strcmp(what, "place") == 0)
		learn_place(c, msg, id);
	else
		client_answer_error(c, id, "usage", "outcome needs do=report "
		    "or do=place");
}

void
learn_drop(struct server *s)
{
	struct lesson *l, *next;

	DL_FOREACH_SAFE(s->lessons, l, next) {
		route_cancel(l->wait);
		DL_DELETE(s->lessons, l);
		free(l);
	}
}
