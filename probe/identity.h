/*
 * identity: the request "preflight": are we who we say we are?
 */
#ifndef RCPTGUARD_IDENTITY_H
#define RCPTGUARD_IDENTITY_H

struct client;
struct wire_message;

/* Runs the checks; the answer has "preflight", their report as JSON. */
void identity_preflight(struct client *c, const struct wire_message *msg,
    const char *id);

#endif
