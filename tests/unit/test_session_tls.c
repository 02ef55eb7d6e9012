#include "probe/session_internal.h"
#include "tests/unit/suite.h"
#include "tests/unit/tls_host.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "common/conf.h"
#include "probe/loop.h"

#define LONG_MS	60000

static struct event_base *base;
static struct evconnlistener *listener;
static struct tls *tls;
static struct parking *parking;
static struct session *session;
static struct session_use use;		/* once it is idle */
static bool reads_more, is_ready, is_over;
static char why[64];			/* the handshake failed */
static char encrypted[32];		/* by what, or "" */
static enum fault fault;
static enum stage fault_stage;

/* --- the host ------------------------------------------------------------ */

/* What it does when the handshake has begun. */
enum then { NOTHING, CLOSES, RESETS, SAYS_IN_PLAIN, SAYS_A_PART_AND_CLOSES };

static struct bufferevent *host;
static size_t said;			/* of lines */
static bool is_greeted;			/* the handshake has begun */

static const char *ready = "220 go ahead\r\n";
static const char *const lines[] = {
	"220 mx.example ESMTP\r\n",
	"250-mx.example\r\n250 STARTTLS\r\n",
};

static void
say(const char *text)
{
	ck_assert_int_eq(bufferevent_write(host, text, strlen(text)), 0);
}

static void
host_sends(const char *octets, size_t len)
{
	ck_assert_int_eq(send(bufferevent_getfd(host), octets, len, 0),
	    (ssize_t)len);
}

static struct tls_host *secure;		/* NULL: nothing more is said */
static struct event *sender;
static size_t piece;			/* octets it sends in a turn */
static int slow_ms;			/* before each reply within TLS */

static void
send_within(int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	evtimer_add(sender, &tv);
}

static void
on_send(evutil_socket_t fd, short what, void *arg)
{
	char octets[16384];
	size_t n = tls_host_sends(secure, octets, piece);

	(void)fd;
	(void)what;
	(void)arg;
	if (n == 0)
		return;
	host_sends(octets, n);
	send_within(0);
}

/* A reply to each command; "250" and no more is all that EHLO needs. */
static void
on_secure(const char *octets, size_t len)
{
	char command[512];

	tls_host_receives(secure, octets, len);
	len = tls_host_hears(secure, command, sizeof command - 1);
	command[len] = '\0';
	if (len > 0)
		tls_host_says(secure, strstr(command, "QUIT") != NULL ?
		    "221 bye\r\n" : "250 mx.example\r\n");
	send_within(len > 0 ? slow_ms : 0);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	char octets[4096];
	int n;

	(void)arg;
	if (said > COUNT(lines) && secure != NULL) {
		while ((n = evbuffer_remove(in, octets, sizeof octets)) > 0)
			on_secure(octets, (size_t)n);
		return;
	}
	evbuffer_drain(in, evbuffer_get_length(in));
	if (said < COUNT(lines))
		say(lines[said++]);
	else if (said++ == COUNT(lines))
		say(ready);
	else
		is_greeted = true;
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	(void)l;
	(void)sa;
	(void)len;
	(void)arg;
	host = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(host);
	bufferevent_setcb(host, on_read, NULL, NULL, NULL);
	bufferevent_enable(host, EV_READ | EV_WRITE);
	say(lines[said++]);
}

static void
host_closes(void)
{
	evutil_socket_t fd = bufferevent_getfd(host);

	bufferevent_setfd(host, -1);
	evutil_closesocket(fd);
}

