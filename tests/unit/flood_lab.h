/*
 * flood_lab: a guard's limits under a clock of the test's own, with what they
 * tell the probe; for the tests of flood.h, linked with --wrap for these names.
 */
#ifndef RCPTGUARD_FLOOD_LAB_H
#define RCPTGUARD_FLOOD_LAB_H

#include "milter/flood.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))
#define SECOND	INT64_C(1000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define WALL	INT64_C(1700000000)	/* when the clock of the test is 0 */
#define EVENTS	64

int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_wall_ms(void);
int64_t __wrap_clock_wall_s(void);
void __wrap_scribe_put(struct scribe *s, const struct ring_entry *e);
void __wrap_lookup_attacks(struct lookup *l, int64_t now, attack_fn *each,
    void *arg);

static int64_t now;
static struct ring_entry events[EVENTS];
static size_t event_count;
static struct attack stored;		/* what a store would hold; id "" */

int64_t
__wrap_clock_mono_ms(void)
{
	return now;
}

int64_t
__wrap_clock_wall_ms(void)
{
	return WALL * 1000 + now;
}

int64_t
__wrap_clock_wall_s(void)
{
	return WALL + now / 1000;
}

void
__wrap_scribe_put(struct scribe *s, const struct ring_entry *e)
{
	(void)s;
	ck_assert_int_eq(e->kind, RING_ATTACK);
	ck_assert_uint_lt(event_count, EVENTS);
	events[event_count++] = *e;
}

void
__wrap_lookup_attacks(struct lookup *l, int64_t at, attack_fn *each, void *arg)
{
	(void)l;
	if (stored.id[0] != '\0' && stored.until > at)
		each(arg, &stored);
}

static char guard_name[] = "signup", other_name[] = "forum";
static struct conf_guard guard;
static struct net_addr addr;
static struct flood_client client;	/* but for its key */
static struct flood *f;
static uint64_t seed;

static inline uint64_t
chance(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

static inline void
setup(void)
{
	now = 1000 * HOUR;
	event_count = 0;
	seed = 1;
	memset(&stored, 0, sizeof(stored));
	memset(&guard, 0, sizeof(guard));
	guard.name = guard_name;
	guard.mode = MODE_ENFORCE;
	guard.flood = (struct conf_flood){ true, 600, 20, 0.3, 3, 3600,
	    1800 };
	client = (struct flood_client){ &guard, "shop", &addr, 0 };
	ck_assert(net_addr_parse("10.1.2.3", &addr));
	f = flood_new(NULL, NULL);
	ck_assert_ptr_nonnull(f);
}

static inline void
teardown(void)
{
	flood_free(f);
}

static inline struct address
address(const char *text)
{
	struct address a;

	ck_assert_msg(address_parse(text, strlen(text), &a) == ADDRESS_OK,
	    "%s", text);
	return a;
}

/* The client, as of this message. */
static inline const struct flood_client *
it(void)
{
	client = flood_client_of(f, client.guard, client.auth, client.addr);
	return &client;
}

/* As the milter decides: whether this recipient is put off. */
static inline bool
deferred(const char *name, uint64_t number, enum verdict_reason reason,
    int64_t age_s)
{
	char text[64];
	struct address a;

	snprintf(text, sizeof(text), "%s%llu@%s.example", name,
	    (unsigned long long)number, name);
	a = address(text);
	return flood_count(f, it(), &a, reason, age_s, now) &&
	    verdict_state_of(reason) != STATE_DELIVERABLE;
}

#endif
