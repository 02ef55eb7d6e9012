/*
 * What parses is written again, and is the same octets. What is refused or not
 * yet whole is untouched. A final status does not change with more octets, and
 * no shorter piece of a message is one.
 */
#include <string.h>

#include "common/wire.h"
#include "tests/fuzz/fuzz.h"

static void *
copy_of(const uint8_t *data, size_t len)
{
	void *copy = malloc(len > 0 ? len : 1);

	PROPERTY(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static void
check_written(const struct wire_message *msg, const uint8_t *data, size_t used)
{
	static char out[WIRE_ANSWER_MAX];
	struct wire_writer w;
	size_t i;

	wire_begin(&w, out, used);
	for (i = 0; i < msg->count; i++) {
		wire_put(&w, msg->attrs[i].name, msg->attrs[i].value);
		PROPERTY(wire_get(msg, msg->attrs[i].name) ==
		    msg->attrs[i].value);
	}
	PROPERTY(wire_end(&w) == used);
	PROPERTY(memcmp(out, data, used) == 0);
}

/* The status of the first len octets; *used is set for a whole message. */
static enum wire_status
parse(const uint8_t *data, size_t len, size_t limit, size_t *used)
{
	char *copy = copy_of(data, len);
	struct wire_message msg;
	enum wire_status status;

	status = wire_parse(copy, len, limit, &msg, used);
	if (status == WIRE_OK) {
		PROPERTY(*used > 0 && *used <= len && *used <= limit);
		PROPERTY(msg.count <= WIRE_ATTRS_MAX);
		check_written(&msg, data, *used);
	} else {
		PROPERTY(len == 0 || memcmp(copy, data, len) == 0);
	}
	if (status == WIRE_MORE)
		PROPERTY(len < limit);
	free(copy);
	return status;
}

static void
check_prefix(const uint8_t *data, size_t len, size_t limit,
    enum wire_status whole, size_t whole_used, size_t cut)
{
	enum wire_status status;
	size_t used = 0;

	if (cut > len)
		return;
	status = parse(data, cut, limit, &used);
	PROPERTY(status == WIRE_MORE || status == whole);
	if (status == WIRE_OK)
		PROPERTY(used == whole_used);
	if (whole == WIRE_OK)
		PROPERTY((status == WIRE_OK) == (cut >= whole_used));
}

static void
check_at(const uint8_t *data, size_t len, size_t limit)
{
	enum wire_status status;
	size_t used = 0;

	status = parse(data, len, limit, &used);
	PROPERTY(wire_status_text(status) != NULL);
	check_prefix(data, len, limit, status, used, len / 2);
	check_prefix(data, len, limit, status, used, len - len / 4);
	if (len > 0) {
		check_prefix(data, len, limit, status, used, len - 1);
		check_prefix(data, len, limit, status, used, data[0] % len);
	}
	if (status == WIRE_OK) {
		check_prefix(data, len, limit, status, used, used);
		check_prefix(data, len, limit, status, used, used - 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_at(data, len, WIRE_REQUEST_MAX);
	check_at(data, len, WIRE_ANSWER_MAX);
	check_at(data, len, 64);
	return 0;
}
