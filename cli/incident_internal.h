/*
 * incident_internal: what incident.c (lines) and incident_rows.c (tables)
 * share.
 */
#ifndef RCPTGUARD_INCIDENT_INTERNAL_H
#define RCPTGUARD_INCIDENT_INTERNAL_H

#include "cli/counts.h"
#include "cli/incident.h"
#include "common/stage.h"
#include "common/table.h"

/* A row of a table, by its key; its strings are owned. */
struct row {
	char *key;
	union {
		struct incident_place place;
		struct incident_reply reply;
		struct incident_asker asker;
	} of;
	UT_hash_handle hh;
};

struct seen {				/* a probe */
	uint64_t hash;
	int64_t at_s;
	int64_t line_ms;		/* of the first line that tells of it */
	struct incident_asker *asker;	/* of that line; NULL: others */
	UT_hash_handle hh;
};

struct incident {
	struct incident_report report;
	char *source;			/* NULL: all */
	struct row *places, *replies, *askers;
	struct seen *probes;
	struct jval **objects;		/* that the changes point into */
	size_t changes_size;
};

/* What of a line's evidence counts; "" or 0 where it is missing. */
struct facts {
	enum stage stage;
	int64_t code, took_ms;
	const char *enhanced, *text, *mx, *ip, *provider, *source, *rule;
};

/* NULL: no memory. The last place is for all others. */
struct incident_place *incident_place_of(struct incident *i,
    const struct facts *f);
/* NULL: no memory, or *full: it is one of the others. */
struct incident_asker *incident_asker_of(struct incident *i,
    const struct verdict_line *line, bool *full);
/* False: no memory. */
bool incident_reply_add(struct incident *i, enum verdict_reason reason,
    const struct facts *f);

/* Into the report, in their order. False: no memory. */
bool incident_rows_end(struct incident *i);
void incident_rows_free(struct incident *i);

#endif
