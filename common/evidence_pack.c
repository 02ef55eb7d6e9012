#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/evidence_internal.h"
#include "common/text.h"

#define FIELD_HEAD	3
#define NUMBER_SIZE	8
#define STEP_HEAD	4		/* at_ms, before the text */

/* Part of the store: never given another meaning. */
enum tag {
	TAG_CODE = 1,
	TAG_ATTEMPT = 2,
	TAG_TOOK_MS = 3,
	TAG_NEXT_TRY_AT = 4,
	TAG_SENT = 5,
	TAG_RECEIVED = 6,
	TAG_ROUND_TRIPS = 7,
	TAG_SESSION_MS = 8,
	TAG_STAGE = 15,			/* its word */
	TAG_ENHANCED = 16,
	TAG_TEXT = 17,
	TAG_MX = 18,
	TAG_IP = 19,
	TAG_PROVIDER = 20,
	TAG_TLS = 21,
	TAG_SOURCE = 22,
	TAG_FROM = 23,
	TAG_HELO = 24,
	TAG_POLICY = 25,
	TAG_RULE = 26,
	TAG_GAP = 63,
	TAG_STEP = 64			/* and its kind, see step_kinds */
};

/* Not the enum's own numbers: those may move. */
static const enum story_kind step_kinds[] = {
	STORY_NOTE, STORY_DNS, STORY_CONNECT, STORY_SENT, STORY_RECEIVED
};
_Static_assert(sizeof(step_kinds) / sizeof(step_kinds[0]) ==
    STORY_KIND_COUNT, "every kind of step has its tag");

static const struct {
	enum tag tag;
	size_t at, size;
} texts[] = {
#define TEXT(tag, field) { tag, offsetof(struct evidence, field), \
    sizeof(((struct evidence *)0)->field) }
	TEXT(TAG_ENHANCED, enhanced),
	TEXT(TAG_TEXT, text),
	TEXT(TAG_MX, mx),
	TEXT(TAG_IP, ip),
	TEXT(TAG_PROVIDER, provider),
	TEXT(TAG_TLS, tls),
	TEXT(TAG_SOURCE, source),
	TEXT(TAG_FROM, from),
	TEXT(TAG_HELO, helo),
	TEXT(TAG_POLICY, policy),
	TEXT(TAG_RULE, rule),
#undef TEXT
};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

/* What a number may be at most; 0: the tag is no number's. */
static const uint64_t number_max[] = {
	[TAG_CODE] = EVIDENCE_CODE_MAX,
	[TAG_ATTEMPT] = EVIDENCE_ATTEMPT_MAX,
	[TAG_TOOK_MS] = UINT32_MAX,
	[TAG_NEXT_TRY_AT] = INT64_MAX,
	[TAG_SENT] = UINT32_MAX,
	[TAG_RECEIVED] = UINT32_MAX,
	[TAG_ROUND_TRIPS] = UINT32_MAX,
	[TAG_SESSION_MS] = UINT32_MAX,
};
#define NUMBER_COUNT (sizeof(number_max) / sizeof(number_max[0]))

#define STAGE_SIZE	16		/* of the longest word, and its NUL */

static unsigned
tag_of_kind(enum story_kind kind)
{
	unsigned i;

	for (i = 0; i < STORY_KIND_COUNT; i++)
		if (step_kinds[i] == kind)
			return TAG_STEP + i;
	return TAG_STEP;
}

/* --- writing ------------------------------------------------------------ */

static uint8_t *
put_head(uint8_t *p, unsigned tag, size_t len)
{
	p[0] = (uint8_t)tag;
	p[1] = (uint8_t)len;
	p[2] = (uint8_t)(len >> 8);
	return p + FIELD_HEAD;
}

static uint8_t *
put_number(uint8_t *p, enum tag tag, uint64_t value)
{
	uint64_t le = htole64(value);

	if (value == 0)
		return p;
	p = put_head(p, tag, NUMBER_SIZE);
	memcpy(p, &le, NUMBER_SIZE);
	return p + NUMBER_SIZE;
}

static uint8_t *
put_step(uint8_t *p, const struct story_step *step)
{
	size_t len = strlen(step->text);
	uint32_t le = htole32(step->at_ms);

	p = put_head(p, tag_of_kind(step->kind), STEP_HEAD + len);
	memcpy(p, &le, STEP_HEAD);
	memcpy(p + STEP_HEAD, step->text, len);
	return p + STEP_HEAD + len;
}

