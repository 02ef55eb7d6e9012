/*
 * sealed: a JSON object as an item of the store that only who has the store's
 * key reads (store_seal).
 *
 * Any thread.
 */
#ifndef RCPTGUARD_SEALED_H
#define RCPTGUARD_SEALED_H

#include "common/jval.h"
#include "common/store.h"

/*
 * For store_put_item; the caller frees. NULL: no memory, too large for an item,
 * a NULL object, or a reader that has no store.
 */
void *sealed_make(struct store *s, const struct jval *object, size_t *len);

/* The caller frees. NULL: not sealed by this store, or no memory. */
struct jval *sealed_open(struct store *s, const void *data, size_t len);

#endif
