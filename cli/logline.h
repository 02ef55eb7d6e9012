/*
 * logline: one line of the verdict log, read and compared with what an admin
 * asks for.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_LOGLINE_H
#define RCPTGUARD_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/jval.h"
#include "common/net.h"
#include "common/verdict_line.h"

struct logline {
	struct jval *object;		/* owned; what verdict points into */
	struct verdict_line verdict;
};

/* False, with nothing to free, if the text is no verdict line. */
bool logline_read(const char *text, size_t len, struct logline *out);
void logline_clear(struct logline *l);

/* What must hold; NULL or 0 asks for nothing. Strings are borrowed. */
struct logfilter {
	int64_t since_ms, until_ms;	/* since <= time < until */
	const char *guard;
	const char *action;
	const char *id;
	bool by_state, by_reason, by_client, by_address;
	enum verdict_state state;
	enum verdict_reason reason;
	struct net_cidr client;
	char address[ADDRESS_MAX + 2];	/* canonical, or "@domain" */
};

/*
 * Fills in address from "ADDRESS" or "@DOMAIN". False: neither.
 */
bool logfilter_address(struct logfilter *f, const char *text);

bool logfilter_match(const struct logfilter *f, const struct verdict_line *v);

/*
 * Whether the line can match at all, from its octets alone: false only if
 * logfilter_match would be false. Spares most lines the parser.
 */
bool logfilter_may_match(const struct logfilter *f, const char *text,
    size_t len);

#endif
