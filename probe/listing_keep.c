#include "probe/listing_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define KEY_SIZE	(FACTS_NAME_SIZE + 130)

/* 0: too long to be kept. */
static size_t
key_of(const struct listing *l, char out[KEY_SIZE])
{
	int len = snprintf(out, KEY_SIZE, "%s %s", l->what, l->zone);

	return len > 0 && len <= STORE_ITEM_KEY_MAX ? (size_t)len : 0;
}

void
listing_keep(struct clerk *clerk, const struct listing *l)
{
	char key[KEY_SIZE], *json;
	size_t len = key_of(l, key);
	struct jval *o = listing_value(l);

	json = jval_print(o);
	jval_free(o);
	if (json != NULL && len > 0)
		clerk_item(clerk, STORE_LISTINGS, key, len, json,
		    strlen(json));
	free(json);
}

void
listing_drop(struct clerk *clerk, const struct listing *l)
{
	char key[KEY_SIZE];
	size_t len = key_of(l, key);

	if (len > 0)
		clerk_drop_item(clerk, STORE_LISTINGS, key, len);
}

struct loading {
	struct clerk *clerk;
	struct listing_book *book;
	unsigned bad;
};

static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct loading *l = arg;
	struct jval *o = jval_parse(data, len);
	struct listing one, *to = NULL;
	char own[KEY_SIZE];

	if (o != NULL && listing_read(o, &one) &&
	    key_of(&one, own) == key_len && memcmp(own, key, key_len) == 0)
		to = listings_add(l->book, one.what, one.zone);
	if (to != NULL)
		*to = one;
	else
		l->bad++;
	jval_free(o);
	if (to == NULL)
		clerk_drop_item(l->clerk, STORE_LISTINGS, key, key_len);
	return true;
}

void
listings_recall(struct store *store, struct clerk *clerk,
    struct listing_book *book)
{
	struct loading l = { .clerk = clerk, .book = book };

	if (store != NULL && store_walk_items(store, STORE_LISTINGS,
	    load_item, &l) != STORE_OK)
		l.bad++;
	if (l.bad > 0)
		log_warnx("what was known of listings cannot be read in part; "
		    "the lists are asked again, removals that were asked for "
		    "may be forgotten");
}
