/*
 * breaker: stops asking where asking goes wrong.
 *
 * Closed, it counts outcomes over a rolling span; when bad ones are enough of
 * them it opens for a pause. After the pause it is half-open: one trial at a
 * time; a good one closes it, a bad one opens it again for twice as long, up
 * to the rule's longest pause. A server that names its own limit opens it for
 * that time.
 *
 * Times are ledger milliseconds. A breaker of zeros is closed. Pure; one owner
 * at a time.
 */
#ifndef RCPTGUARD_PROBE_BREAKER_H
#define RCPTGUARD_PROBE_BREAKER_H

#include "probe/window.h"

#define BREAKER_TRIAL_MS	INT64_C(120000)	/* then a trial is lost */

struct breaker_rule {
	uint32_t least;			/* bad ones that open it, at least */
	unsigned percent;		/* and at least this share of all */
	enum rate_span span;
	int64_t pause_ms, pause_max_ms;
};

struct breaker {
	bool open;
	int64_t until;			/* open: then it is half-open */
	int64_t pause_ms;		/* the last one */
	int64_t trial_at;		/* 0: none is under way; not packed */
	struct window bad, all;
};

/* False: *retry is when it may be asked again. Changes nothing. */
bool breaker_ask(const struct breaker *b, int64_t now, int64_t *retry);

/* A probe that breaker_ask allowed begins. */
void breaker_begin(struct breaker *b, int64_t now);

/* How one ended. True: this has opened it. */
bool breaker_note(struct breaker *b, const struct breaker_rule *rule, bool bad,
    int64_t now);

/* It ended and says nothing here: another trial may come. */
void breaker_void(struct breaker *b);

/* Open for at least ms from now. */
void breaker_pause(struct breaker *b, int64_t ms, int64_t now);

/* Closed, and nothing counted: the same as none at all. */
bool breaker_idle(const struct breaker *b, enum rate_span span, int64_t now);

void breaker_pack(const struct breaker *b, struct packer *p);
void breaker_unpack(struct breaker *b, enum rate_span span,
    struct unpacker *u);

#endif
