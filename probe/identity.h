/*
 * identity: the admin's requests about who we are: "preflight" and "source".
 */
#ifndef RCPTGUARD_IDENTITY_H
#define RCPTGUARD_IDENTITY_H

struct client;
struct wire_message;

/* Runs the checks; the answer has "preflight", their report as JSON. */
void identity_preflight(struct client *c, const struct wire_message *msg,
    const char *id);

/*
 * do=list (for all); do=rest and do=resume with address, for the admin.
 * resume ends the rest of a listing too: the cause has been seen to. The
 * answer has "sources" as JSON.
 */
void identity_source(struct client *c, const struct wire_message *msg,
    const char *id);

#endif
