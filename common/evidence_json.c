#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/evidence_internal.h"
#include "common/jval.h"
#include "common/text.h"

/* Text that nobody escaped, against the contract, is escaped here. */
static bool
put_text(struct jval *o, const char *name, const char *text, size_t size)
{
	char out[EVIDENCE_TEXT_MAX + 1];

	if (text[0] == '\0')
		return true;
	if (evidence_text_is_safe(text))
		return jval_put_text(o, name, text);
	text_escape_utf8(text, strlen(text), out, size);
	return jval_put_text(o, name, out);
}
#define PUT_TEXT(o, name, field) put_text(o, name, field, sizeof(field))

static bool
put_number(struct jval *o, const char *name, int64_t value)
{
	return value == 0 || jval_put_int(o, name, value);
}

static bool
put_time(struct jval *o, const char *name, int64_t s)
{
	char text[CLOCK_TEXT_SIZE];

	if (s <= 0)
		return true;
	clock_text(s > INT64_MAX / 1000 ? INT64_MAX : s * 1000, text);
	return jval_put_text(o, name, text);
}

static struct jval *
step_value(const struct story_step *step)
{
	struct jval *o = jval_object();

	if (jval_put_int(o, "at_ms", step->at_ms) &&
	    jval_put_text(o, "kind", story_kind_word(step->kind)) &&
	    jval_put_text(o, "text", step->text))
		return o;
	jval_free(o);
	return NULL;
}

static struct jval *
dropped_value(size_t count)
{
	struct jval *o = jval_object();

	if (jval_put_int(o, "dropped", (int64_t)count))
		return o;
	jval_free(o);
	return NULL;
}

/* The story with at most keep steps. */
static struct jval *
story_value(const struct evidence *ev, size_t keep)
{
	struct jval *list = jval_array();
	bool ok = list != NULL;
	struct evidence_cut cut;
	size_t i;

	evidence_cut(ev, keep, &cut);
	for (i = 0; ok && i < cut.head; i++)
		ok = jval_add(list, step_value(&ev->steps[i]));
	if (ok && cut.dropped > 0)
		ok = jval_add(list, dropped_value(cut.dropped));
	for (i = ev->step_count - cut.tail; ok && i < ev->step_count; i++)
		ok = jval_add(list, step_value(&ev->steps[i]));
	if (ok)
		return list;
	jval_free(list);
	return NULL;
}

static bool
put_summary(struct jval *o, const struct evidence *ev)
{
	const char *stage = stage_word(ev->stage);

	return jval_put_text(o, "stage", stage) &&
	    put_number(o, "code", ev->code) &&
	    PUT_TEXT(o, "enhanced", ev->enhanced) &&
	    PUT_TEXT(o, "text", ev->text) &&
	    PUT_TEXT(o, "mx", ev->mx) &&
	    PUT_TEXT(o, "ip", ev->ip) &&
	    PUT_TEXT(o, "provider", ev->provider) &&
	    PUT_TEXT(o, "tls", ev->tls) &&
	    PUT_TEXT(o, "from", ev->from) &&
	    PUT_TEXT(o, "helo", ev->helo) &&
	    PUT_TEXT(o, "policy", ev->policy) &&
	    put_number(o, "attempt", ev->attempt) &&
	    PUT_TEXT(o, "rule", ev->rule) &&
	    PUT_TEXT(o, "source", ev->source) &&
	    jval_put_int(o, "took_ms", ev->took_ms) &&
	    put_number(o, "sent", ev->sent) &&
	    put_number(o, "received", ev->received) &&
	    put_number(o, "round_trips", ev->round_trips) &&
	    put_number(o, "session_ms", ev->session_ms) &&
	    put_time(o, "next_try_at", ev->next_try_at);
}

/* With at most keep steps of the story. */
static char *
print(const struct evidence *ev, bool with_story, size_t keep)
{
	struct jval *o = jval_object();
	char *json = NULL;
	bool ok;

	ok = put_summary(o, ev);
	if (ok && with_story && ev->step_count + ev->steps_dropped > 0)
		ok = jval_put(o, "story", story_value(ev, keep));
	if (ok)
		json = jval_print(o);
	jval_free(o);
	return json;
}

/*
 * Mostly all of the story fits; else halve until the most that fits is found.
 * The summary alone always fits, for its fields are short.
 */
char *
evidence_to_json(const struct evidence *ev, bool with_story)
{
	size_t fits = 0, over = ev->step_count + 1, keep = ev->step_count;
	char *json, *best = NULL;

	while (best == NULL || over - fits > 1) {
		json = print(ev, with_story, keep);
		if (json == NULL)
			break;
		if (strlen(json) <= EVIDENCE_JSON_MAX) {
			free(best);
			best = json;
			fits = keep;
		} else {
			free(json);
			if (keep == 0)
				break;
			over = keep;
		}
		keep = (fits + over) / 2;
	}
	return best;
}

/* Absent is fine: the field stays empty. */
static bool
get_text(const struct jval *o, const char *name, char *out, size_t size)
{
	const struct jval *v = jval_get(o, name);
	const char *text = jval_text(v);

	if (v == NULL)
		return true;
	return text != NULL && evidence_text_is_safe(text) &&
	    text_copy(out, text, size) < size;
}
#define GET_TEXT(o, name, field) get_text(o, name, field, sizeof(field))

