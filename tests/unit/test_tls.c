#include "probe/tls.h"
#include "tests/unit/suite.h"
#include "tests/unit/tls_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#define ROOM	(512 * 1024)		/* of a socket */
#define MANY	100000			/* steps, which no handshake takes */

static struct event_base *base;
static struct tls *tls;
static struct tls_host *host;
static struct tls_shake *shake;
static int ours = -1, theirs = -1;	/* ours is closed by shake */

/* --- memory -------------------------------------------------------------- */

static unsigned long fails_at, allocations;	/* 0: none fails */

static bool
fails(void)
{
	return fails_at != 0 && ++allocations == fails_at;
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(size);
}

static void *
take_again(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(old, size);
}

static void
give(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* --- the two ends -------------------------------------------------------- */

static void
make_room(int fd, int size)
{
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static bool
begin(void)
{
	struct net_addr addr;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ours = fds[0];
	theirs = fds[1];
	make_room(ours, 0);
	make_room(theirs, ROOM);
	ck_assert(net_addr_parse("192.0.2.1", &addr));
	shake = tls_shake_new(tls, ours, "mx.example", &addr);
	return shake != NULL;
}

static void
end(void)
{
	tls_shake_free(shake);
	shake = NULL;
	if (theirs != -1)
		close(theirs);
	theirs = -1;
}

static void
they_receive(void)
{
	char octets[4096];
	ssize_t n;

	while ((n = read(theirs, octets, sizeof octets)) > 0)
		tls_host_receives(host, octets, (size_t)n);
}

/* As much as they want to, up to so much. False: nothing. */
static bool
they_send(size_t piece)
{
	char octets[16384];
	size_t n = tls_host_sends(host, octets, piece);

	ck_assert_int_eq(write(theirs, octets, n), (ssize_t)n);
	return n > 0;
}

/* The memory of the host never fails. */
static enum tls_state
step(size_t piece)
{
	enum tls_state state = tls_shake(shake);
	unsigned long when = fails_at;

	fails_at = 0;
	they_receive();
	they_send(piece);
	fails_at = when;
	return state;
}

static enum tls_state
shake_hands(size_t piece)
{
	enum tls_state state;
	unsigned n;

	for (n = 0; n < MANY; n++) {
		state = step(piece);
		if (state == TLS_DONE || state == TLS_FAILED)
			return state;
	}
	ck_abort_msg("no end of the handshake");
	return TLS_FAILED;
}

static struct bufferevent *
connection(void)
{
	struct bufferevent *bev = tls_shake_bufferevent(shake, base);

	shake = NULL;
	ck_assert_ptr_nonnull(bev);
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ | EV_WRITE), 0);
	return bev;
}

static int
unread(int fd)
{
	int n;

	ck_assert_int_eq(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	tls = tls_create();
	ck_assert_ptr_nonnull(tls);
}

static void
teardown(void)
{
	end();
	tls_host_destroy(host);
	tls_destroy(tls);
	event_base_free(base);
}

/* --- handshakes ---------------------------------------------------------- */

static const struct row {
	const char *says;
	int version;
	const char *groups;
	size_t piece;			/* octets before each of our steps */
	const char *is;
} rows[] = {
	{ "TLS 1.3", TLS1_3_VERSION, "X25519", 16384, "TLSv1.3" },
	{ "an octet at a time", TLS1_3_VERSION, "X25519", 1, "TLSv1.3" },
	{ "with a HelloRetryRequest", TLS1_3_VERSION, "P-384", 16384,
	    "TLSv1.3" },
	{ "with a HelloRetryRequest, an octet at a time", TLS1_3_VERSION,
	    "P-384", 1, "TLSv1.3" },
	{ "TLS 1.2", TLS1_2_VERSION, "P-256", 16384, "TLSv1.2" },
	{ "TLS 1.2, seven octets at a time", TLS1_2_VERSION, "P-256", 7,
	    "TLSv1.2" },
};

/* Both say something; tickets are read with it. */
static void
talk(struct bufferevent *bev, const char *says)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	char text[64];
	size_t len = 0;

	ck_assert_int_eq(bufferevent_write(bev, "EHLO x\r\n", 8), 0);
	while (len < 8) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		they_receive();
		len += tls_host_hears(host, text + len, sizeof text - len);
	}
	ck_assert_msg(memcmp(text, "EHLO x\r\n", 8) == 0, "%s", says);
	tls_host_says(host, "250 mx.example\r\n");
	while (they_send(16384))
		event_base_loop(base, EVLOOP_NONBLOCK);
	while (evbuffer_get_length(in) < 16)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(evbuffer_remove(in, text, sizeof text), 16);
	ck_assert_msg(memcmp(text, "250 mx.example\r\n", 16) == 0, "%s", says);
}

