#include "common/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/evidence_internal.h"
#include "common/text.h"

#define STORY_FIRST	(EVIDENCE_STORY_MAX * 2 / 3)
#define STEPS_ROOM	16		/* at first; a power of two */
#define POOL_SIZE	1024
#define CODE_MIN	200
#define RAW_MAX		(2 * EVIDENCE_TEXT_MAX)	/* before it is escaped */

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

static void
free_text(const struct evidence *ev, char *text)
{
	if (ev->pool == NULL || text < ev->pool ||
	    text >= ev->pool + POOL_SIZE)
		free(text);
}

/* A common story fits the pool: one allocation for all of its texts. */
static char *
new_text(struct evidence *ev, size_t size)
{
	char *text;

	if (ev->pool == NULL && (ev->pool = malloc(POOL_SIZE)) == NULL)
		return NULL;
	if (size > POOL_SIZE - ev->pool_used)
		return malloc(size);
	text = ev->pool + ev->pool_used;
	ev->pool_used += size;
	return text;
}

void
evidence_clear(struct evidence *ev)
{
	size_t i;

	for (i = 0; i < ev->step_count; i++)
		free_text(ev, ev->steps[i].text);
	free(ev->pool);
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

/* Room for one more step; doubles, for most stories are short. */
static bool
make_room(struct evidence *ev)
{
	struct story_step *steps;
	size_t n = ev->step_count;

	/* Full at 0 and at each power of two from STEPS_ROOM. */
	if (n != 0 && (n < STEPS_ROOM || (n & (n - 1)) != 0))
		return true;
	steps = realloc(ev->steps, (n == 0 ? STEPS_ROOM : 2 * n) *
	    sizeof(*steps));
	if (steps == NULL)
		return false;
	ev->steps = steps;
	return true;
}

static void
drop_middle_step(struct evidence *ev)
{
	free_text(ev, ev->steps[STORY_FIRST].text);
	ev->step_count--;
	memmove(&ev->steps[STORY_FIRST], &ev->steps[STORY_FIRST + 1],
	    (ev->step_count - STORY_FIRST) * sizeof(ev->steps[0]));
	ev->gap = STORY_FIRST;
	ev->steps_dropped++;
}

bool
evidence_add_step(struct evidence *ev, uint32_t at_ms, enum story_kind kind,
    const char *text, size_t len)
{
	char *copy;

	if (!make_room(ev) || (copy = new_text(ev, len + 1)) == NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	ev->steps[ev->step_count++] = (struct story_step){ .at_ms = at_ms,
	    .kind = kind, .text = copy };
	return true;
}

bool
evidence_add_gap(struct evidence *ev, uint64_t dropped)
{
	if (ev->steps_dropped > 0 || dropped == 0 ||
	    dropped > EVIDENCE_DROPPED_MAX)
		return false;
	ev->steps_dropped = (size_t)dropped;
	ev->gap = ev->step_count;
	return true;
}

void
evidence_tell_text(struct evidence *ev, uint32_t at_ms, enum story_kind kind,
    const char *text, size_t len)
{
	char safe[EVIDENCE_TEXT_MAX + 1];
	size_t n = text_escape_utf8(text, len, safe, sizeof(safe));

	if (ev->step_count == EVIDENCE_STORY_MAX)
		drop_middle_step(ev);
	if (evidence_add_step(ev, at_ms, kind, safe, n))
		return;
	if (ev->steps_dropped++ == 0)
		ev->gap = ev->step_count;
}

void
evidence_tell(struct evidence *ev, uint32_t at_ms, enum story_kind kind,
    const char *fmt, ...)
{
	char raw[RAW_MAX + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		raw[0] = '\0';
	evidence_tell_text(ev, at_ms, kind, raw, strlen(raw));
}

bool
evidence_code_is_valid(uint64_t code)
{
	return code == 0 || (code >= CODE_MIN && code <= EVIDENCE_CODE_MAX);
}

bool
evidence_text_is_safe(const char *s)
{
	char out[EVIDENCE_TEXT_MAX + 1];
	size_t n = strlen(s);

	if (n > EVIDENCE_TEXT_MAX)
		return false;
	if (text_plain(s, n) == n)
		return true;
	for (; *s != '\0'; s += n + (s[n] == '\\')) {
		n = strcspn(s, "\\");
		/* A text that was cut may have its old length. */
		if (text_escape_utf8(s, n, out, sizeof(out)) != n ||
		    memcmp(out, s, n) != 0)
			return false;
	}
	return true;
}

/* A gap that is there already stays the only one. */
void
evidence_cut(const struct evidence *ev, size_t keep, struct evidence_cut *cut)
{
	size_t count = ev->step_count, head = count, tail = 0, dropped;

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
	cut->head = head;
	cut->tail = tail;
	cut->dropped = dropped > EVIDENCE_DROPPED_MAX ? EVIDENCE_DROPPED_MAX :
	    dropped;
}
