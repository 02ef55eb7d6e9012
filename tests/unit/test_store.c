#include "common/store.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

static struct lab lab;
static struct store *s;

static void
setup(void)
{
	lab_make(&lab, LAB_DISK, 64 * MIB);
	s = lab_writer(&lab);
}

static void
teardown(void)
{
	store_close(s);
	lab_remove(&lab);
}

START_TEST(what_was_put_is_got)
{
	struct verdict v = lab_verdict(REASON_NO_SUCH_USER, 100), got;
	struct address addr = lab_address(1, "example.org");
	char *json;

	ck_assert_int_eq(lab_get_user(s, 1, "example.org", &got), STORE_MISS);
	lab_begin(s);
	lab_put(s, &addr, &v, "{\"code\":550}");
	ck_assert_msg(lab_get_user(s, 1, "example.org", &got) == STORE_MISS,
	    "nothing is there before the commit");
	lab_commit(s);
	ck_assert_int_eq(lab_get_user(s, 1, "example.org", &got), STORE_OK);
	ck_assert_int_eq(got.reason, REASON_NO_SUCH_USER);
	ck_assert_int_eq(got.expire_at, v.expire_at);
	ck_assert_int_eq(lab_get_evidence(s, &addr, &json), STORE_OK);
	ck_assert_str_eq(json, "{\"code\":550}");
	free(json);
	ck_assert_int_eq(lab_get_user(s, 2, "example.org", &got), STORE_MISS);
	ck_assert_int_eq(lab_get_user(s, 1, "example.com", &got), STORE_MISS);
}
END_TEST

START_TEST(delete_takes_verdict_and_evidence)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, 100), got;
	struct address addr = lab_address(1, "example.org");
	char *json;

	lab_begin(s);
	lab_put(s, &addr, &v, "{}");
	lab_put_user(s, 2, "example.org", v);
	lab_commit(s);
	lab_begin(s);
	store_delete(s, &addr);
	lab_commit(s);
	ck_assert_int_eq(lab_get_user(s, 1, "example.org", &got), STORE_MISS);
	ck_assert_int_eq(lab_get_evidence(s, &addr, &json), STORE_MISS);
	ck_assert_ptr_null(json);
	ck_assert_int_eq(lab_get_user(s, 2, "example.org", &got), STORE_OK);
	lab_begin(s);
	store_delete(s, &addr);
	lab_commit(s);
}
END_TEST

/* Rule R7 at the last gate. */
static const struct {
	const char *says;
	enum verdict_reason old, next;
	int64_t old_life;
	bool replaced;
} offers[] = {
	{ "a failed probe does not replace a good verdict in force",
	    REASON_ACCEPTED, REASON_TIMEOUT, 1000, false },
	{ "a failed probe replaces a good verdict that has expired",
	    REASON_ACCEPTED, REASON_TIMEOUT, -5, true },
	{ "a bad verdict replaces a good one",
	    REASON_ACCEPTED, REASON_NO_SUCH_USER, 1000, true },
	{ "a good verdict replaces an unknown one",
	    REASON_TIMEOUT, REASON_ACCEPTED, 1000, true },
};

START_TEST(an_offer_heeds_r7)
{
	struct address addr = lab_address(1, "example.org");
	struct verdict old, next, got;
	int64_t now = clock_wall_s();
	char *json;

	old = lab_verdict(offers[_i].old, 100);
	old.checked_at = old.refresh_at = now - 50;
	old.expire_at = now + offers[_i].old_life;
	next = lab_verdict(offers[_i].next, 100);
	lab_begin(s);
	lab_offer(s, &addr, &old, "\"old\"", now);
	lab_commit(s);
	lab_begin(s);
	lab_offer(s, &addr, &next, "\"next\"", now);
	lab_commit(s);
	ck_assert_int_eq(store_get_verdict(s, &addr, &got), STORE_OK);
	ck_assert_msg((got.reason == offers[_i].next) == offers[_i].replaced,
	    "%s", offers[_i].says);
	ck_assert_int_eq(lab_get_evidence(s, &addr, &json), STORE_OK);
	ck_assert_msg(strcmp(json, offers[_i].replaced ? "\"next\"" :
	    "\"old\"") == 0, "%s, with its evidence: %s", offers[_i].says,
	    json);
	free(json);
	ck_assert_msg(offers[_i].replaced || got.refresh_at == next.refresh_at,
	    "%s, but is not asked again at once", offers[_i].says);
	lab_begin(s);
	lab_offer(s, &addr, &next, NULL, now);
	lab_commit(s);
	ck_assert_msg((lab_get_evidence(s, &addr, &json) == STORE_MISS) ==
	    offers[_i].replaced, "%s: none is left of another verdict",
	    offers[_i].says);
	free(json);
}
END_TEST

START_TEST(offers_in_one_batch_see_each_other)
{
	struct address addr = lab_address(1, "example.org");
	struct verdict good = lab_verdict(REASON_ACCEPTED, 100);
	struct verdict failed = lab_verdict(REASON_TIMEOUT, 100), got;

	lab_begin(s);
	lab_offer(s, &addr, &good, NULL, clock_wall_s());
	lab_offer(s, &addr, &failed, NULL, clock_wall_s());
	lab_commit(s);
	ck_assert_int_eq(store_get_verdict(s, &addr, &got), STORE_OK);
	ck_assert_int_eq(got.reason, REASON_ACCEPTED);
}
END_TEST