static void
is_encrypted(const char *says, const char *version)
{
	struct bufferevent *bev = connection();

	ck_assert_msg(strcmp(tls_version(bev), version) == 0, "%s: %s", says,
	    tls_version(bev));
	talk(bev, says);
	tls_farewell(bev);
	bufferevent_free(bev);
	event_base_loop(base, EVLOOP_NONBLOCK);
	end();
}

START_TEST(a_handshake_succeeds_in_pieces_and_is_resumed)
{
	const struct row *r = &rows[_i];
	char resumed[64];

	host = tls_host_create(r->version, r->groups);
	snprintf(resumed, sizeof resumed, "%s resumed", r->is);
	ck_assert(begin());
	ck_assert_msg(shake_hands(r->piece) == TLS_DONE, "%s", r->says);
	is_encrypted(r->says, r->is);
	tls_host_again(host);
	ck_assert(begin());
	ck_assert_msg(shake_hands(r->piece) == TLS_DONE, "%s", r->says);
	is_encrypted(r->says, resumed);
}
END_TEST

START_TEST(it_goes_on_when_there_is_room_to_write)
{
	char octets[1024] = { 0 };
	size_t full = 0;
	ssize_t n;

	host = tls_host_create(TLS1_3_VERSION, "X25519");
	ck_assert(begin());
	while ((n = write(ours, octets, sizeof octets)) > 0)
		full += (size_t)n;
	ck_assert_int_eq(tls_shake(shake), TLS_WRITES);
	ck_assert_int_eq(tls_shake(shake), TLS_WRITES);
	for (; full > 0; full -= (size_t)n) {
		n = read(theirs, octets, full < sizeof octets ? full :
		    sizeof octets);
		ck_assert_int_gt(n, 0);
	}
	ck_assert_int_eq(shake_hands(16384), TLS_DONE);
	is_encrypted("after a wait for room", "TLSv1.3");
}
END_TEST

/* --- failures ------------------------------------------------------------ */

static const char hello_request[] = { 22, 3, 3, 0, 4, 0, 0, 0, 0 };

static const struct failure {
	const char *says;
	const char *octets;
	size_t len;
	const char *why;
} failures[] = {
	{ "a host that closes", "", 0, "" },
	{ "one that closes within a record", "\x16\x03\x03\x02\x00\x02", 6,
	    "" },
	{ "one that says close_notify", "\x15\x03\x03\x00\x02\x01\x00", 7,
	    "" },
	{ "one that speaks SMTP", "250 all is well\r\n", 17,
	    "wrong version number" },
	{ "one that wants no such name", "\x15\x03\x01\x00\x02\x02\x70", 7,
	    "tlsv1 unrecognized name" },
};

static void
fails_with(const char *says, const char *why)
{
	char text[128];

	tls_shake_error(shake, text, sizeof text);
	ck_assert_msg(strcmp(text, why) == 0, "%s: %s", says, text);
}

START_TEST(why_it_failed_is_told)
{
	const struct failure *f = &failures[_i];

	ck_assert(begin());
	ck_assert_int_eq(tls_shake(shake), TLS_READS);
	ck_assert_int_eq(write(theirs, f->octets, f->len), (ssize_t)f->len);
	shutdown(theirs, SHUT_WR);
	ck_assert_msg(tls_shake(shake) == TLS_FAILED, "%s", f->says);
	fails_with(f->says, f->why);
}
END_TEST

/* What is unread at the end of a UNIX socket resets it. */
START_TEST(a_reset_is_told_as_such)
{
	ck_assert(begin());
	ck_assert_int_eq(tls_shake(shake), TLS_READS);
	close(theirs);
	theirs = -1;
	ck_assert_int_eq(tls_shake(shake), TLS_FAILED);
	fails_with("a host that resets", strerror(ECONNRESET));
}
END_TEST

