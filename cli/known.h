/*
 * known: what the store knows of one address, and how it is retold.
 */
#ifndef RCPTGUARD_KNOWN_H
#define RCPTGUARD_KNOWN_H

#include "common/address.h"
#include "common/conf.h"
#include "common/evidence.h"
#include "common/jval.h"
#include "common/store.h"

struct known {
	char address[ADDRESS_MAX + 1];	/* as it is asked for on the wire */
	bool have;			/* a verdict */
	struct verdict verdict;
	bool have_evidence;
	struct evidence evidence;
};

/*
 * STORE_OK, whether something is known or not; else why the store cannot say.
 * known_clear in any case.
 */
enum store_status known_read(struct store *s, const struct address *addr,
    struct known *k);
void known_clear(struct known *k);

/* The address, state, reason, and what the reason means. */
void known_tell_verdict(const char *address, enum verdict_reason reason);
/* When and how it was asked, who said what, and the rule that decided. */
void known_tell_evidence(const struct evidence *ev);
/* DNS, hosts and dialogue, line by line. */
void known_tell_story(const struct evidence *ev);
/* When it was asked, until when it stands, and by which lifetime. */
void known_tell_times(const struct verdict *v, int64_t now);

/* verdict_line's names, and refresh_at, expire_at, expired. NULL: no memory. */
struct jval *known_json(const struct known *k, int64_t now);

#endif