static void
host_does(enum then then)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	static const char plain[] = "250 all is well\r\n";
	static const char part[] = { 22, 3, 3, 0, 80, 2 };

	switch (then) {
	case NOTHING:
		break;
	case SAYS_IN_PLAIN:
		host_sends(plain, sizeof plain - 1);
		break;
	case SAYS_A_PART_AND_CLOSES:
		host_sends(part, sizeof part);
		host_closes();
		break;
	case RESETS:
		ck_assert_int_eq(setsockopt(bufferevent_getfd(host),
		    SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
		host_closes();
		break;
	case CLOSES:
		host_closes();
		break;
	}
}

/* --- the session's owner ------------------------------------------------- */

static void
on_idle(void *arg)
{
	(void)arg;
	session_use(session, &use);
	ck_assert_str_eq(session_tls(session), encrypted);
	session_leave(session);
}

static void
on_answer(void *arg, const struct reply *reply)
{
	(void)arg;
	ck_abort_msg("nothing was asked: %u", reply->code);
}

static void
on_unasked(void *arg, enum fault f)
{
	(void)arg;
	ck_abort_msg("nothing was asked: %s", fault_text(f));
}

static void
on_refused(void *arg, enum stage stage, const struct reply *reply)
{
	(void)arg;
	ck_abort_msg("%s: %u", stage_word(stage), reply->code);
}

static void
on_failed(void *arg, enum stage stage, enum fault f)
{
	(void)arg;
	ck_assert_int_eq(fault, FAULT_NONE);
	fault = f;
	fault_stage = stage;
}

static void
on_over(void *arg)
{
	(void)arg;
	session_free(session);
	session = NULL;
	is_over = true;
}

static void
read_more(void)
{
	static const char more[] = "250 all is well\r\n";
	struct evbuffer *in = bufferevent_get_input(session->bev);

	evbuffer_unfreeze(in, 0);
	ck_assert_int_eq(evbuffer_add(in, more, sizeof more - 1), 0);
	evbuffer_freeze(in, 0);
}

static void
on_tell(void *arg, enum story_kind kind, const char *text)
{
	(void)arg;
	if (kind == STORY_RECEIVED && strstr(text, "go ahead") != NULL) {
		is_ready = true;
		if (reads_more)
			read_more();
	}
	if (kind == STORY_CONNECT) {
		sscanf(text, "TLS handshake failed: %63[^\n]", why);
		sscanf(text, "encrypted: %31[^\n]", encrypted);
	}
}

static const struct session_events events = {
	on_idle, on_answer, on_unasked, on_refused, on_failed, on_over, on_tell,
};

static void
open_session(int64_t reply_timeout_ms, int64_t session_timeout_ms)
{
	static struct net_cidr any = { .addr = { .family = AF_INET } };
	static const struct conf_networks nets = { &any, 1 };
	static const struct target_rules rules = { .allow = &nets };
	struct sockaddr_in sin;
	socklen_t len = sizeof sin;
	struct session_params p = {
		.base = base, .parking = parking, .tls = tls,
		.host = "mx.example", .rules = &rules,
		.helo = "probe.example", .sender = "probe@probe.example",
		.connect_timeout_ms = LONG_MS,
		.reply_timeout_ms = reply_timeout_ms,
		.session_timeout_ms = session_timeout_ms,
	};

	ck_assert_int_eq(getsockname(evconnlistener_get_fd(listener),
	    (struct sockaddr *)&sin, &len), 0);
	p.port = ntohs(sin.sin_port);
	ck_assert(net_addr_parse("127.0.0.1", &p.addr));
	session = session_open(&p, &events, NULL);
	ck_assert_ptr_nonnull(session);
}

static void
run_until_greeted(void)
{
	while (!is_greeted)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
run_until_over(void)
{
	while (!is_over)
		event_base_loop(base, EVLOOP_ONCE);
}

/* --- setup --------------------------------------------------------------- */

static void
setup(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	signal(SIGPIPE, SIG_IGN);
	base = loop_create();
	ck_assert_ptr_nonnull(base);
	tls = tls_create();
	ck_assert_ptr_nonnull(tls);
	parking = parking_create(base, 1);
	ck_assert_ptr_nonnull(parking);
	sender = evtimer_new(base, on_send, NULL);
	ck_assert_ptr_nonnull(sender);
	listener = evconnlistener_new_bind(base, on_accept, NULL,
	    LEV_OPT_CLOSE_ON_FREE, 5, (struct sockaddr *)&sin, sizeof sin);
	ck_assert_ptr_nonnull(listener);
}

static void
teardown(void)
{
	session_free(session);
	bufferevent_free(host);
	event_free(sender);
	tls_host_destroy(secure);
	evconnlistener_free(listener);
	parking_destroy(parking);
	tls_destroy(tls);
	event_base_free(base);
}

/* --- tests --------------------------------------------------------------- */

static const struct broken_row {
	const char *says;
	enum then then;
	int64_t reply_timeout_ms, session_timeout_ms;
	enum fault fault;
	const char *why;		/* as it is told */
} broken_rows[] = {
	{ "a host that closes has failed the handshake",
	    CLOSES, LONG_MS, LONG_MS, FAULT_TLS,
	    "connection closed" },
	{ "a host that resets has failed the handshake",
	    RESETS, LONG_MS, LONG_MS, FAULT_TLS,
	    "Connection reset by peer" },
	{ "what is said in plain is no part of a handshake, and no reply",
	    SAYS_IN_PLAIN, LONG_MS, LONG_MS, FAULT_TLS,
	    "wrong version number" },
	{ "after a part the rest is waited for, and its end is heard",
	    SAYS_A_PART_AND_CLOSES, LONG_MS, LONG_MS, FAULT_TLS,
	    "connection closed" },
	{ "one that stalls has failed when a reply would be late",
	    NOTHING, 100, LONG_MS, FAULT_TLS,
	    "it did not end in time" },
	{ "session_timeout counts in a handshake, too",
	    NOTHING, LONG_MS, 500, FAULT_TIMEOUT, "" },
};

START_TEST(a_broken_handshake_ends_the_session)
{
	const struct broken_row *row = &broken_rows[_i];

	open_session(row->reply_timeout_ms, row->session_timeout_ms);
	run_until_greeted();
	host_does(row->then);
	run_until_over();
	ck_assert_msg(fault == row->fault, "%s: %s", row->says,
	    fault_text(fault));
	ck_assert_int_eq(fault_stage, STAGE_STARTTLS);
	ck_assert_msg(strcmp(why, row->why) == 0, "%s: %s", row->says, why);
}
END_TEST

static const struct whole_row {
	const char *says;
	int version;
	size_t piece;
	int slow_ms;
	const char *is;
	uint32_t round_trips;		/* to the second EHLO's reply */
} whole_rows[] = {
	{ "TLS 1.3 is one round trip", TLS1_3_VERSION, 16384, 0, "TLSv1.3",
	    6 },
	{ "TLS 1.2 is two", TLS1_2_VERSION, 16384, 0, "TLSv1.2", 7 },
	{ "an octet at a time it ends as well", TLS1_3_VERSION, 1, 0,
	    "TLSv1.3", 6 },
	{ "TLS 1.2, three octets at a time", TLS1_2_VERSION, 3, 0,
	    "TLSv1.2", 7 },
	{ "a reply in bits that comes when it is parked is heard",
	    TLS1_3_VERSION, 5, 700, "TLSv1.3", 6 },
};

START_TEST(a_whole_handshake_ends_in_a_dialogue_under_tls)
{
	const struct whole_row *row = &whole_rows[_i];

	secure = tls_host_create(row->version, "X25519:P-256");
	piece = row->piece;
	slow_ms = row->slow_ms;
	open_session(LONG_MS, LONG_MS);
	run_until_over();
	ck_assert_msg(fault == FAULT_NONE, "%s: %s", row->says,
	    fault_text(fault));
	ck_assert_str_eq(encrypted, row->is);
	ck_assert_msg(use.round_trips == row->round_trips, "%s: %u",
	    row->says, use.round_trips);
}
END_TEST

/*
 * Behind the reply to STARTTLS, which ends so far before the end of what is
 * read at once.
 */
static void
inject_behind(size_t before_end)
{
	static const char last[] = "220 now\r\n",
	    injected[] = "250 all is well\r\n";
	static char text[SESSION_READ_MAX + sizeof injected];
	size_t want = SESSION_READ_MAX - before_end - (sizeof last - 1);
	size_t len = 0;
	int blanks;

	while (len < want) {
		blanks = want - len > 2000 ? 900 : (int)(want - len) - 6;
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "220-%-*s\r\n", blanks, "go ahead");
	}
	ck_assert_uint_eq(len, want);
	snprintf(text + len, sizeof text - len, "%s%s", last, injected);
	ready = text;
}

START_TEST(what_is_behind_the_reply_to_starttls_was_said_in_plain)
{
	static const size_t ends[] = { 100, 7, 1 };

	inject_behind(ends[_i]);
	open_session(LONG_MS, LONG_MS);
	run_until_over();
	ck_assert(is_ready);
	ck_assert_str_eq(fault_text(fault), fault_text(FAULT_PROTOCOL));
	ck_assert_int_eq(fault_stage, STAGE_STARTTLS);
}
END_TEST

/* Another libevent may read more in a turn than is taken at once. */
START_TEST(what_was_read_beside_it_was_said_in_plain_too)
{
	reads_more = true;
	open_session(LONG_MS, LONG_MS);
	run_until_over();
	ck_assert(is_ready);
	ck_assert_str_eq(fault_text(fault), fault_text(FAULT_PROTOCOL));
}
END_TEST

/* While the host is to answer; between its answer and the next step. */
START_TEST(it_may_be_freed_within)
{
	open_session(LONG_MS, LONG_MS);
	run_until_greeted();
	if (_i == 1)
		session_on_tls_answer(session);
	session_free(session);
	session = NULL;
	host_does(CLOSES);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(fault, FAULT_NONE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session_tls");
	TCase *tc = tcase_create("handshake");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_broken_handshake_ends_the_session, 0,
	    (int)COUNT(broken_rows));
	tcase_add_loop_test(tc,
	    a_whole_handshake_ends_in_a_dialogue_under_tls, 0,
	    (int)COUNT(whole_rows));
	tcase_add_loop_test(tc,
	    what_is_behind_the_reply_to_starttls_was_said_in_plain, 0, 3);
	tcase_add_test(tc, what_was_read_beside_it_was_said_in_plain_too);
	tcase_add_loop_test(tc, it_may_be_freed_within, 0, 2);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