/* Each takes a tenth of a millisecond, however small it is. */
START_TEST(a_chain_of_very_many_is_refused)
{
	static const unsigned many[] = { 10, 200 };

	host = tls_host_create(TLS1_3_VERSION, "X25519");
	tls_host_chain(host, many[_i]);
	ck_assert(begin());
	if (_i == 0) {
		ck_assert_int_eq(shake_hands(16384), TLS_DONE);
		is_encrypted("a chain of ten", "TLSv1.3");
	} else {
		ck_assert_int_eq(shake_hands(16384), TLS_FAILED);
		fails_with("a chain of 200", "excessive message size");
	}
}
END_TEST

static size_t
flood(const char *octets, size_t len)
{
	size_t sent = 0;

	while (write(theirs, octets, len) == (ssize_t)len)
		sent += len;
	return sent;
}

START_TEST(what_makes_no_progress_does_not_go_on_for_ever)
{
	size_t sent = 0;
	unsigned n = 0;

	ck_assert(begin());
	ck_assert_int_eq(tls_shake(shake), TLS_READS);
	do {
		sent += flood(hello_request, sizeof hello_request);
		ck_assert_uint_lt(++n, MANY);
		ck_assert_uint_lt(sent, 4 * ROOM);
	} while (tls_shake(shake) == TLS_READS);
	ck_assert_uint_gt(n, 10);
	fails_with("a flood", "they sent more than 128 KiB");
}
END_TEST

static const struct idle_row {
	const char *says;
	void (*sends)(struct tls_host *h);
} idle_rows[] = {
	{ "tickets", tls_host_gives_ticket },
	{ "changes of keys", tls_host_changes_key },
};

static void
send_many(const struct idle_row *r)
{
	size_t n;

	while (they_send(16384))
		;
	for (n = 0; n < 10; n++) {
		r->sends(host);
		ck_assert(they_send(16384));
	}
}

START_TEST(what_is_no_data_leaves_the_loop_its_turns)
{
	const struct idle_row *r = &idle_rows[_i];
	struct bufferevent *bev;

	host = tls_host_create(TLS1_3_VERSION, "X25519");
	ck_assert(begin());
	ck_assert_int_eq(shake_hands(16384), TLS_DONE);
	bev = connection();
	send_many(r);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	ck_assert_msg(unread(bufferevent_getfd(bev)) > 0, "%s", r->says);
	talk(bev, r->says);
	bufferevent_free(bev);
	event_base_loop(base, EVLOOP_NONBLOCK);
}
END_TEST

/* One whose n-th allocation fails. False: it has fewer. */
static bool
fails_at_nth(unsigned long n)
{
	enum tls_state state = TLS_FAILED;

	tls_host_again(host);
	allocations = 0;
	fails_at = n;
	if (begin())
		state = shake_hands(16384);
	else
		close(ours);
	fails_at = 0;
	ck_assert(state == TLS_DONE || state == TLS_FAILED);
	end();
	return allocations >= n;
}

START_TEST(without_memory_it_fails_and_leaves_nothing)
{
	unsigned long n;

	host = tls_host_create(_i == 0 ? TLS1_3_VERSION : TLS1_2_VERSION,
	    "P-256");
	fails_at_nth(0);
	for (n = 1; fails_at_nth(n); n += 1 + n / 64)
		;
	ck_assert_uint_gt(n, 100);
	tls_host_again(host);
	ck_assert(begin());
	ck_assert_int_eq(shake_hands(16384), TLS_DONE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls");
	TCase *tc = tcase_create("handshake");

	if (CRYPTO_set_mem_functions(take, take_again, give) != 1)
		return EXIT_FAILURE;
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
	    a_handshake_succeeds_in_pieces_and_is_resumed, 0,
	    (int)COUNT(rows));
	tcase_add_test(tc, it_goes_on_when_there_is_room_to_write);
	tcase_add_loop_test(tc, why_it_failed_is_told, 0,
	    (int)COUNT(failures));
	tcase_add_test(tc, a_reset_is_told_as_such);
	tcase_add_loop_test(tc, a_chain_of_very_many_is_refused, 0, 2);
	tcase_add_test(tc, what_makes_no_progress_does_not_go_on_for_ever);
	tcase_add_loop_test(tc, what_is_no_data_leaves_the_loop_its_turns, 0,
	    (int)COUNT(idle_rows));
	tcase_add_loop_test(tc, without_memory_it_fails_and_leaves_nothing, 0,
	    2);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
