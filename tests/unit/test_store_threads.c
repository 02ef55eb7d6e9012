/*
 * Many threads on one handle, while the map grows, records go and the file is
 * replaced. Built with -fsanitize=thread (clang) it also proves the locks.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

#define THREADS	4
#define DOMAIN	"example.org"

static struct lab lab;

struct crowd {
	_Atomic unsigned long written;	/* so many are there for sure */
	_Atomic int stop, faults;
	_Atomic long reads;
};

struct member {
	struct store *s;
	struct crowd *crowd;
	bool may_miss;
	pthread_t thread;
};

static void
setup(void)
{
	lab_make(&lab, LAB_MEMORY, 256 * MIB);
}

static void
teardown(void)
{
	lab_remove(&lab);
}

static void
read_once(struct member *m, unsigned long n)
{
	struct address addr = lab_address(n, DOMAIN);
	enum store_status status;
	struct verdict v;
	char *json;

	status = store_get_verdict(m->s, &addr, &v);
	if (status == STORE_OK ? v.checked_at != (int64_t)n + 1000 :
	    !m->may_miss)
		m->crowd->faults++;
	if (n % 16 == 0) {
		lab_get_evidence(m->s, &addr, &json);
		free(json);
	}
	m->crowd->reads++;
}

static void *
read_on(void *arg)
{
	struct member *m = arg;
	struct store_stats st;
	unsigned long n, top;

	for (n = 0; !m->crowd->stop; n += 7919) {
		top = m->crowd->written;
		if (top > 0)
			read_once(m, n % top);
		if (n % 64 == 0)
			store_stats(m->s, &st);
	}
	return NULL;
}

static void
start(struct member m[THREADS], struct store *s, struct crowd *crowd,
    bool may_miss)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		m[i].s = s;
		m[i].crowd = crowd;
		m[i].may_miss = may_miss;
		if (pthread_create(&m[i].thread, NULL, read_on, &m[i]) != 0)
			abort();
	}
}

static void
join(struct member m[THREADS])
{
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_join(m[i].thread, NULL);
}

static void
put_batch(struct store *s, struct crowd *crowd, unsigned long count)
{
	static char json[20001];
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
	unsigned long n, first = crowd->written;
	struct address addr;

	memset(json, ' ', sizeof(json) - 1);
	ck_assert_int_eq(store_begin(s), STORE_OK);
	for (n = first; n < first + count; n++) {
		addr = lab_address(n, DOMAIN);
		v.checked_at = (int64_t)n + 1000;
		lab_put(s, &addr, &v, json);
	}
	ck_assert_int_eq(store_commit(s), STORE_OK);
	crowd->written = first + count;
}

/* The probe's own way: its loop reads while its clerk writes. */
START_TEST(threads_read_what_a_thread_writes)
{
	struct crowd *crowd = lab_shared(sizeof(*crowd));
	struct member m[THREADS];
	struct store_stats st;
	struct store *s;

	s = lab_writer(&lab);
	start(m, s, crowd, false);
	while (crowd->written < 2500) {
		put_batch(s, crowd, 50);
		store_tidy(s);
	}
	crowd->stop = 1;
	join(m);
	ck_assert_int_eq(store_stats(s, &st), STORE_OK);
	ck_assert_msg(st.mapped >= 64 * MIB, "the map grew");
	ck_assert_msg(st.readers <= THREADS + 1, "%u slots", st.readers);
	ck_assert_int_eq(crowd->faults, 0);
	ck_assert_int_gt(crowd->reads, 0);
	store_close(s);
}
END_TEST

static int
read_in_child(struct lab *l, void *arg)
{
	struct crowd *crowd = arg;
	struct member m[THREADS];
	struct store *s;

	store_open_reader(&l->p, &s);
	if (s == NULL)
		return 1;
	start(m, s, crowd, true);
	join(m);
	store_close(s);
	return crowd->faults == 0 ? 0 : 2;
}

static bool
has_read(void *arg)
{
	return ((struct crowd *)arg)->reads > 2000;
}

/* The milter's way: another process, before, while and after there is one. */
START_TEST(threads_follow_a_file_that_is_replaced)
{
	struct crowd *crowd = lab_shared(sizeof(*crowd));
	struct store *s;
	pid_t pid;
	int i;

	pid = lab_fork(read_in_child, &lab, crowd);
	for (i = 0; i < 3; i++) {
		s = lab_writer(&lab);
		crowd->written = 0;
		while (crowd->written < 1000)
			put_batch(s, crowd, 50);
		crowd->reads = 0;
		ck_assert(lab_until(has_read, crowd));
		store_close(s);
		ck_assert_int_eq(unlink(lab.data), 0);
		ck_assert_int_eq(unlink(lab.lock), 0);
		lab_sleep_ms(1100);
	}
	crowd->stop = 1;
	ck_assert_int_eq(lab_wait(pid), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_threads");
	TCase *tc = tcase_create("store_threads");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, threads_read_what_a_thread_writes);
	tcase_add_test(tc, threads_follow_a_file_that_is_replaced);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
