/* A full store, pages held back, and readers that died. */
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

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

/* count verdicts from first on, in batches. */
static void
fill(unsigned long first, unsigned long count, unsigned batch,
    enum verdict_reason reason, int64_t life_s)
{
	unsigned long n;

	for (n = 0; n < count; n++) {
		if (n % batch == 0)
			ck_assert_int_eq(store_begin(s), STORE_OK);
		lab_put_user(s, first + n, DOMAIN, lab_verdict(reason, life_s));
		if (n % batch == batch - 1 || n == count - 1)
			lab_commit(s);
	}
}

static unsigned long
kept(unsigned long first, unsigned long count)
{
	unsigned long n, found = 0;
	struct verdict v;

	for (n = 0; n < count; n++)
		found += lab_get_user(s, first + n, DOMAIN, &v) == STORE_OK;
	return found;
}

static struct store_stats
stats(void)
{
	struct store_stats st;
	struct stat file;

	ck_assert_int_eq(store_stats(s, &st), STORE_OK);
	ck_assert_int_eq(stat(lab.data, &file), 0);
	ck_assert_msg((uint64_t)file.st_size <= lab.p.max_size,
	    "the file is no larger than max_size");
	return st;
}

/* Short-lived ones come without end; what is worth keeping is kept. */
START_TEST(the_good_survive_a_flood)
{
	struct store_stats st;

	fill(0, 3000, 100, REASON_ACCEPTED, 30 * LAB_DAY);
	fill(1000000, 60000, 50, REASON_TIMEOUT, 900);
	st = stats();
	ck_assert_uint_gt(st.evicted, 30000);
	ck_assert_uint_eq(kept(0, 3000), 3000);
	ck_assert_msg(kept(1059900, 100) >= 90, "the newest are there: %lu",
	    kept(1059900, 100));
}
END_TEST

START_TEST(the_expired_go_first)
{
	fill(0, 3000, 100, REASON_ACCEPTED, -10);
	fill(100000, 3000, 100, REASON_TIMEOUT, 900);
	fill(1000000, 20000, 50, REASON_ACCEPTED, 30 * LAB_DAY);
	ck_assert_uint_gt(stats().evicted, 0);
	ck_assert_msg(kept(0, 3000) < kept(100000, 3000) / 2 ||
	    kept(0, 3000) == 0, "%lu expired and %lu live ones left",
	    kept(0, 3000), kept(100000, 3000));
}
END_TEST

/* 160 octets a verdict is the promise, also when the map has long been full. */
START_TEST(a_full_store_still_holds_many)
{
	struct store_stats st;

	fill(0, 100000, 50, REASON_ACCEPTED, LAB_DAY);
	st = stats();
	ck_assert_msg(st.verdicts * 160 >= lab.p.max_size,
	    "%lu verdicts in 2 MiB", (unsigned long)st.verdicts);
}
END_TEST

/* After small ones, so the reserve that it needs is not there beforehand. */
START_TEST(a_large_batch_fits_a_full_store)
{
	struct store_stats before, after;
	int i;

	fill(0, 40000, 10, REASON_ACCEPTED, LAB_DAY);
	before = stats();
	for (i = 0; i < 20; i++)
		fill(1000000 + 100 * (unsigned long)i, 100, 100,
		    REASON_ACCEPTED, 2 * LAB_DAY);
	after = stats();
	ck_assert_uint_ge(after.verdicts, before.verdicts / 2);
	ck_assert_uint_ge(kept(1000000, 2000), 1990);
}
END_TEST

/* What no eviction can make fit is refused, and the rest is left alone. */
START_TEST(a_batch_larger_than_the_store_is_refused)
{
	unsigned long n, before;

	fill(0, 5000, 50, REASON_ACCEPTED, LAB_DAY);
	before = (unsigned long)stats().verdicts;
	ck_assert_int_eq(store_begin(s), STORE_OK);
	for (n = 0; n < 60000; n++)
		lab_put_user(s, 1000000 + n, DOMAIN,
		    lab_verdict(REASON_ACCEPTED, LAB_DAY));
	ck_assert_int_eq(store_commit(s), STORE_FULL);
	ck_assert_uint_eq(kept(1000000, 1000), 0);
	ck_assert_msg(stats().verdicts >= before / 2, "%lu of %lu are left",
	    (unsigned long)stats().verdicts, before);
	store_abort(s);
	fill(2000000, 100, 50, REASON_ACCEPTED, 2 * LAB_DAY);
	ck_assert_uint_eq(kept(2000000, 100), 100);
}
END_TEST

