#include <string.h>

#include "common/text.h"
#include "probe/catchall.h"

enum catchall_finding
catchall_judge(enum verdict_reason meaning)
{
	switch (verdict_state_of(meaning)) {
	case STATE_DELIVERABLE:
		return CATCHALL_YES;
	case STATE_UNDELIVERABLE:
		return CATCHALL_NO;
	case STATE_RISKY:
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return CATCHALL_UNCLEAR;
}

const char *
catchall_text(enum catchall_finding finding)
{
	static const char *const texts[] = {
		[CATCHALL_NO] = "catch-all test: a random name was refused, "
		    "so the acceptance means something",
		[CATCHALL_YES] = "catch-all test: a random name was accepted "
		    "too, so the acceptance means little",
		[CATCHALL_UNCLEAR] = "catch-all test: the answer to a random "
		    "name shows nothing",
	};

	return texts[finding];
}

size_t
catchall_key(const char *domain, const char *host, char key[CATCHALL_KEY_MAX])
{
	size_t len = strlen(domain);

	memcpy(key, domain, len + 1);
	memcpy(key + len + 1, "catchall", 9);
	return len + 10 + text_copy(key + len + 10, host,
	    CATCHALL_KEY_MAX - len - 10);
}

/*
 * An item: finding (1 octet), then the time of the test, seconds since the
 * epoch, little-endian (8 octets).
 */
void
catchall_item_put(uint8_t item[CATCHALL_ITEM_SIZE],
    enum catchall_finding finding, int64_t at)
{
	size_t i;

	item[0] = (uint8_t)finding;
	for (i = 0; i < 8; i++)
		item[1 + i] = (uint8_t)((uint64_t)at >> (8 * i));
}

bool
catchall_item_get(const uint8_t *item, size_t len, int64_t now,
    enum catchall_finding *finding, int64_t *expires_at)
{
	uint64_t at = 0;
	size_t i;

	if (len != CATCHALL_ITEM_SIZE ||
	    (item[0] != CATCHALL_NO && item[0] != CATCHALL_YES))
		return false;
	for (i = 0; i < 8; i++)
		at |= (uint64_t)item[1 + i] << (8 * i);
	if ((int64_t)at > now || now >= (int64_t)at + CATCHALL_KEEP_S)
		return false;
	*finding = (enum catchall_finding)item[0];
	*expires_at = (int64_t)at + CATCHALL_KEEP_S;
	return true;
}
