#include "common/notify.h"
#include "tests/unit/suite.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A manager at path ('@': abstract); its descriptor. */
static int
manager(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t len = strlen(path);

	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, (socklen_t)
	    (offsetof(struct sockaddr_un, sun_path) + len)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static void
expect(int fd, const char *state)
{
	char got[64] = "";

	ck_assert_int_eq(recv(fd, got, sizeof(got) - 1, 0),
	    (ssize_t)strlen(state));
	ck_assert_str_eq(got, state);
}

START_TEST(a_manager_hears_the_state)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/rcptguard-notify-%ld",
	    (long)getpid());
	fd = manager(path);
	notify_state("READY=1\nSTATUS=here");
	expect(fd, "READY=1\nSTATUS=here");
	close(fd);
	unlink(path);
	notify_state("READY=1");		/* nobody hears */
}
END_TEST

START_TEST(an_abstract_name_is_understood)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "@rcptguard-notify-%ld", (long)getpid());
	fd = manager(path);
	notify_state("STOPPING=1");
	expect(fd, "STOPPING=1");
	close(fd);
}
END_TEST

START_TEST(a_manager_that_does_not_read_holds_nobody)
{
	char path[64];
	int fd, i;

	snprintf(path, sizeof(path), "@rcptguard-notify-%ld", (long)getpid());
	fd = manager(path);
	for (i = 0; i < 5000; i++)
		notify_state("WATCHDOG=1");
	expect(fd, "WATCHDOG=1");
	close(fd);
}
END_TEST

START_TEST(without_a_manager_nothing_is_sent)
{
	unsetenv("NOTIFY_SOCKET");
	notify_state("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_state("READY=1");
}
END_TEST

static const struct watchdog_row {
	const char *says, *usec, *pid;	/* pid "self": ours */
	int64_t ms;
} rows[] = {
	{ "no watchdog", NULL, NULL, 0 },
	{ "half of ten seconds", "10000000", NULL, 5000 },
	{ "for this process", "10000000", "self", 5000 },
	{ "for another process", "10000000", "1", 0 },
	{ "less than two milliseconds", "100", NULL, 1 },
	{ "no number", "10s", NULL, 0 },
	{ "a negative number", "-5", NULL, 0 },
	{ "zero", "0", NULL, 0 },
	{ "too large a number", "99999999999999999999", NULL, 0 },
};

START_TEST(the_watchdog_is_fed_in_half_its_time)
{
	const struct watchdog_row *r = &rows[_i];
	char self[24];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (r->usec != NULL)
		setenv("WATCHDOG_USEC", r->usec, 1);
	if (r->pid != NULL && strcmp(r->pid, "self") == 0) {
		snprintf(self, sizeof(self), "%ld", (long)getpid());
		setenv("WATCHDOG_PID", self, 1);
	} else if (r->pid != NULL)
		setenv("WATCHDOG_PID", r->pid, 1);
	ck_assert_msg(notify_watchdog_ms() == r->ms, "%s: %lld", r->says,
	    (long long)notify_watchdog_ms());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("notify");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_manager_hears_the_state);
	tcase_add_test(tc, an_abstract_name_is_understood);
	tcase_add_test(tc, a_manager_that_does_not_read_holds_nobody);
	tcase_add_test(tc, without_a_manager_nothing_is_sent);
	tcase_add_loop_test(tc, the_watchdog_is_fed_in_half_its_time, 0,
	    COUNT(rows));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
