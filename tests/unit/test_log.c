#include "config.h"			/* posix_openpt */

#include "common/log.h"
#include "tests/unit/suite.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The log goes to descriptor 2 of its process, so each row runs in a child
 * whose descriptor 2 is a pipe; what comes out, and how it ended, is judged.
 */
static char seen[1 << 20];
static int status;

static void
run(void (*speak)(void), const char *wish)
{
	size_t len = 0;
	ssize_t n;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		unsetenv("JOURNAL_STREAM");
		if (wish != NULL)
			setenv("RCPTGUARD_LOG", wish, 1);
		else
			unsetenv("RCPTGUARD_LOG");
		speak();
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], seen + len, sizeof(seen) - 1 - len)) > 0)
		len += (size_t)n;
	seen[len] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

static void
speak_levels(void)
{
	log_init("tester");
	errno = ENOENT;
	log_warn("open %s", "x");
	log_warnx("odd");
	log_info("started");
	log_debug("unseen");
	log_set_debug(true);
	log_debug("seen");
	log_set_debug(false);
	log_debug("unseen");
}

#define MANY	300

/* Long and short ones, together more than one write takes. */
static void
make_lines(char texts[MANY][LOG_LINE_MAX + 64])
{
	size_t i, len;

	for (i = 0; i < MANY; i++) {
		len = i % 7 == 3 ? LOG_LINE_MAX + 63 : 20 + i;
		memset(texts[i], 'a' + (int)(i % 26), len);
		texts[i][len] = '\0';
	}
	strcpy(texts[1], "a\nb");
}

static void
speak_lines(void)
{
	static char texts[MANY][LOG_LINE_MAX + 64];
	const char *lines[MANY];
	size_t i;

	log_init("tester");
	make_lines(texts);
	for (i = 0; i < MANY; i++)
		lines[i] = texts[i];
	log_info_lines(lines, 0);
	log_info_lines(lines, MANY);
}

static void
speak_each(void)
{
	static char texts[MANY][LOG_LINE_MAX + 64];
	size_t i;

	log_init("tester");
	make_lines(texts);
	for (i = 0; i < MANY; i++)
		log_info("%s", texts[i]);
}

