/*
 * check: has the probe verify addresses, and tells what it found.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/known.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/clock.h"
#include "common/text.h"
#include "common/verdict_line.h"

#define WAIT_MS		30000
#define WAIT_MAX_MS	60000		/* the probe takes no more */
#define ANSWER_MS	3000		/* for its answer, after the wait */
#define WINDOW		32		/* questions under way */

enum { JSON, FRESH, WAIT };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON object a line" },
	[FRESH] = { "fresh", 'f', NULL, "ask again, whatever is remembered" },
	[WAIT] = { "wait", 'w', "TIME", "for an answer: 30s; at most 60s" },
	{ NULL, 0, NULL, NULL }
};

struct question {
	const char *address;
	char id[VERDICT_ID_SIZE];
	bool answered;
	struct verdict_line line;
	char *evidence;			/* JSON, or NULL */
	char suggestion[ADDRESS_MAX + 1];
	const char *remark;		/* why it is no address, or NULL */
};

struct checking {
	struct wire_client *client;
	struct question *questions;
	size_t count, asked, told, under_way;
	bool json, fresh;
	int64_t wait_ms;
	int status;			/* the worst so far */
};

/* --- what is worse ------------------------------------------------------ */

static int
status_of(enum verdict_reason reason)
{
	if (reason == REASON_PROBE_UNAVAILABLE)
		return EX_UNAVAILABLE;
	switch (verdict_state_of(reason)) {
	case STATE_DELIVERABLE:
		return 0;
	case STATE_UNDELIVERABLE:
		return 1;
	case STATE_RISKY:
		return 2;
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return 3;
}

/* Deliverable, risky, unknown, undeliverable, and then what failed. */
static int
worse(int a, int b)
{
	static const int rank[] = { [0] = 0, [2] = 1, [3] = 2, [1] = 3 };
	int rank_a = a < 4 ? rank[a] : INT_MAX;
	int rank_b = b < 4 ? rank[b] : INT_MAX;

	return rank_b > rank_a ? b : a;
}

/* --- telling ------------------------------------------------------------ */

static void
tell_source(const struct question *q)
{
	char age[TIMES_SPAN_SIZE];

	times_span(q->line.age_s, age);
	if (q->line.source == SOURCE_STORE)
		out_fact("known", "from the store, %s old", age);
	else
		out_fact("known", "now, by %s, in %lld ms",
		    verdict_source_word(q->line.source),
		    (long long)q->line.took_ms);
}

static void
tell_plain(const struct question *q)
{
	struct evidence ev;

	if (q->line.source == SOURCE_OVERRIDE) {
		out_part("%s: ", q->address);
		out_state(verdict_state_of(q->line.reason));
		out_line(" (%s)", verdict_reason_word(q->line.reason));
		out_line("  The admin's own word: rcptguard explain %s",
		    q->address);
	} else {
		known_tell_verdict(q->address, q->line.reason);
	}
	if (q->remark != NULL)
		out_line("  It is no address: %s.", q->remark);
	if (q->suggestion[0] != '\0')
		out_fact("meant", "%s?", q->suggestion);
	tell_source(q);
	if (q->evidence != NULL && evidence_from_json(q->evidence,
	    strlen(q->evidence), &ev)) {
		known_tell_evidence(&ev);
		evidence_clear(&ev);
	}
	if (q->line.id != NULL)
		out_fact("id", "%s (rcptguard explain %s)", q->line.id,
		    q->line.id);
}

static void
tell(const struct checking *ch, const struct question *q)
{
	char *json;

	if (!ch->json) {
		tell_plain(q);
		return;
	}
	if ((json = verdict_line_json(&q->line)) == NULL)
		out_raw(NULL);
	else
		out_json(json);
	free(json);
}

/* In the order in which they were given. */
static void
tell_ready(struct checking *ch)
{
	struct question *q;

	for (; ch->told < ch->count; ch->told++) {
		q = &ch->questions[ch->told];
		if (!q->answered)
			break;
		tell(ch, q);
		ch->status = worse(ch->status, status_of(q->line.reason));
		free(q->evidence);
		q->evidence = NULL;
	}
	out_flush();
}

/* --- asking ------------------------------------------------------------- */

/* The parser's word on what the wire cannot carry to the probe. */
static void
judge_here(struct question *q)
{
	q->answered = true;
	q->line.time_ms = clock_wall_ms();
	q->line.address = q->address;
	q->line.role = "recipient";
	q->line.reason = REASON_BAD_SYNTAX;
	q->line.source = SOURCE_RULES;
}

static int
ask(struct checking *ch, struct question *q)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_writer w;
	struct address addr;
	enum address_status syntax;
	enum client_status status;
	size_t len;

	syntax = address_parse(q->address, strlen(q->address), &addr);
	if (syntax == ADDRESS_NO_MEMORY)
		return out_no_memory();
	if (syntax != ADDRESS_OK)
		q->remark = address_status_text(syntax);
	verdict_id_make(q->id);
	talk_begin(&w, buf, sizeof buf, "verify", q->id);
	wire_put(&w, "address", q->address);
	wire_put(&w, "role", "recipient");
	wire_put_i64(&w, "wait_ms", ch->wait_ms);
	wire_put(&w, "fresh", ch->fresh ? "yes" : "no");
	wire_put(&w, "evidence", "yes");
	if ((len = wire_end(&w)) == 0) {
		judge_here(q);
		return EX_OK;
	}
	ch->under_way++;
	status = wire_client_call(ch->client, buf, len,
	    clock_mono_ms() + ANSWER_MS, -1, NULL);
	if (status != CLIENT_OK)
		out_warn("%s", client_status_text(status));
	return talk_client_error(status);
}

