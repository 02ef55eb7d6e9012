#include "common/verdict.h"
#include "tests/unit/suite.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * The vocabulary, written down a second time: words and numbers are in stores
 * and logs of others, so a change of the table must fail here.
 */
static const struct {
	unsigned number;
	const char *word;
	enum verdict_state state;
} vocabulary[] = {
	{ 1, "accepted", STATE_DELIVERABLE },
	{ 2, "accepted_rate_limited_mailbox", STATE_DELIVERABLE },
	{ 3, "known_by_signal", STATE_DELIVERABLE },
	{ 10, "bad_syntax", STATE_UNDELIVERABLE },
	{ 11, "no_such_domain", STATE_UNDELIVERABLE },
	{ 12, "null_mx", STATE_UNDELIVERABLE },
	{ 13, "no_mail_host", STATE_UNDELIVERABLE },
	{ 14, "unroutable_mx", STATE_UNDELIVERABLE },
	{ 15, "no_such_user", STATE_UNDELIVERABLE },
	{ 16, "mailbox_disabled", STATE_UNDELIVERABLE },
	{ 17, "mailbox_moved", STATE_UNDELIVERABLE },
	{ 30, "catch_all", STATE_RISKY },
	{ 31, "mailbox_full", STATE_RISKY },
	{ 32, "mailbox_full_long", STATE_RISKY },
	{ 33, "disposable", STATE_RISKY },
	{ 34, "role", STATE_RISKY },
	{ 35, "possible_typo", STATE_RISKY },
	{ 36, "possible_trap", STATE_RISKY },
	{ 37, "domain_too_new", STATE_RISKY },
	{ 38, "provider_accepts_everything", STATE_RISKY },
	{ 39, "denied", STATE_RISKY },
	{ 50, "greylisted", STATE_UNKNOWN },
	{ 51, "temporary_error", STATE_UNKNOWN },
	{ 52, "timeout", STATE_UNKNOWN },
	{ 53, "no_connect", STATE_UNKNOWN },
	{ 54, "closed_early", STATE_UNKNOWN },
	{ 55, "dns_failure", STATE_UNKNOWN },
	{ 56, "recipient_flooded", STATE_UNKNOWN },
	{ 57, "relay_denied", STATE_UNKNOWN },
	{ 58, "tls_required", STATE_UNKNOWN },
	{ 70, "blocked_policy", STATE_UNKNOWN },
	{ 71, "blocked_ip_listed", STATE_UNKNOWN },
	{ 72, "blocked_no_ptr", STATE_UNKNOWN },
	{ 73, "blocked_auth", STATE_UNKNOWN },
	{ 74, "blocked_helo", STATE_UNKNOWN },
	{ 75, "rate_limited", STATE_UNKNOWN },
	{ 76, "port25_blocked", STATE_UNKNOWN },
	{ 77, "ambiguous_refusal", STATE_UNKNOWN },
	{ 78, "probe_unavailable", STATE_UNKNOWN },
	{ 90, "excluded_by_request", STATE_NOT_CHECKED },
	{ 91, "provider_signals_only", STATE_NOT_CHECKED },
	{ 92, "budget_exhausted", STATE_NOT_CHECKED },
	{ 93, "warmup_limit", STATE_NOT_CHECKED },
	{ 94, "all_sources_resting", STATE_NOT_CHECKED },
	{ 95, "preflight_failed", STATE_NOT_CHECKED },
	{ 96, "submitter_not_allowed", STATE_NOT_CHECKED },
	{ 110, "probe_running", STATE_PENDING },
};

START_TEST(the_vocabulary_is_closed)
{
	unsigned i;

	for (i = 0; i < COUNT(vocabulary); i++) {
		enum verdict_reason r = verdict_reason_at(i);

		ck_assert_uint_eq(r, vocabulary[i].number);
		ck_assert_str_eq(verdict_reason_word(r), vocabulary[i].word);
		ck_assert_uint_eq(verdict_state_of(r), vocabulary[i].state);
	}
	ck_assert_uint_eq(verdict_reason_at(i), 0);
	ck_assert_uint_eq(verdict_reason_at(REASON_MAX), 0);
	ck_assert_uint_eq(verdict_reason_at(UINT32_MAX), 0);
}
END_TEST

