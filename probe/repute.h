/*
 * repute: how those that are asked take a source address of ours.
 *
 * That one provider refuses us is its own affair: its breaker opens. When
 * several refuse the same source within a day, the source is what they have in
 * common, and it rests: first for REPUTE_REST_MS, then twice as long if it
 * comes to that again within REPUTE_AGAIN_MS of the last rest, never longer
 * than REPUTE_REST_MAX_MS. Nobody takes its place: who would be asked from it
 * is not asked (limits.h), so that what is sent in all falls. To go on from
 * another address would be evasion.
 *
 * It needs REPUTE_REFUSED refusals by REPUTE_FAMILIES providers since the last
 * rest, all of one day, and that REPUTE_PERCENT of the day's answers are
 * refusals: one that refuses the whole world says nothing of a source that
 * most others answer.
 *
 * Times are ledger milliseconds. One of zeros has heard nothing. Pure; one
 * owner at a time.
 */
#ifndef RCPTGUARD_REPUTE_H
#define RCPTGUARD_REPUTE_H

#include "common/verdict.h"
#include "probe/window.h"

#define REPUTE_FAMILIES		3
#define REPUTE_REFUSED		5
#define REPUTE_PERCENT		20
#define REPUTE_REST_MS		INT64_C(21600000)	/* six hours */
#define REPUTE_REST_MAX_MS	INT64_C(86400000)
#define REPUTE_AGAIN_MS		INT64_C(604800000)
#define REPUTE_KEPT		8	/* providers that refused last */

struct repute_family {
	uint32_t name;			/* a hash; 0: none */
	uint32_t count;			/* of its refusals */
	int64_t at;			/* of the last one */
};

struct repute {
	struct window answered, refused;	/* SPAN_DAY; refused is part */
	int64_t good_at;		/* the last that was none; 0: none */
	int64_t until;			/* of the last rest; 0: none was */
	int64_t rest_ms;		/* how long that was */
	struct repute_family families[REPUTE_KEPT];
};

/* A reply with this reason is about us, whatever the address. */
bool repute_refuses_us(enum verdict_reason reason);

/*
 * family, a provider or mail host, has answered. True: it rests from now on;
 * never so if may_rest is false.
 */
bool repute_note(struct repute *r, const char *family, bool refused,
    bool may_rest, int64_t now);

/* True: it rests until *until. */
bool repute_rests(const struct repute *r, int64_t now, int64_t *until);

/* The admin ends its rest; what was counted stays. */
void repute_resume(struct repute *r);

/* answered, refused, good_at, until, rest_ms, then the families as they are. */
void repute_pack(const struct repute *r, struct packer *p);
void repute_unpack(struct repute *r, struct unpacker *u);

#endif
