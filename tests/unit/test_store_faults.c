/*
 * Writers killed, a full disk, and readers beside all that. RCPTGUARD_KILLS
 * sets how many times; the default is for every `make check`.
 */
#include "config.h"			/* unshare */

#include <sys/mount.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

static struct lab lab;

static void
setup(void)
{
	lab_make(&lab, LAB_DISK, 16 * MIB);
}

static void
teardown(void)
{
	lab_remove(&lab);
}

/* The writer is killed in its commits; what it had committed is there. */

static int
write_on(struct lab *l, void *arg)
{
	_Atomic unsigned long *written = arg;
	char aside[256];
	struct store *s;

	if (store_open_writer(&l->p, &s, aside) != STORE_OK ||
	    aside[0] != '\0')
		return 1;
	for (;;) {
		if (lab_put_batch(s, *written) != STORE_OK)
			return 2;
		*written += LAB_BATCH;
	}
}

START_TEST(a_killed_writer_loses_no_commit)
{
	_Atomic unsigned long *written = lab_shared(sizeof(*written));
	int i, kills = lab_count("RCPTGUARD_KILLS", 50);
	unsigned long before;
	struct store *s;
	pid_t pid;

	lab.p.max_size = 1024 * MIB;
	lab_fill(&lab, LAB_BATCH);
	*written = LAB_BATCH;
	srand(1);
	for (i = 0; i < kills; i++) {
		before = *written;
		pid = lab_fork(write_on, &lab, written);
		while (*written == before)
			lab_sleep_ms(1);
		lab_sleep_ms(rand() % 30);
		kill(pid, SIGKILL);
		ck_assert_int_eq(lab_wait(pid), 1000 + SIGKILL);
		ck_assert_msg(store_check(&lab.p) == STORE_OK,
		    "kill %d: the file is whole", i);
	}
	s = lab_writer(&lab);
	ck_assert_int_eq(lab_intact(s, *written), (long)*written);
	store_close(s);
}
END_TEST

/* Disk full: a small file system of our own. */

START_TEST(a_full_disk_loses_nothing)
{
	struct store *s;
	unsigned long n;
	char filler[128], octets[4096];
	enum store_status status = STORE_OK;
	int fd;

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", lab.dir, "tmpfs", 0, "size=2m,mode=0700") == -1) {
		printf("disk full: skipped, no private mount: %s\n",
		    strerror(errno));
		return;
	}
	s = lab_writer(&lab);
	for (n = 0; n < 400; n += LAB_BATCH)
		ck_assert_int_eq(lab_put_batch(s, n), STORE_OK);
	snprintf(filler, sizeof(filler), "%s/filler", lab.dir);
	ck_assert_int_ne(fd = open(filler, O_WRONLY | O_CREAT, 0600), -1);
	memset(octets, 'x', sizeof(octets));
	while (write(fd, octets, sizeof(octets)) > 0)
		continue;
	for (; n < 100000 && status == STORE_OK; n += LAB_BATCH)
		status = lab_put_batch(s, n);
	n -= LAB_BATCH;
	ck_assert_int_eq(status, STORE_SYSTEM);
	ck_assert_msg(errno == ENOSPC || errno == EIO, "%s", strerror(errno));
	ck_assert_int_eq(lab_intact(s, n), (long)n);
	ck_assert_int_eq(store_commit(s), STORE_SYSTEM);
	ck_assert_int_eq(lab_intact(s, n + LAB_BATCH), (long)n);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_msg(store_commit(s) == STORE_OK, "the same batch again: %s",
	    strerror(errno));
	ck_assert_int_eq(lab_intact(s, n + LAB_BATCH), (long)n + LAB_BATCH);
	close(fd);
	store_close(s);
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
	umount(lab.dir);
}
END_TEST

/* Readers beside it all. */

struct watch {
	_Atomic unsigned long written;
	_Atomic int stop, seen;
	_Atomic long reads;
};

static int
read_some(struct lab *l, struct watch *w)
{
	struct address addr;
	unsigned long n = 0, top;
	struct verdict v;
	struct store *r;

	if (store_open_reader(&l->p, &r) != STORE_OK)
		return 1;
	while (!w->stop) {
		top = w->written;
		if (top == 0)
			continue;
		addr = lab_address(n % top, LAB_DOMAIN);
		if (store_get_verdict(r, &addr, &v) != STORE_OK)
			return 2;
		if (v.checked_at != 1000000 + (int64_t)(n % top))
			return 3;
		n += 7919;
		w->reads++;
	}
	store_close(r);
	return 0;
}

