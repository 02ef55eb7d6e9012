#include "common/notice.h"

#include <string.h>

#include "common/clock.h"

static const struct {
	const char *word;
	bool alarm;
} kinds[NOTICE_KIND_COUNT] = {
	[NOTICE_LISTED] = { "listed", true },
	[NOTICE_DELISTED] = { "delisted", true },
	[NOTICE_LIST_BROKEN] = { "list_broken", true },
	[NOTICE_LIST_WORKS] = { "list_works", true },
	[NOTICE_TICKET] = { "ticket", false },
	[NOTICE_SOURCE_RESTS] = { "source_rests", true },
	[NOTICE_SOURCE_RESUMES] = { "source_resumes", true },
	[NOTICE_SOURCE_RETIRED] = { "source_retired", true },
	[NOTICE_SOURCE_RETURNS] = { "source_returns", true },
	[NOTICE_PREFLIGHT_FAILS] = { "preflight_fails", true },
	[NOTICE_PREFLIGHT_PASSES] = { "preflight_passes", true },
	[NOTICE_PROVIDER_DRIFTED] = { "provider_drifted", true },
	[NOTICE_PROVIDER_TRUSTED] = { "provider_trusted", true },
	[NOTICE_REFUSED_US] = { "refused_us", true },
	/* Of a listing hundreds of them tell. */
	[NOTICE_HOST_REFUSED_US] = { "host_refused_us", false },
	[NOTICE_LIMIT_NAMED] = { "limit_named", false },
	[NOTICE_UNKNOWN_RATIO] = { "unknown_ratio", true },
	[NOTICE_UNKNOWN_USERS] = { "unknown_users", false },
	[NOTICE_HOST_SILENT] = { "host_silent", false },
	[NOTICE_PORT25_CLOSED] = { "port25_closed", true },
	[NOTICE_RAMP_FELL] = { "ramp_fell", true },
	[NOTICE_RAMP_ROSE] = { "ramp_rose", false },
};

const char *
notice_word(enum notice_kind kind)
{
	return (unsigned)kind < NOTICE_KIND_COUNT ? kinds[kind].word : NULL;
}

bool
notice_kind_from_word(const char *word, enum notice_kind *out)
{
	unsigned i;

	for (i = 0; i < NOTICE_KIND_COUNT; i++)
		if (strcmp(kinds[i].word, word) == 0) {
			*out = (enum notice_kind)i;
			return true;
		}
	return false;
}

bool
notice_is_alarm(enum notice_kind kind)
{
	return (unsigned)kind < NOTICE_KIND_COUNT && kinds[kind].alarm;
}

static bool
put(struct jval *o, const char *name, const char *text)
{
	return text == NULL || text[0] == '\0' || jval_put_text(o, name, text);
}

struct jval *
notice_value(const struct notice *n)
{
	struct jval *o = jval_object();
	char time[CLOCK_TEXT_SIZE];

	clock_text(n->time_ms, time);
	if (jval_put_text(o, "time", time) &&
	    jval_put_text(o, "notice", notice_word(n->kind)) &&
	    jval_put_bool(o, "alarm", notice_is_alarm(n->kind)) &&
	    jval_put_text(o, "what", n->what != NULL ? n->what : "") &&
	    put(o, "zone", n->zone) && put(o, "source", n->source) &&
	    jval_put_text(o, "text", n->text != NULL ? n->text : "") &&
	    put(o, "see", n->see))
		return o;
	jval_free(o);
	return NULL;
}

static const char *
text_of(const struct jval *o, const char *name)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL ? text : "";
}

bool
notice_read(const struct jval *o, struct notice *out)
{
	struct notice n = {
		.what = text_of(o, "what"),
		.zone = text_of(o, "zone"),
		.source = text_of(o, "source"),
		.text = text_of(o, "text"),
		.see = text_of(o, "see"),
	};

	if (!clock_parse(text_of(o, "time"), &n.time_ms) ||
	    !notice_kind_from_word(text_of(o, "notice"), &n.kind) ||
	    jval_text(jval_get(o, "what")) == NULL ||
	    jval_text(jval_get(o, "text")) == NULL)
		return false;
	*out = n;
	return true;
}

void
notice_key(bool alarm, uint64_t number, uint8_t out[NOTICE_KEY_SIZE])
{
	unsigned i;

	out[0] = alarm ? 'a' : 'c';
	for (i = 1; i < NOTICE_KEY_SIZE; i++)
		out[i] = (uint8_t)(number >> 8 * (NOTICE_KEY_SIZE - 1 - i));
}

bool
notice_key_read(const void *key, size_t len, bool *alarm, uint64_t *number)
{
	const uint8_t *in = key;
	uint64_t n = 0;
	unsigned i;

	if (len != NOTICE_KEY_SIZE || (in[0] != 'a' && in[0] != 'c'))
		return false;
	for (i = 1; i < NOTICE_KEY_SIZE; i++)
		n = n << 8 | in[i];
	*alarm = in[0] == 'a';
	*number = n;
	return true;
}
