#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <utlist.h>

#include "common/log.h"
#include "common/psl.h"
#include "common/text.h"
#include "probe/dns_channel.h"
#include "probe/dns_parse.h"
#include "probe/resolver.h"

#define TELL_MAX		512

struct resolver {
	struct event_base *base;
	struct resolver_query *queries;
	struct dns_channel *channel;
	struct dns_channel *retired;	/* with questions still under way */
	int64_t deadline_ms;
};

enum lookup_phase { LOOKUP_MX, LOOKUP_HOSTS, LOOKUP_OVER };

struct resolver_query {
	struct resolver *resolver;
	enum lookup_phase phase;
	bool cancelled;			/* nobody listens any more */
	bool delivered;
	unsigned asked;			/* questions under way */
	unsigned open;			/* those of LOOKUP_HOSTS */
	struct event *deadline;
	struct event *deliver;		/* calls done from the loop */
	enum verdict_reason reason;
	enum dns_status mx_status;
	struct mx_route route;
	uint32_t none_ttl_s;		/* the least of answers without records */
	struct dns_addresses v4[MX_HOSTS_MAX], v6[MX_HOSTS_MAX];
	resolver_tell_fn *tell;
	resolver_done_fn *done;
	void *arg;
	char domain[256];
	struct resolver_query *prev, *next;
};

/* One address question: which host of the route it is for. */
struct question {
	struct resolver_query *query;
	size_t host;
	int family;
};

static void
tell(struct resolver_query *q, const char *kind, const char *name,
    const char *what)
{
	char line[TELL_MAX], safe[TELL_MAX / 2];

	if (q->cancelled || q->tell == NULL)
		return;
	text_escape(name, strlen(name), safe, sizeof safe);
	snprintf(line, sizeof line, "%s %s: %s", kind, safe, what);
	q->tell(q->arg, line);
}

/* --- the end of a lookup ------------------------------------------------- */

static void
query_free(struct resolver_query *q)
{
	DL_DELETE(q->resolver->queries, q);
	event_free(q->deadline);
	event_free(q->deliver);
	free(q);
}

static void
query_free_when_home(struct resolver_query *q)
{
	if (q->delivered && q->asked == 0)
		query_free(q);
}

/*
 * In turn, so that a dead family costs one try and not all. IPv4 first, since
 * receivers ask more of who comes over IPv6 (reverse DNS above all).
 */
static void
fold_addresses(struct resolver_query *q)
{
	size_t i, k;

	for (i = 0; i < q->route.host_count; i++) {
		struct mx_host *h = &q->route.hosts[i];

		if (q->v4[i].incomplete || q->v6[i].incomplete ||
		    q->v4[i].count + q->v6[i].count > MX_ADDRS_MAX)
			q->route.incomplete = true;
		h->addr_count = 0;
		for (k = 0; k < MX_ADDRS_MAX; k++) {
			if (k < q->v4[i].count && h->addr_count < MX_ADDRS_MAX)
				h->addrs[h->addr_count++] = q->v4[i].items[k];
			if (k < q->v6[i].count && h->addr_count < MX_ADDRS_MAX)
				h->addrs[h->addr_count++] = q->v6[i].items[k];
		}
	}
}

static void
query_over(struct resolver_query *q, enum verdict_reason reason)
{
	if (q->phase == LOOKUP_OVER)
		return;
	q->phase = LOOKUP_OVER;
	q->reason = reason;
	if (reason != REASON_MAX && q->none_ttl_s < q->route.ttl_s)
		q->route.ttl_s = q->none_ttl_s;
	evtimer_del(q->deadline);
	event_active(q->deliver, EV_TIMEOUT, 0);
}

static void
hosts_judge(struct resolver_query *q)
{
	fold_addresses(q);
	query_over(q, mx_judge(&q->route, q->mx_status));
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_query *q = arg;

	(void)fd;
	(void)what;
	q->delivered = true;
	if (!q->cancelled) {
		q->cancelled = true;
		q->done(q->arg, q->reason, &q->route);
	}
	query_free_when_home(q);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_query *q = arg;

	(void)fd;
	(void)what;
	tell(q, "DNS", q->domain, "not all answers came in time");
	if (q->phase == LOOKUP_HOSTS)
		hosts_judge(q);
	else
		query_over(q, REASON_DNS_FAILURE);
}

static void
question_home(struct question *qn)
{
	qn->query->asked--;
	free(qn);
}

/* --- answers ------------------------------------------------------------- */

static void
tell_addresses(struct resolver_query *q, const char *host, int family,
    enum dns_status status, const struct dns_addresses *got)
{
	char what[TELL_MAX / 2];

	dns_addresses_text(got, what, sizeof what);
	tell(q, family == AF_INET ? "A" : "AAAA", host,
	    status == DNS_OK ? what : dns_status_text(status));
}

