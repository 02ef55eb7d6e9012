#include "common/lock.h"
#include "tests/unit/suite.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], path[96], other[96];

static void
setup(void)
{
	strcpy(dir, "/tmp/rcptguard-lock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/lock", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
}

static void
teardown(void)
{
	unlink(path);
	unlink(other);
	rmdir(dir);
}

/* A process that holds the lock until the end it gave us is closed. */
static pid_t
start_holder(int *end)
{
	int pair[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(pair[0]);
		c = lock_take(path) == 0 ? 'y' : 'n';
		if (write(pair[1], &c, 1) != 1)
			_exit(1);
		_exit(read(pair[1], &c, 1) == 0 ? 0 : 1);
	}
	close(pair[1]);
	ck_assert_int_eq(read(pair[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	*end = pair[0];
	return pid;
}

static void
end_holder(pid_t pid, int end)
{
	int status;

	close(end);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_second_process_is_told_who_has_it)
{
	int end;
	pid_t pid = start_holder(&end);

	ck_assert_int_eq(lock_take(path), pid);
	ck_assert_int_eq(lock_holder(path), pid);
	/* Asking has not taken it away. */
	ck_assert_int_eq(lock_holder(path), pid);
	end_holder(pid, end);
}
END_TEST

START_TEST(the_lock_ends_with_its_process_and_the_file_means_nothing)
{
	int end;
	pid_t pid = start_holder(&end);

	end_holder(pid, end);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(lock_holder(path), 0);
	ck_assert_int_eq(lock_take(path), 0);
}
END_TEST

START_TEST(nobody_holds_a_file_that_is_not_there)
{
	ck_assert_int_eq(lock_holder(path), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_child_after_fork_does_not_hold_it)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(lock_take(path), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(lock_take(path) == getppid() ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed)
{
	ck_assert_int_eq(symlink(other, path), 0);
	errno = 0;
	ck_assert_int_eq(lock_take(path), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(access(other, F_OK), -1);
	errno = 0;
	ck_assert_int_eq(lock_holder(path), -1);
	ck_assert_int_eq(errno, ELOOP);
}
END_TEST

START_TEST(a_fifo_is_refused_and_does_not_hold_us)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	errno = 0;
	ck_assert_int_eq(lock_take(path), -1);
	ck_assert_int_eq(errno, EINVAL);
	errno = 0;
	ck_assert_int_eq(lock_holder(path), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_missing_directory_is_an_error)
{
	errno = 0;
	ck_assert_int_eq(lock_take("/nonexistent-rcptguard/lock"), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(what_stands_in_the_file_stays)
{
	char back[16] = "";
	int fd;

	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, "precious", 8), 8);
	close(fd);
	ck_assert_int_eq(lock_take(path), 0);
	/* Closing this descriptor drops the lock; nothing after it needs it. */
	fd = open(path, O_RDONLY);
	ck_assert_int_eq(read(fd, back, sizeof(back) - 1), 8);
	close(fd);
	ck_assert_str_eq(back, "precious");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lock");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_second_process_is_told_who_has_it);
	tcase_add_test(tc,
	    the_lock_ends_with_its_process_and_the_file_means_nothing);
	tcase_add_test(tc, nobody_holds_a_file_that_is_not_there);
	tcase_add_test(tc, a_child_after_fork_does_not_hold_it);
	tcase_add_test(tc, a_symbolic_link_is_not_followed);
	tcase_add_test(tc, a_fifo_is_refused_and_does_not_hold_us);
	tcase_add_test(tc, a_missing_directory_is_an_error);
	tcase_add_test(tc, what_stands_in_the_file_stays);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
