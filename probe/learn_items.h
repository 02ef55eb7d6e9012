/*
 * learn_items: the items of STORE_OUTCOMES (outcome.h) as the probe keeps
 * them: outcomes, bounded, and the places up to which logs were read.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_LEARN_ITEMS_H
#define RCPTGUARD_LEARN_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/outcome.h"
#include "common/wire.h"

struct client;
struct server;

void learn_keep_bounds(struct server *s, struct store *store, int64_t day);

/*
 * What was told of this message before, within some days up to at (wall
 * seconds): its outcome and key. False: nothing; key is then undefined.
 */
bool learn_find(struct store *store, const struct address *addr,
    const char *qid, int64_t at, uint8_t key[OUTCOME_KEY_SIZE],
    struct outcome *out);

/* The request outcome, do=place. */
void learn_place(struct client *c, const struct wire_message *msg,
    const char *id);

#endif
