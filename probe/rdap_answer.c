#include "probe/rdap_answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/text.h"

#define EVENTS_MAX	100
#define DAY_S		86400

static bool
two_digits(const char *at, int most, int *out)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return false;
	*out = (at[0] - '0') * 10 + at[1] - '0';
	return *out <= most;
}

/* "Z", "+01:30" or "-08:00", and nothing behind it, in seconds. */
static bool
read_offset(const char *at, int64_t *out)
{
	int hours, minutes;

	*out = 0;
	if (strcasecmp(at, "Z") == 0)
		return true;
	if ((*at != '+' && *at != '-') || strlen(at) != 6 || at[3] != ':' ||
	    !two_digits(at + 1, 23, &hours) ||
	    !two_digits(at + 4, 59, &minutes))
		return false;
	*out = (hours * 60 + minutes) * 60;
	if (*at == '-')
		*out = -*out;
	return true;
}

/* RFC 3339, 5.6: clock_parse reads what is in UTC and upper case. */
static bool
read_date(const char *text, int64_t *wall_s)
{
	size_t len = strcspn(text, "tT");
	char utc[64];
	int64_t offset, ms;

	if (text[len] == '\0')
		return false;
	len += strcspn(text + len, "zZ+-");
	if (len + 2 > sizeof utc || !read_offset(text + len, &offset))
		return false;
	memcpy(utc, text, len);
	utc[len] = 'Z';
	utc[len + 1] = '\0';
	if (len > 10 && utc[10] == 't')
		utc[10] = 'T';
	if (!clock_parse(utc, &ms))
		return false;
	*wall_s = ms / 1000 - offset;
	return true;
}

static bool
is_registration(const char *action)
{
	return action != NULL && (strcasecmp(action, "registration") == 0 ||
	    strcasecmp(action, "reregistration") == 0);
}

/* The latest of them; 0: none is there. */
static bool
from_events(const struct jval *events, int64_t *out, char *why, size_t size)
{
	size_t i, n = jval_count(events);
	int64_t at;

	*out = 0;
	for (i = 0; i < n && i < EVENTS_MAX; i++) {
		const struct jval *e = jval_at(events, i);
		const char *date = jval_text(jval_get(e, "eventDate"));

		if (!is_registration(jval_text(jval_get(e, "eventAction"))))
			continue;
		if (date == NULL || !read_date(date, &at))
			return text_refuse(why, size,
			    "its day of registration is no date:",
			    date != NULL ? date : "");
		if (at > *out)
			*out = at;
	}
	if (*out > 0)
		return true;
	snprintf(why, size, "it has no day of registration");
	return false;
}

static bool
from_object(const struct jval *v, const char *domain, int64_t now,
    int64_t *out, char *why, size_t size)
{
	const char *class = jval_text(jval_get(v, "objectClassName"));
	const char *name = jval_text(jval_get(v, "ldhName"));
	size_t len = strlen(domain);
	int64_t at;

	if (class == NULL || strcmp(class, "domain") != 0)
		return text_refuse(why, size, "it is about no domain, but",
		    class != NULL ? class : "");
	/* With a final dot, as some registries write it. */
	if (name != NULL && (strncasecmp(name, domain, len) != 0 ||
	    (name[len] != '\0' && strcmp(name + len, ".") != 0)))
		return text_refuse(why, size, "it is about another domain:",
		    name);
	if (!from_events(jval_get(v, "events"), &at, why, size))
		return false;
	if (at > now + DAY_S) {
		snprintf(why, size, "its day of registration is to come");
		return false;
	}
	*out = at;
	return true;
}

bool
rdap_answer_read(const char *body, size_t len, const char *domain,
    int64_t now, int64_t *registered, char *why, size_t size)
{
	struct jval *v = jval_parse(body, len);
	bool ok;

	if (!jval_is_object(v)) {
		snprintf(why, size, "it is no JSON object");
		jval_free(v);
		return false;
	}
	ok = from_object(v, domain, now, registered, why, size);
	jval_free(v);
	return ok;
}