START_TEST(lines_together_are_those_one_by_one)
{
	static char each[sizeof(seen)];

	run(speak_each, "stderr");
	strcpy(each, seen);
	run(speak_lines, "stderr");
	ck_assert_str_eq(seen, each);
	ck_assert_ptr_nonnull(strstr(seen, "tester: a?b\n"));
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Here: not to syslog, though descriptor 2 is no terminal. */
static void
speak_check(void)
{
	log_init("tester");
	log_to_stderr();
	log_warnx("line 3 is odd");
}

START_TEST(check_speaks_to_its_user)
{
	run(speak_check, NULL);
	ck_assert_str_eq(seen, "tester: warning: line 3 is odd\n");
}
END_TEST

START_TEST(words_for_people)
{
	run(speak_levels, "stderr");
	ck_assert_str_eq(seen,
	    "tester: warning: open x: No such file or directory\n"
	    "tester: warning: odd\n"
	    "tester: started\n"
	    "tester: debug: seen\n");
	ck_assert_int_eq(status, 0);
}
END_TEST

static void
speak_journal(void)
{
	struct stat st;
	char stream[64];

	fstat(2, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	speak_levels();
	fatalx("end");
}

START_TEST(numbers_for_the_journal)
{
	run(speak_journal, NULL);
	ck_assert_str_eq(seen,
	    "<4>open x: No such file or directory\n"
	    "<4>odd\n"
	    "<6>started\n"
	    "<7>seen\n"
	    "<2>end\n");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

static void
speak_foreign_journal(void)
{
	setenv("JOURNAL_STREAM", "1:1", 1);
	speak_levels();
}

START_TEST(a_journal_that_is_not_ours_is_no_journal)
{
	run(speak_foreign_journal, NULL);
	ck_assert_str_eq(seen, "");	/* all of it went to syslog */
	run(speak_levels, NULL);
	ck_assert_str_eq(seen, "");
	run(speak_levels, "yes");	/* only "stderr" is a wish we know */
	ck_assert_str_eq(seen, "");
}
END_TEST

/* The master is left open: what a child writes is read from it. */
START_TEST(words_on_a_terminal)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char out[256] = "";
	ssize_t n;
	pid_t pid;

	ck_assert_int_ne(master, -1);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ne(slave, -1);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		dup2(slave, 2);
		unsetenv("JOURNAL_STREAM");
		unsetenv("RCPTGUARD_LOG");
		log_init("tester");
		log_warnx("hello");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	n = read(master, out, sizeof(out) - 1);
	ck_assert_int_gt(n, 0);
	ck_assert_str_eq(out, "tester: warning: hello\r\n");
	close(slave);
	close(master);
}
END_TEST

static void
speak_fatal(void)
{
	log_init("tester");
	errno = EACCES;
	fatal("cannot read %s", "rcptguard.conf");
}

START_TEST(fatal_says_why_and_exits_1)
{
	run(speak_fatal, "stderr");
	ck_assert_str_eq(seen,
	    "tester: fatal: cannot read rcptguard.conf: Permission denied\n");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

static void
speak_hostile(void)
{
	log_init("tester");
	log_warnx("%s", "a\nrcptguard: forged\r\033[2J\x7f%n%s");
}

START_TEST(a_control_octet_forges_nothing)
{
	run(speak_hostile, "stderr");
	ck_assert_str_eq(seen,
	    "tester: warning: a?rcptguard: forged??[2J?%n%s\n");
}
END_TEST

static void
speak_long(void)
{
	static char big[2 * LOG_LINE_MAX];

	log_init("tester");
	memset(big, 'a', LOG_LINE_MAX);
	log_info("%s", big);
	big[LOG_LINE_MAX] = 'a';
	log_info("%s", big);
	/* The reason finds no room behind a text that just fits. */
	big[LOG_LINE_MAX] = '\0';
	errno = ENOENT;
	log_warn("%s", big);
}

START_TEST(a_long_line_is_cut_and_says_so)
{
	const char *tail = "aaa...\n";
	char *second, *third;

	run(speak_long, "stderr");
	second = strchr(seen, '\n') + 1;
	ck_assert_int_eq(second - seen, LOG_LINE_MAX + 8 + 1);
	ck_assert_int_eq(strncmp(second - 4, "aaa\n", 4), 0);
	third = strchr(second, '\n') + 1;
	ck_assert_int_eq(third - second, LOG_LINE_MAX + 8 + 1);
	ck_assert_int_eq(strncmp(third - strlen(tail), tail, strlen(tail)), 0);
	ck_assert_str_eq(third + strlen(third) - strlen(tail), tail);
}
END_TEST

static void
speak_errno(void)
{
	log_init("tester");
	errno = EDOM;
	log_warn("a");
	log_warnx("b");
	log_info("c");
	log_set_debug(true);
	log_debug("d");
	if (errno != EDOM)
		log_info("errno lost");
}

START_TEST(errno_is_preserved)
{
	run(speak_errno, "stderr");
	ck_assert_ptr_null(strstr(seen, "lost"));
}
END_TEST

#define THREADS	8
#define LINES	200

static void *
chatter(void *arg)
{
	int i;

	for (i = 0; i < LINES; i++)
		log_info("%c%0100d.", *(const char *)arg, i);
	return NULL;
}

static void
speak_together(void)
{
	static const char letters[] = "abcdefgh";
	pthread_t threads[THREADS];
	int i;

	log_init("t");
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, chatter,
		    (void *)(uintptr_t)&letters[i]);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

START_TEST(threads_do_not_break_each_others_lines)
{
	int next[THREADS] = { 0 }, count = 0, who, number;
	char *line = seen, *end;

	run(speak_together, "stderr");
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1, count++) {
		ck_assert_int_eq(end - line, 3 + 1 + 100 + 1);
		who = line[3] - 'a';
		ck_assert(who >= 0 && who < THREADS);
		number = (int)strtol(line + 4, NULL, 10);
		ck_assert_int_eq(number, next[who]);
		next[who]++;
	}
	ck_assert_int_eq(count, THREADS * LINES);
}
END_TEST

START_TEST(facilities_are_known_by_name)
{
	static const char *const good[] = { "mail", "daemon", "local0",
	    "local7" };
	static const char *const bad[] = { "", "MAIL", "local8", "kern",
	    "user", "mail " };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(log_set_facility(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!log_set_facility(bad[i]), "%s", bad[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, lines_together_are_those_one_by_one);
	tcase_add_test(tc, words_for_people);
	tcase_add_test(tc, check_speaks_to_its_user);
	tcase_add_test(tc, numbers_for_the_journal);
	tcase_add_test(tc, a_journal_that_is_not_ours_is_no_journal);
	tcase_add_test(tc, words_on_a_terminal);
	tcase_add_test(tc, fatal_says_why_and_exits_1);
	tcase_add_test(tc, a_control_octet_forges_nothing);
	tcase_add_test(tc, a_long_line_is_cut_and_says_so);
	tcase_add_test(tc, errno_is_preserved);
	tcase_add_test(tc, threads_do_not_break_each_others_lines);
	tcase_add_test(tc, facilities_are_known_by_name);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
