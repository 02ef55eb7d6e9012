/*
 * orders: what the admin says of source addresses and listings.
 */
#ifndef RCPTGUARD_ORDERS_H
#define RCPTGUARD_ORDERS_H

struct client;
struct wire_message;

/*
 * "source": do=list (for all); for the admin do=rest, resume, retire and
 * unretire, with address, cause, and by (retire: what replaces it). All but
 * list and rest need a cause. resume ends the rest of a listing too. The
 * answer has "sources" and "retired" as JSON, and "note" where something is
 * to be said.
 */
void orders_source(struct client *c, const struct wire_message *msg,
    const char *id);

/*
 * "listing": do=list (for all); do=ticket, for the admin, with what, zone, and
 * state (none, requested, closed), note or both. The answer has "listings".
 */
void orders_listing(struct client *c, const struct wire_message *msg,
    const char *id);

#endif
