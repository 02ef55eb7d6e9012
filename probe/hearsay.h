/*
 * hearsay: between what is asked and what is remembered of mail hosts
 * (hostmem.h): what an answer teaches, and how a verdict by memory is told.
 */
#ifndef RCPTGUARD_HEARSAY_H
#define RCPTGUARD_HEARSAY_H

#include "common/evidence.h"
#include "probe/hostmem.h"
#include "probe/peers.h"
#include "probe/walk.h"

/* meaning is read with FAULT_NONE only. */
void hearsay_learn(struct hostmem *m, const struct ask_result *r,
    const struct reply_meaning *meaning, int64_t now_ms);

/* One step of the story for each address of route that rests. */
void hearsay_tell(const struct hostmem *m, const struct mx_route *route,
    int64_t now_ms, uint32_t at_ms, struct evidence *story);

/* A verdict by memory: what step->did was is the evidence. */
void hearsay_evidence(const struct walk_step *step, struct evidence *ev);

#endif
