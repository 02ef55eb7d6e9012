/* What the fate of mail teaches, and how the verdicts are measured by it. */
#include <stdlib.h>
#include <string.h>

#include "common/outcome.h"
#include "probe/teach.h"
#include "tests/unit/suite.h"

#define NOW		1795219200
#define DAY		86400

enum { GOOD_WAY = 0, RELAYED = 1, OWN_WORDS = 2, TAKES_ALL = 4 };

static const struct {
	const char *says;
	enum outcome_kind kind;
	enum stage stage;
	unsigned code;
	enum verdict_reason meaning;
	int way;
	int64_t ago, known_ago;
	enum verdict_reason known, taught;	/* taught 0: nothing */
} rows[] = {
	{ "no such user, at RCPT, by their host", OUTCOME_BOUNCED, STAGE_RCPT,
	    550, REASON_NO_SUCH_USER, GOOD_WAY, 60, 600, REASON_ACCEPTED,
	    REASON_NO_SUCH_USER },
	{ "a mailbox that is switched off", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_MAILBOX_DISABLED, GOOD_WAY, 60, 600, REASON_GREYLISTED,
	    REASON_MAILBOX_DISABLED },
	{ "what a risky one is, is settled", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_NO_SUCH_USER, GOOD_WAY, 60, 600, REASON_CATCH_ALL,
	    REASON_NO_SUCH_USER },
	{ "a refusal of us teaches nothing", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_BLOCKED_POLICY, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "nor does a doubt", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_AMBIGUOUS_REFUSAL, GOOD_WAY, 60, 600, REASON_ACCEPTED,
	    0 },
	{ "nor a full mailbox", OUTCOME_BOUNCED, STAGE_RCPT, 552,
	    REASON_MAILBOX_FULL, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "the sender refused", OUTCOME_BOUNCED, STAGE_MAIL, 550,
	    REASON_NO_SUCH_USER, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "the message refused", OUTCOME_BOUNCED, STAGE_NONE, 550,
	    REASON_NO_SUCH_USER, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "a reply for now", OUTCOME_BOUNCED, STAGE_RCPT, 450,
	    REASON_NO_SUCH_USER, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "by a smart host", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_NO_SUCH_USER, RELAYED, 60, 600, REASON_ACCEPTED, 0 },
	{ "in our own MTA's words", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_NO_SUCH_USER, OWN_WORDS, 60, 600, REASON_ACCEPTED, 0 },
	{ "too long ago", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_NO_SUCH_USER, GOOD_WAY, 4 * DAY, 5 * DAY, REASON_ACCEPTED,
	    0 },
	{ "older than what is known", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_NO_SUCH_USER, GOOD_WAY, 600, 60, REASON_ACCEPTED, 0 },
	{ "a time to come", OUTCOME_BOUNCED, STAGE_RCPT, 550,
	    REASON_NO_SUCH_USER, GOOD_WAY, -2 * 3600, 600, REASON_ACCEPTED,
	    0 },
	{ "a delay", OUTCOME_DEFERRED, STAGE_RCPT, 450,
	    REASON_GREYLISTED, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "a delivery to one that was unknown", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, GOOD_WAY, 60, 600, REASON_TIMEOUT,
	    REASON_KNOWN_BY_SIGNAL },
	{ "to one that was called bad", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, GOOD_WAY, 60, 600, REASON_NO_SUCH_USER,
	    REASON_KNOWN_BY_SIGNAL },
	{ "to one that may not be probed", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, GOOD_WAY, 60, 600, REASON_PROVIDER_SIGNALS_ONLY,
	    REASON_KNOWN_BY_SIGNAL },
	{ "to one that is known to be good", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, GOOD_WAY, 60, 600, REASON_ACCEPTED, 0 },
	{ "the same, when it is stale", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, GOOD_WAY, 60, 10 * DAY, REASON_ACCEPTED,
	    REASON_KNOWN_BY_SIGNAL },
	{ "to a catch-all domain", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, GOOD_WAY, 60, 600, REASON_CATCH_ALL, 0 },
	{ "to hosts that take everything", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, TAKES_ALL, 60, 600, REASON_TIMEOUT, 0 },
	{ "to a smart host or a filter", OUTCOME_SENT, STAGE_NONE, 250,
	    REASON_ACCEPTED, RELAYED, 60, 600, REASON_TIMEOUT, 0 },
};

START_TEST(what_is_taught)
{
	struct verdict known = {
		.reason = rows[_i].known,
		.checked_at = NOW - rows[_i].known_ago,
		.refresh_at = NOW - rows[_i].known_ago + 7 * DAY,
		.expire_at = NOW - rows[_i].known_ago + 31 * DAY,
	};
	struct teach_facts f = {
		.kind = rows[_i].kind,
		.at = NOW - rows[_i].ago,
		.now = NOW,
		.theirs = !(rows[_i].way & RELAYED),
		.quoted = !(rows[_i].way & OWN_WORDS),
		.accepts_everything = rows[_i].way & TAKES_ALL,
		.stage = rows[_i].stage,
		.code = rows[_i].code,
		.meaning = rows[_i].meaning,
		.known = &known,
	};
	const char *why = NULL;
	enum verdict_reason got = teach(&f, &why);

	ck_assert_msg(got == rows[_i].taught, "%s: %s", rows[_i].says, why);
	ck_assert_ptr_nonnull(why);
}
END_TEST

