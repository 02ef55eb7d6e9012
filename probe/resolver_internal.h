/*
 * resolver_internal: one lookup, as its two halves see it: the MX records and
 * the end (resolver.c), the addresses of the hosts (resolver_hosts.c).
 */
#ifndef RCPTGUARD_RESOLVER_INTERNAL_H
#define RCPTGUARD_RESOLVER_INTERNAL_H

#include "probe/dns_parse.h"
#include "probe/resolver.h"

#define RESOLVER_TELL_MAX	512

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
	int64_t ends_ms;		/* when that is, at the latest */
	bool hurried;			/* it has been brought forward */
	struct event *deliver;		/* calls done from the loop */
	enum verdict_reason reason;
	enum dns_status mx_status;
	struct mx_route route;
	uint32_t none_ttl_s;		/* the least, of answers of none */
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

/* A line of the story, if anybody listens; what is plain text. */
void resolver_tell(struct resolver_query *q, const char *kind,
    const char *name, const char *what);

/* NULL: no memory. It goes home once it is answered. */
struct question *resolver_question_new(struct resolver_query *q, size_t host,
    int family);
void resolver_question_home(struct question *qn);

/* The last question of a lookup that is over frees it. */
void resolver_free_when_home(struct resolver_query *q);

/* For how long an answer without records holds. */
void resolver_negative_ttl(struct resolver_query *q, enum dns_status status,
    const unsigned char *buf, int len);

/* One of the questions of LOOKUP_HOSTS is settled. */
void resolver_host_answered(struct resolver_query *q);

/* After the MX records: the addresses of all hosts, side by side. */
void resolver_ask_hosts(struct resolver_query *q);

#endif
