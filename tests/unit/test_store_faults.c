/*
 * Damaged files, writers killed, full disks, and readers beside all that.
 * RCPTGUARD_KILLS and RCPTGUARD_FLIPS set how many times; the defaults are for
 * every `make check`.
 */
#include "config.h"			/* unshare */

#include <sys/mount.h>
#include <sys/stat.h>

#include <check.h>
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

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))
#define MIB	(1u << 20)
#define DOMAIN	"example.org"
#define BATCH	20

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

/* A number of the test's own in a field that comes back: its witness. */
static struct verdict
numbered(unsigned long n)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, 30 * LAB_DAY);

	v.checked_at = 1000000 + (int64_t)n;
	return v;
}

static enum store_status
put_batch(struct store *s, unsigned long first)
{
	struct address addr;
	struct verdict v;
	unsigned long n;
	char json[64];

	if (store_begin(s) != STORE_OK)
		return STORE_SYSTEM;
	for (n = first; n < first + BATCH; n++) {
		addr = lab_address(n, DOMAIN);
		v = numbered(n);
		store_put_verdict(s, &addr, &v);
		snprintf(json, sizeof(json), "{\"n\":%lu}", n);
		store_put_evidence(s, &addr, json);
	}
	return store_commit(s);
}

/* How many of the first count are there; -1: one is not what was put. */
static long
intact(struct store *s, unsigned long count)
{
	struct address addr;
	struct verdict v;
	unsigned long n;
	long found = 0;

	for (n = 0; n < count; n++) {
		addr = lab_address(n, DOMAIN);
		if (store_get_verdict(s, &addr, &v) != STORE_OK)
			continue;
		if (v.checked_at != 1000000 + (int64_t)n)
			return -1;
		found++;
	}
	return found;
}

static void
make_store(unsigned long count)
{
	struct store *s = lab_writer(&lab);
	unsigned long n;

	for (n = 0; n < count; n += BATCH)
		ck_assert_int_eq(put_batch(s, n), STORE_OK);
	store_close(s);
}

static int
env_count(const char *name, int normal)
{
	const char *text = getenv(name);

	return text != NULL && atoi(text) > 0 ? atoi(text) : normal;
}

/* The file is damaged in one of these ways, and the next writer begins anew. */

static void
cut_to(off_t size)
{
	ck_assert_int_eq(truncate(lab.data, size), 0);
}

static void
cut_half(void)
{
	struct stat st;

	ck_assert_int_eq(stat(lab.data, &st), 0);
	cut_to(st.st_size / 2);
}

static void
cut_last_page(void)
{
	struct stat st;

	ck_assert_int_eq(stat(lab.data, &st), 0);
	cut_to(st.st_size - 4096);
}

static void
cut_to_a_page(void)
{
	cut_to(4096);
}

static void
cut_to_odd(void)
{
	cut_to(100);
}

static void
cut_to_nothing(void)
{
	cut_to(0);
}

