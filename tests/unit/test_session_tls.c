#include "probe/handshakes.h"
#include "probe/loop.h"
#include "probe/session_internal.h"
#include "tests/unit/suite.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "common/clock.h"
#include "common/conf.h"

#define LONG_MS	60000

/* What the host does when the session waits for its handshake's place. */
enum then { NOTHING, CLOSES, RESETS, SAYS_MORE };

static struct event_base *base;
static struct evconnlistener *listener;
static struct tls *tls;
static struct handshakes *handshakes;
static struct handshake holder;		/* of the only place */
static struct session *session;
static struct bufferevent *host;
static size_t said;			/* by the host, of lines */
static bool waits, is_over;
static enum fault fault;
static enum stage fault_stage;

static const char *const lines[] = {
	"220 mx.example ESMTP\r\n",
	"250-mx.example\r\n250 STARTTLS\r\n",
	"220 go ahead\r\n",
};

/* --- the host ------------------------------------------------------------ */

static void
say_next(struct bufferevent *bev)
{
	ck_assert_uint_lt(said, COUNT(lines));
	bufferevent_write(bev, lines[said], strlen(lines[said]));
	said++;
}

/* A command, or the first octets of a handshake. */
static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);

	(void)arg;
	evbuffer_drain(in, evbuffer_get_length(in));
	if (said < COUNT(lines))
		say_next(bev);
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
	say_next(host);
}

/* At once: what the loop would do is done in a later turn. */
static void
host_does(enum then then)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	static const char more[] = "250 all is well\r\n";
	evutil_socket_t fd = bufferevent_getfd(host);

	switch (then) {
	case NOTHING:
		break;
	case SAYS_MORE:
		ck_assert_int_eq(send(fd, more, sizeof more - 1, 0),
		    sizeof more - 1);
		break;
	case RESETS:
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER,
		    &at_once, sizeof at_once), 0);
		/* FALLTHROUGH */
	case CLOSES:
		bufferevent_setfd(host, -1);
		evutil_closesocket(fd);
		break;
	}
}

/* --- the session's owner ------------------------------------------------- */

static void
on_idle(void *arg)
{
	(void)arg;
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
on_tell(void *arg, enum story_kind kind, const char *text)
{
	(void)arg;
	(void)kind;
	if (strstr(text, "go ahead") != NULL)
		waits = true;
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
		.base = base, .handshakes = handshakes, .tls = tls,
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
	while (!waits)
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
on_begin(void *arg)
{
	(void)arg;
}

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
	listener = evconnlistener_new_bind(base, on_accept, NULL,
	    LEV_OPT_CLOSE_ON_FREE, 5, (struct sockaddr *)&sin, sizeof sin);
	ck_assert_ptr_nonnull(listener);
	handshakes = handshakes_create(base, 1, LONG_MS);
	ck_assert_ptr_nonnull(handshakes);
	memset(&holder, 0, sizeof holder);
	holder.begin = on_begin;
	ck_assert(handshakes_enter(handshakes, &holder));
	session = NULL;
	host = NULL;
	said = 0;
	waits = is_over = false;
	fault = FAULT_NONE;
}

static void
teardown(void)
{
	session_free(session);
	if (host != NULL)
		bufferevent_free(host);
	handshakes_leave(&holder);
	handshakes_destroy(handshakes);
	evconnlistener_free(listener);
	tls_destroy(tls);
	event_base_free(base);
}

/* --- tests --------------------------------------------------------------- */

static const struct waiting_row {
	const char *says;
	enum then then;
	int64_t session_timeout_ms;
	enum fault fault;
} waiting_rows[] = {
	{ "a host that closes while it waits ends as one whose handshake fails",
	    CLOSES, LONG_MS, FAULT_TLS },
	{ "a host that resets while it waits ends as one whose handshake fails",
	    RESETS, LONG_MS, FAULT_TLS },
	{ "what is said in plain while it waits is never taken for a reply",
	    SAYS_MORE, LONG_MS, FAULT_PROTOCOL },
#define OF_HOST	3
	{ "that it had no place in time is not the host's doing",
	    NOTHING, 200, FAULT_LOCAL },
};

START_TEST(while_it_waits)
{
	const struct waiting_row *row = &waiting_rows[_i];

	open_session(LONG_MS, row->session_timeout_ms);
	host_does(row->then);
	run_until_over();
	ck_assert_msg(fault == row->fault, "%s: %s", row->says,
	    fault_text(fault));
	ck_assert_int_eq(fault_stage, STAGE_STARTTLS);
	/* Its wait is over, too: the next place is free. */
	handshakes_leave(&holder);
	ck_assert(handshakes_enter(handshakes, &holder));
}
END_TEST

static void
on_release(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	handshakes_leave(&holder);
}

/*
 * The place is given up before the loop reads what the host did, and taken
 * before it tells the session what was read.
 */
START_TEST(its_place_comes_in_the_same_turn)
{
	const struct waiting_row *row = &waiting_rows[_i];
	struct event *release = event_new(base, -1, 0, on_release, NULL);
	struct pollfd arrived = { .events = POLLIN };

	open_session(LONG_MS, LONG_MS);
	host_does(row->then);
	arrived.fd = bufferevent_getfd(session->bev);
	ck_assert_int_eq(poll(&arrived, 1, LONG_MS), 1);
	event_active(release, EV_TIMEOUT, 0);
	run_until_over();
	ck_assert_msg(fault == row->fault, "%s: %s", row->says,
	    fault_text(fault));
	event_free(release);
}
END_TEST

START_TEST(a_silent_handshake_fails_when_a_reply_would_be_late)
{
	open_session(100, LONG_MS);
	handshakes_leave(&holder);
	run_until_over();
	ck_assert_str_eq(fault_text(fault), fault_text(FAULT_TLS));
}
END_TEST

/* The host has the whole of it, however long we made it wait. */
START_TEST(with_its_place_the_session_has_its_time_anew)
{
	struct timeval some = { .tv_usec = 100000 };
	int64_t begun;

	open_session(LONG_MS, 1000);
	event_base_loopexit(base, &some);
	event_base_dispatch(base);
	ck_assert(!is_over);
	begun = clock_mono_ms();
	handshakes_leave(&holder);
	run_until_over();
	ck_assert_str_eq(fault_text(fault), fault_text(FAULT_TIMEOUT));
	ck_assert_int_ge(clock_mono_ms() - begun, 990);
}
END_TEST

START_TEST(who_frees_it_while_it_waits_frees_its_wait)
{
	open_session(LONG_MS, LONG_MS);
	session_free(session);
	session = NULL;
	handshakes_leave(&holder);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert(handshakes_enter(handshakes, &holder));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session_tls");
	TCase *tc = tcase_create("waits for its place");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, while_it_waits, 0, (int)COUNT(waiting_rows));
	tcase_add_loop_test(tc, its_place_comes_in_the_same_turn, 0, OF_HOST);
	tcase_add_test(tc, a_silent_handshake_fails_when_a_reply_would_be_late);
	tcase_add_test(tc, with_its_place_the_session_has_its_time_anew);
	tcase_add_test(tc, who_frees_it_while_it_waits_frees_its_wait);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
