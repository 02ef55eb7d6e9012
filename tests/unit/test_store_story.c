/* Where evidence lies, how it is found, and which of it goes first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/store_internal.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

#define MIB	(1u << 20)
#define DOMAIN	"example.org"

static struct lab lab;
static struct store *s;

static void
setup(void)
{
	lab_make(&lab, LAB_MEMORY, 2 * MIB);
	s = lab_writer(&lab);
}

static void
teardown(void)
{
	store_close(s);
	lab_remove(&lab);
}

static void
put(unsigned long n, enum verdict_reason reason, const char *text)
{
	struct address addr = lab_address(n, DOMAIN);
	struct verdict v = lab_verdict(reason, LAB_DAY);

	lab_begin(s);
	lab_offer(s, &addr, &v, text, clock_wall_s());
	lab_commit(s);
}

static bool
has(unsigned long n, const char *text)
{
	struct address addr = lab_address(n, DOMAIN);
	enum store_status status;
	char *found;
	bool same;

	status = lab_get_evidence(s, &addr, &found);
	ck_assert(status == STORE_OK || status == STORE_MISS);
	same = status == STORE_OK && strcmp(found, text) == 0;
	ck_assert_msg(same || status == STORE_MISS, "user%lu: \"%s\"", n,
	    found);
	free(found);
	return same;
}

static uint64_t
stories(void)
{
	struct store_stats st;

	ck_assert_int_eq(store_stats(s, &st), STORE_OK);
	return st.evidence;
}

/* Behind the store's back. */
static void
put_raw(enum store_dbi table, const void *key, size_t key_len,
    const void *data, size_t len)
{
	MDB_val k = { .mv_size = key_len, .mv_data = (void *)key };
	MDB_val v = { .mv_size = len, .mv_data = (void *)data };
	MDB_txn *txn;

	ck_assert_int_eq(mdb_txn_begin(s->env.env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_put(txn, s->env.table[table], &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
}

static void
put_raw_story(const void *key, size_t key_len, const char *text)
{
	uint8_t sealed[64], value[ENVELOPE_HEAD + sizeof(sealed)];
	struct envelope e = { .data = sealed, .table = TABLE_EVIDENCE };

	ck_assert(store_seal(s, text, strlen(text), sealed, &e.len));
	put_raw(TABLE_EVIDENCE, key, key_len, value, envelope_encode(key,
	    key_len, &e, value, sizeof(value)));
}

/* As an older program left them: the story under the verdict's own key. */
static void
put_old(unsigned long n, const char *text)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
	struct address addr = lab_address(n, DOMAIN);
	uint8_t key[RECORD_KEY_SIZE], raw[RECORD_SIZE];

	store_key_address(s->hash_key, &addr, key);
	record_encode(key, &v, 0, raw);
	put_raw(TABLE_VERDICTS, key, sizeof(key), raw, sizeof(raw));
	put_raw_story(key, sizeof(key), text);
}

/* The numbers of all stories, in the order of the table. */
static size_t
numbers(uint64_t *out, size_t size)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	size_t n = 0, i;
	MDB_val k, v;

	ck_assert_int_eq(store_take(s, &txn), STORE_OK);
	ck_assert_int_eq(mdb_cursor_open(txn, s->env.table[TABLE_EVIDENCE],
	    &cursor), 0);
	while (n < size && mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
		ck_assert_uint_eq(k.mv_size, STORE_STORY_KEY);
		out[n] = 0;
		for (i = 0; i < 8; i++)
			out[n] = out[n] << 8 | ((uint8_t *)k.mv_data)[i];
		n++;
	}
	mdb_cursor_close(cursor);
	store_give(s, txn);
	return n;
}

START_TEST(stories_lie_in_the_order_of_their_coming)
{
	uint64_t seen[8];
	size_t i;

	put(3, REASON_ACCEPTED, "first");
	put(1, REASON_ACCEPTED, "second");
	store_close(s);
	s = lab_writer(&lab);
	put(2, REASON_ACCEPTED, "third");
	ck_assert_uint_eq(numbers(seen, COUNT(seen)), 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(seen[i], i + 1);
	ck_assert(has(3, "first") && has(1, "second") && has(2, "third"));
}
END_TEST

START_TEST(each_verdict_has_one_story)
{
	uint64_t seen[8];

	put(1, REASON_ACCEPTED, "first");
	put(2, REASON_ACCEPTED, "other");
	put(1, REASON_NO_SUCH_USER, "second");
	ck_assert_msg(has(1, "second"), "a new verdict has its own");
	ck_assert_msg(numbers(seen, COUNT(seen)) == 2, "the old one's is gone");
	ck_assert_msg(seen[0] == 2 && seen[1] == 3, "no number is used again");
	put(1, REASON_TIMEOUT, "failed");
	ck_assert_msg(has(1, "second"), "a verdict that stays keeps its own");
	put(1, REASON_ACCEPTED, NULL);
	ck_assert_msg(!has(1, ""), "and none, where there is none");
	ck_assert_uint_eq(stories(), 1);
	put(1, REASON_ACCEPTED, "third");
	ck_assert(has(1, "third") && has(2, "other"));
}
END_TEST

/* Hashed keys would spread them over half-filled pages. */
START_TEST(pages_are_filled)
{
	static char text[901];
	struct store_pages pages;
	struct address addr;
	struct verdict v;
	MDB_txn *txn;
	unsigned n;

	memset(text, 'x', sizeof(text) - 1);
	for (n = 0; n < 300; n++) {
		if (n % 50 == 0)
			lab_begin(s);
		addr = lab_address(n, DOMAIN);
		v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
		lab_put(s, &addr, &v, text);
		if (n % 50 == 49)
			lab_commit(s);
	}
	ck_assert_int_eq(store_take(s, &txn), STORE_OK);
	ck_assert_int_eq(store_count_pages(txn, &s->env, &pages), 0);
	store_give(s, txn);
	ck_assert_uint_eq(pages.entries[TABLE_EVIDENCE], 300);
	ck_assert_uint_le(pages.table[TABLE_EVIDENCE], 300 / 4 + 4);
}
END_TEST

START_TEST(the_oldest_go_first)
{
	static char text[1001];
	unsigned n, first = 0;

	memset(text, 'x', sizeof(text) - 1);
	for (n = 0; n < 2000; n++)
		put(n, REASON_ACCEPTED, text);
	while (first < n && !has(first, text))
		first++;
	ck_assert_msg(first > 1000 && first < 1900, "user%u is the oldest",
	    first);
	ck_assert_uint_eq(stories(), n - first);
	for (n = first; n < 2000; n++)
		ck_assert_msg(has(n, text), "user%u has none", n);
}
END_TEST

/* --- a file of an older program ------------------------------------------ */

static void
keep_it(void)
{
	put(1, REASON_TIMEOUT, "failed");
	ck_assert(has(1, "old"));
}

static void
replace_it(void)
{
	put(1, REASON_NO_SUCH_USER, "new");
	ck_assert(has(1, "new"));
	ck_assert_uint_eq(stories(), 1);
}

static void
delete_it(void)
{
	struct address addr = lab_address(1, DOMAIN);

	lab_begin(s);
	store_delete(s, &addr);
	lab_commit(s);
	ck_assert_uint_eq(stories(), 0);
}

static void
purge_it(void)
{
	lab_begin(s);
	store_delete_domain(s, DOMAIN, NULL);
	lab_commit(s);
	ck_assert_uint_eq(stories(), 0);
}

static void
put_others(void)
{
	put(2, REASON_ACCEPTED, "second");
	put(3, REASON_ACCEPTED, "third");
	ck_assert(has(1, "old") && has(2, "second") && has(3, "third"));
	ck_assert_uint_eq(stories(), 3);
}

static const struct {
	const char *says;
	void (*act)(void);
} old_deeds[] = {
	{ "an old story stays with its verdict", keep_it },
	{ "a new verdict takes an old story's place", replace_it },
	{ "an old story goes with its address", delete_it },
	{ "an old story goes with its domain", purge_it },
	{ "new stories are put beside an old one", put_others },
};

START_TEST(an_old_story_is_known)
{
	put_old(1, "old");
	ck_assert_msg(has(1, "old"), "before: %s", old_deeds[_i].says);
	old_deeds[_i].act();
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
}
END_TEST

START_TEST(old_stories_go_first)
{
	static char text[1001];
	unsigned n;

	memset(text, 'x', sizeof(text) - 1);
	for (n = 0; n < 20; n++)
		put_old(10000 + n, "old");
	for (n = 0; n < 600; n++)
		put(n, REASON_ACCEPTED, text);
	for (n = 0; n < 20; n++)
		ck_assert_msg(!has(10000 + n, "old"), "user%u", 10000 + n);
	ck_assert(has(599, text) && has(500, text));
}
END_TEST

/* One hash in 65536 begins like a number. */
START_TEST(an_old_key_may_look_like_a_number)
{
	static const uint8_t low[RECORD_KEY_SIZE] = { 0 };
	static const uint8_t high[RECORD_KEY_SIZE] = { 0, 0, 255 };
	uint64_t last = 7;
	MDB_txn *txn;

	put_raw_story(low, sizeof(low), "low");
	put_raw_story(high, sizeof(high), "high");
	ck_assert_int_eq(store_take(s, &txn), STORE_OK);
	ck_assert_int_eq(store_story_last(&s->env, txn, &last), 0);
	store_give(s, txn);
	ck_assert_msg(last == 0, "none of them is a number");
	put(1, REASON_ACCEPTED, "first");
	put(2, REASON_ACCEPTED, "second");
	ck_assert(has(1, "first") && has(2, "second"));
	ck_assert_uint_eq(stories(), 4);
}
END_TEST

START_TEST(after_the_last_number_verdicts_go_on)
{
	static const uint8_t last[STORE_STORY_KEY] = {
		0, 0, 255, 255, 255, 255, 255, 254
	};
	struct verdict v;

	put_raw_story(last, sizeof(last), "the one before the last");
	put(1, REASON_ACCEPTED, "the last");
	ck_assert(has(1, "the last"));
	put(2, REASON_ACCEPTED, "one too many");
	ck_assert_int_eq(lab_get_user(s, 2, DOMAIN, &v), STORE_OK);
	ck_assert(!has(2, "one too many"));
	ck_assert(has(1, "the last"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_story");
	TCase *tc = tcase_create("store_story");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, stories_lie_in_the_order_of_their_coming);
	tcase_add_test(tc, each_verdict_has_one_story);
	tcase_add_test(tc, pages_are_filled);
	tcase_add_test(tc, the_oldest_go_first);
	tcase_add_loop_test(tc, an_old_story_is_known, 0, COUNT(old_deeds));
	tcase_add_test(tc, old_stories_go_first);
	tcase_add_test(tc, an_old_key_may_look_like_a_number);
	tcase_add_test(tc, after_the_last_number_verdicts_go_on);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
