/* A log and what rotation left of it, read as one: all of it, the last of it,
 * and the verdicts of a time. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/logread.h"
#include "tests/unit/log_lab.h"
#include "tests/unit/suite.h"

#define OLDEST		1000000		/* wall seconds */

/* Each is a day younger than the one before it. */
static void
write_logs(void)
{
	log_lab_write("v.3.gz", "a1\nb1\na2\n", OLDEST);
	log_lab_write("v.2.gz", "b2\nb3\n", OLDEST + 86400);
	log_lab_write("v.1", "a3\na4\nb4\n", OLDEST + 2 * 86400);
	log_lab_write("v", "b5\na5\nhalf a li", OLDEST + 3 * 86400);
}

struct gathered {
	char text[400];
	char begins;			/* what fits begins with it; 0: all */
	size_t most;			/* it has enough then */
	size_t count;
};

static bool
fits(void *arg, const struct logfile_line *line)
{
	const struct gathered *g = arg;

	return g->begins == '\0' || line->text[0] == g->begins;
}

static bool
take(void *arg, const struct logfile_line *line)
{
	struct gathered *g = arg;
	size_t len = strlen(g->text);

	(void)snprintf(g->text + len, sizeof g->text - len, "%s ",
	    line->text);
	return ++g->count != g->most;
}

static const struct {
	const char *says;
	char begins;
	size_t most;
	const char *want;
	uint64_t files;			/* that were read for it */
} rows[] = {
	{ "the last one", 0, 1, "a5 ", 1 },
	{ "all of the log itself", 0, 2, "b5 a5 ", 1 },
	{ "over into the one before", 0, 4, "a4 b4 b5 a5 ", 2 },
	{ "over into one of gzip, whose last it is", 0, 6,
	    "b3 a3 a4 b4 b5 a5 ", 3 },
	{ "of one of gzip no more than is wanted", 'b', 4, "b2 b3 b4 b5 ", 3 },
	{ "of one of gzip the last of several", 'b', 3, "b3 b4 b5 ", 3 },
	{ "past a file that has none", 'a', 4, "a2 a3 a4 a5 ", 4 },
	{ "to the very oldest", 'a', 5, "a1 a2 a3 a4 a5 ", 4 },
	{ "more than there are", 'a', 1000000, "a1 a2 a3 a4 a5 ", 4 },
	{ "none that fits", 'c', 3, "", 4 },
};

START_TEST(the_last_that_fit)
{
	struct gathered g = { .begins = rows[_i].begins };
	struct logread r;

	write_logs();
	ck_assert_int_eq(logread_open(&r, log_lab_path("v"), 0), 0);
	ck_assert_int_eq(logread_last(&r, rows[_i].most, fits, take, &g), 0);
	ck_assert_msg(strcmp(g.text, rows[_i].want) == 0, "%s: %s",
	    rows[_i].says, g.text);
	ck_assert_msg(r.files == rows[_i].files, "%s: %llu files",
	    rows[_i].says, (unsigned long long)r.files);
	ck_assert_int_eq(r.end, 6);
	logread_close(&r);
}
END_TEST

/* A ring of places that turns more than once. */
START_TEST(the_last_of_many_by_gzip)
{
	char *text = malloc(100000 * 8), *p = text;
	struct gathered g = { .begins = '9' };
	struct logread r;
	int i;

	for (i = 0; i < 100000; i++)
		p += sprintf(p, "%d\n", i);
	log_lab_write("v.1.gz", text, OLDEST);
	ck_assert_int_eq(logread_open(&r, log_lab_path("v"), 0), 0);
	ck_assert_int_eq(logread_last(&r, 3, fits, take, &g), 0);
	ck_assert_str_eq(g.text, "99997 99998 99999 ");
	logread_close(&r);
	free(text);
}
END_TEST

START_TEST(all_from_the_oldest_on)
{
	struct gathered g = { .count = 0 };
	struct logread r;

	write_logs();
	ck_assert_int_eq(logread_open(&r, log_lab_path("v"), 0), 0);
	ck_assert_int_eq(logread_all(&r, take, &g), 0);
	ck_assert_str_eq(g.text, "a1 b1 a2 b2 b3 a3 a4 b4 b5 a5 ");
	ck_assert_uint_eq(r.files, 4);
	ck_assert_int_eq(r.end, 6);
	logread_close(&r);
	g = (struct gathered){ .most = 4 };
	ck_assert_int_eq(logread_open(&r, log_lab_path("v"),
	    INT64_C(1000) * (OLDEST + 86400)), 0);
	ck_assert_int_eq(logread_all(&r, take, &g), 0);
	ck_assert_msg(strcmp(g.text, "b2 b3 a3 a4 ") == 0,
	    "no old file, and no more than is wanted: %s", g.text);
	ck_assert(!logread_empty(&r));
	logread_close(&r);
}
END_TEST