START_TEST(words_and_numbers_lead_back)
{
	enum verdict_reason out;
	unsigned i;

	for (i = 0; i < COUNT(vocabulary); i++) {
		ck_assert(verdict_reason_from_word(vocabulary[i].word, &out));
		ck_assert_uint_eq(out, vocabulary[i].number);
		ck_assert(verdict_reason_from_number(vocabulary[i].number,
		    &out));
		ck_assert_uint_eq(out, vocabulary[i].number);
	}
}
END_TEST

START_TEST(what_is_not_in_the_table_is_refused)
{
	static const char *const words[] = { "", "Accepted", "accepted ",
	    "unknown", "pending", "no_such", "no_such_user\n" };
	static const unsigned numbers[] = { 0, 4, 9, 18, 59, 79, 97, 109, 111,
	    126, 127, 128, 255, 256, 257, UINT32_MAX };
	enum verdict_reason out = REASON_NULL_MX;
	unsigned i;

	for (i = 0; i < COUNT(words); i++)
		ck_assert_msg(!verdict_reason_from_word(words[i], &out),
		    "%s", words[i]);
	for (i = 0; i < COUNT(numbers); i++) {
		enum verdict_reason r = (enum verdict_reason)numbers[i];

		ck_assert_msg(!verdict_reason_from_number(numbers[i], &out),
		    "%u", numbers[i]);
		ck_assert_ptr_null(verdict_reason_word(r));
		ck_assert_uint_eq(verdict_state_of(r), STATE_UNKNOWN);
		ck_assert_uint_eq(verdict_lifetime_of(r).expire_s, 0);
		ck_assert_ptr_nonnull(verdict_reason_text(r));
	}
	ck_assert_uint_eq(out, REASON_NULL_MX);
}
END_TEST

START_TEST(states_have_words)
{
	static const char *const words[] = { "deliverable", "undeliverable",
	    "risky", "unknown", "not_checked", "pending" };
	enum verdict_state out = STATE_COUNT;
	unsigned i;

	ck_assert_uint_eq(COUNT(words), STATE_COUNT);
	for (i = 0; i < STATE_COUNT; i++) {
		ck_assert_str_eq(verdict_state_word((enum verdict_state)i),
		    words[i]);
		ck_assert(verdict_state_from_word(words[i], &out));
		ck_assert_uint_eq(out, i);
	}
	ck_assert_ptr_null(verdict_state_word(STATE_COUNT));
	ck_assert(!verdict_state_from_word("accepted", &out));
	ck_assert(!verdict_state_from_word("", &out));
	ck_assert_uint_eq(out, STATE_PENDING);
}
END_TEST

START_TEST(every_reason_has_one_sentence)
{
	const char *text, *c;
	unsigned i, j;
	size_t len;

	for (i = 0; i < COUNT(vocabulary); i++) {
		text = verdict_reason_text(verdict_reason_at(i));
		len = strlen(text);
		ck_assert_msg(len > 40 && len < 200, "%s", text);
		ck_assert_msg(isupper((unsigned char)text[0]), "%s", text);
		ck_assert_msg(text[len - 1] == '.', "%s", text);
		ck_assert_msg(strstr(text, ". ") == NULL, "%s", text);
		for (c = text; *c != '\0'; c++)
			ck_assert_msg(isprint((unsigned char)*c), "%s", text);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(text,
			    verdict_reason_text(verdict_reason_at(j)));
	}
}
END_TEST

START_TEST(lifetimes_are_in_order)
{
	const uint32_t day = 86400;
	struct verdict_lifetime life;
	enum verdict_state state;
	unsigned i;

	for (i = 0; i < COUNT(vocabulary); i++) {
		const char *word = vocabulary[i].word;

		life = verdict_lifetime_of(verdict_reason_at(i));
		state = vocabulary[i].state;
		ck_assert_msg(life.refresh_s <= life.expire_s, "%s", word);
		ck_assert_msg((life.refresh_s == 0) == (life.expire_s == 0),
		    "%s", word);
		ck_assert_msg(life.expire_s <= 31 * day, "%s", word);
		if (state == STATE_UNDELIVERABLE)
			ck_assert_msg(life.expire_s <= 3 * day, "%s", word);
		if (state == STATE_UNKNOWN || state == STATE_NOT_CHECKED)
			ck_assert_msg(life.expire_s <= 900, "%s", word);
		if (state == STATE_DELIVERABLE || state == STATE_RISKY)
			ck_assert_msg(life.expire_s > 0, "%s", word);
	}
}
END_TEST

