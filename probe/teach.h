/*
 * teach: what the fate of the site's own mail says of an address.
 *
 * Rule R1 at its hardest: the report comes from a log, not from a dialogue of
 * ours. A bounce makes an address undeliverable only if it is a mail host of
 * the domain that refused this recipient, in its own words, within the last
 * days, and the reply rules read them so. What our own MTA says, a smart host
 * or a filter, or what is said of us, teaches nothing.
 *
 * A delivery makes an address known_by_signal where less was known; it does
 * not settle what an acceptance cannot (a catch-all domain, a list's word).
 *
 * Pure; time is given.
 */
#ifndef RCPTGUARD_TEACH_H
#define RCPTGUARD_TEACH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/outcome.h"
#include "common/stage.h"

#define TEACH_FRESH_S	(3 * 86400)
#define TEACH_AHEAD_S	3600		/* a clock may be so far before ours */

struct teach_facts {
	enum outcome_kind kind;
	int64_t at, now;		/* wall seconds */
	bool theirs;			/* by a mail host of the domain */
	bool quoted;			/* code and words are the host's own */
	bool accepts_everything;	/* its provider does */
	enum stage stage;
	unsigned code;
	enum verdict_reason meaning;	/* by the reply rules */
	const struct verdict *known;
};

/* The reason to be remembered, or 0; *why in words, static. */
enum verdict_reason teach(const struct teach_facts *f, const char **why);

#endif
