#include "common/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/text.h"

#define STORY_FIRST	(EVIDENCE_STORY_MAX * 2 / 3)
#define RAW_MAX		(2 * EVIDENCE_TEXT_MAX)	/* before it is escaped */
#define CODE_MIN	200
#define CODE_MAX	599
#define ATTEMPT_MAX	UINT16_MAX
#define DROPPED_MAX	1000000000

static const char *const kind_words[STORY_KIND_COUNT] = {
	[STORY_NOTE] = "note",
	[STORY_DNS] = "dns",
	[STORY_CONNECT] = "connect",
	[STORY_SENT] = "sent",
	[STORY_RECEIVED] = "received",
};

void
evidence_init(struct evidence *ev)
{
	*ev = (struct evidence){ 0 };
}

void
evidence_clear(struct evidence *ev)
{
	size_t i;

	for (i = 0; i < ev->step_count; i++)
		free(ev->steps[i].text);
	free(ev->steps);
	evidence_init(ev);
}

const char *
story_kind_word(enum story_kind kind)
{
	if ((unsigned)kind >= STORY_KIND_COUNT)
		return NULL;
	return kind_words[kind];
}

static bool
kind_from_word(const char *word, enum story_kind *out)
{
	unsigned i;

	for (i = 0; i < STORY_KIND_COUNT; i++) {
		if (strcmp(kind_words[i], word) == 0) {
			*out = (enum story_kind)i;
			return true;
		}
	}
	return false;
}

/* Room for one more step; doubles, for most stories are short. */
static bool
make_room(struct evidence *ev)
{
	struct story_step *steps;
	size_t n = ev->step_count;

	/* Full at 0 and at each power of two from 8. */
	if (n != 0 && (n < 8 || (n & (n - 1)) != 0))
		return true;
	steps = realloc(ev->steps, (n == 0 ? 8 : 2 * n) * sizeof(*steps));
	if (steps == NULL)
		return false;
	ev->steps = steps;
	return true;
}

static void
drop_middle_step(struct evidence *ev)
{
	free(ev->steps[STORY_FIRST].text);
	ev->step_count--;
	memmove(&ev->steps[STORY_FIRST], &ev->steps[STORY_FIRST + 1],
	    (ev->step_count - STORY_FIRST) * sizeof(ev->steps[0]));
	ev->gap = STORY_FIRST;
	ev->steps_dropped++;
}

/* Takes text, which may be NULL: no memory. */
static bool
append_step(struct evidence *ev, uint32_t at_ms, enum story_kind kind,
    char *text)
{
	if (text == NULL || !make_room(ev)) {
		free(text);
		return false;
	}
	ev->steps[ev->step_count++] = (struct story_step){ .at_ms = at_ms,
	    .kind = kind, .text = text };
	return true;
}

void
evidence_tell(struct evidence *ev, uint32_t at_ms, enum story_kind kind,
    const char *fmt, ...)
{
	char raw[RAW_MAX + 1], safe[EVIDENCE_TEXT_MAX + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		raw[0] = '\0';
	text_escape_utf8(raw, strlen(raw), safe, sizeof(safe));
	if (ev->step_count == EVIDENCE_STORY_MAX)
		drop_middle_step(ev);
	if (append_step(ev, at_ms, kind, strdup(safe)))
		return;
	if (ev->steps_dropped++ == 0)
		ev->gap = ev->step_count;
}

/* Whether s could have come out of text_escape_utf8. */
static bool
is_escaped(const char *s)
{
	char out[EVIDENCE_TEXT_MAX + 1];
	size_t n;

	if (strlen(s) > EVIDENCE_TEXT_MAX)
		return false;
	for (; *s != '\0'; s += n + (s[n] == '\\')) {
		n = strcspn(s, "\\");
		/* A text that was cut may have its old length. */
		if (text_escape_utf8(s, n, out, sizeof(out)) != n ||
		    memcmp(out, s, n) != 0)
			return false;
	}
	return true;
}

/* Text that nobody escaped, against the contract, is escaped here. */
static bool
put_text(struct jval *o, const char *name, const char *text, size_t size)
{
	char out[EVIDENCE_TEXT_MAX + 1];

	if (text[0] == '\0')
		return true;
	if (is_escaped(text))
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

/*
 * The story with at most keep steps: two thirds from its start, one from its
 * end. A gap that is there already stays the only one.
 */
static struct jval *
story_value(const struct evidence *ev, size_t keep)
{
	size_t count = ev->step_count, head = count, tail = 0, dropped, i;
	struct jval *list = jval_array();
	bool ok = list != NULL;

	if (ev->steps_dropped > 0 || keep < count) {
		head = keep < count ? keep * 2 / 3 : count;
		if (ev->steps_dropped > 0 && head > ev->gap)
			head = ev->gap;
		tail = keep - head;
		if (tail > count - head)
			tail = count - head;
		if (ev->steps_dropped > 0 && tail > count - ev->gap)
			tail = count - ev->gap;
	}
	dropped = ev->steps_dropped + count - head - tail;
	if (dropped > DROPPED_MAX)
		dropped = DROPPED_MAX;
	for (i = 0; ok && i < head; i++)
		ok = jval_add(list, step_value(&ev->steps[i]));
	if (ok && dropped > 0)
		ok = jval_add(list, dropped_value(dropped));
	for (i = count - tail; ok && i < count; i++)
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
	return text != NULL && is_escaped(text) &&
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
	if (text == NULL || !clock_parse(text, &ms) || ms < 1000)
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

	if (!get_number(o, "code", CODE_MAX, &code) ||
	    !get_number(o, "attempt", ATTEMPT_MAX, &attempt) ||
	    !get_number(o, "took_ms", UINT32_MAX, &took_ms))
		return false;
	ev->code = (unsigned)code;
	ev->attempt = (unsigned)attempt;
	ev->took_ms = (uint32_t)took_ms;
	return code == 0 || code >= CODE_MIN;
}

static bool
get_summary(const struct jval *o, struct evidence *ev)
{
	return get_stage(o, &ev->stage) && get_numbers(o, ev) &&
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
get_step(const struct jval *o, struct evidence *ev)
{
	const char *word = jval_text(jval_get(o, "kind"));
	const char *text = jval_text(jval_get(o, "text"));
	enum story_kind kind;
	int64_t at_ms;

	if (word == NULL || !kind_from_word(word, &kind) || text == NULL ||
	    !is_escaped(text) || ev->step_count == EVIDENCE_STORY_MAX ||
	    !get_number(o, "at_ms", UINT32_MAX, &at_ms))
		return false;
	return append_step(ev, (uint32_t)at_ms, kind, strdup(text));
}

static bool
get_gap(const struct jval *o, struct evidence *ev)
{
	int64_t dropped;

	if (ev->steps_dropped > 0 ||
	    !get_number(o, "dropped", DROPPED_MAX, &dropped) || dropped == 0)
		return false;
	ev->steps_dropped = (size_t)dropped;
	ev->gap = ev->step_count;
	return true;
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
