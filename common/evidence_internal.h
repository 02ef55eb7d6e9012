/*
 * evidence_internal: what evidence.c (the story), evidence_json.c and
 * evidence_pack.c (its two written forms) share.
 */
#ifndef RCPTGUARD_EVIDENCE_INTERNAL_H
#define RCPTGUARD_EVIDENCE_INTERNAL_H

#include "common/evidence.h"

#define EVIDENCE_CODE_MAX	599
#define EVIDENCE_ATTEMPT_MAX	UINT16_MAX
#define EVIDENCE_DROPPED_MAX	1000000000

bool evidence_code_is_valid(uint64_t code);

/* Whether s could have come out of text_escape_utf8. */
bool evidence_text_is_safe(const char *s);

/* For a reader of a written form. text is safe already; false: no memory. */
bool evidence_add_step(struct evidence *ev, uint32_t at_ms,
    enum story_kind kind, const char *text, size_t len);
/* Steps are missing here. False: there is a gap already, or none is missing. */
bool evidence_add_gap(struct evidence *ev, uint64_t dropped);

/*
 * What of the story is written when at most keep of its steps are: the first
 * head, dropped ones (0: no gap), the last tail. Two thirds of keep are from
 * its start, one from its end.
 */
struct evidence_cut {
	size_t head, tail, dropped;
};
void evidence_cut(const struct evidence *ev, size_t keep,
    struct evidence_cut *cut);

#endif
