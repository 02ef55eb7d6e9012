/*
 * budget: how many probes one may still send: to a domain, to a mail host, to
 * a provider, from a source address, in all.
 *
 * Each of them has an account, that counts probes in every span, so that a
 * limit that is configured anew finds what was sent before. A probe is one
 * recipient asked of one host, be it on a connection of its own or not.
 *
 * Times are ledger milliseconds. Pure; one owner at a time.
 */
#ifndef RCPTGUARD_BUDGET_H
#define RCPTGUARD_BUDGET_H

#include "probe/window.h"

struct account {
	struct window used[SPAN_COUNT];
};

/*
 * False: the limit at *rate (may be NULL) is reached, and *retry is when all
 * the limits leave room for one.
 */
bool budget_ask(const struct account *a, const struct rates *limits,
    int64_t now, int64_t *retry, const struct rate **rate);

void budget_count(struct account *a, int64_t now);

/* Nothing left that a limit could count: the same as no account at all. */
bool budget_idle(const struct account *a, const struct rates *limits,
    int64_t now);

void account_pack(const struct account *a, struct packer *p);
void account_unpack(struct account *a, struct unpacker *u);
/* The newest time in it; 0: empty. */
int64_t account_newest(const struct account *a);

/*
 * Fairness. Of N probes in a span each of k submitters that asked within the
 * last minute has a right to N / k. Beyond it one may use only what nobody
 * else has a right to still: so whoever is alone may use all, and a newcomer
 * finds his part as soon as the span has moved on, however loud the others.
 *
 * all is the account of them together; shares are the accounts of those k, own
 * is the index of who asks. False: his part is used up, and the rest is
 * others'.
 */
#define BUDGET_SHARES_MAX	32
#define BUDGET_ASKING_MS	INT64_C(60000)
bool budget_fair(const struct account *all,
    const struct account *const *shares, size_t k, size_t own,
    const struct rates *limits, int64_t now);

/*
 * Spacing. Probes to one host begin at least space_ms apart, and up to as much
 * again, by chance (a number from 0 to UINT32_MAX). Returns how long the next
 * one has to wait, or -1 if that would be longer than BUDGET_DELAY_MAX_MS;
 * *retry is then when it could begin. *next_at is the host's, 0 at first; it
 * moves on only if begin is true and the probe may begin.
 */
#define BUDGET_DELAY_MAX_MS	1000
int64_t budget_space(int64_t *next_at, int64_t space_ms, uint32_t chance,
    bool begin, int64_t now, int64_t *retry);

#endif