static int
read_on(struct lab *l, void *arg)
{
	int code = read_some(l, arg);

	((struct watch *)arg)->stop = 1;
	return code;
}

static int
check_on(struct lab *l, void *arg)
{
	struct watch *w = arg;

	int code = 0;

	while (!w->stop && code == 0) {
		code = (int)store_check(&l->p);
		w->seen++;		/* each gives its slot back */
	}
	w->stop = 1;
	return code;
}

START_TEST(readers_and_checks_beside_a_writer)
{
	struct watch *w = lab_shared(sizeof(*w));
	pid_t one, two, check;
	struct store *s;
	unsigned long n;

	lab.p.max_size = 256 * MIB;
	s = lab_writer(&lab);
	one = lab_fork(read_on, &lab, w);
	two = lab_fork(read_on, &lab, w);
	check = lab_fork(check_on, &lab, w);
	for (n = 0; !w->stop && (n < 20000 || w->seen < 5 ||
	    w->reads < 20000); n += LAB_BATCH) {
		ck_assert_int_eq(lab_put_batch(s, n), STORE_OK);
		w->written = n + LAB_BATCH;
	}
	w->stop = 1;
	ck_assert_int_eq(lab_wait(one), 0);
	ck_assert_int_eq(lab_wait(two), 0);
	ck_assert_int_eq(lab_wait(check), 0);
	store_close(s);
}
END_TEST

/* Reports each status that it meets; leaves when it is told. */
static int
watch_one(struct lab *l, void *arg)
{
	struct address addr = lab_address(0, LAB_DOMAIN);
	struct watch *w = arg;
	struct verdict v;
	struct store *r;

	if (store_open_reader(&l->p, &r) != STORE_OK)
		return 1;
	while (!w->stop) {
		if (w->written == 0) {		/* the test wants silence */
			w->seen = -1;
			lab_sleep_ms(1);
			continue;
		}
		w->seen = (int)store_get_verdict(r, &addr, &v);
		lab_sleep_ms(1);
	}
	store_close(r);
	return 0;
}

static struct watch *watch;
static int wanted;

static bool
has_seen(void *arg)
{
	(void)arg;
	return watch->seen == wanted;
}

static void
await_status(int status, const char *says)
{
	wanted = status;
	ck_assert_msg(lab_until(has_seen, NULL), "%s: the reader sees %d",
	    says, watch->seen);
}

START_TEST(a_reader_notices_another_file)
{
	char aside[256];
	struct store *s;
	pid_t pid;

	watch = lab_shared(sizeof(*watch));
	lab_fill(&lab, LAB_BATCH);
	watch->written = 1;
	pid = lab_fork(watch_one, &lab, watch);
	await_status(STORE_OK, "before");

	/* Cut while the reader is silent, or it would die of SIGBUS. */
	watch->written = 0;
	await_status(-1, "silence");
	ck_assert_int_eq(truncate(lab.data, 8192), 0);
	lab_sleep_ms(1100);
	watch->written = 1;
	await_status(STORE_DAMAGED, "cut");

	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_str_ne(aside, "");
	await_status(STORE_MISS, "a new file");
	ck_assert_int_eq(lab_put_batch(s, 0), STORE_OK);
	await_status(STORE_OK, "and what is written to it");
	store_close(s);

	ck_assert_int_eq(unlink(lab.data), 0);
	await_status(STORE_ABSENT, "removed");
	s = lab_writer(&lab);
	await_status(STORE_MISS, "made anew");
	store_close(s);

	ck_assert_int_eq(unlink(lab.lock), 0);
	s = lab_writer(&lab);
	ck_assert_int_eq(lab_put_batch(s, 0), STORE_OK);
	await_status(STORE_OK, "another lock file");
	watch->stop = 1;
	ck_assert_int_eq(lab_wait(pid), 0);
	store_close(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_faults");
	TCase *tc = tcase_create("store_faults");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, a_killed_writer_loses_no_commit);
	tcase_add_test(tc, a_full_disk_loses_nothing);
	tcase_add_test(tc, readers_and_checks_beside_a_writer);
	tcase_add_test(tc, a_reader_notices_another_file);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
