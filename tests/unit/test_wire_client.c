#include "config.h"			/* ualarm */

#include "common/wire_client.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/suite.h"
#include "tests/unit/wire_peer.h"

#define PATIENCE	20000	/* ms: a deadline that must not be met */

static struct wire_peer peer;

static void
setup(void)
{
	wire_peer_make(&peer);
}

static void
teardown(void)
{
	wire_peer_remove(&peer);
}

static struct wire_client *
opened(void)
{
	struct wire_client *c;

	ck_assert_uint_eq(wire_client_open(peer.path, &c), CLIENT_OK);
	ck_assert_ptr_nonnull(c);
	return c;
}

static enum client_status
ask(struct wire_client *c, int64_t patience_ms, int stop_fd,
    struct wire_message *answer)
{
	static const char request[] = "request=status\nid=1\n\n";

	return wire_client_call(c, request, sizeof(request) - 1,
	    clock_mono_ms() + patience_ms, stop_fd, answer);
}

static void
part_answer(int fd)
{
	wire_peer_read(fd);
	wire_peer_say(fd, "id=1\nresult=ok\n\n", 16);
	wire_peer_read(fd);
	wire_peer_say(fd, "id=2\n\n", 6);
}

START_TEST(a_request_gets_its_answer)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_answer);
	c = opened();
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "result"), "ok");
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "id"), "2");
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_DEAD);
	wire_client_close(c);
}
END_TEST

static void
part_drip(int fd)
{
	static const char text[] = "id=1\nstate=deliverable\n\n";
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	size_t i;

	wire_peer_read(fd);
	for (i = 0; i < sizeof(text) - 1; i++) {
		wire_peer_say(fd, text + i, 1);
		nanosleep(&pause, NULL);
	}
}

START_TEST(an_answer_may_come_octet_by_octet)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_drip);
	c = opened();
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "state"), "deliverable");
	wire_client_close(c);
}
END_TEST

static void
part_two_at_once(int fd)
{
	wire_peer_read(fd);
	wire_peer_say(fd, "id=2\n\nid=1\na=b\n\nid=", 19);
	wire_peer_read(fd);
	wire_peer_say(fd, "3\n\n", 3);
}

START_TEST(answers_may_come_together_and_in_parts)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_two_at_once);
	c = opened();
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "id"), "2");
	/* It is there already: no deadline can miss it. */
	ck_assert_uint_eq(wire_client_call(c, NULL, 0, 0, -1, &answer),
	    CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "id"), "1");
	ck_assert_str_eq(wire_get(&answer, "a"), "b");
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "id"), "3");
	wire_client_close(c);
}
END_TEST

static void
part_hang(int fd)
{
	char c;

	while (read(fd, &c, 1) == 1)
		;
}

START_TEST(a_peer_that_hangs_costs_the_deadline_and_no_more)
{
	struct wire_message answer;
	struct wire_client *c;
	int64_t before, took;

	wire_peer_serve(&peer, part_hang);
	c = opened();
	before = clock_mono_ms();
	ck_assert_uint_eq(ask(c, 100, -1, &answer), CLIENT_TIMEOUT);
	took = clock_mono_ms() - before;
	ck_assert_msg(took >= 100 && took < 5000, "%d ms", (int)took);
	/* Its late answer would be taken for the next one's. */
	ck_assert_uint_eq(ask(c, 100, -1, &answer), CLIENT_DEAD);
	wire_client_close(c);
}
END_TEST

START_TEST(nobody_accepts_but_the_backlog_holds)
{
	struct wire_message answer;
	struct wire_client *c = opened();

	ck_assert_uint_eq(ask(c, 50, -1, &answer), CLIENT_TIMEOUT);
	wire_client_close(c);
}
END_TEST

