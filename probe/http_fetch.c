#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/http_fetch.h"

#define DNS_LEAST_MS	5000		/* how long an answer is kept */
#define DNS_MOST_MS	3600000

struct http_fetch {
	struct event_base *base;
	struct resolver *resolver;
	struct http_endpoints *set;	/* a reference */
	struct http_endpoint *ep;
	const struct target_rules *targets;
	http_tell_fn *tell;
	http_fetched_fn *done;
	void *arg;
	char *target, *body;		/* the question; body NULL: GET */
	struct event *deadline;
	struct event *deliver;		/* what evhttp may not be freed in */
	struct resolver_query *query;
	struct evhttp_connection *conn;
	bool queued, busy;		/* waits for, or has, a connection */
	bool failed;			/* no connection could be made */
	char error[160];		/* why it failed later; or "" */
	bool over;
	size_t next_addr;
	char ip[NET_TEXT_SIZE];
	char tls[32];
	unsigned status;
	char *location;			/* or NULL */
	char *answer;			/* its body */
	size_t answer_len;
	struct http_fetch *prev, *next;
};

static void begin(struct http_fetch *a);

static void
tell(struct http_fetch *a, enum story_kind kind, const char *text)
{
	a->tell(a->arg, kind, text);
}

/* --- the end of a question ----------------------------------------------- */

/* The next in the row gets the connection that this one had. */
static void
leave_row(struct http_fetch *a)
{
	struct http_endpoint *ep = a->ep;
	struct http_fetch *first;

	if (a->queued)
		DL_DELETE(ep->waiting, a);
	if (a->busy)
		ep->busy--;
	a->queued = a->busy = false;
	if (ep->waiting == NULL || ep->busy >= ep->parallel)
		return;
	first = ep->waiting;
	DL_DELETE(ep->waiting, first);
	first->queued = false;
	begin(first);
}

static void
fetch_free(struct http_fetch *a)
{
	resolver_cancel(a->query);
	if (a->conn != NULL)
		evhttp_connection_free(a->conn);
	leave_row(a);
	if (a->deadline != NULL)
		event_free(a->deadline);
	if (a->deliver != NULL)
		event_free(a->deliver);
	http_endpoints_unref(a->set);
	free(a->target);
	free(a->body);
	free(a->location);
	free(a->answer);
	free(a);
}

/* From within anything; the rest follows from the loop. */
static void
end(struct http_fetch *a, const char *note)
{
	if (a->over)
		return;
	a->over = true;
	if (note != NULL)
		tell(a, STORY_NOTE, note);
	event_active(a->deliver, EV_TIMEOUT, 0);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct http_fetch *a = arg;
	char note[80];

	(void)fd;
	(void)what;
	snprintf(note, sizeof note, "the endpoint did not answer within %lld "
	    "ms", (long long)a->ep->timeout_ms);
	end(a, note);
}

/* --- the answer ---------------------------------------------------------- */

static void
take_body(struct http_fetch *a, struct evbuffer *in)
{
	size_t len = evbuffer_get_length(in);

	a->answer = malloc(len + 1);
	if (a->answer == NULL || (len > 0 &&
	    evbuffer_copyout(in, a->answer, len) != (ev_ssize_t)len)) {
		a->status = 0;
		end(a, "no memory for the answer");
		return;
	}
	a->answer[len] = '\0';
	a->answer_len = len;
	end(a, NULL);
}

static void
note_tls(struct http_fetch *a)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(a->conn);

	if (a->ep->tls != NULL)
		text_copy(a->tls, tls_version(bev), sizeof a->tls);
}

static void
note_location(struct http_fetch *a, struct evhttp_request *req)
{
	const char *location = evhttp_find_header(
	    evhttp_request_get_input_headers(req), "Location");

	if (location != NULL)
		a->location = strdup(location);
}

/* Why TLS did not come about, or "". */
static void
tls_trouble(struct http_fetch *a, char *why, size_t size)
{
	why[0] = '\0';
	if (a->ep->tls != NULL)
		tls_error(evhttp_connection_get_bufferevent(a->conn), why,
		    size);
}

/* The callback that follows ends the question. */
static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct http_fetch *a = arg;
	const char *why = "it broke off";

	tls_trouble(a, a->error, sizeof a->error);
	if (a->error[0] != '\0')
		return;
	switch (error) {
	case EVREQ_HTTP_TIMEOUT:
		why = "it did not answer in time";
		break;
	case EVREQ_HTTP_EOF:
		why = "it closed the connection before it had answered";
		break;
	case EVREQ_HTTP_INVALID_HEADER:
		why = "it sent what is no HTTP, or too long a header";
		break;
	case EVREQ_HTTP_BUFFER_ERROR:
	case EVREQ_HTTP_REQUEST_CANCEL:
		break;
	case EVREQ_HTTP_DATA_TOO_LONG:
		why = "it sent more than 64 KiB";
		break;
	}
	text_copy(a->error, why, sizeof a->error);
}