static void
take_negative_ttl(struct resolver_query *q, enum dns_status status,
    const unsigned char *buf, int len)
{
	uint32_t ttl_s;

	if (status != DNS_NODATA && status != DNS_NXDOMAIN)
		return;
	ttl_s = dns_parse_negative_ttl(buf, len);
	if (ttl_s < q->none_ttl_s)
		q->none_ttl_s = ttl_s;
}

static void
take_addresses(struct resolver_query *q, const struct question *qn,
    enum dns_status status, unsigned char *buf, int len)
{
	struct mx_host *host = &q->route.hosts[qn->host];
	bool v4 = qn->family == AF_INET;
	struct dns_addresses *got = v4 ? &q->v4[qn->host] : &q->v6[qn->host];

	if (status == DNS_OK)
		status = dns_parse_addresses(qn->family, buf, len, got);
	if (status == DNS_OK && got->ttl_s < q->route.ttl_s)
		q->route.ttl_s = got->ttl_s;
	take_negative_ttl(q, status, buf, len);
	if (v4)
		host->a = status;
	else
		host->aaaa = status;
	tell_addresses(q, host->name, qn->family, status, got);
	if (--q->open == 0)
		hosts_judge(q);
}

static void
on_address(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *qn = arg;
	struct resolver_query *q = qn->query;

	(void)timeouts;
	if (q->phase == LOOKUP_HOSTS)
		take_addresses(q, qn, dns_status_of(status), buf, len);
	question_home(qn);
	query_free_when_home(q);
}

static struct question *
question_new(struct resolver_query *q, size_t host, int family)
{
	struct question *qn = calloc(1, sizeof *qn);

	if (qn == NULL)
		return NULL;
	qn->query = q;
	qn->host = host;
	qn->family = family;
	q->asked++;
	return qn;
}

static void
ask_address(struct resolver_query *q, size_t host, int family)
{
	struct question *qn = question_new(q, host, family);

	if (qn == NULL) {
		struct question none = { .host = host, .family = family };

		take_addresses(q, &none, DNS_FAILED, NULL, 0);
		return;
	}
	dns_channel_ask(q->resolver->channel, q->route.hosts[host].name,
	    family == AF_INET ? FACT_A : FACT_AAAA, on_address, qn);
}

/* --- name servers -------------------------------------------------------- */

/* For the story and for lists; what comes of it is no fault of DNS here. */
static void
take_servers(struct resolver_query *q, int ares_code,
    const unsigned char *buf, int len)
{
	struct mx_route *route = &q->route;
	enum dns_status status = dns_parse_servers(ares_code, buf, len, route);
	char what[TELL_MAX / 2] = "";
	size_t i, at = 0;

	for (i = 0; i < route->ns_count && at + 2 < sizeof what; i++)
		at += (size_t)snprintf(what + at, sizeof what - at, "%s%.50s",
		    i > 0 ? ", " : "", route->ns[i]);
	tell(q, "NS", registrable_part(q->domain), status == DNS_OK ? what :
	    dns_status_text(status));
	if (--q->open == 0)
		hosts_judge(q);
}

static void
on_servers(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *qn = arg;
	struct resolver_query *q = qn->query;

	(void)timeouts;
	if (q->phase == LOOKUP_HOSTS)
		take_servers(q, status, buf, len);
	question_home(qn);
	query_free_when_home(q);
}

/* Beside the addresses, so it costs a question and no round trip. */
static void
ask_servers(struct resolver_query *q)
{
	struct question *qn = question_new(q, 0, 0);

	if (qn == NULL) {
		q->open--;
		return;
	}
	dns_channel_ask(q->resolver->channel, registrable_part(q->domain), FACT_NS,
	    on_servers, qn);
}

/* --- hosts --------------------------------------------------------------- */

static void
ask_hosts(struct resolver_query *q)
{
	size_t i, hosts = q->route.host_count;
	bool implicit = q->route.hosts[0].implicit;

	q->phase = LOOKUP_HOSTS;
	q->open = (unsigned)(2 * hosts) + implicit;
	/* First: what answers at once must not end the lookup without it. */
	if (implicit)
		ask_servers(q);
	for (i = 0; i < hosts; i++) {
		q->route.hosts[i].a = q->route.hosts[i].aaaa = DNS_FAILED;
		ask_address(q, i, AF_INET6);
		ask_address(q, i, AF_INET);
	}
}

static void
tell_mx(struct resolver_query *q, const struct mx_answer *a)
{
	char what[TELL_MAX / 2];

	dns_mx_text(a, what, sizeof what);
	tell(q, "MX", q->domain,
	    a->status == DNS_OK ? what : dns_status_text(a->status));
}

