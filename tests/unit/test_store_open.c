/* Opening a store: files and their modes, keys, readers. */
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

START_TEST(files_have_safe_modes)
{
	struct stat st;

	ck_assert_int_eq(stat(lab.data, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(stat(lab.key, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(st.st_size, 16);
	ck_assert_int_eq(stat(lab.lock, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
	ck_assert_msg(st.st_blocks * 512 >= st.st_size,
	    "the lock file has no holes");
}
END_TEST

/* Readers, each in a process of its own. */

static int
read_one(struct lab *l, void *arg)
{
	struct address addr = lab_address(1, "example.org");
	enum store_status *expected = arg, status;
	struct verdict v;
	struct store *r;

	status = store_open_reader(&l->p, &r);
	if (r == NULL || store_begin(r) != STORE_SYSTEM || errno != EROFS)
		return 2;
	if (status == STORE_OK)
		status = store_get_verdict(r, &addr, &v);
	else if (store_get_verdict(r, &addr, &v) != status)
		return 3;
	store_close(r);
	return status == *expected ? 0 : 1;
}

static void
reader_gets(enum store_status expected, const char *says)
{
	int code = lab_wait(lab_fork(read_one, &lab, &expected));

	ck_assert_msg(code == 0, "%s: code %d", says, code);
}

START_TEST(records_outlive_the_writer)
{
	struct verdict got;

	lab_begin(s);
	lab_put_user(s, 1, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	store_close(s);
	s = lab_writer(&lab);
	ck_assert_int_eq(lab_get_user(s, 1, "example.org", &got), STORE_OK);
}
END_TEST

START_TEST(a_stolen_file_names_nobody)
{
	static char raw[1 << 20];
	size_t len, i;
	FILE *f;

	lab_begin(s);
	lab_put_user(s, 424242, "example.org",
	    lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	ck_assert_ptr_nonnull(f = fopen(lab.data, "r"));
	len = fread(raw, 1, sizeof(raw), f);
	fclose(f);
	ck_assert_uint_gt(len, 8192);
	for (i = 0; i + 6 <= len; i++)
		ck_assert(memcmp(raw + i, "424242", 6) != 0);
}
END_TEST

START_TEST(a_reader_reads)
{
	reader_gets(STORE_MISS, "nothing there");
	lab_begin(s);
	lab_put_user(s, 1, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	reader_gets(STORE_OK, "while the writer runs");
	lab.p.verify = true;
	reader_gets(STORE_OK, "after a check");
	store_close(s);
	s = NULL;
	reader_gets(STORE_OK, "when the writer has gone");
	ck_assert_int_eq(unlink(lab.lock), 0);
	reader_gets(STORE_ABSENT, "without a lock file");
	ck_assert_msg(access(lab.lock, F_OK) == -1, "and it makes none");
}
END_TEST

static int
wait_for_store(struct lab *l, void *arg)
{
	struct address addr = lab_address(1, "example.org");
	int64_t end = clock_mono_ms() + LAB_WAIT_MS;
	_Atomic int *ready = arg;
	struct verdict v;
	struct store *r;

	if (store_open_reader(&l->p, &r) != STORE_ABSENT || r == NULL)
		return 1;
	if (store_get_verdict(r, &addr, &v) != STORE_ABSENT)
		return 2;
	*ready = 1;
	while (store_get_verdict(r, &addr, &v) != STORE_OK) {
		if (clock_mono_ms() > end)
			return 3;
		lab_sleep_ms(5);
	}
	store_close(r);
	return 0;
}

START_TEST(a_reader_may_come_first)
{
	_Atomic int *ready = lab_shared(sizeof(*ready));
	pid_t pid;

	store_close(s);
	ck_assert_int_eq(unlink(lab.data) | unlink(lab.lock) |
	    unlink(lab.key), 0);
	pid = lab_fork(wait_for_store, &lab, ready);
	ck_assert(lab_until_set(ready));
	s = lab_writer(&lab);
	lab_begin(s);
	lab_put_user(s, 1, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	ck_assert_int_eq(lab_wait(pid), 0);
}
END_TEST

/* The key file, and what stands in its place. */
static const struct {
	const char *says;
	mode_t mode;
	off_t length;
	bool link;
	enum store_status status;
} keys[] = {
	{ "mode 0640 is right", 0640, 16, false, STORE_OK },
	{ "0600 is safe too", 0600, 16, false, STORE_OK },
	{ "0440 is safe too", 0440, 16, false, STORE_OK },
	{ "the world may not read it", 0644, 16, false, STORE_DENIED },
	{ "nor write it", 0642, 16, false, STORE_DENIED },
	{ "the group may not write it", 0660, 16, false, STORE_DENIED },
	{ "it is not short", 0640, 15, false, STORE_DENIED },
	{ "it is not empty", 0640, 0, false, STORE_DENIED },
	{ "it is not long", 0640, 17, false, STORE_DENIED },
	{ "it is no symbolic link", 0640, 16, true, STORE_DENIED },
};

START_TEST(the_key_file_must_be_safe)
{
	enum store_status status;
	char moved[128], aside[256];

	store_close(s);
	ck_assert_int_eq(chmod(lab.key, keys[_i].mode), 0);
	ck_assert_int_eq(truncate(lab.key, keys[_i].length), 0);
	if (keys[_i].link) {
		snprintf(moved, sizeof(moved), "%s.away", lab.key);
		ck_assert_int_eq(rename(lab.key, moved), 0);
		ck_assert_int_eq(symlink(moved, lab.key), 0);
	}
	status = keys[_i].status == STORE_OK ? STORE_MISS : STORE_DENIED;
	reader_gets(status, keys[_i].says);
	status = store_open_writer(&lab.p, &s, aside);
	ck_assert_msg(status == keys[_i].status, "%s: writer: %s",
	    keys[_i].says, store_status_text(status));
	ck_assert_str_eq(aside, "");
}
END_TEST

static const struct {
	const char *says;
	mode_t mode;
	enum store_status status;
} directories[] = {
	{ "0700 is right", 0700, STORE_OK },
	{ "2750 is right", 02750, STORE_OK },
	{ "0755 is safe", 0755, STORE_OK },
	{ "the group may not write", 02770, STORE_DENIED },
	{ "the world may not write", 0702, STORE_DENIED },
	{ "not even with the sticky bit", 01777, STORE_DENIED },
};

START_TEST(the_directory_must_be_safe)
{
	enum store_status status;
	char aside[256];

	store_close(s);
	ck_assert_int_eq(chmod(lab.dir, directories[_i].mode), 0);
	status = store_open_writer(&lab.p, &s, aside);
	ck_assert_msg(status == directories[_i].status, "%s: %s",
	    directories[_i].says, store_status_text(status));
}
END_TEST

START_TEST(a_directory_that_is_not_there)
{
	struct store_params p = lab.p;
	struct store *other;
	char aside[256];

	p.state_dir = "/nonexistent/rcptguard";
	ck_assert_int_eq(store_open_writer(&p, &other, aside), STORE_SYSTEM);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(store_check(&p), STORE_ABSENT);
}
END_TEST

/* Without its key no record is ever found again. */
START_TEST(a_lost_key_begins_a_new_store)
{
	struct verdict got;
	char aside[256];

	lab_begin(s);
	lab_put_user(s, 1, "example.org", lab_verdict(REASON_ACCEPTED, 100));
	lab_commit(s);
	store_close(s);
	ck_assert_int_eq(unlink(lab.key), 0);
	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_msg(strncmp(aside, lab.data, strlen(lab.data)) == 0,
	    "set aside as \"%s\"", aside);
	ck_assert_int_eq(access(aside, F_OK), 0);
	ck_assert_int_eq(lab_get_user(s, 1, "example.org", &got), STORE_MISS);
}
END_TEST

static int
read_all_evidence(struct lab *l, void *arg)
{
	_Atomic unsigned *written = arg;
	struct address addr;
	enum store_status status;
	struct store *r;
	unsigned n = 0;
	char *json;

	if (store_open_reader(&l->p, &r) != STORE_OK)
		return 1;
	while (n < 600) {
		if (n == *written)
			continue;
		addr = lab_address(n, "example.org");
		status = lab_get_evidence(r, &addr, &json);
		if (status != STORE_OK)
			return 10 + (int)status;
		free(json);
		n++;
	}
	store_close(r);
	return 0;
}

/* 36 MB of evidence: the map grows twice under the reader. */
START_TEST(a_reader_follows_a_growing_map)
{
	_Atomic unsigned *written = lab_shared(sizeof(*written));
	static char json[60001];
	struct store_stats st;
	struct address addr;
	struct verdict v;
	unsigned n;
	pid_t pid;

	store_close(s);
	lab.p.max_size = 256 * MIB;
	s = lab_writer(&lab);
	memset(json, ' ', sizeof(json) - 1);
	pid = lab_fork(read_all_evidence, &lab, written);
	for (n = 0; n < 600; n++) {
		addr = lab_address(n, "example.org");
		lab_begin(s);
		v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
		lab_put(s, &addr, &v, json);
		lab_commit(s);
		*written = n + 1;
	}
	ck_assert_int_eq(lab_wait(pid), 0);
	ck_assert_int_eq(store_stats(s, &st), STORE_OK);
	ck_assert_uint_ge(st.mapped, 64 * MIB);
	ck_assert_uint_eq(st.evidence, 600);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_open");
	TCase *tc = tcase_create("store_open");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, files_have_safe_modes);
	tcase_add_test(tc, records_outlive_the_writer);
	tcase_add_test(tc, a_stolen_file_names_nobody);
	tcase_add_test(tc, a_reader_reads);
	tcase_add_test(tc, a_reader_may_come_first);
	tcase_add_loop_test(tc, the_key_file_must_be_safe, 0, COUNT(keys));
	tcase_add_loop_test(tc, the_directory_must_be_safe, 0,
	    COUNT(directories));
	tcase_add_test(tc, a_directory_that_is_not_there);
	tcase_add_test(tc, a_lost_key_begins_a_new_store);
	tcase_add_test(tc, a_reader_follows_a_growing_map);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
