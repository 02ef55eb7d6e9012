/*
 * Damaged files. RCPTGUARD_FLIPS sets how many copies get flipped bits; the
 * default is for every `make check`.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
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

	lab_fill(&lab, 2000);
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
	ck_assert_int_eq(lab_put_batch(s, 0), STORE_OK);
	ck_assert_int_eq(lab_intact(s, LAB_BATCH), LAB_BATCH);
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
		lab_fill(&lab, LAB_BATCH);
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
	if ((f->found = lab_intact(s, 2000)) == -1)
		return 2;
	for (n = 0; n < 400; n += LAB_BATCH)
		if (lab_put_batch(s, n) != STORE_OK)
			return 3;
	if (lab_intact(s, 400) != 400)
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
	}
	close(fd);
}

START_TEST(flipped_bits_do_no_harm)
{
	struct flips *f = lab_shared(sizeof(*f));
	int i, code, count = lab_count("RCPTGUARD_FLIPS", 60), aside = 0;
	char good[128];
	int64_t began;

	teardown();
	lab_make(&lab, LAB_MEMORY, 16 * MIB);
	lab_fill(&lab, 2000);
	snprintf(good, sizeof(good), "%s/good", lab.dir);
	lab_copy_file(lab.data, good);
	for (i = 0; i < count; i++) {
		lab_copy_file(good, lab.data);
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

	lab_fill(&lab, LAB_BATCH);
	memset(garbage, 0x5a, sizeof(garbage));
	for (i = 0; i < COUNT(sizes); i++) {
		ck_assert_int_ne(fd = open(lab.lock, O_RDWR), -1);
		ck_assert_int_eq(pwrite(fd, garbage, sizeof(garbage), 0),
		    4096);
		ck_assert_int_eq(ftruncate(fd, sizes[i]), 0);
		close(fd);
		s = lab_writer(&lab);
		ck_assert_int_eq(lab_intact(s, LAB_BATCH), LAB_BATCH);
		store_close(s);
	}
}
END_TEST

static int
open_distrusting(struct lab *l, void *arg)
{
	struct address addr = lab_address(0, LAB_DOMAIN);
	int64_t end = clock_mono_ms() + LAB_WAIT_MS;
	_Atomic int *seen = arg;
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
	*seen = 1;
	while (store_get_verdict(r, &addr, &v) != STORE_OK) {
		if (clock_mono_ms() > end)
			return 3;
		lab_sleep_ms(5);
	}
	store_close(r);
	return 0;
}

/* Page headers of ones crash whoever reads them; a daemon asks first. */
START_TEST(a_careful_reader_does_not_die_of_damage)
{
	_Atomic int *seen = lab_shared(sizeof(*seen));
	char aside[256];
	struct store *s;
	pid_t pid;

	lab_fill(&lab, 2000);
	data_ones();
	pid = lab_fork(open_distrusting, &lab, seen);
	ck_assert(lab_until_set(seen));
	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_int_eq(lab_put_batch(s, 0), STORE_OK);
	ck_assert_int_eq(lab_wait(pid), 0);
	store_close(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_damage");
	TCase *tc = tcase_create("store_damage");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, a_damaged_file_is_set_aside, 0,
	    COUNT(damages));
	tcase_add_test(tc, only_two_damaged_files_are_kept);
	tcase_add_test(tc, flipped_bits_do_no_harm);
	tcase_add_test(tc, a_bad_lock_file_costs_nothing);
	tcase_add_test(tc, a_careful_reader_does_not_die_of_damage);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
