/*
 * dns_same: who asks what is being asked already gets that answer. Domains
 * that share their mail hosts are asked for at one time more often than not.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_DNS_SAME_H
#define RCPTGUARD_DNS_SAME_H

#include <ares.h>
#include <event2/event.h>
#include <stdbool.h>

struct dns_same;

struct dns_same_owner {
	/* Asks; answer may be called before it returns. */
	void (*ask)(void *arg, const char *name, int type,
	    ares_callback answer, void *answer_arg);
	void (*idle)(void *arg);	/* nobody waits for an answer any more */
	void *arg;
};

/* NULL: no memory. */
struct dns_same *dns_same_create(struct event_base *base,
    const struct dns_same_owner *owner);

/*
 * From now on answers are told all who wait from within that of their
 * question; those that wait for their turn are told ARES_EDESTRUCTION now.
 */
void dns_same_end(struct dns_same *ds);

/* After dns_same_end and the answers to all questions. NULL is fine. */
void dns_same_free(struct dns_same *ds);

/*
 * answer may be called before this returns; of all but the first who ask it,
 * in a later turn of the loop, a few at a time.
 */
void dns_same_ask(struct dns_same *ds, const char *name, int type,
    ares_callback answer, void *arg);

/* Whether nobody waits for an answer. */
bool dns_same_is_idle(const struct dns_same *ds);

#endif