/* Absent is fine: *out stays 0. */
static bool
get_number(const struct jval *o, const char *name, int64_t max, int64_t *out)
{
	const struct jval *v = jval_get(o, name);

	*out = 0;
	if (v == NULL)
		return true;
	return jval_int(v, out) && *out >= 0 && *out <= max;
}

static bool
get_time(const struct jval *o, const char *name, int64_t *s)
{
	const struct jval *v = jval_get(o, name);
	const char *text = jval_text(v);
	int64_t ms;

	if (v == NULL)
		return true;
	if (text == NULL || !clock_parse(text, &ms) || ms < 1000 ||
	    ms / 1000 > CLOCK_TEXT_LAST_S)
		return false;
	*s = ms / 1000;
	return true;
}

static bool
get_stage(const struct jval *o, enum stage *out)
{
	const char *word = jval_text(jval_get(o, "stage"));

	return word != NULL && stage_from_word(word, out);
}

static bool
get_numbers(const struct jval *o, struct evidence *ev)
{
	int64_t code, attempt, took_ms;

	if (!get_number(o, "code", EVIDENCE_CODE_MAX, &code) ||
	    !get_number(o, "attempt", EVIDENCE_ATTEMPT_MAX, &attempt) ||
	    !get_number(o, "took_ms", UINT32_MAX, &took_ms))
		return false;
	ev->code = (unsigned)code;
	ev->attempt = (unsigned)attempt;
	ev->took_ms = (uint32_t)took_ms;
	return evidence_code_is_valid((uint64_t)code);
}

static bool
get_cost(const struct jval *o, struct evidence *ev)
{
	const struct {
		const char *name;
		uint32_t *out;
	} rows[] = {
		{ "sent", &ev->sent },
		{ "received", &ev->received },
		{ "round_trips", &ev->round_trips },
		{ "session_ms", &ev->session_ms },
	};
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!get_number(o, rows[i].name, UINT32_MAX, &n))
			return false;
		*rows[i].out = (uint32_t)n;
	}
	return true;
}

static bool
get_summary(const struct jval *o, struct evidence *ev)
{
	return get_stage(o, &ev->stage) && get_numbers(o, ev) &&
	    get_cost(o, ev) &&
	    GET_TEXT(o, "enhanced", ev->enhanced) &&
	    strspn(ev->enhanced, "0123456789.") == strlen(ev->enhanced) &&
	    GET_TEXT(o, "text", ev->text) &&
	    GET_TEXT(o, "mx", ev->mx) &&
	    GET_TEXT(o, "ip", ev->ip) &&
	    GET_TEXT(o, "provider", ev->provider) &&
	    GET_TEXT(o, "tls", ev->tls) &&
	    GET_TEXT(o, "from", ev->from) &&
	    GET_TEXT(o, "helo", ev->helo) &&
	    GET_TEXT(o, "policy", ev->policy) &&
	    GET_TEXT(o, "rule", ev->rule) &&
	    GET_TEXT(o, "source", ev->source) &&
	    get_time(o, "next_try_at", &ev->next_try_at);
}

static bool
kind_from_word(const char *word, enum story_kind *out)
{
	unsigned i;

	for (i = 0; i < STORY_KIND_COUNT; i++) {
		if (strcmp(story_kind_word((enum story_kind)i), word) == 0) {
			*out = (enum story_kind)i;
			return true;
		}
	}
	return false;
}

static bool
get_step(const struct jval *o, struct evidence *ev)
{
	const char *word = jval_text(jval_get(o, "kind"));
	const char *text = jval_text(jval_get(o, "text"));
	enum story_kind kind;
	int64_t at_ms;

	if (word == NULL || !kind_from_word(word, &kind) || text == NULL ||
	    !evidence_text_is_safe(text) ||
	    ev->step_count == EVIDENCE_STORY_MAX ||
	    !get_number(o, "at_ms", UINT32_MAX, &at_ms))
		return false;
	return evidence_add_step(ev, (uint32_t)at_ms, kind, text, strlen(text));
}

static bool
get_gap(const struct jval *o, struct evidence *ev)
{
	int64_t dropped;

	return get_number(o, "dropped", EVIDENCE_DROPPED_MAX, &dropped) &&
	    evidence_add_gap(ev, (uint64_t)dropped);
}

static bool
get_story(const struct jval *o, struct evidence *ev)
{
	const struct jval *list = jval_get(o, "story"), *item;
	size_t i;

	if (list == NULL)
		return true;
	if (!jval_is_array(list))
		return false;
	for (i = 0; i < jval_count(list); i++) {
		item = jval_at(list, i);
		if (jval_get(item, "dropped") != NULL ? !get_gap(item, ev) :
		    !get_step(item, ev))
			return false;
	}
	return true;
}

bool
evidence_from_json(const char *json, size_t len, struct evidence *ev)
{
	struct jval *o;
	bool ok;

	evidence_init(ev);
	if (len > EVIDENCE_JSON_MAX)
		return false;
	o = jval_parse(json, len);
	ok = jval_is_object(o) && get_summary(o, ev) && get_story(o, ev);
	jval_free(o);
	if (!ok)
		evidence_clear(ev);
	return ok;
}