START_TEST(evidence_has_a_cap_of_its_own)
{
	static char json[6001];
	struct store_stats st;
	struct address addr;
	struct verdict v;
	unsigned long n;
	char *found;

	memset(json, ' ', sizeof(json) - 1);
	fill(0, 3000, 100, REASON_ACCEPTED, LAB_DAY);
	for (n = 0; n < 3000; n++) {
		addr = lab_address(n, DOMAIN);
		json[sizeof(json) - 2 - n % 5000] = '\0';
		ck_assert_int_eq(store_begin(s), STORE_OK);
		v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
		lab_put(s, &addr, &v, json);
		lab_commit(s);
		json[sizeof(json) - 2 - n % 5000] = ' ';
	}
	st = stats();
	ck_assert_uint_eq(st.verdicts, 3000);
	ck_assert_msg(st.evidence >= 50 && st.evidence < 500, "%lu left",
	    (unsigned long)st.evidence);
	ck_assert_int_eq(lab_get_evidence(s, &addr, &found), STORE_OK);
	free(found);
}
END_TEST

START_TEST(domains_have_a_cap_of_their_own)
{
	struct store_stats st;
	struct address addr;
	unsigned long n;
	size_t len;
	void *data;

	fill(0, 3000, 100, REASON_ACCEPTED, LAB_DAY);
	for (n = 0; n < 20000; n++) {
		addr = lab_address(0, "d.example");
		addr.domain[0] = (char)('a' + n % 26);
		addr.domain[1] = (char)('a' + n / 26 % 26);
		addr.domain[2] = (char)('a' + n / 676 % 26);
		addr.domain[3] = (char)('a' + n / 17576);
		if (n % 50 == 0)
			ck_assert_int_eq(store_begin(s), STORE_OK);
		store_put_item(s, STORE_DOMAINS, addr.domain,
		    strlen(addr.domain), addr.domain, 4);
		if (n % 50 == 49)
			lab_commit(s);
	}
	st = stats();
	ck_assert_uint_eq(st.verdicts, 3000);
	ck_assert_msg(st.domains >= 500 && st.domains < 5000, "%lu left",
	    (unsigned long)st.domains);
	ck_assert_int_eq(store_get_item(s, STORE_DOMAINS, addr.domain,
	    strlen(addr.domain), &data, &len), STORE_OK);
	free(data);
}
END_TEST

/* A map smaller than the file that is there: nothing lost, nothing grows. */
START_TEST(max_size_may_be_lowered)
{
	struct stat before, after;

	store_close(s);
	lab.p.max_size = 16 * MIB;
	s = lab_writer(&lab);
	fill(0, 60000, 1000, REASON_ACCEPTED, LAB_DAY);
	store_close(s);
	ck_assert_int_eq(stat(lab.data, &before), 0);
	ck_assert_int_gt(before.st_size, 4 * MIB);
	lab.p.max_size = 2 * MIB;
	s = lab_writer(&lab);
	ck_assert_uint_eq(kept(0, 60000), 60000);
	fill(100000, 20000, 50, REASON_ACCEPTED, 2 * LAB_DAY);
	ck_assert_int_eq(stat(lab.data, &after), 0);
	ck_assert_int_le(after.st_size, before.st_size);
	ck_assert_uint_ge(kept(119900, 100), 90);
}
END_TEST

/* A reader that stops in the middle of a read. */

struct holder {
	_Atomic int inside, go;
};

static int
hold(struct lab *l, void *arg)
{
	struct holder *h = arg;
	struct store *r;
	MDB_txn *txn;

	if (store_open_reader(&l->p, &r) != STORE_OK ||
	    store_take(r, &txn) != STORE_OK)
		return 1;
	h->inside = 1;
	while (!h->go)
		lab_sleep_ms(5);
	store_give(r, txn);
	store_close(r);
	return 0;
}

static bool
is_inside(void *arg)
{
	return ((struct holder *)arg)->inside != 0;
}

static pid_t
start_holder(struct holder *h)
{
	pid_t pid = lab_fork(hold, &lab, h);

	ck_assert(lab_until(is_inside, h));
	return pid;
}

