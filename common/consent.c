#include "common/consent.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/conf_check.h"
#include "common/text.h"

#define AHEAD_S		(14 * 3600)	/* UTC+14 has the day first */

bool
consent_parse(const char *text, struct consent *out)
{
	char why[8];
	size_t n;

	if (strlen(text) < 12 || text[10] != ' ')
		return false;
	memcpy(out->day, text, 10);
	out->day[10] = '\0';
	if (!conf_check_date(out->day, why, sizeof why))
		return false;
	text += 11;
	n = strcspn(text, " ");
	if (n > CONSENT_VERSION_MAX)
		return false;
	memcpy(out->version, text, n);
	out->version[n] = '\0';
	out->by = text + n;
	if (!conf_check_version(out->version, why, sizeof why))
		return false;
	if (out->by[0] == '\0')
		return true;
	if (strncmp(out->by, " by ", 4) != 0 || out->by[4] == '\0' ||
	    out->by[4] == ' ')
		return false;
	out->by += 4;
	return true;
}

const struct conf_submitter *
consent_submitter(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->submitter_count; i++)
		if (strcmp(c->submitters[i].name, name) == 0)
			return &c->submitters[i];
	return NULL;
}

/* The recorded text; NULL: nobody of this name is known. */
static const char *
recorded(const struct conf *c, const char *name)
{
	const struct conf_submitter *s;
	const struct conf_guard *g;
	size_t i;

	for (i = 0; i < c->guard_count; i++) {
		g = &c->guards[i];
		if (strcmp(g->name, name) != 0)
			continue;
		s = consent_submitter(c, g->submitter);
		return g->consent[0] == '\0' && s != NULL ? s->consent :
		    g->consent;
	}
	s = consent_submitter(c, name);
	return s != NULL ? s->consent : NULL;
}

static void
today(int64_t now, char out[16])
{
	time_t t = (time_t)(now + AHEAD_S);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, 16, "%Y-%m-%d", &tm) ==
	    0)
		text_copy(out, "0000-00-00", 16);
}

enum consent_status
consent_of(const struct conf *c, const char *name, int64_t now)
{
	const char *text;
	struct consent given;
	char day[16];

	if (c->identity.terms[0] == '\0')
		return CONSENT_NOT_NEEDED;
	if ((text = recorded(c, name)) == NULL)
		return CONSENT_STRANGER;
	if (text[0] == '\0' || !consent_parse(text, &given))
		return CONSENT_NONE;
	if (strcmp(given.version, c->identity.terms) != 0)
		return CONSENT_OTHER;
	today(now, day);
	return strcmp(given.day, day) > 0 ? CONSENT_LATER : CONSENT_GIVEN;
}

bool
consent_allows(enum consent_status status)
{
	return status == CONSENT_NOT_NEEDED || status == CONSENT_GIVEN;
}

void
consent_text(const struct conf *c, const char *name, int64_t now,
    char out[CONSENT_TEXT_SIZE])
{
	const char *terms = c->identity.terms, *text;
	struct consent given;
	char safe[128];

	text_escape_utf8(name, strlen(name), safe, sizeof safe);
	out[0] = '\0';
	switch (consent_of(c, name, now)) {
	case CONSENT_NOT_NEEDED:
	case CONSENT_GIVEN:
		return;
	case CONSENT_STRANGER:
		snprintf(out, CONSENT_TEXT_SIZE, "\"%s\" is no guard and no "
		    "entry of submitters, so it has not agreed to the terms "
		    "%s; nothing is probed for it", safe, terms);
		return;
	case CONSENT_NONE:
		snprintf(out, CONSENT_TEXT_SIZE, "\"%s\" has not agreed to the "
		    "terms %s; nothing is probed for it until consent = "
		    "\"YYYY-MM-DD %s\" is set", safe, terms, terms);
		return;
	case CONSENT_OTHER:
	case CONSENT_LATER:
		break;
	}
	text = recorded(c, name);
	if (text == NULL || !consent_parse(text, &given))
		return;
	if (strcmp(given.version, terms) == 0)
		snprintf(out, CONSENT_TEXT_SIZE, "\"%s\" agrees to the terms "
		    "%s from %s on; nothing is probed for it before", safe,
		    terms, given.day);
	else
		snprintf(out, CONSENT_TEXT_SIZE, "\"%s\" agreed to the terms "
		    "%s on %s, but %s are in force; nothing is probed for it "
		    "until consent = \"YYYY-MM-DD %s\" is set", safe,
		    given.version, given.day, terms, terms);
}
