/*
 * stats: the store's figures, read in this process, probe or not.
 */
#ifndef RCPTGUARD_STATS_H
#define RCPTGUARD_STATS_H

#include "common/conf.h"
#include "common/jval.h"
#include "common/store.h"

struct stats {
	enum store_status status;	/* else nothing below counts */
	struct store_stats store;
	bool walked;
	uint64_t states[STATE_COUNT];	/* verdicts that have not expired */
	uint64_t expired;
};

/* walk: look at every verdict, for states and expired. Messages on a fault. */
int stats_read(const struct conf *conf, bool walk, struct stats *out);
void stats_tell(const struct conf *conf, const struct stats *s);
/* NULL: no memory. */
struct jval *stats_json(const struct stats *s);

#endif
