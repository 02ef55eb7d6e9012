/*
 * complaint: what somebody wrote to us about our probes, and what became of
 * it. Items of STORE_COMPLAINTS, whose key is the id; sealed, since they name
 * people.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_COMPLAINT_H
#define RCPTGUARD_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/jval.h"
#include "common/store.h"
#include "common/verdict_line.h"

#define COMPLAINT_TEXT_MAX	1000	/* octets */
#define COMPLAINT_SHORT_MAX	255
#define COMPLAINT_NAMES_MAX	500

enum complaint_state {
	COMPLAINT_OPEN,
	COMPLAINT_ANSWERED,
	COMPLAINT_CLOSED,
	COMPLAINT_STATE_COUNT
};
const char *complaint_state_word(enum complaint_state state);
bool complaint_state_from_word(const char *word, enum complaint_state *out);

/*
 * Whether an admin's complaint may come from this: an address (RFC 5321), so
 * that it can be answered, or COMPLAINT_UNKNOWN where it came by telephone, say.
 * What came by mail has what the field From says, and this if it says nothing.
 */
#define COMPLAINT_UNKNOWN	"unknown"
bool complaint_from_is(const char *text);

struct complaint {			/* texts are escaped, no backslash */
	char id[VERDICT_ID_SIZE];
	char from[COMPLAINT_SHORT_MAX + 1];
	char about[COMPLAINT_SHORT_MAX + 1];	/* domain, address, network */
	char text[COMPLAINT_TEXT_MAX + 1];
	char exclusion[COMPLAINT_SHORT_MAX + 1];	/* made for it, or "" */
	/* Of one that came by mail; else "". */
	char message_id[COMPLAINT_SHORT_MAX + 1];
	char names[COMPLAINT_NAMES_MAX + 1];	/* domains, with ", " */
	enum complaint_state state;
	int64_t at, changed_at;		/* wall seconds */
};

/* The value that `complaint list --json` prints. NULL: no memory. */
struct jval *complaint_value(const struct complaint *c);

/* As an item, sealed with the store's key. The caller frees. NULL: it cannot. */
void *complaint_seal(struct store *s, const struct complaint *c, size_t *len);
/* False, and *out zero: it is not one that complaint_seal has made. */
bool complaint_unseal(struct store *s, const void *data, size_t len,
    struct complaint *out);

#endif
