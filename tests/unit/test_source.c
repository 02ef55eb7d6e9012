#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/source.h"
#include "tests/unit/suite.h"

#define NOW		1795219200
#define PROVIDERS	200
#define WHO		"helo = \"v.example.com\"; sender = \"p@v.example.com\";"
#define THREE		"sources = ( { address = \"192.0.2.1\"; }, " \
			"{ address = \"192.0.2.2\"; helo = \"b.example.com\"; " \
			"}, { address = \"192.0.2.3\"; } );"

static void
configure(struct source_pool *pool, const char *keys)
{
	char text[1024];
	struct conf_errors e;
	const struct conf *c;

	snprintf(text, sizeof text, "identity: { " WHO " %s };\n", keys);
	conf_errors_init(&e);
	c = conf_load_text("test", text, strlen(text), &e);
	ck_assert_msg(c != NULL, "%s", e.count > 0 ? e.lines[0] : "?");
	source_pool_configure(pool, c);
	conf_errors_clear(&e);
	conf_unref(c);
}

/* The last octet of the source that number n's provider gets; 0: none. */
static int
chosen(const struct source_pool *pool, int n, int64_t now,
    struct source_choice *out)
{
	char name[32];

	snprintf(name, sizeof name, "provider%d", n);
	return source_choose(pool, name, AF_INET, now, out) ?
	    out->source->addr.octets[3] : 0;
}

START_TEST(test_sticks_and_spreads)
{
	struct source_pool pool = { .count = 0 };
	struct source_choice c;
	int got[4] = { 0 }, i, first;

	configure(&pool, "preflight = \"warn\"; " THREE);
	for (i = 0; i < PROVIDERS; i++) {
		first = chosen(&pool, i, NOW, &c);
		ck_assert_int_eq(chosen(&pool, i, NOW + 999999, &c), first);
		got[first]++;
	}
	for (i = 1; i <= 3; i++)
		ck_assert_int_gt(got[i], PROVIDERS / 6);
	ck_assert_str_eq(pool.items[1].helo, "b.example.com");
	ck_assert_str_eq(pool.items[0].helo, "v.example.com");
}
END_TEST

/* What a rest of the first source does to those who stick to it. */
static const struct {
	const char *says;
	unsigned rest;
	int64_t later;
	bool moved;
} rests[] = {
	{ "who rests by the admin's word is passed over", REST_ADMIN, 1,
	    true },
	{ "who fails preflight is passed over", REST_PREFLIGHT, 1, true },
	{ "who is listed is not evaded", REST_LISTED, 1, false },
	{ "nor at the end of the day", REST_LISTED, SOURCE_HOLD_S - 1,
	    false },
	{ "but after it", REST_LISTED, SOURCE_HOLD_S, true },
	{ "listed and failing: passed over", REST_LISTED | REST_PREFLIGHT, 1,
	    true },
};

START_TEST(test_rests)
{
	struct source_pool pool = { .count = 0 }, before;
	struct source_choice c;
	unsigned bit;
	int i, old, new;

	configure(&pool, "preflight = \"warn\"; " THREE);
	before = pool;
	for (bit = 1; bit <= REST_ADMIN; bit <<= 1)
		if (rests[_i].rest & bit)
			source_rest(&pool.items[0], (enum source_rest)bit, NOW,
			    "zone");
	for (i = 0; i < PROVIDERS; i++) {
		old = chosen(&before, i, NOW, &c);
		new = chosen(&pool, i, NOW + rests[_i].later, &c);
		if (old != 1) {
			ck_assert_msg(new == old, "%s: others move",
			    rests[_i].says);
		} else if (rests[_i].moved) {
			ck_assert_msg(new > 1, "%s", rests[_i].says);
		} else {
			ck_assert_msg(new == 0, "%s", rests[_i].says);
			ck_assert_int_eq(c.reason,
			    REASON_ALL_SOURCES_RESTING);
			ck_assert_int_eq(c.retry_at, NOW + SOURCE_HOLD_S);
		}
	}
}
END_TEST

START_TEST(test_none_left)
{
	struct source_pool pool = { .count = 0 };
	struct source_choice c;
	size_t i;

	configure(&pool, "preflight = \"warn\"; " THREE);
	for (i = 0; i < 3; i++)
		source_rest(&pool.items[i], REST_ADMIN, NOW, "");
	ck_assert_int_eq(chosen(&pool, 1, NOW, &c), 0);
	ck_assert_int_eq(c.reason, REASON_ALL_SOURCES_RESTING);
	source_resume(&pool.items[1], REST_ADMIN);
	ck_assert_int_eq(chosen(&pool, 1, NOW, &c), 2);
}
END_TEST

START_TEST(test_enforced)
{
	struct source_pool pool = { .count = 0 };
	struct source_choice c;

	configure(&pool, THREE);
	ck_assert_int_eq(chosen(&pool, 1, NOW, &c), 0);
	ck_assert_int_eq(c.reason, REASON_PREFLIGHT_FAILED);
	/* No IPv6 source: the system's choice, which nobody judged. */
	ck_assert(!source_choose(&pool, "x", AF_INET6, NOW, &c));
	ck_assert_int_eq(c.reason, REASON_PREFLIGHT_FAILED);
	source_resume(&pool.items[2], REST_PREFLIGHT);
	ck_assert_int_eq(chosen(&pool, 1, NOW, &c), 3);
	/* A reload keeps what was found, and what the admin said. */
	source_rest(&pool.items[2], REST_ADMIN, NOW, "");
	configure(&pool, "preflight = \"warn\"; " THREE);
	ck_assert_uint_eq(pool.items[2].rests, REST_ADMIN);
	ck_assert_uint_eq(pool.items[0].rests, 0);
	ck_assert(source_choose(&pool, "x", AF_INET6, NOW, &c));
	ck_assert(c.source->implied);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("source");
	TCase *tc = tcase_create("source");

	tcase_add_test(tc, test_sticks_and_spreads);
	tcase_add_loop_test(tc, test_rests, 0, COUNT(rests));
	tcase_add_test(tc, test_none_left);
	tcase_add_test(tc, test_enforced);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
