/*
 * limits_lab: all ledgers of a site, a clock that the test moves, and probes
 * that end as it says; for the tests of limits.h.
 */
#ifndef RCPTGUARD_LIMITS_LAB_H
#define RCPTGUARD_LIMITS_LAB_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/limits.h"
#include "tests/unit/conf_util.h"

#define SECOND	INT64_C(1000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define T0	INT64_C(1700000000000)
#define OLD	(1000 * DAY)		/* an age past all steps */

static struct limits l;
static const struct conf *conf;
static int64_t now;

static inline void
start(const char *budget)
{
	char text[1024];

	snprintf(text, sizeof text, "identity: { helo = \"v.example.com\"; "
	    "sender = \"p@v.example.com\"; }; budget: { spacing = \"0s\"; "
	    "%s };", budget);
	conf = must_load("t", text);
	limits_init(&l);
	limits_configure(&l, conf);
	now = T0;
}

static inline void
end(void)
{
	limits_clear(&l);
	conf_unref(conf);
}

static inline struct limits_question
to(const char *domain)
{
	struct limits_question q = {
		.domain = domain, .host = "mx.test", .source = "192.0.2.1",
		.source_age_ms = OLD, .submitter = "shop",
	};

	return q;
}

static inline struct limits_answer
ask(const struct limits_question *q)
{
	struct limits_answer a;

	limits_ask(&l, q, now, 0, &a);
	ck_assert(a.admitted == (a.why == NULL));
	ck_assert(a.admitted || a.retry_at == 0 || a.retry_at > now);
	return a;
}

static inline void
ended(const struct limits_question *q, enum verdict_reason reason)
{
	struct reply_meaning m = { .reason = reason, .rule = "t" };

	limits_ended(&l, q, FAULT_NONE, STAGE_RCPT, &m, now);
}

/* How many of n go, one every ms, each ending so. */
static inline unsigned
probes(const struct limits_question *q, unsigned n, int64_t every,
    enum verdict_reason reason)
{
	unsigned gone = 0;

	for (; n > 0; n--, now += every)
		if (ask(q).admitted) {
			ended(q, reason);
			gone++;
		}
	return gone;
}

#endif
