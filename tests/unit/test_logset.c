/* A log and what rotation left of it. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/logfile.h"
#include "cli/logset.h"
#include "tests/unit/log_lab.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says, *name;
	enum logset_name is;
} names[] = {
	{ "the log", "v.jsonl", LOGSET_LOG },
	{ "the last one", "v.jsonl.1", LOGSET_ROTATED },
	{ "an older one", "v.jsonl.12", LOGSET_ROTATED },
	{ "by gzip", "v.jsonl.2.gz", LOGSET_GZIP },
	{ "with a date", "v.jsonl-20261121", LOGSET_ROTATED },
	{ "with a date and time", "v.jsonl-2026-11-21_0300.gz", LOGSET_GZIP },
	{ "by another program", "v.jsonl.3.xz", LOGSET_OTHER },
	{ "by yet another", "v.jsonl-20261121.zst", LOGSET_OTHER },
	{ "another log", "other.jsonl.1", LOGSET_NONE },
	{ "a longer name", "v.jsonl2", LOGSET_NONE },
	{ "an editor's copy", "v.jsonl~", LOGSET_NONE },
	{ "somebody's copy", "v.jsonl.old", LOGSET_NONE },
	{ "a copy of a rotated one", "v.jsonl.1.bak", LOGSET_NONE },
	{ "a checksum", "v.jsonl.2.gz.sha256", LOGSET_NONE },
};

START_TEST(names_are_known)
{
	ck_assert_msg(logset_name("v.jsonl", names[_i].name) == names[_i].is,
	    "%s", names[_i].says);
}
END_TEST

/* All lines of the set, with blanks between them. */
static void
read_all(const struct logset *s, char *out, size_t size, int *error)
{
	struct logfile_line line;
	struct logfile *l;
	size_t i;

	out[0] = '\0';
	*error = 0;
	for (i = 0; i < s->count; i++) {
		l = logfile_new(s->files[i].fd);
		ck_assert_ptr_nonnull(l);
		while (logfile_next(l, &line))
			(void)snprintf(out + strlen(out), size - strlen(out),
			    "%s ", line.text);
		if (logfile_error(l) != 0)
			*error = logfile_error(l);
		logfile_free(l);
	}
}

START_TEST(oldest_first_and_old_ones_left_out)
{
	char text[200], *name;
	struct logset s;
	int error;

	log_lab_write("v.jsonl", "now\n", 10);
	log_lab_write("v.jsonl.1", "yesterday\n", 900000);
	log_lab_write("v.jsonl.2.gz", "before\nthat\n", 800000);
	log_lab_write("v.jsonl.10.gz", "long ago\n", 700000);
	log_lab_write("v.jsonl.11.gz", "too long ago\n", 600000);
	log_lab_write("v.jsonl.12.xz", "?", 700000);
	log_lab_write("v.jsonl.13.xz", "too long ago?", 600000);
	log_lab_write("v.jsonl.bak", "not ours\n", 900000);
	ck_assert_int_eq(mkdir(log_lab_path("v.jsonl.14"), 0700), 0);
	ck_assert_int_eq(logset_open(&s, log_lab_path("v.jsonl"),
	    INT64_C(1000) * 690000, &name), 0);
	read_all(&s, text, sizeof text, &error);
	ck_assert_str_eq(text, "long ago before that yesterday now ");
	ck_assert_int_eq(error, 0);
	ck_assert(s.older);
	ck_assert_uint_eq(s.other, 1);
	logset_close(&s);
}
END_TEST

START_TEST(the_log_alone)
{
	struct logset s;
	char *name;

	log_lab_write("v.jsonl", "now\n", 10);
	log_lab_write("v.jsonl.1", "a moment ago\n", time(NULL));
	log_lab_write("v.jsonl.2.xz", "?", time(NULL));
	ck_assert_int_eq(logset_open(&s, log_lab_path("v.jsonl"),
	    LOGSET_LOG_ALONE, &name), 0);
	ck_assert_uint_eq(s.count, 1);
	ck_assert_str_eq(s.files[0].name, "v.jsonl");
	ck_assert(s.older);
	ck_assert_uint_eq(s.other, 0);
	logset_close(&s);
}
END_TEST

START_TEST(a_file_that_is_being_compressed_counts_once)
{
	char text[200], *name;
	struct logset s;
	int error;

	log_lab_write("v.jsonl.2.gz", "once\n", 800000);
	log_lab_write("v.jsonl.2", "once\n", 800000);
	log_lab_write("v.jsonl.20.gz", "another\n", 700000);
	ck_assert_int_eq(logset_open(&s, log_lab_path("v.jsonl"), 0, &name), 0);
	read_all(&s, text, sizeof text, &error);
	ck_assert_str_eq(text, "another once ");
	logset_close(&s);
}
END_TEST

START_TEST(what_is_not_there)
{
	struct logset s;
	char *name;

	ck_assert_int_eq(logset_open(&s, log_lab_path("v.jsonl"), 0, &name), 0);
	ck_assert_uint_eq(s.count, 0);
	logset_close(&s);
	ck_assert_int_eq(logset_open(&s, log_lab_path("none/v.jsonl"), 0, &name),
	    0);
	ck_assert_uint_eq(s.count, 0);
	logset_close(&s);
}
END_TEST

/* A gzip file that ends too early, or is spoilt: the lines before are read. */
START_TEST(a_damaged_file_is_read_up_to_there)
{
	char big[200000], text[64], *name;
	struct logfile_line line;
	struct logfile *l;
	struct logset s;
	size_t i, lines = 0;
	struct stat st;
	unsigned x = 7;
	int fd;

	for (i = 0; i < sizeof big - 1; i++) {
		x = x * 1103515245 + 12345;
		big[i] = i % 100 == 99 ? '\n' : (char)('a' + (x >> 16) % 26);
	}
	big[sizeof big - 1] = '\0';
	log_lab_write("v.jsonl.1.gz", big, 5);
	ck_assert_int_eq(stat(log_lab_path("v.jsonl.1.gz"), &st), 0);
	if (_i == 0) {
		ck_assert_int_eq(truncate(log_lab_path("v.jsonl.1.gz"),
		    st.st_size / 2), 0);
	} else {
		fd = open(log_lab_path("v.jsonl.1.gz"), O_WRONLY | O_CLOEXEC);
		memset(text, 0xff, sizeof text);
		ck_assert_int_eq(pwrite(fd, text, sizeof text,
		    st.st_size / 2), (ssize_t)sizeof text);
		close(fd);
	}
	ck_assert_int_eq(logset_open(&s, log_lab_path("v.jsonl"), 0, &name), 0);
	ck_assert_uint_eq(s.count, 1);
	l = logfile_new(s.files[0].fd);
	while (logfile_next(l, &line))
		lines++;
	ck_assert_int_ne(logfile_error(l), 0);
	ck_assert_uint_gt(lines, 100);
	ck_assert_uint_lt(lines, 2000);
	logfile_free(l);
	logset_close(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logset");
	TCase *c = tcase_create("logset");

	tcase_add_checked_fixture(c, log_lab_setup, log_lab_teardown);
	tcase_add_loop_test(c, names_are_known, 0, COUNT(names));
	tcase_add_test(c, oldest_first_and_old_ones_left_out);
	tcase_add_test(c, the_log_alone);
	tcase_add_test(c, a_file_that_is_being_compressed_counts_once);
	tcase_add_test(c, what_is_not_there);
	tcase_add_loop_test(c, a_damaged_file_is_read_up_to_there, 0, 2);
	suite_add_tcase(s, c);
	return suite_run(s);
}