/* Rule R1: no bounce of any meaning teaches more than that meaning says. */
START_TEST(only_undeliverable_is_taught_by_a_bounce)
{
	enum verdict_reason meaning = verdict_reason_at((unsigned)_i);
	struct verdict known = { .reason = REASON_ACCEPTED,
	    .checked_at = NOW - 600, .refresh_at = NOW, .expire_at = NOW };
	struct teach_facts f = { .kind = OUTCOME_BOUNCED, .at = NOW - 60,
	    .now = NOW, .theirs = true, .quoted = true, .stage = STAGE_RCPT,
	    .code = 550, .meaning = meaning, .known = &known };
	const char *why;

	ck_assert_int_eq(teach(&f, &why), verdict_state_of(meaning) ==
	    STATE_UNDELIVERABLE ? meaning : (enum verdict_reason)0);
}
END_TEST

static void
add(struct outcome_tally *t, const char *provider, enum verdict_reason was,
    enum outcome_kind kind, enum verdict_reason reason, int times)
{
	struct outcome o = { .kind = kind, .reason = reason, .was = was };

	strcpy(o.provider, provider);
	while (times-- > 0)
		outcome_add(t, &o);
}

START_TEST(rates)
{
	static struct outcome_tally t;
	const struct outcome_count *c;

	memset(&t, 0, sizeof t);
	ck_assert_int_eq(outcome_bad_accepted(&t.all), -1);
	ck_assert_int_eq(outcome_good_refused(&t.all), -1);
	add(&t, "a", REASON_ACCEPTED, OUTCOME_SENT, REASON_ACCEPTED, 95);
	add(&t, "a", REASON_KNOWN_BY_SIGNAL, OUTCOME_BOUNCED,
	    REASON_NO_SUCH_USER, 5);
	add(&t, "a", REASON_ACCEPTED, OUTCOME_BOUNCED, REASON_BLOCKED_POLICY,
	    7);
	add(&t, "a", REASON_ACCEPTED, OUTCOME_DEFERRED, REASON_GREYLISTED, 9);
	add(&t, "b", REASON_NO_SUCH_USER, OUTCOME_SENT, REASON_ACCEPTED, 1);
	add(&t, "b", REASON_NO_SUCH_USER, OUTCOME_BOUNCED,
	    REASON_NO_SUCH_USER, 3);
	add(&t, "", REASON_CATCH_ALL, OUTCOME_BOUNCED, REASON_NO_SUCH_USER, 2);
	ck_assert_int_eq(outcome_bad_accepted(&t.all), 50);
	ck_assert_int_eq(outcome_good_refused(&t.all), 250);
	ck_assert_uint_eq(t.count, 3);
	c = &t.by[0];
	ck_assert_str_eq(c->provider, "a");
	ck_assert_int_eq(c->good_refused, 7);
	ck_assert_int_eq(c->deferred, 9);
	ck_assert_int_eq(outcome_good_refused(c), -1);
	ck_assert_int_eq(t.by[2].open_bounced, 2);
}
END_TEST

START_TEST(an_outcome_is_read_back)
{
	struct outcome o = { .at = NOW, .kind = OUTCOME_BOUNCED,
	    .reason = REASON_NO_SUCH_USER, .was = REASON_ACCEPTED,
	    .provider = "google" }, back;
	char *json = outcome_print(&o);

	ck_assert_ptr_nonnull(json);
	ck_assert(outcome_read(json, strlen(json), &back));
	ck_assert_int_eq(back.at, o.at);
	ck_assert_int_eq(back.kind, o.kind);
	ck_assert_int_eq(back.reason, o.reason);
	ck_assert_int_eq(back.was, o.was);
	ck_assert_str_eq(back.provider, o.provider);
	ck_assert(!outcome_read(json, strlen(json) - 1, &back));
	ck_assert(!outcome_read("{}", 2, &back));
	free(json);
}
END_TEST

START_TEST(what_says_more)
{
	static const struct {
		enum outcome_kind old, next;
		bool more;
	} pairs[] = {
		{ OUTCOME_DEFERRED, OUTCOME_DEFERRED, false },
		{ OUTCOME_DEFERRED, OUTCOME_SENT, true },
		{ OUTCOME_DEFERRED, OUTCOME_BOUNCED, true },
		{ OUTCOME_SENT, OUTCOME_DEFERRED, false },
		{ OUTCOME_SENT, OUTCOME_SENT, false },
		{ OUTCOME_SENT, OUTCOME_BOUNCED, true },
		{ OUTCOME_BOUNCED, OUTCOME_BOUNCED, false },
		{ OUTCOME_BOUNCED, OUTCOME_SENT, false },
	};
	struct outcome old = { .kind = pairs[_i].old },
	    next = { .kind = pairs[_i].next };

	ck_assert_msg(outcome_says_more(&old, &next) == pairs[_i].more,
	    "%s, then %s", outcome_kind_word(old.kind),
	    outcome_kind_word(next.kind));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("teach");
	TCase *t = tcase_create("all");
	int n = 0;

	while (verdict_reason_at((unsigned)n) != 0)
		n++;
	tcase_add_loop_test(t, what_is_taught, 0, COUNT(rows));
	tcase_add_loop_test(t, only_undeliverable_is_taught_by_a_bounce, 0, n);
	tcase_add_test(t, rates);
	tcase_add_test(t, an_outcome_is_read_back);
	tcase_add_loop_test(t, what_says_more, 0, 8);
	suite_add_tcase(s, t);
	return suite_run(s);
}
