/*
 * An answer is a reason that an address can have, or nothing and words that
 * may be shown; and the same each time.
 */
#include "config.h"

#include <string.h>

#include "probe/http_answer.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum verdict_reason reason = REASON_MAX, again = REASON_MAX;
	char why[160], more[160];
	const char *body = (const char *)data;
	bool taken = http_answer_read(body, size, &reason, why, sizeof why);

	PROPERTY(taken == http_answer_read(body, size, &again, more,
	    sizeof more));
	PROPERTY(reason == again);
	if (!taken) {
		PROPERTY(reason == REASON_MAX);
		fuzz_check_words(why, sizeof why);
		return 0;
	}
	PROPERTY(verdict_reason_word(reason) != NULL);
	PROPERTY(verdict_state_of(reason) != STATE_NOT_CHECKED);
	PROPERTY(verdict_state_of(reason) != STATE_PENDING);
	return 0;
}
