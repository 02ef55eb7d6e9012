/*
 * reading: an answer from a mail host, given to the classifier as the server
 * wrote it, so that the probe and `rcptguard classify` read alike; and what it
 * cost.
 */
#ifndef RCPTGUARD_READING_H
#define RCPTGUARD_READING_H

#include "common/classify.h"
#include "probe/peers.h"

/*
 * r->fault is FAULT_NONE. host: the MX name, which tells the provider. ev: as
 * whom the host was asked; or NULL, not known. domain: the recipient's.
 */
void reply_classify(const struct rules *rules, const char *host,
    const struct evidence *ev, const char *domain, const struct ask_result *r,
    struct reply_meaning *meaning);

/*
 * Adds what a question to host has cost to the evidence. Else that tells of
 * the last host that spoke, or of the last one tried if none did.
 */
void reading_note(struct evidence *ev, const char *host,
    const struct ask_result *r);

#endif
