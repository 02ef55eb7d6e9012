/*
 * consent: who brings addresses has agreed to the terms, and when.
 *
 * identity.terms names the version in force; empty: nobody is asked. A guard,
 * or an entry of submitters, records with its key consent that it agreed:
 *
 *   "2026-01-15 v1"		the day and the version
 *   "2026-01-15 v1 by Jo Doe"	and who did so
 *
 * A guard whose own is empty has that of its submitter's entry. Who has not
 * agreed to the version in force, or will only do so on a later day, is not
 * probed for.
 *
 * Pure; time is given; any thread.
 */
#ifndef RCPTGUARD_CONSENT_H
#define RCPTGUARD_CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

#define CONSENT_TEXT_SIZE	400
#define CONSENT_VERSION_MAX	32

struct consent {
	char day[11];			/* YYYY-MM-DD */
	char version[CONSENT_VERSION_MAX + 1];
	const char *by;			/* into the text; "": not said */
};

/* False: it is not of this form; *out is then undefined. */
bool consent_parse(const char *text, struct consent *out);

enum consent_status {
	CONSENT_NOT_NEEDED,		/* identity.terms is empty */
	CONSENT_GIVEN,
	CONSENT_NONE,
	CONSENT_OTHER,			/* to another version */
	CONSENT_LATER,			/* its day is to come */
	CONSENT_STRANGER		/* neither a guard nor a submitter */
};

/*
 * name: a guard or an entry of submitters; the guard goes first. now: wall
 * seconds; a day begins where it begins first on earth.
 */
enum consent_status consent_of(const struct conf *c, const char *name,
    int64_t now);
bool consent_allows(enum consent_status status);

/*
 * Why name is not probed for and what to do, one line; "" where it is. name
 * may be foreign.
 */
void consent_text(const struct conf *c, const char *name, int64_t now,
    char out[CONSENT_TEXT_SIZE]);

/* NULL: there is none. */
const struct conf_submitter *consent_submitter(const struct conf *c,
    const char *name);

#endif