static void
gave_no_answer(struct http_fetch *a)
{
	char note[256];

	snprintf(note, sizeof note, "the endpoint gave no answer to read%s%s",
	    a->error[0] != '\0' ? ": " : "", a->error);
	end(a, note);
}

static void
connection_failed(struct http_fetch *a)
{
	char why[160], line[256];

	tls_trouble(a, why, sizeof why);
	snprintf(line, sizeof line, "no connection to %s%s%s", a->ip,
	    why[0] != '\0' ? ": " : "", why);
	tell(a, STORY_CONNECT, line);
	a->failed = true;
	event_active(a->deliver, EV_TIMEOUT, 0);
}

/* req: NULL, or without a status, if no answer came. */
static void
on_response(struct evhttp_request *req, void *arg)
{
	struct http_fetch *a = arg;
	int status = req != NULL ? evhttp_request_get_response_code(req) : 0;

	if (a->over)
		return;
	if (status >= 200 && status <= 599 && a->error[0] == '\0') {
		note_tls(a);
		note_location(a, req);
		a->status = (unsigned)status;
		take_body(a, evhttp_request_get_input_buffer(req));
	} else if (a->error[0] != '\0' || status != 0) {
		gave_no_answer(a);
	} else {
		connection_failed(a);
	}
}

/* --- the question -------------------------------------------------------- */

static bool
put_headers(struct http_fetch *a, struct evhttp_request *req)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	const struct http_endpoint *ep = a->ep;

	return evhttp_add_header(h, "Host", ep->authority) == 0 &&
	    evhttp_add_header(h, "Accept", "application/json, "
	    "application/rdap+json") == 0 &&
	    evhttp_add_header(h, "User-Agent",
	    "rcptguard/" PACKAGE_VERSION) == 0 &&
	    evhttp_add_header(h, "Connection", "close") == 0 &&
	    (ep->header == NULL ||
	    evhttp_add_header(h, ep->header, ep->value) == 0) &&
	    (a->body == NULL ||
	    (evhttp_add_header(h, "Content-Type", "application/json") == 0 &&
	    evbuffer_add(evhttp_request_get_output_buffer(req), a->body,
	    strlen(a->body)) == 0));
}

static bool
send_question(struct http_fetch *a)
{
	struct evhttp_request *req = evhttp_request_new(on_response, a);

	if (req == NULL)
		return false;
	evhttp_request_set_error_cb(req, on_error);
	if (!put_headers(a, req)) {
		evhttp_request_free(req);
		return false;
	}
	/* From here on req is the connection's, also when this fails. */
	return evhttp_make_request(a->conn, req, a->body != NULL ?
	    EVHTTP_REQ_POST : EVHTTP_REQ_GET, a->target) == 0;
}

