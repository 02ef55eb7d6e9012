#include "probe/source_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

static size_t
key_of(const struct source *s, char out[NET_TEXT_SIZE + 2])
{
	memcpy(out, "s/", 2);
	source_text(s, out + 2);
	return strlen(out);
}

/* What preflight finds is found again at each start. */
void
source_keep(struct clerk *clerk, const struct source *s)
{
	unsigned rests = s->rests & ~(unsigned)REST_PREFLIGHT;
	char key[NET_TEXT_SIZE + 2], data[256];
	size_t key_len = key_of(s, key);
	int len;

	if (rests == 0) {
		clerk_drop_item(clerk, STORE_LEDGERS, key, key_len);
		return;
	}
	len = snprintf(data, sizeof data, "%u %lld %s", rests,
	    (long long)s->rests_since, s->why);
	clerk_item(clerk, STORE_LEDGERS, key, key_len, data, (size_t)len);
}

static void
read_item(struct source *s, const char *text)
{
	long long since;
	unsigned rests;
	int at = 0;

	if (sscanf(text, "%u %lld %n", &rests, &since, &at) != 2 || at == 0) {
		source_rest(s, REST_ADMIN, 0, "");
		log_warnx("what the store knows of a source cannot be read: "
		    "it rests until rcptguard source resume");
		return;
	}
	if (rests & REST_ADMIN)
		source_rest(s, REST_ADMIN, 0, "");
	if (rests & REST_LISTED)
		source_rest(s, REST_LISTED, since, text + at);
}

void
source_recall(struct store *store, struct source_pool *pool)
{
	char key[NET_TEXT_SIZE + 2], text[256];
	void *data;
	size_t i, len;

	for (i = 0; store != NULL && i < pool->count; i++) {
		struct source *s = &pool->items[i];

		if (store_get_item(store, STORE_LEDGERS, key, key_of(s, key),
		    &data, &len) != STORE_OK)
			continue;
		snprintf(text, sizeof text, "%.*s", (int)(len < 255 ? len :
		    255), (const char *)data);
		free(data);
		read_item(s, text);
	}
}
