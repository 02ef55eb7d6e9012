#include "milter/listener.h"
#include "tests/unit/suite.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], path[128], name[160];
static struct listener l;
static char err[LISTENER_ERROR];

static void
setup(void)
{
	strcpy(dir, "/tmp/rcptguard-listener-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/milter.sock", dir);
	snprintf(name, sizeof(name), "unix:%s", path);
	err[0] = '\0';
}

static void
teardown(void)
{
	unlink(l.own);
	unlink(path);
	chmod(dir, 0700);
	rmdir(dir);
}

/* As libmilter does: a listening socket at where. */
static int
listen_at(const char *where)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(un.sun_path, where);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	return fd;
}

static int
connects(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	strcpy(un.sun_path, path);
	rc = connect(fd, (struct sockaddr *)&un, sizeof(un));
	close(fd);
	return rc == 0;
}

START_TEST(a_socket_gets_its_mode_and_then_its_name)
{
	struct stat st;
	int fd;

	ck_assert_msg(listener_prepare(&l, name, "", err), "%s", err);
	ck_assert(l.local);
	ck_assert_str_ne(l.own, path);
	ck_assert_str_eq(l.conn + 5, l.own);
	fd = listen_at(l.own);
	ck_assert_int_eq(listener_descriptor(), fd);
	ck_assert_msg(listener_publish(&l, err), "%s", err);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	ck_assert_int_eq(lstat(l.own, &st), -1);
	ck_assert(connects());
	listener_withdraw(&l);
	ck_assert_int_eq(lstat(path, &st), -1);
	close(fd);
	ck_assert_int_eq(listener_descriptor(), -1);
}
END_TEST

START_TEST(a_stale_socket_is_replaced_in_one_step)
{
	int old, fd;

	old = listen_at(path);
	close(old);
	ck_assert(!connects());
	ck_assert_msg(listener_prepare(&l, name, "", err), "%s", err);
	fd = listen_at(l.own);
	ck_assert_msg(listener_publish(&l, err), "%s", err);
	ck_assert(connects());
	close(fd);
}
END_TEST

START_TEST(a_successors_socket_is_not_removed)
{
	struct stat st;
	int fd, next;

	ck_assert(listener_prepare(&l, name, "", err));
	fd = listen_at(l.own);
	ck_assert(listener_publish(&l, err));
	ck_assert_int_eq(unlink(path), 0);
	next = listen_at(path);
	listener_withdraw(&l);
	ck_assert_int_eq(lstat(path, &st), 0);
	close(fd);
	close(next);
}
END_TEST

START_TEST(a_directory_open_to_all_is_refused)
{
	ck_assert_int_eq(chmod(dir, 01777), 0);
	ck_assert(!listener_prepare(&l, name, "", err));
	ck_assert_msg(strstr(err, "writable by others") != NULL, "%s", err);
}
END_TEST

START_TEST(a_directory_open_to_its_group_is_refused)
{
	ck_assert_int_eq(chmod(dir, 02770), 0);
	ck_assert(!listener_prepare(&l, name, "", err));
	ck_assert_msg(strstr(err, "writable by others") != NULL, "%s", err);
}
END_TEST

START_TEST(a_directory_of_another_user_is_refused)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(dir, 61009, (gid_t)-1), 0);
	ck_assert(!listener_prepare(&l, name, "", err));
	ck_assert_msg(strstr(err, "belongs to user 61009") != NULL, "%s", err);
}
END_TEST

START_TEST(a_missing_directory_is_named)
{
	ck_assert(!listener_prepare(&l, "unix:/nonexistent-dir/x.sock", "",
	    err));
	ck_assert_msg(strstr(err, "/nonexistent-dir: No such file") != NULL,
	    "%s", err);
}
END_TEST

START_TEST(a_group_that_is_not_there_is_named)
{
	ck_assert(!listener_prepare(&l, name, "no-such-group-here", err));
	ck_assert_msg(strstr(err, "no-such-group-here") != NULL, "%s", err);
}
END_TEST

START_TEST(a_file_in_the_way_is_kept)
{
	struct stat st;
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert(!listener_prepare(&l, name, "", err));
	ck_assert_msg(strstr(err, "not a socket") != NULL, "%s", err);
	ck_assert_int_eq(lstat(path, &st), 0);
}
END_TEST

START_TEST(a_link_in_the_way_is_not_followed)
{
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert(!listener_prepare(&l, name, "", err));
	ck_assert_msg(strstr(err, "not a socket") != NULL, "%s", err);
}
END_TEST

START_TEST(a_path_too_long_for_its_own_name_is_refused)
{
	char longer[200];

	snprintf(longer, sizeof(longer), "unix:%s/%098d", dir, 0);
	ck_assert(!listener_prepare(&l, longer, "", err));
	ck_assert_msg(strstr(err, "at most") != NULL, "%s", err);
}
END_TEST

START_TEST(an_inet_name_is_passed_on)
{
	ck_assert(listener_prepare(&l, "inet:8025@127.0.0.1", "nobody-cares",
	    err));
	ck_assert(!l.local);
	ck_assert_str_eq(l.conn, "inet:8025@127.0.0.1");
	ck_assert(listener_publish(&l, err));
	listener_withdraw(&l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listener");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_socket_gets_its_mode_and_then_its_name);
	tcase_add_test(tc, a_stale_socket_is_replaced_in_one_step);
	tcase_add_test(tc, a_successors_socket_is_not_removed);
	tcase_add_test(tc, a_directory_open_to_all_is_refused);
	tcase_add_test(tc, a_directory_open_to_its_group_is_refused);
	tcase_add_test(tc, a_directory_of_another_user_is_refused);
	tcase_add_test(tc, a_missing_directory_is_named);
	tcase_add_test(tc, a_group_that_is_not_there_is_named);
	tcase_add_test(tc, a_file_in_the_way_is_kept);
	tcase_add_test(tc, a_link_in_the_way_is_not_followed);
	tcase_add_test(tc, a_path_too_long_for_its_own_name_is_refused);
	tcase_add_test(tc, an_inet_name_is_passed_on);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
