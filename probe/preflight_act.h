/*
 * preflight_act: what a report of preflight does: which sources rest, and what
 * is told.
 */
#ifndef RCPTGUARD_PREFLIGHT_ACT_H
#define RCPTGUARD_PREFLIGHT_ACT_H

#include "probe/notices.h"
#include "probe/preflight.h"
#include "probe/source.h"

/*
 * A source that fails rests where conf says "enforce", and wherever it has
 * still to prove itself; proven is called for one that just has.
 */
void preflight_apply(const struct preflight_report *report,
    const struct conf *conf, struct source_pool *pool,
    void (*proven)(void *arg, struct source *s), void *arg);

/* What was told the last time; zeros: nothing yet. */
struct preflight_past {
	enum check_result results[PREFLIGHT_CHECKS_MAX];
	size_t count;
	bool failed;			/* a hard check */
};

/* Logs what is news, and makes it a notice. notices may be NULL. */
void preflight_tell(struct preflight_past *past,
    const struct preflight_report *report, const struct conf *conf,
    struct notices *notices);

#endif