/* Text that nobody escaped, against the contract, is escaped here. */
static uint8_t *
put_text(uint8_t *p, enum tag tag, const char *text, size_t size)
{
	char safe[EVIDENCE_TEXT_MAX + 1];
	size_t len = strlen(text);

	if (len == 0)
		return p;
	if (!evidence_text_is_safe(text)) {
		len = text_escape_utf8(text, len, safe, size);
		text = safe;
	}
	p = put_head(p, tag, len);
	memcpy(p, text, len);
	return p + len;
}

static uint8_t *
put_summary(uint8_t *p, const struct evidence *ev)
{
	size_t i;

	if (ev->stage != STAGE_NONE)
		p = put_text(p, TAG_STAGE, stage_word(ev->stage), STAGE_SIZE);
	p = put_number(p, TAG_CODE, ev->code);
	p = put_number(p, TAG_ATTEMPT, ev->attempt);
	p = put_number(p, TAG_TOOK_MS, ev->took_ms);
	p = put_number(p, TAG_SENT, ev->sent);
	p = put_number(p, TAG_RECEIVED, ev->received);
	p = put_number(p, TAG_ROUND_TRIPS, ev->round_trips);
	p = put_number(p, TAG_SESSION_MS, ev->session_ms);
	if (ev->next_try_at > 0)
		p = put_number(p, TAG_NEXT_TRY_AT,
		    (uint64_t)(ev->next_try_at < CLOCK_TEXT_LAST_S ?
		    ev->next_try_at : CLOCK_TEXT_LAST_S));
	for (i = 0; i < TEXT_COUNT; i++)
		p = put_text(p, texts[i].tag, (const char *)ev + texts[i].at,
		    texts[i].size);
	return p;
}

static uint8_t *
put_story(uint8_t *p, const struct evidence *ev,
    const struct evidence_cut *cut)
{
	size_t i;

	for (i = 0; i < cut->head; i++)
		p = put_step(p, &ev->steps[i]);
	p = put_number(p, TAG_GAP, cut->dropped);
	for (i = ev->step_count - cut->tail; i < ev->step_count; i++)
		p = put_step(p, &ev->steps[i]);
	return p;
}

/* At most; the summary alone is far below the limit. */
static size_t
summary_size(void)
{
	size_t i, n = 1 + FIELD_HEAD + STAGE_SIZE;

	n += (NUMBER_COUNT + 1) * (FIELD_HEAD + NUMBER_SIZE);	/* + the gap */
	for (i = 0; i < TEXT_COUNT; i++)
		n += FIELD_HEAD + texts[i].size;
	return n;
}

static size_t
step_size(const struct story_step *step)
{
	return FIELD_HEAD + STEP_HEAD + strlen(step->text);
}

static size_t
story_size(const struct evidence *ev, const struct evidence_cut *cut)
{
	size_t i, n = 0;

	for (i = 0; i < cut->head; i++)
		n += step_size(&ev->steps[i]);
	for (i = ev->step_count - cut->tail; i < ev->step_count; i++)
		n += step_size(&ev->steps[i]);
	return n;
}

/* Made on the stack, for it waits for its commit in no more than it needs. */
uint8_t *
evidence_pack(const struct evidence *ev, size_t *len)
{
	size_t keep = ev->step_count, summary = summary_size();
	uint8_t room[EVIDENCE_PACKED_MAX], *packed, *p;
	struct evidence_cut cut;

	evidence_cut(ev, keep, &cut);
	while (summary + story_size(ev, &cut) > sizeof(room))
		evidence_cut(ev, --keep, &cut);
	room[0] = EVIDENCE_PACK_VERSION;
	p = put_summary(room + 1, ev);
	p = put_story(p, ev, &cut);
	*len = (size_t)(p - room);
	if ((packed = malloc(*len)) == NULL)
		*len = 0;
	else
		memcpy(packed, room, *len);
	return packed;
}

/* --- reading ------------------------------------------------------------ */

struct field {
	unsigned tag;
	const char *value;
	size_t len;
};

static bool
get_number(const struct field *f, uint64_t max, uint64_t *out)
{
	uint64_t le;

	if (f->len != NUMBER_SIZE)
		return false;
	memcpy(&le, f->value, NUMBER_SIZE);
	*out = le64toh(le);
	return *out <= max;
}