START_TEST(what_depends_on_the_moment_is_never_stored)
{
	static const enum verdict_reason never[] = {
		REASON_PROBE_UNAVAILABLE, REASON_PROBE_RUNNING,
		REASON_EXCLUDED_BY_REQUEST, REASON_BUDGET_EXHAUSTED,
		REASON_WARMUP_LIMIT, REASON_ALL_SOURCES_RESTING,
		REASON_PREFLIGHT_FAILED, REASON_SUBMITTER_NOT_ALLOWED,
	};
	unsigned i, found = 0;

	for (i = 0; i < COUNT(never); i++)
		ck_assert_uint_eq(verdict_lifetime_of(never[i]).expire_s, 0);
	for (i = 0; i < COUNT(vocabulary); i++)
		found += verdict_lifetime_of(verdict_reason_at(i)).expire_s
		    == 0;
	ck_assert_uint_eq(found, COUNT(never));
}
END_TEST

START_TEST(the_default_lifetimes_stand)
{
	static const struct {
		enum verdict_reason reason;
		uint32_t refresh_s, expire_s;
	} rows[] = {
		{ REASON_ACCEPTED, 604800, 2678400 },
		{ REASON_NO_SUCH_USER, 10800, 259200 },
		{ REASON_NULL_MX, 900, 3600 },
		{ REASON_CATCH_ALL, 432000, 604800 },
		{ REASON_MAILBOX_FULL, 3600, 21600 },
		{ REASON_GREYLISTED, 300, 300 },
		{ REASON_TIMEOUT, 900, 900 },
		{ REASON_RATE_LIMITED, 600, 600 },
	};
	struct verdict_lifetime life;
	unsigned i;

	for (i = 0; i < COUNT(rows); i++) {
		life = verdict_lifetime_of(rows[i].reason);
		ck_assert_uint_eq(life.refresh_s, rows[i].refresh_s);
		ck_assert_uint_eq(life.expire_s, rows[i].expire_s);
	}
}
END_TEST

START_TEST(age_refresh_and_expiry)
{
	static const struct {
		const char *says;
		int64_t now, age;
		bool stale, expired;
	} rows[] = {
		{ "just made", 100000, 0, false, false },
		{ "a second before its refresh", 100099, 99, false, false },
		{ "at its refresh", 100100, 100, true, false },
		{ "a second before its end", 100199, 199, true, false },
		{ "at its end", 100200, 200, true, true },
		{ "long after", 900000, 800000, true, true },
		{ "the clock was set back a little", 99000, 0, false, false },
		{ "as far as the slack", 96400, 0, false, false },
		{ "and further: a wrong clock made it", 96399, 0, true, true },
	};
	const struct verdict v = { .reason = REASON_ACCEPTED,
	    .checked_at = 100000, .refresh_at = 100100, .expire_at = 100200 };
	unsigned i;

	for (i = 0; i < COUNT(rows); i++) {
		int64_t now = rows[i].now;

		ck_assert_msg(verdict_age(&v, now) == rows[i].age, "%s",
		    rows[i].says);
		ck_assert_msg(verdict_is_stale(&v, now) == rows[i].stale, "%s",
		    rows[i].says);
		ck_assert_msg(verdict_is_expired(&v, now) == rows[i].expired,
		    "%s", rows[i].says);
	}
}
END_TEST

/* One reason that is stored of each state. */
static const enum verdict_reason olds[] = { REASON_ACCEPTED,
    REASON_NO_SUCH_USER, REASON_CATCH_ALL, REASON_GREYLISTED,
    REASON_PROVIDER_SIGNALS_ONLY };

static bool
may(enum verdict_reason old, enum verdict_reason next, int64_t now)
{
	const struct verdict a = { .reason = old, .checked_at = 1000,
	    .refresh_at = 1100, .expire_at = 1200 };
	const struct verdict b = { .reason = next, .checked_at = now,
	    .refresh_at = now + 100, .expire_at = now + 200 };

	return verdict_may_replace(&a, &b, now);
}