static bool
open_connection(struct http_fetch *a, const struct net_addr *addr)
{
	struct http_endpoint *ep = a->ep;
	struct bufferevent *bev;

	bev = ep->tls != NULL ? tls_connecting(ep->tls, a->base, ep->host) :
	    bufferevent_socket_new(a->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		return false;
	net_addr_text(addr, a->ip);
	a->conn = evhttp_connection_base_bufferevent_new(a->base, NULL, bev,
	    a->ip, ep->port);
	if (a->conn == NULL) {
		bufferevent_free(bev);
		return false;
	}
	evhttp_connection_set_family(a->conn, addr->family);
	evhttp_connection_set_retries(a->conn, 0);
	evhttp_connection_set_max_body_size(a->conn, HTTP_BODY_MAX);
	evhttp_connection_set_max_headers_size(a->conn, HTTP_HEADERS_MAX);
	return true;
}

/*
 * A query of the target may be a key: the story has the path alone. It says
 * what is to be asked, and not that it was said: a handshake may come between,
 * and who cannot prove its name hears nothing.
 */
static void
tell_question(struct http_fetch *a)
{
	const struct http_endpoint *ep = a->ep;
	char line[EVIDENCE_TEXT_MAX];

	snprintf(line, sizeof line, "%s (%s), %s", ep->authority, a->ip,
	    ep->tls != NULL ? "https" : "http");
	tell(a, STORY_CONNECT, line);
	snprintf(line, sizeof line, "to ask: %s %.*s %s",
	    a->body != NULL ? "POST" : "GET", (int)strcspn(a->target, "?"),
	    a->target, a->body != NULL ? a->body : "");
	tell(a, STORY_CONNECT, line);
}

/* NULL: there is no more that may be asked. */
static const struct net_addr *
next_address(struct http_fetch *a)
{
	const struct http_endpoint *ep = a->ep;
	const struct net_addr *addr;
	const char *why;
	char ip[NET_TEXT_SIZE], line[256];

	while (a->next_addr < ep->addr_count) {
		addr = &ep->addrs[a->next_addr++];
		if (a->targets == NULL ||
		    target_check(a->targets, addr, &why) == TARGET_OK)
			return addr;
		net_addr_text(addr, ip);
		snprintf(line, sizeof line, "%s (%s) is not asked: %s",
		    ep->authority, ip, why);
		tell(a, STORY_CONNECT, line);
	}
	return NULL;
}

static void
ask_next_address(struct http_fetch *a)
{
	const struct net_addr *addr = next_address(a);

	if (addr == NULL) {
		end(a, a->targets == NULL ?
		    "the endpoint could not be connected to" : NULL);
		return;
	}
	if (!open_connection(a, addr)) {
		end(a, "no memory for a connection");
		return;
	}
	tell_question(a);
	if (!send_question(a) && !a->failed)
		end(a, "the question could not be sent");
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct http_fetch *a = arg;
	struct http_fetched got = {
		.status = a->status,
		.body = a->answer != NULL ? a->answer : "",
		.len = a->answer_len,
		.ip = a->ip,
		.tls = a->tls,
		.location = a->location != NULL ? a->location : "",
	};

	(void)fd;
	(void)what;
	if (!a->over) {
		a->failed = false;
		evhttp_connection_free(a->conn);
		a->conn = NULL;
		ask_next_address(a);
		return;
	}
	a->done(a->arg, &got);
	fetch_free(a);
}

static void
on_dns_line(void *arg, const char *line)
{
	tell(arg, STORY_DNS, line);
}

static void
on_addresses(void *arg, enum verdict_reason reason,
    const struct mx_route *route)
{
	struct http_fetch *a = arg;
	struct http_endpoint *ep = a->ep;
	int64_t keep_ms = (int64_t)route->ttl_s * 1000;

	a->query = NULL;
	if (reason != REASON_MAX) {
		end(a, "DNS has no address for the endpoint");
		return;
	}
	memcpy(ep->addrs, route->hosts[0].addrs, sizeof ep->addrs);
	ep->addr_count = route->hosts[0].addr_count;
	ep->known_until_ms = clock_mono_ms() + (keep_ms < DNS_LEAST_MS ?
	    DNS_LEAST_MS : keep_ms > DNS_MOST_MS ? DNS_MOST_MS : keep_ms);
	ask_next_address(a);
}

static void
begin(struct http_fetch *a)
{
	struct http_endpoint *ep = a->ep;

	a->busy = true;
	ep->busy++;
	if (a->over)
		return;
	if (clock_mono_ms() < ep->known_until_ms) {
		ask_next_address(a);
		return;
	}
	a->query = resolver_addresses(a->resolver, ep->host, on_dns_line,
	    on_addresses, a);
	if (a->query == NULL)
		end(a, "no memory for DNS");
}

struct http_fetch *
http_fetch(const struct http_fetch_params *p)
{
	struct http_fetch *a = calloc(1, sizeof *a);
	struct http_endpoint *ep = p->ep;
	struct timeval tv = { .tv_sec = ep->timeout_ms / 1000,
	    .tv_usec = ep->timeout_ms % 1000 * 1000 };

	if (a == NULL)
		return NULL;
	a->base = p->base;
	a->resolver = p->resolver;
	a->set = http_endpoints_ref(p->endpoints);
	a->ep = ep;
	a->targets = p->targets;
	a->tell = p->tell;
	a->done = p->done;
	a->arg = p->arg;
	a->target = strdup(p->target);
	a->body = p->body != NULL ? strdup(p->body) : NULL;
	a->deadline = evtimer_new(p->base, on_deadline, a);
	a->deliver = event_new(p->base, -1, 0, on_deliver, a);
	if (a->target == NULL || (p->body != NULL && a->body == NULL) ||
	    a->deadline == NULL || a->deliver == NULL ||
	    evtimer_add(a->deadline, &tv) == -1) {
		fetch_free(a);
		return NULL;
	}
	if (ep->busy < ep->parallel) {
		begin(a);
	} else {
		a->queued = true;
		DL_APPEND(ep->waiting, a);
	}
	return a;
}

void
http_fetch_cancel(struct http_fetch *a)
{
	if (a != NULL)
		fetch_free(a);
}
