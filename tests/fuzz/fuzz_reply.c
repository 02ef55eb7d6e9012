/*
 * The octets are fed whole, octet by octet, and cut at places that the octets
 * themselves choose. Every way must give the same replies.
 */
#include <string.h>

#include "probe/reply.h"
#include "tests/fuzz/fuzz.h"

/* How long the next piece is; seed varies from run to run. */
static size_t
piece(const uint8_t *data, size_t at, size_t left, unsigned seed)
{
	size_t n;

	if (seed == 0)
		return left;
	n = seed == 1 ? 1 : 1 + (data[at] * seed + at) % 17;
	return n < left ? n : left;
}

/* Fields are in bounds, strings end, nothing foreign is in a parsed field. */
static void
check_reply(const struct reply *r, enum reply_status status)
{
	PROPERTY(r->lines <= REPLY_LINES_MAX);
	PROPERTY(r->text_len <= REPLY_TEXT_MAX);
	PROPERTY(strlen(r->text) == r->text_len);
	PROPERTY(strspn(r->enhanced, "0123456789.") == strlen(r->enhanced));
	PROPERTY(r->code == 0 || (r->code >= 200 && r->code <= 599));
	if (status == REPLY_DONE)
		PROPERTY(r->code != 0 && r->lines > 0);
}

/* Feeds from in until a reply is whole, is wrong, or the input is used up. */
static enum reply_status
gather(struct reply *r, const uint8_t *in, size_t len, unsigned seed,
    size_t *used)
{
	enum reply_status status = REPLY_MORE;
	size_t n, took;

	*used = 0;
	reply_reset(r);
	while (status == REPLY_MORE && *used < len) {
		n = piece(in, *used, len - *used, seed);
		status = reply_feed(r, (const char *)in + *used, n, &took);
		PROPERTY(took <= n);
		PROPERTY(status != REPLY_MORE || took == n);
		*used += took;
	}
	check_reply(r, status);
	return status;
}

static void
check_final(struct reply *r, enum reply_status status)
{
	size_t took;

	if (status == REPLY_MORE)
		return;
	PROPERTY(reply_feed(r, "250 x\r\n", 7, &took) == status);
	PROPERTY(took == 0);
	PROPERTY(reply_status_text(status) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct reply whole, cut;
	enum reply_status status;
	size_t at = 0, used, cut_used;
	unsigned seed;

	do {
		status = gather(&whole, data + at, len - at, 0, &used);
		for (seed = 1; seed < 4; seed++) {
			PROPERTY(gather(&cut, data + at, len - at, seed,
			    &cut_used) == status);
			PROPERTY(cut_used == used);
			PROPERTY(cut.code == whole.code);
			PROPERTY(cut.lines == whole.lines);
			PROPERTY(strcmp(cut.text, whole.text) == 0);
			PROPERTY(strcmp(cut.enhanced, whole.enhanced) == 0);
		}
		check_final(&whole, status);
		at += used;
	} while (status == REPLY_DONE);
	return 0;
}