static const struct {
	const char *says;
	int64_t old_refresh, old_expire, next_refresh, refresh;
} kept[] = {
	{ "a stale verdict is asked again when the failed one would be",
	    1100, 9000, 2000, 2000 },
	{ "a fresh verdict keeps its own time", 5000, 9000, 2000, 5000 },
	{ "no refresh is planned past the verdict's end",
	    1100, 1500, 2000, 1500 },
};

START_TEST(a_verdict_kept_is_not_asked_again_at_once)
{
	const struct verdict old = { .reason = REASON_ACCEPTED,
	    .checked_at = 1000, .refresh_at = kept[_i].old_refresh,
	    .expire_at = kept[_i].old_expire, .code = 250, .attempt = 1 };
	const struct verdict next = { .reason = REASON_TIMEOUT,
	    .checked_at = 1200, .refresh_at = kept[_i].next_refresh,
	    .expire_at = kept[_i].next_refresh, .attempt = 2 };
	struct verdict v = verdict_kept(&old, &next);

	ck_assert_msg(v.refresh_at == kept[_i].refresh, "%s", kept[_i].says);
	ck_assert_int_eq(v.reason, REASON_ACCEPTED);
	ck_assert_int_eq(v.checked_at, 1000);
	ck_assert_int_eq(v.expire_at, old.expire_at);
	ck_assert_uint_eq(v.code, 250);
	ck_assert_uint_eq(v.attempt, 1);
}
END_TEST

START_TEST(a_failed_probe_never_overwrites_a_good_verdict)
{
	/* [old][next], in the order of olds; neither has expired */
	static const bool fresh[5][5] = {
		/* deliv undel risky unkn  not_checked */
		{ true, true, true, false, false },	/* deliverable */
		{ true, true, true, false, false },	/* undeliverable */
		{ true, true, true, false, false },	/* risky */
		{ true, true, true, true, true },	/* unknown */
		{ true, true, true, true, true },	/* not_checked */
	};
	unsigned i, j;

	for (i = 0; i < COUNT(olds); i++) {
		for (j = 0; j < COUNT(olds); j++) {
			const char *a = verdict_reason_word(olds[i]);
			const char *b = verdict_reason_word(olds[j]);

			ck_assert_msg(may(olds[i], olds[j], 1050) ==
			    fresh[i][j], "fresh %s, then %s", a, b);
			ck_assert_msg(may(olds[i], olds[j], 1150) ==
			    fresh[i][j], "stale %s, then %s", a, b);
			ck_assert_msg(may(olds[i], olds[j], 1200),
			    "expired %s, then %s", a, b);
		}
	}
}
END_TEST

START_TEST(the_rule_holds_for_every_pair_of_reasons)
{
	bool knows[STATE_COUNT] = { [STATE_DELIVERABLE] = true,
	    [STATE_UNDELIVERABLE] = true, [STATE_RISKY] = true };
	unsigned i, j;
	int64_t now;

	for (i = 0; i < COUNT(vocabulary); i++) {
		for (j = 0; j < COUNT(vocabulary); j++) {
			enum verdict_reason a = verdict_reason_at(i);
			enum verdict_reason b = verdict_reason_at(j);
			bool stored = verdict_lifetime_of(b).expire_s != 0;
			bool loses = knows[vocabulary[i].state] &&
			    !knows[vocabulary[j].state];

			for (now = 1199; now <= 1200; now++)
				ck_assert_msg(may(a, b, now) == (stored &&
				    (now == 1200 || !loses)),
				    "%s then %s at %d", vocabulary[i].word,
				    vocabulary[j].word, (int)now);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verdict");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, the_vocabulary_is_closed);
	tcase_add_test(tc, words_and_numbers_lead_back);
	tcase_add_test(tc, what_is_not_in_the_table_is_refused);
	tcase_add_test(tc, states_have_words);
	tcase_add_test(tc, every_reason_has_one_sentence);
	tcase_add_test(tc, lifetimes_are_in_order);
	tcase_add_test(tc, what_depends_on_the_moment_is_never_stored);
	tcase_add_test(tc, the_default_lifetimes_stand);
	tcase_add_test(tc, age_refresh_and_expiry);
	tcase_add_loop_test(tc, a_verdict_kept_is_not_asked_again_at_once, 0,
	    COUNT(kept));
	tcase_add_test(tc, a_failed_probe_never_overwrites_a_good_verdict);
	tcase_add_test(tc, the_rule_holds_for_every_pair_of_reasons);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