/* Items of a domain: its own key, and keys with more after a NUL. */
static const char *const more[] = { "", "\0", "\0mx", "\0\377" };
static const size_t more_len[] = { 0, 1, 3, 2 };

static size_t
facts_key(char key[64], const char *domain, size_t n)
{
	size_t len = strlen(domain);

	memcpy(key, domain, len);
	memcpy(key + len, more[n], more_len[n]);
	return len + more_len[n];
}

static void
put_facts(const char *domain)
{
	char key[64];
	size_t n;

	for (n = 0; n < COUNT(more); n++)
		store_put_item(s, STORE_DOMAINS, key,
		    facts_key(key, domain, n), "x", 1);
}

static void
check_facts(const char *domain, enum store_status expected)
{
	enum store_status status;
	char key[64];
	void *data;
	size_t n, len;

	for (n = 0; n < COUNT(more); n++) {
		status = store_get_item(s, STORE_DOMAINS, key,
		    facts_key(key, domain, n), &data, &len);
		ck_assert_msg(status == expected, "%s, key %zu: %s", domain,
		    n, store_status_text(status));
		free(data);
	}
}

START_TEST(a_purge_leaves_other_domains)
{
	static const char *const domains[] = {
		"example.org", "example.com", "mail.example.org",
		"example.org.example", "example.or", "a.example"
	};
	struct address first = lab_address(0, "example.org"), other;
	struct verdict v = lab_verdict(REASON_ACCEPTED, 100), got;
	uint64_t deleted = 99;
	unsigned long n;
	size_t d;
	char *json;

	lab_begin(s);
	for (d = 0; d < COUNT(domains); d++) {
		for (n = 0; n < 300; n++)
			lab_put_user(s, n, domains[d], v);
		other = lab_address(0, domains[d]);
		lab_put(s, &other, &v, "{}");
		put_facts(domains[d]);
	}
	lab_commit(s);
	lab_begin(s);
	store_delete_domain(s, "example.org", &deleted);
	lab_commit(s);
	ck_assert_uint_eq(deleted, 300);
	for (d = 0; d < COUNT(domains); d++)
		for (n = 0; n < 300; n++)
			ck_assert_msg(lab_get_user(s, n, domains[d], &got) ==
			    (d == 0 ? STORE_MISS : STORE_OK), "%s",
			    domains[d]);
	ck_assert_int_eq(lab_get_evidence(s, &first, &json), STORE_MISS);
	for (d = 0; d < COUNT(domains); d++)
		check_facts(domains[d], d == 0 ? STORE_MISS : STORE_OK);
	other = lab_address(0, domains[1]);
	ck_assert_int_eq(lab_get_evidence(s, &other, &json), STORE_OK);
	free(json);
}
END_TEST

static void
bad_reason(void)
{
	lab_put_user(s, 1, "example.org",
	    lab_verdict(REASON_PROBE_RUNNING, 100));
}

static void
bad_number(void)
{
	lab_put_user(s, 1, "example.org",
	    lab_verdict((enum verdict_reason)5, 100));
}

static void
bad_value(void)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, 100);
	struct address addr = lab_address(1, "example.org");
	char *json = malloc(70000);

	memset(json, ' ', 69999);
	json[69999] = '\0';
	lab_put(s, &addr, &v, json);
	free(json);
}

static void
bad_table(void)
{
	store_put_item(s, STORE_TABLE_COUNT, "key", 3, "x", 1);
}

static void
empty_key(void)
{
	store_put_item(s, STORE_SENT, "", 0, "x", 1);
}

static void
long_key(void)
{
	char key[STORE_ITEM_KEY_MAX + 1];

	memset(key, 'a', sizeof(key));
	store_put_item(s, STORE_SENT, key, sizeof(key), "x", 1);
}

static void
long_key_to_delete(void)
{
	char key[STORE_ITEM_KEY_MAX + 1];

	memset(key, 'a', sizeof(key));
	store_delete_item(s, STORE_SENT, key, sizeof(key));
}

static void
long_item(void)
{
	static const char data[STORE_ITEM_MAX + 1];

	store_put_item(s, STORE_SENT, "key", 3, data, sizeof(data));
}

static void
bad_offer(void)
{
	struct address addr = lab_address(1, "example.org");
	struct verdict v = lab_verdict(REASON_ACCEPTED, 100);
	char *json = calloc(1, 70000);

	memset(json, ' ', 69999);
	lab_offer(s, &addr, &v, json, v.checked_at);
	free(json);
}

static void
empty_domain(void)
{
	store_delete_domain(s, "", NULL);
}