static void
on_mx(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *qn = arg;
	struct resolver_query *q = qn->query;
	struct mx_answer answer = { .status = dns_status_of(status) };
	enum verdict_reason reason = REASON_DNS_FAILURE;
	enum mx_plan plan = MX_VERDICT;
	uint32_t seed = 0;

	(void)timeouts;
	if (q->phase == LOOKUP_MX) {
		answer.records = calloc(MX_RECORDS_MAX, sizeof *answer.records);
		if (answer.records == NULL)
			answer.status = DNS_FAILED;
		else if (answer.status == DNS_OK)
			dns_parse_mx(buf, len, &answer);
		tell_mx(q, &answer);
		q->mx_status = answer.status;
		if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == -1)
			seed = 1;
		plan = mx_plan(q->domain, &answer, seed, &q->route, &reason);
		free(answer.records);
		q->route.ttl_s = answer.status == DNS_OK ? answer.ttl_s :
		    UINT32_MAX;
		take_negative_ttl(q, answer.status, buf, len);
		if (plan == MX_ASK_HOSTS)
			ask_hosts(q);
		else
			query_over(q, reason);
	}
	question_home(qn);
	query_free_when_home(q);
}

/* --- the public side ----------------------------------------------------- */

struct resolver *
resolver_create(struct event_base *base, const struct resolver_params *p)
{
	struct resolver *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->base = base;
	r->deadline_ms = p->deadline_ms;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    (r->channel = dns_channel_new(base, p)) == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
resolver_destroy(struct resolver *r)
{
	struct resolver_query *q, *next;

	if (r == NULL)
		return;
	DL_FOREACH(r->queries, q)
		q->cancelled = true;
	while (r->retired != NULL)
		dns_channel_free(r->retired);
	dns_channel_free(r->channel);
	DL_FOREACH_SAFE(r->queries, q, next)
		query_free(q);
	free(r);
	ares_library_cleanup();
}

bool
resolver_reconfigure(struct resolver *r, const struct resolver_params *p)
{
	struct dns_channel *ch = dns_channel_new(r->base, p);

	if (ch == NULL)
		return false;
	dns_channel_retire(r->channel, &r->retired);
	r->channel = ch;
	r->deadline_ms = p->deadline_ms;
	return true;
}

struct dns_channel *
resolver_channel(struct resolver *r)
{
	return r->channel;
}

static struct resolver_query *
query_new(struct resolver *r, const char *name, resolver_tell_fn *tell_fn,
    resolver_done_fn *done, void *arg)
{
	struct resolver_query *q = calloc(1, sizeof *q);
	struct timeval tv = { .tv_sec = r->deadline_ms / 1000,
	    .tv_usec = r->deadline_ms % 1000 * 1000 };

	if (q == NULL)
		return NULL;
	q->resolver = r;
	q->tell = tell_fn;
	q->done = done;
	q->arg = arg;
	q->none_ttl_s = UINT32_MAX;
	text_copy(q->domain, name, sizeof q->domain);
	q->deadline = evtimer_new(r->base, on_deadline, q);
	q->deliver = event_new(r->base, -1, 0, on_deliver, q);
	if (q->deadline == NULL || q->deliver == NULL ||
	    evtimer_add(q->deadline, &tv) == -1) {
		if (q->deadline != NULL)
			event_free(q->deadline);
		if (q->deliver != NULL)
			event_free(q->deliver);
		free(q);
		return NULL;
	}
	DL_APPEND(r->queries, q);
	return q;
}

struct resolver_query *
resolver_mail(struct resolver *r, const char *domain, resolver_tell_fn *tell_fn,
    resolver_done_fn *done, void *arg)
{
	struct resolver_query *q = query_new(r, domain, tell_fn, done, arg);
	struct question *qn = q != NULL ? question_new(q, 0, 0) : NULL;

	if (qn == NULL) {
		if (q != NULL)
			query_free(q);
		return NULL;
	}
	dns_channel_ask(r->channel, q->domain, FACT_MX, on_mx, qn);
	return q;
}

struct resolver_query *
resolver_addresses(struct resolver *r, const char *host,
    resolver_tell_fn *tell_fn, resolver_done_fn *done, void *arg)
{
	struct resolver_query *q = query_new(r, host, tell_fn, done, arg);

	if (q == NULL)
		return NULL;
	q->route.ttl_s = UINT32_MAX;
	q->route.host_count = 1;
	text_copy(q->route.hosts[0].name, host,
	    sizeof q->route.hosts[0].name);
	q->mx_status = DNS_NODATA;
	ask_hosts(q);
	return q;
}

void
resolver_cancel(struct resolver_query *q)
{
	if (q == NULL)
		return;
	q->cancelled = true;
	query_over(q, REASON_DNS_FAILURE);
}