static void
fill_with(int c, off_t from)
{
	char page[4096];
	struct stat st;
	off_t at;
	int fd;

	ck_assert_int_ne(fd = open(lab.data, O_RDWR), -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (at = from; at < st.st_size; at += 4096) {
		memset(page, c, sizeof(page));
		if (c == -1)
			for (size_t i = 0; i < sizeof(page); i++)
				page[i] = (char)rand();
		ck_assert_int_eq(pwrite(fd, page, sizeof(page), at), 4096);
	}
	close(fd);
}

static void
all_garbage(void)
{
	fill_with(-1, 0);
}

static void
all_zero(void)
{
	fill_with(0, 0);
}

static void
data_garbage(void)
{
	fill_with(-1, 8192);
}

static void
data_zero(void)
{
	fill_with(0, 8192);
}

static void
data_ones(void)
{
	fill_with(0xff, 8192);
}

static void
text_file(void)
{
	FILE *f = fopen(lab.data, "w");

	fputs("# Postfix hash map\n", f);
	fclose(f);
}

static const struct {
	const char *says;
	void (*damage)(void);
} damages[] = {
	{ "cut in half", cut_half },
	{ "cut by its last page", cut_last_page },
	{ "cut to one page", cut_to_a_page },
	{ "cut to less than a header", cut_to_odd },
	{ "of no length", cut_to_nothing },
	{ "all garbage", all_garbage },
	{ "all zero", all_zero },
	{ "garbage behind a good header", data_garbage },
	{ "zero behind a good header", data_zero },
	{ "ones behind a good header", data_ones },
	{ "another kind of file", text_file },
};

START_TEST(a_damaged_file_is_set_aside)
{
	const char *says = damages[_i].says;
	struct stat before, after;
	enum store_status status;
	char aside[256];
	struct store *s;

	make_store(2000);
	damages[_i].damage();
	ck_assert_int_eq(stat(lab.data, &before), 0);
	ck_assert_msg(store_check(&lab.p) == STORE_DAMAGED, "%s: check",
	    says);
	ck_assert_int_eq(stat(lab.data, &after), 0);
	ck_assert_msg(before.st_ino == after.st_ino && before.st_mtime ==
	    after.st_mtime, "%s: a check changes nothing", says);
	status = store_open_writer(&lab.p, &s, aside);
	ck_assert_msg(status == STORE_OK, "%s: %s", says,
	    store_status_text(status));
	ck_assert_int_eq(stat(aside, &after), 0);
	ck_assert_msg(before.st_ino == after.st_ino, "%s: %s", says, aside);
	ck_assert_int_eq(put_batch(s, 0), STORE_OK);
	ck_assert_int_eq(intact(s, BATCH), BATCH);
	store_close(s);
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
}
END_TEST

START_TEST(only_two_damaged_files_are_kept)
{
	char first[256] = "", second[256] = "", last[256] = "";
	struct store *s;
	int i;

	for (i = 0; i < 4; i++) {
		make_store(BATCH);
		cut_to_nothing();
		memcpy(second, last, sizeof(second));
		ck_assert_int_eq(store_open_writer(&lab.p, &s, last),
		    STORE_OK);
		store_close(s);
		if (i == 0)
			memcpy(first, last, sizeof(first));
	}
	ck_assert_int_eq(access(first, F_OK), -1);
	ck_assert_int_eq(access(second, F_OK), 0);
	ck_assert_int_eq(access(last, F_OK), 0);
}
END_TEST

/*
 * Bits flipped anywhere. The check may miss what lies in no page in use; then
 * reading and writing must do, and nothing wrong may come out.
 */
struct flips {
	unsigned long seed;
	char aside[256];
	long found;
};

static int
use_flipped(struct lab *l, void *arg)
{
	struct flips *f = arg;
	struct store *s;
	unsigned long n;

	if (store_open_writer(&l->p, &s, f->aside) != STORE_OK)
		return 1;
	if ((f->found = intact(s, 2000)) == -1)
		return 2;
	for (n = 0; n < 400; n += BATCH)
		{ enum store_status q = put_batch(s, n); if (q != STORE_OK)
			{fprintf(stderr, "n %lu: %d %s\n", n, q, strerror(errno)); return 3;}}
	if (intact(s, 400) != 400)
		return 4;
	store_close(s);
	return 0;
}

static void
flip_some(unsigned long seed, bool heads)
{
	unsigned char octet;
	struct stat st;
	int fd, i, n;
	off_t at;

	srand((unsigned)seed);
	ck_assert_int_ne(fd = open(lab.data, O_RDWR), -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (i = 0, n = 1 + rand() % 4; i < n; i++) {
		at = rand() % st.st_size;
		if (heads)
			at = at / 4096 * 4096 + rand() % 64;
		ck_assert_int_eq(pread(fd, &octet, 1, at), 1);
		octet ^= (unsigned char)(1 << rand() % 8);
		ck_assert_int_eq(pwrite(fd, &octet, 1, at), 1);
		fprintf(stderr, "seed %lu at %ld page %ld off %ld\n", seed, (long)at, (long)at/4096, (long)at%4096);
	}
	close(fd);
}

static void
copy_file(const char *from, const char *to)
{
	static char buffer[1 << 20];
	ssize_t n;
	int in, out;

	ck_assert_int_ne(in = open(from, O_RDONLY), -1);
	ck_assert_int_ne(out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0640),
	    -1);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		ck_assert_int_eq(write(out, buffer, (size_t)n), n);
	close(in);
	close(out);
}

START_TEST(flipped_bits_do_no_harm)
{
	struct flips *f = lab_shared(sizeof(*f));
	int i, code, count = env_count("RCPTGUARD_FLIPS", 60), aside = 0;
	char good[128];
	int64_t began;

	teardown();
	lab_make(&lab, LAB_MEMORY, 16 * MIB);
	make_store(2000);
	snprintf(good, sizeof(good), "%s/good", lab.dir);
	copy_file(lab.data, good);
	for (i = 0; i < count; i++) {
		copy_file(good, lab.data);
		flip_some((unsigned long)i, i % 2 == 0);
		began = clock_mono_ms();
		code = lab_wait(lab_fork(use_flipped, &lab, f));
		ck_assert_msg(code == 0, "copy %d: code %d", i, code);
		ck_assert_msg(f->aside[0] != '\0' || f->found == 2000,
		    "copy %d: %ld records, and not set aside", i, f->found);
		ck_assert_msg(clock_mono_ms() - began < 5000,
		    "copy %d: up again after %lld ms", i,
		    (long long)(clock_mono_ms() - began));
		aside += f->aside[0] != '\0';
	}
	ck_assert_msg(aside > count / 2, "%d of %d set aside", aside, count);
}
END_TEST

/* A good file is not given up for a bad lock file. */
START_TEST(a_bad_lock_file_costs_nothing)
{
	static const off_t sizes[] = { 0, 10, 4096, 36864, 100000 };
	char garbage[4096];
	struct store *s;
	size_t i;
	int fd;

	make_store(BATCH);
	memset(garbage, 0x5a, sizeof(garbage));
	for (i = 0; i < COUNT(sizes); i++) {
		ck_assert_int_ne(fd = open(lab.lock, O_RDWR), -1);
		ck_assert_int_eq(pwrite(fd, garbage, sizeof(garbage), 0),
		    4096);
		ck_assert_int_eq(ftruncate(fd, sizes[i]), 0);
		close(fd);
		s = lab_writer(&lab);
		ck_assert_int_eq(intact(s, BATCH), BATCH);
		store_close(s);
	}
}
END_TEST

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
		if (put_batch(s, *written) != STORE_OK)
			return 2;
		*written += BATCH;
	}
}

