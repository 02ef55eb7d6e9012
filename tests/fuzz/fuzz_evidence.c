/*
 * Evidence from a store is foreign. What is accepted keeps the promises of its
 * header, is written within its limit, and is read again as the same; only the
 * story may lose steps, and then it counts them.
 */
#include <string.h>

#include "common/evidence.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

/* No octet that a terminal would act on; escapes may stand as they are. */
static void
check_text(const char *s, size_t size)
{
	size_t i;

	PROPERTY(strlen(s) < size);
	PROPERTY(text_is_utf8(s, strlen(s)));
	for (i = 0; s[i] != '\0'; i++)
		PROPERTY((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
}

static void
check(const struct evidence *ev)
{
	size_t i;

	PROPERTY(stage_word(ev->stage) != NULL);
	PROPERTY(ev->code == 0 || (ev->code >= 200 && ev->code <= 599));
	PROPERTY(ev->next_try_at >= 0);
	PROPERTY(strspn(ev->enhanced, "0123456789.") == strlen(ev->enhanced));
	check_text(ev->enhanced, sizeof(ev->enhanced));
	check_text(ev->text, sizeof(ev->text));
	check_text(ev->mx, sizeof(ev->mx));
	check_text(ev->ip, sizeof(ev->ip));
	check_text(ev->provider, sizeof(ev->provider));
	check_text(ev->tls, sizeof(ev->tls));
	check_text(ev->source, sizeof(ev->source));
	check_text(ev->from, sizeof(ev->from));
	check_text(ev->helo, sizeof(ev->helo));
	check_text(ev->rule, sizeof(ev->rule));
	PROPERTY(ev->step_count <= EVIDENCE_STORY_MAX);
	PROPERTY(ev->gap <= ev->step_count);
	for (i = 0; i < ev->step_count; i++) {
		PROPERTY(story_kind_word(ev->steps[i].kind) != NULL);
		check_text(ev->steps[i].text, EVIDENCE_TEXT_MAX + 1);
	}
}

static void
check_same_summary(const struct evidence *a, const struct evidence *b)
{
	PROPERTY(a->stage == b->stage);
	PROPERTY(a->code == b->code);
	PROPERTY(a->attempt == b->attempt);
	PROPERTY(a->took_ms == b->took_ms);
	PROPERTY(a->sent == b->sent && a->received == b->received);
	PROPERTY(a->round_trips == b->round_trips);
	PROPERTY(a->session_ms == b->session_ms);
	PROPERTY(a->next_try_at == b->next_try_at);
	PROPERTY(strcmp(a->enhanced, b->enhanced) == 0);
	PROPERTY(strcmp(a->text, b->text) == 0);
	PROPERTY(strcmp(a->mx, b->mx) == 0);
	PROPERTY(strcmp(a->ip, b->ip) == 0);
	PROPERTY(strcmp(a->provider, b->provider) == 0);
	PROPERTY(strcmp(a->tls, b->tls) == 0);
	PROPERTY(strcmp(a->source, b->source) == 0);
	PROPERTY(strcmp(a->from, b->from) == 0);
	PROPERTY(strcmp(a->helo, b->helo) == 0);
	PROPERTY(strcmp(a->rule, b->rule) == 0);
}

static void
check_same_story(const struct evidence *a, const struct evidence *b)
{
	size_t i;

	if (b->step_count < a->step_count) {
		PROPERTY(b->steps_dropped > a->steps_dropped ||
		    b->steps_dropped == 1000000000);
		return;
	}
	PROPERTY(a->step_count == b->step_count);
	PROPERTY(a->steps_dropped == b->steps_dropped && a->gap == b->gap);
	for (i = 0; i < a->step_count; i++) {
		PROPERTY(a->steps[i].at_ms == b->steps[i].at_ms);
		PROPERTY(a->steps[i].kind == b->steps[i].kind);
		PROPERTY(strcmp(a->steps[i].text, b->steps[i].text) == 0);
	}
}

static void
check_packed(const struct evidence *ev)
{
	struct evidence back;
	size_t packed_len;
	uint8_t *packed = evidence_pack(ev, &packed_len);

	PROPERTY(packed != NULL && packed_len <= EVIDENCE_PACKED_MAX);
	PROPERTY(evidence_unpack(packed, packed_len, &back));
	check(&back);
	check_same_summary(ev, &back);
	check_same_story(ev, &back);
	free(packed);
	evidence_clear(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct evidence ev, back;
	char *json;

	if (!evidence_from_json((const char *)data, len, &ev) &&
	    !evidence_unpack(data, len, &ev)) {
		PROPERTY(ev.steps == NULL && ev.step_count == 0);
		return 0;
	}
	check(&ev);
	check_packed(&ev);
	json = evidence_to_json(&ev, true);
	PROPERTY(json != NULL && strlen(json) <= EVIDENCE_JSON_MAX);
	PROPERTY(strchr(json, '\n') == NULL);
	PROPERTY(evidence_from_json(json, strlen(json), &back));
	check(&back);
	check_same_summary(&ev, &back);
	check_same_story(&ev, &back);
	free(json);
	evidence_clear(&ev);
	evidence_clear(&back);
	return 0;
}
