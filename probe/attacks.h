/*
 * attacks: what the milter tells of bounce attacks, kept in the store for its
 * next start and for rcptguard status.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_ATTACKS_H
#define RCPTGUARD_ATTACKS_H

#include "common/store.h"
#include "common/wire.h"
#include "probe/clerk.h"

/*
 * Takes a note=attack. What is ill-formed is dropped, and so is a new one over
 * ATTACKS_MAX; those that are over make room. store may be NULL: nothing is
 * kept.
 */
void attacks_note(struct store *store, struct clerk *clerk,
    const struct wire_message *msg);

#endif
