/*
 * When a source address rests because several providers refuse it, and that
 * nobody takes its place. Time is passed in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/limits.h"
#include "probe/source.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

#define HOUR	INT64_C(3600000)
#define DAY	(24 * HOUR)
#define T0	INT64_C(1700000000000)

/*
 * A script: a letter is a refusal by that provider, "+" a good answer, "." an
 * hour. "r" or "n" is whether it has come to rest after all.
 */
static const struct {
	const char *says, *script;
	bool rests;
} rows[] = {
	{ "one that refuses always is its own affair", "aaaaaaaaaaaa", false },
	{ "so are two", "ababababab", false },
	{ "three at once, but few", "abca", false },
	{ "three, five times", "abcab", true },
	{ "each once: five", "abcde", true },
	{ "spread over a day", "a......b......c......a....b", true },
	{ "those of yesterday are forgotten",
	    "abca........................b", false },
	{ "most others answer",
	    "++++++++++++++++++++++++++++++abcab", false },
	{ "a fifth refuses", "++++++++++++++++++++abcab", true },
	{ "many providers push the oldest out", "abcdefghijkl", true },
	{ "no refusal at all", "++++++++", false },
};

static bool
play(struct repute *r, const char *script, int64_t *now)
{
	char family[2] = "";
	bool rested = false;

	for (; *script != '\0'; script++) {
		if (*script == '.') {
			*now += HOUR;
			continue;
		}
		family[0] = *script;
		rested = repute_note(r, family, *script != '+', true,
		    ++*now) || rested;
	}
	return rested;
}

START_TEST(several_refusals_make_it_rest)
{
	struct repute r = { 0 };
	int64_t now = T0, until;
	bool rested = play(&r, rows[_i].script, &now);

	ck_assert_msg(rested == rows[_i].rests, "%s", rows[_i].says);
	ck_assert(repute_rests(&r, now, &until) == rested);
	ck_assert(!rested || until <= now + REPUTE_REST_MS);
}
END_TEST

START_TEST(a_rest_ends_and_the_next_is_longer)
{
	static const int hours[] = { 6, 12, 24, 24 };
	struct repute r = { 0 };
	int64_t now = T0, until = 0;
	size_t i;

	for (i = 0; i < COUNT(hours); i++) {
		ck_assert(play(&r, "abcab", &now));
		ck_assert(repute_rests(&r, now, &until));
		ck_assert_int_eq(until - now, hours[i] * HOUR);
		/* What was under way and ends now does not prolong it. */
		ck_assert(!play(&r, "abcab", &now));
		now = until;
		ck_assert(!repute_rests(&r, now, &until));
	}
	now += 8 * DAY;
	ck_assert(play(&r, "abcab", &now));
	ck_assert(repute_rests(&r, now, &until));
	ck_assert_int_eq(until - now, 6 * HOUR);
	repute_resume(&r);
	ck_assert(!repute_rests(&r, now, &until));
	ck_assert_uint_gt(window_count(&r.refused, SPAN_DAY, now), 0);
}
END_TEST

START_TEST(switched_off_it_is_only_counted)
{
	struct repute r = { 0 };
	int64_t until;
	int i;

	for (i = 0; i < 20; i++)
		ck_assert(!repute_note(&r, i % 2 == 0 ? "a" : i % 3 == 0 ?
		    "b" : "c", true, false, T0 + i));
	ck_assert(!repute_rests(&r, T0 + 20, &until));
	ck_assert_uint_eq(window_count(&r.refused, SPAN_DAY, T0 + 20), 20);
}
END_TEST

START_TEST(it_outlives_a_restart)
{
	uint8_t data[LEDGER_ITEM_MAX];
	struct packer p = { data, data + sizeof data, false };
	struct unpacker u;
	struct repute r = { 0 }, again;
	int64_t now = T0;

	play(&r, "+abcabxyz", &now);
	repute_pack(&r, &p);
	ck_assert(!p.full);
	u = (struct unpacker){ data, p.at, false };
	repute_unpack(&again, &u);
	ck_assert(!u.bad && u.at == u.end);
	ck_assert_mem_eq(&again, &r, sizeof r);
}
END_TEST

/* --- no evasion ----------------------------------------------------------- */

static const struct conf *conf;
static struct limits l;
static struct source_pool pool;

static void
start(void)
{
	conf = must_load("t", "identity: { helo = \"v.example.com\"; "
	    "sender = \"p@v.example.com\"; preflight = \"warn\"; sources = ( "
	    "{ address = \"192.0.2.1\"; }, { address = \"192.0.2.2\"; } ); "
	    "}; budget: { spacing = \"0s\"; warmup = \"\"; };");
	limits_init(&l);
	limits_configure(&l, conf);
	source_pool_configure(&pool, conf);
}

/* One question to host number n; the source that it left from, 0: none did. */
static int
probe(int n, bool shunned, int64_t now)
{
	char host[32], ip[NET_TEXT_SIZE];
	struct limits_question q = { .domain = host, .host = host,
	    .source = ip, .submitter = "shop" };
	struct reply_meaning m = { .reason = REASON_ACCEPTED, .rule = "t" };
	struct source_choice c;
	struct limits_answer a;

	snprintf(host, sizeof host, "h%d.example", n);
	if (!source_choose(&pool, host, AF_INET, now / 1000, &c))
		return 0;
	net_addr_text(&c.source->addr, ip);
	limits_ask(&l, &q, now, 0, &a);
	if (!a.admitted) {
		ck_assert(a.reason == REASON_ALL_SOURCES_RESTING);
		ck_assert(!a.next_host && a.retry_at > now);
		return 0;
	}
	if (shunned && c.source->addr.octets[3] == 1)
		m.reason = REASON_BLOCKED_POLICY;
	limits_ended(&l, &q, FAULT_NONE, STAGE_RCPT, &m, now);
	return c.source->addr.octets[3];
}

/* A thousand hosts asked once each, two a minute; who sent how many. */
static void
a_day(bool shunned, unsigned sent[3])
{
	int i;

	memset(sent, 0, 3 * sizeof sent[0]);
	start();
	for (i = 0; i < 720; i++)
		sent[probe(i, shunned, T0 + i * 30000)]++;
	limits_clear(&l);
	conf_unref(conf);
}

START_TEST(total_volume_falls_and_nobody_takes_over)
{
	unsigned good[3], bad[3];

	a_day(false, good);
	a_day(true, bad);
	ck_assert_uint_eq(good[0], 0);
	ck_assert_uint_gt(good[1], 200);
	/* Those of the other source are the same ones, and not one more. */
	ck_assert_uint_eq(bad[2], good[2]);
	ck_assert_uint_lt(bad[1], 10);
	ck_assert_uint_eq(bad[0], good[1] - bad[1]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("repute");
	TCase *t = tcase_create("repute");

	tcase_add_loop_test(t, several_refusals_make_it_rest, 0,
	    (int)COUNT(rows));
	tcase_add_test(t, a_rest_ends_and_the_next_is_longer);
	tcase_add_test(t, switched_off_it_is_only_counted);
	tcase_add_test(t, it_outlives_a_restart);
	tcase_add_test(t, total_volume_falls_and_nobody_takes_over);
	suite_add_tcase(s, t);
	return suite_run(s);
}