START_TEST(a_killed_writer_loses_no_commit)
{
	_Atomic unsigned long *written = lab_shared(sizeof(*written));
	int i, kills = env_count("RCPTGUARD_KILLS", 50);
	unsigned long before;
	struct store *s;
	pid_t pid;

	lab.p.max_size = 1024 * MIB;
	make_store(BATCH);
	*written = BATCH;
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
	ck_assert_int_eq(intact(s, *written), (long)*written);
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
	for (n = 0; n < 400; n += BATCH)
		ck_assert_int_eq(put_batch(s, n), STORE_OK);
	snprintf(filler, sizeof(filler), "%s/filler", lab.dir);
	ck_assert_int_ne(fd = open(filler, O_WRONLY | O_CREAT, 0600), -1);
	memset(octets, 'x', sizeof(octets));
	while (write(fd, octets, sizeof(octets)) > 0)
		continue;
	for (; n < 100000 && status == STORE_OK; n += BATCH)
		status = put_batch(s, n);
	n -= BATCH;
	ck_assert_int_eq(status, STORE_SYSTEM);
	ck_assert_msg(errno == ENOSPC || errno == EIO, "%s", strerror(errno));
	ck_assert_int_eq(intact(s, n), (long)n);
	ck_assert_int_eq(store_commit(s), STORE_SYSTEM);
	ck_assert_int_eq(intact(s, n + BATCH), (long)n);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_msg(store_commit(s) == STORE_OK, "the same batch again: %s",
	    strerror(errno));
	ck_assert_int_eq(intact(s, n + BATCH), (long)n + BATCH);
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
		addr = lab_address(n % top, DOMAIN);
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
		w->seen++;
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
	    w->reads < 20000); n += BATCH) {
		ck_assert_int_eq(put_batch(s, n), STORE_OK);
		w->written = n + BATCH;
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
	struct address addr = lab_address(0, DOMAIN);
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
	make_store(BATCH);
	watch->written = 1;
	pid = lab_fork(watch_one, &lab, watch);
	await_status(STORE_OK, "before");

	/* Cut while the reader is silent, or it would die of SIGBUS. */
	watch->written = 0;
	await_status(-1, "silence");
	cut_to(8192);
	lab_sleep_ms(1100);
	watch->written = 1;
	await_status(STORE_DAMAGED, "cut");

	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_str_ne(aside, "");
	await_status(STORE_MISS, "a new file");
	ck_assert_int_eq(put_batch(s, 0), STORE_OK);
	await_status(STORE_OK, "and what is written to it");
	store_close(s);

	ck_assert_int_eq(unlink(lab.data), 0);
	await_status(STORE_ABSENT, "removed");
	s = lab_writer(&lab);
	await_status(STORE_MISS, "made anew");
	store_close(s);

	ck_assert_int_eq(unlink(lab.lock), 0);
	s = lab_writer(&lab);
	ck_assert_int_eq(put_batch(s, 0), STORE_OK);
	await_status(STORE_OK, "another lock file");
	watch->stop = 1;
	ck_assert_int_eq(lab_wait(pid), 0);
	store_close(s);
}
END_TEST

