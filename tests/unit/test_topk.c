/* The most frequent keys: exact while there is room, bounded beyond it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/topk.h"
#include "tests/unit/suite.h"

static const struct verdict_line bad = { .reason = REASON_NO_SUCH_USER,
    .action = "reject", .mode = "enforce", .time_ms = 5 };
static const struct verdict_line good = { .reason = REASON_ACCEPTED,
    .action = "accept", .mode = "enforce", .time_ms = 9 };

static uint64_t
by_bad(const struct topk_entry *e)
{
	return e->n.states[STATE_UNDELIVERABLE];
}

/* Letters are keys that come in this order. */
static const struct {
	const char *says, *stream;
	size_t size;
	const char *first;		/* key, verdicts, missed; by verdicts */
	uint64_t lost;
} streams[] = {
	{ "nothing came", "", 4, "", 0 },
	{ "all fit", "abbccc", 3, "c3+0 b2+0 a1+0", 0 },
	{ "equals stand in the order of their keys", "ba", 4, "a1+0 b1+0", 0 },
	{ "the rarest loses its place, and its count is the newcomer's error",
	    "aaabbc", 2, "a3+0 c1+2", 1 },
	{ "one place is for the last", "abc", 1, "c1+2", 2 },
	{ "the most frequent stays, whatever passes by",
	    "aaaaaaaabbbcdeaa", 3, "a10+0 b3+0 e1+2", 2 },
};

START_TEST(keys_are_counted)
{
	struct topk *t = topk_new(streams[_i].size);
	const struct topk_entry **list;
	char told[200] = "", key[2] = "";
	size_t i, count, total;
	const char *at;

	for (at = streams[_i].stream; *at != '\0'; at++) {
		key[0] = *at;
		ck_assert(topk_add(t, key, &bad));
	}
	list = topk_first(t, topk_by_verdicts, 100, &count, &total);
	ck_assert_uint_eq(count, total);
	for (i = 0; i < count; i++)
		(void)snprintf(told + strlen(told), sizeof told -
		    strlen(told), "%s%s%d+%d", i > 0 ? " " : "", list[i]->key,
		    (int)list[i]->n.verdicts, (int)list[i]->missed);
	ck_assert_str_eq(told, streams[_i].first);
	ck_assert_uint_eq(topk_lost(t), streams[_i].lost);
	free(list);
	topk_free(t);
}
END_TEST

START_TEST(a_rank_of_nothing_is_left_out_and_the_list_is_cut)
{
	struct topk *t = topk_new(10);
	const struct topk_entry **list;
	size_t count, total;

	ck_assert(topk_add(t, "a", &good) && topk_add(t, "b", &bad) &&
	    topk_add(t, "c", &bad) && topk_add(t, "c", &good));
	list = topk_first(t, by_bad, 1, &count, &total);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(total, 2);
	ck_assert_str_eq(list[0]->key, "b");
	free(list);
	list = topk_first(t, topk_by_verdicts, 1, &count, &total);
	ck_assert_str_eq(list[0]->key, "c");
	ck_assert_int_eq(list[0]->n.first_ms, 5);
	ck_assert_int_eq(list[0]->n.last_ms, 9);
	free(list);
	topk_free(t);
}
END_TEST

START_TEST(long_keys_are_cut)
{
	char key[2 * TOPK_KEY_MAX];
	struct topk *t = topk_new(10);
	const struct topk_entry **list;
	size_t count, total;

	memset(key, 'x', sizeof key);
	key[sizeof key - 1] = '\0';
	ck_assert(topk_add(t, key, &good) && topk_add(t, key, &good));
	list = topk_first(t, topk_by_verdicts, 9, &count, &total);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(strlen(list[0]->key), TOPK_KEY_MAX);
	ck_assert_uint_eq(list[0]->n.verdicts, 2);
	free(list);
	topk_free(t);
}
END_TEST

/*
 * What the method promises, on a stream where most keys come once: whoever
 * came more than n / size times is there, and true counts lie within the
 * error.
 */
START_TEST(what_is_promised_holds)
{
	enum { KEYS = 500, N = 20000, SIZE = 40 };
	static unsigned truth[KEYS];
	struct topk *t = topk_new(SIZE);
	const struct topk_entry **list;
	size_t i, count, total, heavy = 0, found = 0;
	unsigned x = 1, key;
	char text[16];

	for (i = 0; i < N; i++) {
		x = x * 1103515245 + 12345;
		key = (x >> 16) % 3 == 0 ? (x >> 18) % 8 : (x >> 18) % KEYS;
		truth[key]++;
		(void)snprintf(text, sizeof text, "%u", key);
		ck_assert(topk_add(t, text, &good));
	}
	list = topk_first(t, topk_by_verdicts, SIZE, &count, &total);
	ck_assert_uint_eq(total, SIZE);
	for (i = 0; i < KEYS; i++)
		heavy += truth[i] > N / SIZE;
	for (i = 0; i < count; i++) {
		unsigned real = truth[atoi(list[i]->key)];

		found += real > N / SIZE;
		ck_assert_uint_le(list[i]->n.verdicts, real);
		ck_assert_uint_ge(list[i]->n.verdicts + list[i]->missed, real);
	}
	ck_assert_uint_eq(heavy, 8);
	ck_assert_uint_eq(found, heavy);
	free(list);
	topk_free(t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("topk");
	TCase *c = tcase_create("topk");

	tcase_add_loop_test(c, keys_are_counted, 0, COUNT(streams));
	tcase_add_test(c, a_rank_of_nothing_is_left_out_and_the_list_is_cut);
	tcase_add_test(c, long_keys_are_cut);
	tcase_add_test(c, what_is_promised_holds);
	suite_add_tcase(s, c);
	return suite_run(s);
}
