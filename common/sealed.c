#include "common/sealed.h"

#include <stdlib.h>
#include <string.h>

void *
sealed_make(struct store *s, const struct jval *object, size_t *len)
{
	char *json = object != NULL ? jval_print(object) : NULL;
	size_t n = json != NULL ? strlen(json) : 0;
	uint8_t *sealed = NULL;

	*len = 0;
	if (n > 0 && n + STORE_SEAL_EXTRA <= STORE_ITEM_MAX)
		sealed = malloc(n + STORE_SEAL_EXTRA);
	if (sealed != NULL && !store_seal(s, json, n, sealed, len)) {
		free(sealed);
		sealed = NULL;
	}
	free(json);
	return sealed;
}

struct jval *
sealed_open(struct store *s, const void *data, size_t len)
{
	struct jval *o = NULL;
	char *json = NULL;
	size_t n = 0;

	if (len > STORE_SEAL_EXTRA && len <= STORE_ITEM_MAX)
		json = malloc(len);
	if (json != NULL && store_unseal(s, data, len, json, &n))
		o = jval_parse(json, n);
	free(json);
	return o;
}