static struct question *
question_of(struct checking *ch, const char *id)
{
	size_t i;

	for (i = ch->told; id != NULL && i < ch->asked; i++)
		if (!ch->questions[i].answered &&
		    strcmp(ch->questions[i].id, id) == 0)
			return &ch->questions[i];
	return NULL;
}

/* False for what no probe of ours answers. */
static bool
read_answer(struct question *q, const struct wire_message *m)
{
	const char *reason = wire_get(m, "reason");
	const char *source = wire_get(m, "source");
	const char *evidence = wire_get(m, "evidence");
	const char *suggestion = wire_get(m, "suggestion");
	uint64_t age, took;

	if (reason == NULL || source == NULL ||
	    !verdict_reason_from_word(reason, &q->line.reason) ||
	    !verdict_source_from_word(source, &q->line.source) ||
	    !wire_get_u64(m, "age_s", INT64_MAX, &age) ||
	    !wire_get_u64(m, "took_ms", INT64_MAX, &took))
		return false;
	if (evidence != NULL && (q->evidence = strdup(evidence)) == NULL)
		return false;
	q->line.time_ms = clock_wall_ms();
	q->line.id = q->id;
	q->line.address = q->address;
	q->line.role = "recipient";
	q->line.age_s = (int64_t)age;
	q->line.took_ms = (int64_t)took;
	q->line.evidence = q->evidence;
	if (suggestion != NULL) {
		text_copy(q->suggestion, suggestion, sizeof q->suggestion);
		q->line.suggestion = q->suggestion;
	}
	q->answered = true;
	return true;
}

static int
take_answer(struct checking *ch)
{
	struct wire_message m;
	struct question *q;
	enum client_status status;
	int error;

	status = wire_client_call(ch->client, NULL, 0,
	    clock_mono_ms() + ch->wait_ms + ANSWER_MS, -1, &m);
	if (status != CLIENT_OK) {
		out_warn("%s", client_status_text(status));
		return talk_client_error(status);
	}
	if ((error = talk_answer_error(&m)) != EX_OK)
		return error;
	q = question_of(ch, wire_get(&m, "id"));
	if (q == NULL || !read_answer(q, &m)) {
		out_warn("%s", client_status_text(CLIENT_GARBAGE));
		return EX_UNAVAILABLE;
	}
	ch->under_way--;
	return EX_OK;
}

static int
ask_all(struct checking *ch)
{
	int error = EX_OK;

	while (error == EX_OK && ch->told < ch->count) {
		if (ch->asked < ch->count && ch->under_way < WINDOW &&
		    ch->asked - ch->told < 2 * WINDOW)
			error = ask(ch, &ch->questions[ch->asked++]);
		else
			error = take_answer(ch);
		tell_ready(ch);
	}
	return error != EX_OK ? error : ch->status;
}

static int
check(struct checking *ch, const struct args *a)
{
	int i, status = talk_open_by(a->config, &ch->client);

	if (status != EX_OK)
		return status;
	ch->count = (size_t)a->count;
	ch->questions = calloc(ch->count, sizeof *ch->questions);
	if (ch->questions == NULL) {
		wire_client_close(ch->client);
		return out_no_memory();
	}
	for (i = 0; i < a->count; i++)
		ch->questions[i].address = a->words[i];
	status = ask_all(ch);
	for (i = 0; i < a->count; i++)
		free(ch->questions[i].evidence);
	free(ch->questions);
	wire_client_close(ch->client);
	return status;
}

static int
run(const struct args *a)
{
	struct checking ch = {
		.json = a->values[JSON] != NULL,
		.fresh = a->values[FRESH] != NULL,
		.wait_ms = WAIT_MS,
	};
	const char *wait = a->values[WAIT];

	if (wait != NULL && (!conf_parse_duration_ms(wait, &ch.wait_ms) ||
	    ch.wait_ms < 0 || ch.wait_ms > WAIT_MAX_MS))
		return options_wrong(&cmd_check, "--wait %s: write a time of "
		    "at most 60s, such as 500ms or 5s", wait);
	return check(&ch, a);
}

const struct command cmd_check = {
	.name = "check",
	.synopsis = "[--fresh] [--wait TIME] [--json] ADDRESS ...",
	.help = "verify addresses now, through rcptguard-probe",
	.more = "Exit status: 0 deliverable, 1 undeliverable, 2 risky, 3 "
	    "unknown, pending or\nnot checked, 69 probe unavailable. Of "
	    "several addresses the worst, in this order:\n69, 1, 3, 2, 0.",
	.options = rows,
	.least = 1,
	.most = -1,
	.run = run,
};