START_TEST(a_stop_ends_the_wait)
{
	struct wire_message answer;
	struct wire_client *c;
	int64_t before;
	int ends[2];

	wire_peer_serve(&peer, part_hang);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	c = opened();
	before = clock_mono_ms();
	ck_assert_uint_eq(ask(c, PATIENCE, ends[0], &answer), CLIENT_STOPPED);
	ck_assert(clock_mono_ms() - before < PATIENCE / 2);
	wire_client_close(c);
	/* So does the end of whoever would have said stop. */
	c = NULL;
	ck_assert_uint_eq(wire_client_open(peer.path, &c), CLIENT_OK);
	ck_assert_int_eq(read(ends[0], &(char){ 0 }, 1), 1);
	close(ends[1]);
	ck_assert_uint_eq(ask(c, PATIENCE, ends[0], &answer), CLIENT_STOPPED);
	wire_client_close(c);
	close(ends[0]);
}
END_TEST

static void
part_garbage(int fd)
{
	wire_peer_read(fd);
	wire_peer_say(fd, "HTTP/1.1 200 OK\r\n\r\n", 19);
	part_hang(fd);
}

START_TEST(garbage_is_known_as_such)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_garbage);
	c = opened();
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_GARBAGE);
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_DEAD);
	wire_client_close(c);
}
END_TEST

/* One attribute and the empty line, size octets in all. */
static void
say_long(int fd, size_t size)
{
	char *text = malloc(size);

	memset(text, 'x', size);
	text[1] = '=';
	text[size - 2] = text[size - 1] = '\n';
	/* The client may hang up before it has read it all. */
	send(fd, text, size, MSG_NOSIGNAL);
	free(text);
}

static void
part_longest(int fd)
{
	wire_peer_read(fd);
	say_long(fd, WIRE_ANSWER_MAX);
	wire_peer_read(fd);
	say_long(fd, WIRE_ANSWER_MAX + 1);
	part_hang(fd);
}

START_TEST(the_longest_answer_is_read_and_a_longer_one_refused)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_longest);
	c = opened();
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_uint_eq(strlen(wire_get(&answer, "x")), WIRE_ANSWER_MAX - 4);
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_GARBAGE);
	wire_client_close(c);
}
END_TEST

static void
part_close_midway(int fd)
{
	wire_peer_read(fd);
	wire_peer_say(fd, "id=1\nstate=deliv", 16);
}

START_TEST(a_close_in_the_middle_is_no_answer)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_close_midway);
	c = opened();
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_DEAD);
	wire_client_close(c);
}
END_TEST

static void
part_refuse(int fd)
{
	wire_peer_say(fd, "error=busy\ntext=too many\n\n", 26);
}

START_TEST(a_peer_that_closed_may_have_said_why)
{
	struct wire_message answer;
	struct wire_client *c;

	wire_peer_serve(&peer, part_refuse);
	c = opened();
	ck_assert_int_eq(waitpid(peer.child, NULL, 0), peer.child);
	peer.child = 0;
	/* Writing meets a closed peer: no SIGPIPE, and its words are heard. */
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_OK);
	ck_assert_str_eq(wire_get(&answer, "error"), "busy");
	ck_assert_uint_eq(ask(c, PATIENCE, -1, &answer), CLIENT_DEAD);
	wire_client_close(c);
}
END_TEST

static void
part_close(int fd)
{
	(void)fd;
}

START_TEST(a_note_to_a_closed_peer_is_an_error_and_no_signal)
{
	struct wire_client *c;

	wire_peer_serve(&peer, part_close);
	c = opened();
	ck_assert_int_eq(waitpid(peer.child, NULL, 0), peer.child);
	peer.child = 0;
	ck_assert_uint_eq(ask(c, 0, -1, NULL), CLIENT_DEAD);
	wire_client_close(c);
}
END_TEST

START_TEST(notes_never_wait_past_their_deadline)
{
	enum client_status status = CLIENT_OK;
	struct wire_client *c = opened();
	int64_t before = clock_mono_ms();
	int i;

	/* Nobody reads: the socket's buffer fills, then a note fails. */
	for (i = 0; i < 1000000 && status == CLIENT_OK; i++)
		status = ask(c, 0, -1, NULL);
	ck_assert_uint_eq(status, CLIENT_TIMEOUT);
	ck_assert_int_gt(i, 1);
	ck_assert(clock_mono_ms() - before < PATIENCE);
	wire_client_close(c);
}
END_TEST

