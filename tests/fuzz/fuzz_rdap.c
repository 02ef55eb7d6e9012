/*
 * What RDAP says is a day in the past, or nothing and words that may be shown;
 * and the same each time.
 */
#include "config.h"

#include <string.h>

#include "probe/rdap_answer.h"
#include "tests/fuzz/fuzz.h"

#define NOW	INT64_C(1795219200)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t at = -7, again = -7;
	char why[160], more[160];
	const char *body = (const char *)data;
	bool taken = rdap_answer_read(body, size, "shop.example", NOW, &at,
	    why, sizeof why);

	PROPERTY(taken == rdap_answer_read(body, size, "shop.example", NOW,
	    &again, more, sizeof more));
	PROPERTY(at == again);
	if (taken) {
		PROPERTY(at > 0 && at <= NOW + 86400);
		return 0;
	}
	PROPERTY(at == -7);
	fuzz_check_words(why, sizeof why);
	return 0;
}
