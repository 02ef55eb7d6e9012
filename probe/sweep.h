/*
 * sweep: what an exclusion that has come in force does to what is under way.
 *
 * Probes that it forbids are ended, their sessions closed, and what is
 * remembered of its hosts is forgotten. Ten thousand probes are looked at a
 * piece at a time, so that others have their turn (loop.h); the exclusion
 * itself is in its table before, so nothing that it forbids begins meanwhile.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_SWEEP_H
#define RCPTGUARD_SWEEP_H

#include "probe/verifier_internal.h"

/* False: no memory. done is called in a later turn. e is copied. */
bool sweep_begin(struct verifier *v, const struct exclusion *e,
    verifier_excluded_fn *done, void *arg);

/* f leaves the table of those under way. */
void sweeps_pass(struct verifier *v, const struct flight *f);

/* Nobody is told. */
void sweeps_drop(struct verifier *v);

#endif
