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

/* meaning is read with FAULT_NONE only. As hostmem_rest. */
int64_t hearsay_learn(struct hostmem *m, const struct ask_result *r,
    const struct reply_meaning *meaning, int64_t now_ms);

/*
 * A rest of rest_ms has begun: a refusal of us is told to the log, with what
 * can be done.
 */
void hearsay_log(const char *host, const struct ask_result *r,
    const struct reply_meaning *meaning, int64_t rest_ms);

/* One step of the story for each address of route that rests. */
void hearsay_tell(const struct hostmem *m, const struct mx_route *route,
    int64_t now_ms, uint32_t at_ms, struct evidence *story);

/* A verdict by memory: what step->did was is the evidence. */
void hearsay_evidence(const struct walk_step *step, struct evidence *ev);

#endif