static const struct {
	const char *says;
	void (*put)(void);
	int error;
} refused[] = {
	{ "a verdict that is never stored", bad_reason, EINVAL },
	{ "a reason that is not in the table", bad_number, EINVAL },
	{ "a value over 64 KiB", bad_value, EMSGSIZE },
	{ "an offer with evidence over 64 KiB", bad_offer, EMSGSIZE },
	{ "a table that there is not", bad_table, EINVAL },
	{ "an item without a key", empty_key, EINVAL },
	{ "a key over 255 octets", long_key, EINVAL },
	{ "a key over 255 octets, to delete", long_key_to_delete, EINVAL },
	{ "an item over 16 KiB", long_item, EMSGSIZE },
	{ "an empty domain", empty_domain, EINVAL },
};

START_TEST(the_first_error_is_latched)
{
	const char *says = refused[_i].says;
	struct verdict got;
	int tries;

	lab_begin(s);
	lab_put_user(s, 7, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	refused[_i].put();
	lab_put_user(s, 8, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	for (tries = 0; tries < 2; tries++) {
		errno = 0;
		ck_assert_msg(store_commit(s) == STORE_REFUSED, "%s", says);
		ck_assert_msg(errno == refused[_i].error, "%s", says);
	}
	ck_assert_msg(lab_get_user(s, 7, "example.org", &got) ==
	    STORE_MISS, "%s", says);
	store_abort(s);
	lab_begin(s);
	lab_put_user(s, 9, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	ck_assert_int_eq(lab_get_user(s, 9, "example.org", &got), STORE_OK);
	ck_assert_msg(lab_get_user(s, 7, "example.org", &got) ==
	    STORE_MISS, "%s", says);
}
END_TEST

START_TEST(a_batch_is_begun_once)
{
	struct verdict got;

	ck_assert_int_eq(store_commit(s), STORE_REFUSED);
	ck_assert_int_eq(errno, EINVAL);
	store_abort(s);
	lab_begin(s);
	lab_put_user(s, 1, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	ck_assert_int_eq(store_begin(s), STORE_SYSTEM);
	ck_assert_int_eq(errno, EBUSY);
	store_abort(s);
	lab_begin(s);
	lab_commit(s);
	ck_assert_int_eq(lab_get_user(s, 1, "example.org", &got), STORE_MISS);
}
END_TEST

static bool
count_some(void *arg, const struct verdict *v)
{
	unsigned *left = arg;

	ck_assert_int_eq(v->reason, REASON_ACCEPTED);
	return --*left > 0;
}

START_TEST(a_walk_comes_by_every_record)
{
	static const unsigned sizes[] = { 1, 255, 256, 257, 1000 };
	unsigned long n, size = sizes[_i];
	unsigned left;

	left = 100;
	ck_assert_int_eq(store_walk(s, count_some, &left), STORE_OK);
	ck_assert_uint_eq(left, 100);
	lab_begin(s);
	for (n = 0; n < size; n++)
		lab_put_user(s, n, n % 3 ? "a.example" : "b.example",
		    lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	left = 5000;
	ck_assert_int_eq(store_walk(s, count_some, &left), STORE_OK);
	ck_assert_uint_eq(5000 - left, size);
	left = 1;
	ck_assert_int_eq(store_walk(s, count_some, &left), STORE_OK);
	ck_assert_msg(left == 0, "it stops when it is told");
}
END_TEST

START_TEST(stats_count)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, 100);
	struct address addr = lab_address(1, "example.org");
	struct store_stats st;
	struct stat file;

	lab_begin(s);
	lab_put(s, &addr, &v, "{}");
	lab_put_user(s, 2, "example.org", v);
	store_put_item(s, STORE_DOMAINS, "example.org", 11, "x", 1);
	lab_commit(s);
	ck_assert_int_eq(store_stats(s, &st), STORE_OK);
	ck_assert_uint_eq(st.verdicts, 2);
	ck_assert_uint_eq(st.evidence, 1);
	ck_assert_uint_eq(st.domains, 1);
	ck_assert_uint_eq(st.evicted, 0);
	ck_assert_uint_eq(st.max_size, 64 * MIB);
	ck_assert_uint_eq(st.mapped, 16 * MIB);
	ck_assert_uint_ge(st.reader_slots, STORE_READERS);
	ck_assert_uint_eq(st.readers, 1);
	ck_assert_int_eq(stat(lab.data, &file), 0);
	ck_assert_uint_le(st.used, (uint64_t)file.st_size);
}
END_TEST

START_TEST(every_status_has_a_text)
{
	ck_assert_str_ne(store_status_text((enum store_status)_i),
	    "not a store status");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_was_put_is_got);
	tcase_add_test(tc, delete_takes_verdict_and_evidence);
	tcase_add_loop_test(tc, an_offer_heeds_r7, 0, COUNT(offers));
	tcase_add_test(tc, offers_in_one_batch_see_each_other);
	tcase_add_test(tc, a_purge_leaves_other_domains);
	tcase_add_loop_test(tc, the_first_error_is_latched, 0,
	    COUNT(refused));
	tcase_add_test(tc, a_batch_is_begun_once);
	tcase_add_loop_test(tc, a_walk_comes_by_every_record, 0, 5);
	tcase_add_test(tc, stats_count);
	tcase_add_loop_test(tc, every_status_has_a_text, 0,
	    STORE_STATUS_COUNT);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
