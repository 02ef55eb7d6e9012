#include "common/start.h"
#include "tests/unit/suite.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each runs in check's own child, so that nothing of it is left. */

START_TEST(closed_descriptors_are_opened_on_nothing)
{
	char target[64];
	ssize_t n;
	int fd, out;
	pid_t pid = fork();
	int status;

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(0);
		close(1);
		close(2);
		if (start_std_fds() == -1)
			_exit(1);
		for (fd = 0; fd < 3; fd++) {
			char link[] = "/proc/self/fd/0";

			link[strlen(link) - 1] = (char)('0' + fd);
			n = readlink(link, target, sizeof(target) - 1);
			if (n != 9 || memcmp(target, "/dev/null", 9) != 0)
				_exit(2 + fd);
		}
		out = dup(0);
		_exit(out == 3 ? 0 : 9);	/* nothing else is open */
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* Coverage or a sanitizer may hold descriptors of its own. */
	ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == 0 ||
	    WEXITSTATUS(status) == 9), "status %d", status);
}
END_TEST

START_TEST(open_descriptors_stay)
{
	int pair[2];

	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(start_std_fds(), 0);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(of_the_environment_only_what_we_read_stays)
{
	setenv("OPENSSL_CONF", "/tmp/evil", 1);
	setenv("RES_OPTIONS", "debug", 1);
	setenv("NOTIFY_SOCKET", "/run/n", 1);
	setenv("PATH", "/tmp", 1);
	unsetenv("WATCHDOG_USEC");
	ck_assert_int_eq(start_environment(), 0);
	ck_assert_ptr_null(getenv("OPENSSL_CONF"));
	ck_assert_ptr_null(getenv("RES_OPTIONS"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_str_eq(getenv("NOTIFY_SOCKET"), "/run/n");
	ck_assert_str_eq(getenv("PATH"), "/usr/bin:/bin");
}
END_TEST

START_TEST(the_limit_of_open_files_is_raised_and_never_lowered)
{
	struct rlimit rl;
	rlim_t hard;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &rl), 0);
	hard = rl.rlim_max;
	rl.rlim_cur = 100;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &rl), 0);
	ck_assert_uint_eq(start_open_files(50), 100);
	ck_assert_uint_eq(start_open_files(200), 200);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &rl), 0);
	ck_assert_uint_eq(rl.rlim_cur, 200);
	ck_assert_uint_eq(rl.rlim_max, hard);
}
END_TEST

/* FDSize of proc(5): the slots that are there. */
static unsigned long
slots(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	unsigned long n = 0;

	ck_assert_ptr_nonnull(f);
	while (n == 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "FDSize:", 7) == 0)
			n = strtoul(line + 7, NULL, 10);
	fclose(f);
	return n;
}

START_TEST(room_for_files_is_made_and_none_stays_open)
{
	int next = dup(STDERR_FILENO);

	ck_assert_int_ge(next, 0);
	close(next);
	ck_assert_uint_lt(slots(), 700);
	start_room_for_files(700);
	ck_assert_uint_ge(slots(), 700);
	ck_assert_int_eq(dup(STDERR_FILENO), next);
	close(next);
	start_room_for_files(0);
	start_room_for_files(UINT64_MAX);
	ck_assert_int_eq(fcntl(699, F_GETFD), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("start");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, closed_descriptors_are_opened_on_nothing);
	tcase_add_test(tc, open_descriptors_stay);
	tcase_add_test(tc, of_the_environment_only_what_we_read_stays);
	tcase_add_test(tc,
	    the_limit_of_open_files_is_raised_and_never_lowered);
	tcase_add_test(tc, room_for_files_is_made_and_none_stays_open);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