/* What is in force when a line of each kind is the newest. */
static const struct {
	const char *says, *name;
	bool follows;
} newest[] = {
	{ "the log itself", "v", true },
	{ "what was just moved away, where the writer still writes", "v.1",
	    true },
	{ "a packed one, where nobody writes", "v.1.gz", false },
};

START_TEST(it_goes_on_where_it_ended)
{
	struct gathered g = { .count = 0 };
	struct logfile_line line;
	struct logfile *l;
	struct logread r;
	int fd;

	log_lab_write(newest[_i].name, "one\ntwo\nthr", OLDEST);
	ck_assert_int_eq(logread_open(&r, log_lab_path("v"), 0), 0);
	ck_assert_int_eq(logread_all(&r, take, &g), 0);
	ck_assert(logread_go_on(&r, &l, &fd));
	logread_close(&r);
	ck_assert_msg((l != NULL) == newest[_i].follows &&
	    (fd != -1) == newest[_i].follows, "%s", newest[_i].says);
	if (l == NULL)
		return;
	ck_assert(!logfile_next(l, &line));
	log_lab_write(newest[_i].name, "one\ntwo\nthree\n", OLDEST);
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "three");
	logfile_free(l);
	close(fd);
}
END_TEST

START_TEST(no_file_at_all)
{
	struct gathered g = { .count = 0 };
	struct logfile *l;
	struct logread r;
	int fd;

	ck_assert_int_eq(logread_open(&r, log_lab_path("v"), 0), 0);
	ck_assert(logread_empty(&r));
	ck_assert_int_eq(logread_last(&r, 3, fits, take, &g), 0);
	ck_assert_int_eq(logread_all(&r, take, &g), 0);
	ck_assert(logread_go_on(&r, &l, &fd));
	ck_assert_ptr_null(l);
	ck_assert_int_eq(fd, -1);
	ck_assert_uint_eq(g.count, 0);
	logread_close(&r);
}
END_TEST

/* --- the verdicts of a time ------------------------------------------------ */

#define LINE(time)	"{\"time\":\"2026-11-" time "Z\",\"id\":" \
	"\"0123456789abcdef\",\"address\":\"a@b.example\",\"state\":" \
	"\"deliverable\",\"reason\":\"accepted\",\"source\":\"probe\"," \
	"\"age_s\":0,\"took_ms\":5}\n"
#define NOON_20		INT64_C(1795176000000)	/* of the 20th, in UTC */

static bool
count(void *arg, const struct verdict_line *v, const struct jval *evidence)
{
	(void)evidence;
	*(int *)arg += v->time_ms >= NOON_20;
	return true;
}

static const struct {
	const char *says, *older, *log;
	int want;
	bool reaches;			/* to the time's start */
	uint64_t alien;
} spans[] = {
	{ "both files, and lines of before", LINE("19T12:00:00.000")
	    LINE("20T13:00:00.000"), LINE("21T12:00:00.000"), 2, true, 0 },
	{ "nothing of before: it may be missing", LINE("20T13:00:00.000"),
	    LINE("21T12:00:00.000"), 2, false, 0 },
	{ "what is no verdict is counted", "{}\nx\n" LINE("20T12:00:00.000"),
	    LINE("19T12:00:00.000"), 1, true, 2 },
};

START_TEST(verdicts_of_a_time)
{
	int found = 0;
	struct logread_span s = { .from_ms = NOON_20, .take = count,
	    .arg = &found };
	struct logread r;

	log_lab_write("v.1.gz", spans[_i].older, NOON_20 / 1000 + 90000);
	log_lab_write("v", spans[_i].log, NOON_20 / 1000 + 90000);
	ck_assert_int_eq(logread_open(&r, log_lab_path("v"), s.from_ms), 0);
	ck_assert_int_eq(logread_verdicts(&r, &s), 0);
	ck_assert_msg(found == spans[_i].want, "%s: %d", spans[_i].says,
	    found);
	ck_assert_msg((s.oldest_ms == 0) == spans[_i].reaches, "%s",
	    spans[_i].says);
	ck_assert_msg(s.alien == spans[_i].alien, "%s", spans[_i].says);
	logread_close(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logread");
	TCase *c = tcase_create("logread");

	tcase_add_checked_fixture(c, log_lab_setup, log_lab_teardown);
	tcase_add_loop_test(c, the_last_that_fit, 0, COUNT(rows));
	tcase_add_test(c, the_last_of_many_by_gzip);
	tcase_add_test(c, all_from_the_oldest_on);
	tcase_add_loop_test(c, it_goes_on_where_it_ended, 0, COUNT(newest));
	tcase_add_test(c, no_file_at_all);
	tcase_add_loop_test(c, verdicts_of_a_time, 0, COUNT(spans));
	suite_add_tcase(s, c);
	return suite_run(s);
}