static int
open_distrusting(struct lab *l, void *arg)
{
	struct address addr = lab_address(0, DOMAIN);
	int64_t end = clock_mono_ms() + LAB_WAIT_MS;
	struct watch *w = arg;
	struct store_params p = l->p;
	struct verdict v;
	struct store *r;
	int i;

	p.verify = true;
	if (store_open_reader(&p, &r) != STORE_DAMAGED)
		return 1;
	for (i = 0; i < 5; i++) {
		if (store_get_verdict(r, &addr, &v) != STORE_DAMAGED)
			return 2;
		lab_sleep_ms(300);
	}
	w->seen = 1;
	while (store_get_verdict(r, &addr, &v) != STORE_OK) {
		if (clock_mono_ms() > end)
			return 3;
		lab_sleep_ms(5);
	}
	store_close(r);
	return 0;
}

static bool
was_seen(void *arg)
{
	return ((struct watch *)arg)->seen != 0;
}

/* Page headers of ones crash whoever reads them; a daemon asks first. */
START_TEST(a_careful_reader_does_not_die_of_damage)
{
	struct watch *w = lab_shared(sizeof(*w));
	char aside[256];
	struct store *s;
	pid_t pid;

	make_store(2000);
	data_ones();
	pid = lab_fork(open_distrusting, &lab, w);
	ck_assert(lab_until(was_seen, w));
	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_int_eq(put_batch(s, 0), STORE_OK);
	ck_assert_int_eq(lab_wait(pid), 0);
	store_close(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_faults");
	TCase *tc = tcase_create("store_faults");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, a_damaged_file_is_set_aside, 0,
	    COUNT(damages));
	tcase_add_test(tc, only_two_damaged_files_are_kept);
	tcase_add_test(tc, flipped_bits_do_no_harm);
	tcase_add_test(tc, a_bad_lock_file_costs_nothing);
	tcase_add_test(tc, a_killed_writer_loses_no_commit);
	tcase_add_test(tc, a_full_disk_loses_nothing);
	tcase_add_test(tc, readers_and_checks_beside_a_writer);
	tcase_add_test(tc, a_reader_notices_another_file);
	tcase_add_test(tc, a_careful_reader_does_not_die_of_damage);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
