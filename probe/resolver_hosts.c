/*
 * resolver_hosts: the second half of a lookup, the addresses of the hosts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/psl.h"
#include "probe/dns_channel.h"
#include "probe/resolver_internal.h"

/* --- answers ------------------------------------------------------------- */

static void
tell_addresses(struct resolver_query *q, const char *host, int family,
    enum dns_status status, const struct dns_addresses *got)
{
	char what[RESOLVER_TELL_MAX / 2];

	dns_addresses_text(got, what, sizeof what);
	resolver_tell(q, family == AF_INET ? "A" : "AAAA", host,
	    status == DNS_OK ? what : dns_status_text(status));
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
	resolver_negative_ttl(q, status, buf, len);
	if (v4)
		host->a = status;
	else
		host->aaaa = status;
	tell_addresses(q, host->name, qn->family, status, got);
	resolver_host_answered(q);
}

static void
on_address(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *qn = arg;
	struct resolver_query *q = qn->query;

	(void)timeouts;
	if (q->phase == LOOKUP_HOSTS)
		take_addresses(q, qn, dns_status_of(status), buf, len);
	resolver_question_home(qn);
	resolver_free_when_home(q);
}

static void
ask_address(struct resolver_query *q, size_t host, int family)
{
	struct question *qn = resolver_question_new(q, host, family);

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
	char what[RESOLVER_TELL_MAX / 2] = "";
	size_t i, at = 0;

	for (i = 0; i < route->ns_count && at + 2 < sizeof what; i++)
		at += (size_t)snprintf(what + at, sizeof what - at, "%s%.50s",
		    i > 0 ? ", " : "", route->ns[i]);
	resolver_tell(q, "NS", registrable_part(q->domain),
	    status == DNS_OK ? what : dns_status_text(status));
	resolver_host_answered(q);
}

static void
on_servers(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *qn = arg;
	struct resolver_query *q = qn->query;

	(void)timeouts;
	if (q->phase == LOOKUP_HOSTS)
		take_servers(q, status, buf, len);
	resolver_question_home(qn);
	resolver_free_when_home(q);
}

/* Beside the addresses, so it costs a question and no round trip. */
static void
ask_servers(struct resolver_query *q)
{
	struct question *qn = resolver_question_new(q, 0, 0);

	if (qn == NULL) {
		q->open--;
		return;
	}
	dns_channel_ask(q->resolver->channel, registrable_part(q->domain),
	    FACT_NS, on_servers, qn);
}

/* --- hosts --------------------------------------------------------------- */

void
resolver_ask_hosts(struct resolver_query *q)
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
