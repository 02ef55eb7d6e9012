#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/dns_channel.h"
#include "probe/resolver_internal.h"

#define GRACE_MS	1000	/* for the rest, once there is whom to ask */

void
resolver_tell(struct resolver_query *q, const char *kind, const char *name,
    const char *what)
{
	char line[RESOLVER_TELL_MAX], safe[RESOLVER_TELL_MAX / 2];

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

void
resolver_free_when_home(struct resolver_query *q)
{
	if (q->delivered && q->asked == 0)
		query_free(q);
}

static void
fold_addresses(struct resolver_query *q)
{
	size_t i;

	for (i = 0; i < q->route.host_count; i++)
		if (!mx_host_fold(&q->route.hosts[i], q->v4[i].items,
		    q->v4[i].count, q->v6[i].items, q->v6[i].count) ||
		    q->v4[i].incomplete || q->v6[i].incomplete)
			q->route.incomplete = true;
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
	resolver_free_when_home(q);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_query *q = arg;

	(void)fd;
	(void)what;
	resolver_tell(q, "DNS", q->domain, "not all answers came in time");
	if (q->phase == LOOKUP_HOSTS)
		hosts_judge(q);
	else
		query_over(q, REASON_DNS_FAILURE);
}

/*
 * Servers that are silent about one family, or about a backup, must not hold
 * what can be asked already (RFC 8305, 3, waits for less: for a page that is
 * looked at, not for a cold cache on the way).
 */
static void
hurry(struct resolver_query *q)
{
	static const struct timeval grace = { .tv_sec = GRACE_MS / 1000 };

	if (q->hurried || q->v4[0].count + q->v6[0].count == 0 ||
	    clock_mono_ms() + GRACE_MS >= q->ends_ms)
		return;
	q->hurried = true;
	evtimer_add(q->deadline, &grace);
}

void
resolver_host_answered(struct resolver_query *q)
{
	if (--q->open == 0)
		hosts_judge(q);
	else
		hurry(q);
}

void
resolver_question_home(struct question *qn)
{
	qn->query->asked--;
	free(qn);
}

/* --- questions ----------------------------------------------------------- */

struct question *
resolver_question_new(struct resolver_query *q, size_t host, int family)
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

void
resolver_negative_ttl(struct resolver_query *q, enum dns_status status,
    const unsigned char *buf, int len)
{
	uint32_t ttl_s;

	if (status != DNS_NODATA && status != DNS_NXDOMAIN)
		return;
	ttl_s = dns_parse_negative_ttl(buf, len);
	if (ttl_s < q->none_ttl_s)
		q->none_ttl_s = ttl_s;
}

/* --- the answer to MX ---------------------------------------------------- */

static void
tell_mx(struct resolver_query *q, const struct mx_answer *a)
{
	char what[RESOLVER_TELL_MAX / 2];

	dns_mx_text(a, what, sizeof what);
	resolver_tell(q, "MX", q->domain,
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
		resolver_negative_ttl(q, answer.status, buf, len);
		if (plan == MX_ASK_HOSTS)
			resolver_ask_hosts(q);
		else
			query_over(q, reason);
	}
	resolver_question_home(qn);
	resolver_free_when_home(q);
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
	q->ends_ms = clock_mono_ms() + r->deadline_ms;
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
	struct question *qn = q != NULL ? resolver_question_new(q, 0, 0) : NULL;

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
	resolver_ask_hosts(q);
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