START_TEST(a_full_backlog_is_busy_at_once)
{
	struct wire_client *c[16];
	enum client_status status = CLIENT_OK;
	size_t n;

	ck_assert_int_eq(listen(peer.listener, 0), 0);
	for (n = 0; n < 16; n++) {
		status = wire_client_open(peer.path, &c[n]);
		if (status != CLIENT_OK)
			break;
	}
	ck_assert_uint_eq(status, CLIENT_BUSY);
	ck_assert_ptr_null(c[n]);
	while (n-- > 0)
		wire_client_close(c[n]);
}
END_TEST

START_TEST(no_socket_is_dead)
{
	static const char long_path[] = "/tmp/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaa";
	struct wire_client *c = (struct wire_client *)&peer.listener;
	char missing[128];

	snprintf(missing, sizeof(missing), "%s/none", peer.dir);
	ck_assert_uint_eq(wire_client_open(missing, &c), CLIENT_DEAD);
	ck_assert_ptr_null(c);
	ck_assert_uint_eq(wire_client_open(peer.dir, &c), CLIENT_DEAD);
	ck_assert_uint_eq(wire_client_open(long_path, &c), CLIENT_DEAD);
	/* A socket that a dead daemon left behind. */
	close(peer.listener);
	peer.listener = -1;
	ck_assert_uint_eq(wire_client_open(peer.path, &c), CLIENT_DEAD);
}
END_TEST

START_TEST(no_permission_is_said)
{
	struct wire_client *c;
	int status;
	pid_t pid;

	ck_assert_int_eq(chmod(peer.dir, 0700), 0);
	ck_assert_int_eq(chmod(peer.path, 0), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		/* root may do everything, so the child stops being it */
		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(2);
		_exit(wire_client_open(peer.path, &c) == CLIENT_DENIED ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void
on_alarm(int sig)
{
	(void)sig;
}

START_TEST(a_signal_does_not_end_the_wait)
{
	const struct sigaction act = { .sa_handler = on_alarm };
	struct wire_message answer;
	struct wire_client *c = opened();
	int64_t before = clock_mono_ms();

	sigaction(SIGALRM, &act, NULL);
	ualarm(10000, 10000);
	ck_assert_uint_eq(ask(c, 100, -1, &answer), CLIENT_TIMEOUT);
	ualarm(0, 0);
	ck_assert_int_ge(clock_mono_ms() - before, 100);
	wire_client_close(c);
}
END_TEST

START_TEST(ids_count_up)
{
	struct wire_client *c = opened();

	ck_assert_uint_eq(wire_client_next_id(c), 1);
	ck_assert_uint_eq(wire_client_next_id(c), 2);
	wire_client_close(c);
	wire_client_close(NULL);
}
END_TEST

START_TEST(every_status_has_a_text)
{
	int i;

	for (i = 0; i < CLIENT_STATUS_COUNT; i++)
		ck_assert_str_ne(client_status_text((enum client_status)i),
		    "unknown status");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_client");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_request_gets_its_answer);
	tcase_add_test(tc, an_answer_may_come_octet_by_octet);
	tcase_add_test(tc, answers_may_come_together_and_in_parts);
	tcase_add_test(tc, a_peer_that_hangs_costs_the_deadline_and_no_more);
	tcase_add_test(tc, nobody_accepts_but_the_backlog_holds);
	tcase_add_test(tc, a_stop_ends_the_wait);
	tcase_add_test(tc, garbage_is_known_as_such);
	tcase_add_test(tc,
	    the_longest_answer_is_read_and_a_longer_one_refused);
	tcase_add_test(tc, a_close_in_the_middle_is_no_answer);
	tcase_add_test(tc, a_peer_that_closed_may_have_said_why);
	tcase_add_test(tc,
	    a_note_to_a_closed_peer_is_an_error_and_no_signal);
	tcase_add_test(tc, notes_never_wait_past_their_deadline);
	tcase_add_test(tc, a_full_backlog_is_busy_at_once);
	tcase_add_test(tc, no_socket_is_dead);
	tcase_add_test(tc, no_permission_is_said);
	tcase_add_test(tc, a_signal_does_not_end_the_wait);
	tcase_add_test(tc, ids_count_up);
	tcase_add_test(tc, every_status_has_a_text);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
