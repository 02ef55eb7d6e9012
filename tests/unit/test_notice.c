/* What is told of changes: words, keys, and files for other programs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/notice.h"
#include "probe/notice_drop.h"
#include "tests/unit/suite.h"

static const struct notice whole = {
	.time_ms = INT64_C(1795281093042),
	.kind = NOTICE_LISTED,
	.what = "192.0.2.10",
	.zone = "bl.example",
	.source = "192.0.2.10",
	.text = "bl.example as 127.0.0.3; \"caught\"",
	.see = "https://bl.example/removal",
};

START_TEST(every_kind_has_its_own_word)
{
	enum notice_kind back;

	ck_assert_ptr_nonnull(notice_word((enum notice_kind)_i));
	ck_assert(notice_kind_from_word(notice_word((enum notice_kind)_i),
	    &back));
	ck_assert_int_eq(back, _i);
}
END_TEST

START_TEST(there_and_back)
{
	struct jval *o = notice_value(&whole);
	struct notice got;

	ck_assert_ptr_nonnull(o);
	ck_assert(notice_read(o, &got));
	ck_assert_int_eq(got.time_ms, whole.time_ms);
	ck_assert_int_eq(got.kind, whole.kind);
	ck_assert_str_eq(got.what, whole.what);
	ck_assert_str_eq(got.zone, whole.zone);
	ck_assert_str_eq(got.source, whole.source);
	ck_assert_str_eq(got.text, whole.text);
	ck_assert_str_eq(got.see, whole.see);
	jval_free(o);
}
END_TEST

static const struct {
	const char *says, *json;
} bad[] = {
	{ "no time", "{\"notice\":\"listed\",\"what\":\"x\",\"text\":\"\"}" },
	{ "an unknown word", "{\"time\":\"2026-11-21T17:11:53Z\","
	    "\"notice\":\"sold\",\"what\":\"x\",\"text\":\"\"}" },
	{ "nobody it is about", "{\"time\":\"2026-11-21T17:11:53Z\","
	    "\"notice\":\"listed\",\"text\":\"\"}" },
	{ "a text that is a number", "{\"time\":\"2026-11-21T17:11:53Z\","
	    "\"notice\":\"listed\",\"what\":\"x\",\"text\":1}" },
	{ "no object", "[]" },
};

START_TEST(what_is_no_notice)
{
	struct jval *o = jval_parse(bad[_i].json, strlen(bad[_i].json));
	struct notice got;

	ck_assert_ptr_nonnull(o);
	ck_assert_msg(!notice_read(o, &got), "%s", bad[_i].says);
	jval_free(o);
}
END_TEST

START_TEST(keys_sort_by_their_number)
{
	static const uint64_t numbers[] = { 0, 1, 255, 256, 65536,
	    UINT64_MAX - 1, UINT64_MAX };
	uint8_t before[NOTICE_KEY_SIZE], key[NOTICE_KEY_SIZE];
	uint64_t back;
	bool alarm;
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		notice_key(i % 2 == 0, numbers[i], key);
		ck_assert(notice_key_read(key, sizeof key, &alarm, &back));
		ck_assert(alarm == (i % 2 == 0) && back == numbers[i]);
		if (i > 0)
			ck_assert_int_lt(memcmp(before + 1, key + 1,
			    sizeof key - 1), 0);
		memcpy(before, key, sizeof key);
	}
	ck_assert(!notice_key_read(key, sizeof key - 1, &alarm, &back));
	key[0] = 'x';
	ck_assert(!notice_key_read(key, sizeof key, &alarm, &back));
}
END_TEST

/* --- files ---------------------------------------------------------------- */

static char dir[64];

static void
setup(void)
{
	snprintf(dir, sizeof dir, "/tmp/test_notice-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

/* Files, and the name of one that is whole. */
static size_t
files(char name[256], bool remove_them)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[400];
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		if (name != NULL)
			snprintf(name, 256, "%s", e->d_name);
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (remove_them)
			ck_assert_int_eq(unlink(path), 0);
	}
	closedir(d);
	return n;
}

static void
teardown(void)
{
	chmod(dir, 0700);
	files(NULL, true);
	ck_assert_int_eq(rmdir(dir), 0);
}

START_TEST(a_file_is_whole_and_named_by_its_time)
{
	char name[256], path[400], text[64] = "";
	struct stat st;
	FILE *f;

	ck_assert_int_eq(notice_drop(dir, &whole, "{\"a\":1}"), DROP_DONE);
	ck_assert_uint_eq(files(name, false), 1);
	ck_assert_msg(strncmp(name, "20261121T171133Z-listed-", 24) == 0 &&
	    strcmp(name + strlen(name) - 5, ".json") == 0, "%s", name);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777 & ~0640u, 0);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
	fclose(f);
	ck_assert_str_eq(text, "{\"a\":1}\n");
}
END_TEST

START_TEST(the_directory_is_bounded)
{
	int i;

	for (i = 0; i < NOTICE_FILES_MAX; i++)
		ck_assert_int_eq(notice_drop(dir, &whole, "{}"), DROP_DONE);
	ck_assert_int_eq(notice_drop(dir, &whole, "{}"), DROP_FULL);
	ck_assert_uint_eq(files(NULL, true), NOTICE_FILES_MAX);
	ck_assert_int_eq(notice_drop(dir, &whole, "{}"), DROP_DONE);
}
END_TEST

START_TEST(no_directory_is_a_failure)
{
	char path[400];
	int fd;

	snprintf(path, sizeof path, "%s/none", dir);
	ck_assert_int_eq(notice_drop(path, &whole, "{}"), DROP_FAILED);
	ck_assert_int_eq(errno, ENOENT);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_int_eq(notice_drop(path, &whole, "{}"), DROP_FAILED);
	ck_assert_int_eq(errno, ENOTDIR);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notice");
	TCase *tc = tcase_create("notice"), *disk = tcase_create("files");

	tcase_add_loop_test(tc, every_kind_has_its_own_word, 0,
	    NOTICE_KIND_COUNT);
	tcase_add_test(tc, there_and_back);
	tcase_add_loop_test(tc, what_is_no_notice, 0, COUNT(bad));
	tcase_add_test(tc, keys_sort_by_their_number);
	tcase_add_checked_fixture(disk, setup, teardown);
	tcase_set_timeout(disk, 120);
	tcase_add_test(disk, a_file_is_whole_and_named_by_its_time);
	tcase_add_test(disk, the_directory_is_bounded);
	tcase_add_test(disk, no_directory_is_a_failure);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, disk);
	return suite_run(suite);
}