static bool
get_text(const struct field *f, char *out, size_t size)
{
	if (f->len >= size || memchr(f->value, '\0', f->len) != NULL)
		return false;
	memcpy(out, f->value, f->len);
	out[f->len] = '\0';
	return evidence_text_is_safe(out);
}

static bool
get_step(const struct field *f, struct evidence *ev)
{
	char text[EVIDENCE_TEXT_MAX + 1];
	struct field words = *f;
	uint32_t le;

	if (f->len < STEP_HEAD || ev->step_count == EVIDENCE_STORY_MAX)
		return false;
	memcpy(&le, f->value, STEP_HEAD);
	words.value += STEP_HEAD;
	words.len -= STEP_HEAD;
	return get_text(&words, text, sizeof(text)) &&
	    evidence_add_step(ev, le32toh(le), step_kinds[f->tag - TAG_STEP],
	    text, words.len);
}

static bool
get_stage(const struct field *f, enum stage *out)
{
	char word[STAGE_SIZE];

	return get_text(f, word, sizeof(word)) && stage_from_word(word, out);
}

static bool
set_number(struct evidence *ev, unsigned tag, uint64_t n)
{
	switch (tag) {
	case TAG_CODE:
		ev->code = (unsigned)n;
		return evidence_code_is_valid(n);
	case TAG_ATTEMPT:
		ev->attempt = (unsigned)n;
		return true;
	case TAG_TOOK_MS:
		ev->took_ms = (uint32_t)n;
		return true;
	case TAG_NEXT_TRY_AT:
		ev->next_try_at = (int64_t)n;
		return n <= CLOCK_TEXT_LAST_S;
	case TAG_SENT:
		ev->sent = (uint32_t)n;
		return true;
	case TAG_RECEIVED:
		ev->received = (uint32_t)n;
		return true;
	case TAG_ROUND_TRIPS:
		ev->round_trips = (uint32_t)n;
		return true;
	case TAG_SESSION_MS:
		ev->session_ms = (uint32_t)n;
		return true;
	default:
		return false;
	}
}

static bool
get_field(const struct field *f, struct evidence *ev)
{
	uint64_t n;
	size_t i;

	if (f->tag < NUMBER_COUNT && number_max[f->tag] > 0)
		return get_number(f, number_max[f->tag], &n) &&
		    set_number(ev, f->tag, n);
	if (f->tag == TAG_STAGE)
		return get_stage(f, &ev->stage);
	if (f->tag == TAG_GAP)
		return get_number(f, EVIDENCE_DROPPED_MAX, &n) &&
		    evidence_add_gap(ev, n);
	if (f->tag >= TAG_STEP && f->tag < TAG_STEP + STORY_KIND_COUNT)
		return get_step(f, ev);
	for (i = 0; i < TEXT_COUNT; i++)
		if (texts[i].tag == f->tag)
			return get_text(f, (char *)ev + texts[i].at,
			    texts[i].size);
	return true;			/* of a later program */
}

static bool
get_all(const uint8_t *p, size_t len, struct evidence *ev)
{
	const uint8_t *end = p + len;
	struct field f;

	for (p++; p < end; p += f.len) {
		if (end - p < FIELD_HEAD)
			return false;
		f.tag = p[0];
		f.len = (size_t)(p[1] | p[2] << 8);
		p += FIELD_HEAD;
		f.value = (const char *)p;
		if ((size_t)(end - p) < f.len || !get_field(&f, ev))
			return false;
	}
	return strspn(ev->enhanced, "0123456789.") == strlen(ev->enhanced);
}

bool
evidence_unpack(const void *packed, size_t len, struct evidence *ev)
{
	const uint8_t *p = packed;

	evidence_init(ev);
	if (len == 0 || len > EVIDENCE_PACKED_MAX ||
	    p[0] != EVIDENCE_PACK_VERSION)
		return false;
	if (get_all(p, len, ev))
		return true;
	evidence_clear(ev);
	return false;
}

char *
evidence_packed_json(const void *packed, size_t len, bool with_story)
{
	struct evidence ev;
	char *json = NULL;

	if (evidence_unpack(packed, len, &ev))
		json = evidence_to_json(&ev, with_story);
	evidence_clear(&ev);
	return json;
}