START_TEST(pages_held_back_are_no_reason_to_evict)
{
	struct holder *h = lab_shared(sizeof(*h));
	enum store_status status = STORE_OK;
	unsigned long n = 1000000, before;
	pid_t pid;
	int tries;

	fill(0, 40000, 50, REASON_ACCEPTED, LAB_DAY);
	before = (unsigned long)stats().verdicts;
	pid = start_holder(h);
	for (tries = 0; tries < 2000 && status == STORE_OK; tries++) {
		ck_assert_int_eq(store_begin(s), STORE_OK);
		lab_put_user(s, n++, DOMAIN,
		    lab_verdict(REASON_ACCEPTED, LAB_DAY));
		status = store_commit(s);
	}
	ck_assert_msg(status == STORE_FULL, "in the end nothing comes free");
	ck_assert_int_eq(store_commit(s), STORE_FULL);
	ck_assert_uint_ge(stats().verdicts, before - 4 * (unsigned)tries);
	h->go = 1;
	ck_assert_int_eq(lab_wait(pid), 0);
	lab_commit(s);
	ck_assert_msg(kept(n - 1, 1) == 1, "the batch had been kept");
}
END_TEST

START_TEST(a_dead_reader_is_cleared)
{
	struct holder *h = lab_shared(sizeof(*h));
	pid_t pid;

	pid = start_holder(h);
	fill(0, 100, 10, REASON_ACCEPTED, LAB_DAY);
	kill(pid, SIGKILL);
	ck_assert_int_eq(lab_wait(pid), 1000 + SIGKILL);
	ck_assert_uint_eq(store_reader_lag(s->env.env), 10);
	ck_assert_uint_eq(stats().readers, 2);
	store_tidy(s);
	ck_assert_uint_eq(store_reader_lag(s->env.env), 0);
	ck_assert_uint_eq(stats().readers, 1);
}
END_TEST

/* Without store_tidy: a full map looks for the dead by itself. */
START_TEST(a_dead_reader_does_not_fill_the_map)
{
	struct holder *h = lab_shared(sizeof(*h));
	pid_t pid;

	fill(0, 10000, 50, REASON_ACCEPTED, LAB_DAY);
	pid = start_holder(h);
	kill(pid, SIGKILL);
	ck_assert_int_eq(lab_wait(pid), 1000 + SIGKILL);
	fill(100000, 20000, 20, REASON_ACCEPTED, LAB_DAY);
	ck_assert_uint_ge(kept(119900, 100), 90);
}
END_TEST

static int
take_all_slots(struct lab *l, void *arg)
{
	static MDB_txn *txns[2048];
	struct store_stats st;
	enum store_status status = STORE_OK;
	struct store *r;
	unsigned n;

	(void)arg;
	if (store_open_reader(&l->p, &r) != STORE_OK ||
	    store_stats(r, &st) != STORE_OK)
		return 1;
	for (n = 0; n < 2048 && status == STORE_OK; n++)
		status = store_take(r, &txns[n]);
	if (status != STORE_SYSTEM || errno != EUSERS ||
	    n < STORE_READERS || n > st.reader_slots + 1)
		return 2;
	while (--n > 0)
		store_give(r, txns[n - 1]);
	status = store_take(r, &txns[0]);
	if (status != STORE_OK)
		return 3;
	store_give(r, txns[0]);
	store_close(r);
	return 0;
}

/* Each check is a reader, and a process that ends. */
START_TEST(checks_use_up_no_slots)
{
	int i;

	fill(0, 100, 100, REASON_ACCEPTED, LAB_DAY);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(store_check(&lab.p), STORE_OK);
	ck_assert_uint_le(stats().readers, 1);
}
END_TEST

START_TEST(too_many_readers_are_a_status)
{
	ck_assert_int_eq(lab_wait(lab_fork(take_all_slots, &lab, NULL)), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_full");
	TCase *tc = tcase_create("store_full");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, the_good_survive_a_flood);
	tcase_add_test(tc, the_expired_go_first);
	tcase_add_test(tc, a_full_store_still_holds_many);
	tcase_add_test(tc, a_large_batch_fits_a_full_store);
	tcase_add_test(tc, a_batch_larger_than_the_store_is_refused);
	tcase_add_test(tc, evidence_has_a_cap_of_its_own);
	tcase_add_test(tc, domains_have_a_cap_of_their_own);
	tcase_add_test(tc, max_size_may_be_lowered);
	tcase_add_test(tc, pages_held_back_are_no_reason_to_evict);
	tcase_add_test(tc, a_dead_reader_is_cleared);
	tcase_add_test(tc, a_dead_reader_does_not_fill_the_map);
	tcase_add_test(tc, checks_use_up_no_slots);
	tcase_add_test(tc, too_many_readers_are_a_status);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
