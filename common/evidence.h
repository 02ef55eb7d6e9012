/*
 * evidence: how a verdict is known, and the story of the probe behind it.
 *
 * The summary is what the log and the JSON show; the story is what
 * `rcptguard explain` retells: each DNS answer, connection and line of the
 * dialogue with its time. All text in here has passed text_escape_utf8.
 *
 * Pure but for allocation; one owner, one thread at a time.
 */
#ifndef RCPTGUARD_EVIDENCE_H
#define RCPTGUARD_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/stage.h"

#define EVIDENCE_TEXT_MAX	512
#define EVIDENCE_STORY_MAX	120	/* steps: first 80, last 40 */
#define EVIDENCE_JSON_MAX	(16 * 1024)
#define EVIDENCE_PACKED_MAX	(16 * 1024)

enum story_kind {
	STORY_NOTE,			/* what the probe decided, in words */
	STORY_DNS,			/* a question and its answer */
	STORY_CONNECT,			/* a host tried, or its connection's end */
	STORY_SENT,			/* a line we sent */
	STORY_RECEIVED,			/* a line they sent */
	STORY_KIND_COUNT
};

struct story_step {
	uint32_t at_ms;			/* since the probe began */
	enum story_kind kind;
	char *text;			/* the evidence's */
};

struct evidence {
	enum stage stage;
	unsigned code;			/* SMTP reply code; 0: none */
	char enhanced[16];		/* "5.1.1"; empty: none */
	char text[EVIDENCE_TEXT_MAX + 1];	/* the reply's lines, joined */
	char mx[256];
	char ip[48];			/* address dialled */
	char provider[32];		/* family of MX; empty: none known */
	char tls[32];			/* "TLSv1.3"; empty: plain */
	char source[48];		/* our address */
	char from[256];			/* MAIL FROM */
	char helo[256];
	char policy[16];		/* version of the policy in force */
	char rule[64];			/* id of the rule that decided */
	unsigned attempt;
	uint32_t took_ms;
	/* What it cost in SMTP sessions; octets are those within TLS. */
	uint32_t sent, received;
	uint32_t round_trips;		/* waits for the other side */
	uint32_t session_ms;
	int64_t next_try_at;		/* wall seconds; 0: none planned; past
					   CLOCK_TEXT_LAST_S it is written
					   as that */
	struct story_step *steps;	/* in order of time */
	char *pool;			/* texts of the first steps */
	size_t pool_used;
	size_t step_count;
	size_t steps_dropped;		/* they stood before steps[gap] */
	size_t gap;
};

void evidence_init(struct evidence *ev);
void evidence_clear(struct evidence *ev);	/* frees; leaves it as init does */

/*
 * Appends a step; text is foreign or ours, is escaped and cut here. Past
 * EVIDENCE_STORY_MAX a step of the middle makes room for it and is counted in
 * steps_dropped; so is the new one if there is no memory.
 */
void evidence_tell(struct evidence *ev, uint32_t at_ms, enum story_kind kind,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for a text that is ready. */
void evidence_tell_text(struct evidence *ev, uint32_t at_ms,
    enum story_kind kind, const char *text, size_t len);

/* "note", "dns", "connect", "sent", "received"; NULL for another number. */
const char *story_kind_word(enum story_kind kind);

/*
 * One JSON object, one line, no longer than EVIDENCE_JSON_MAX (the story loses
 * steps of its middle until it fits). The caller frees it. NULL: no memory.
 *
 * Names as in DESIGN: stage, code, enhanced, text, mx, ip, provider, tls,
 * from, helo, attempt, rule; and policy, source, took_ms, sent, received,
 * round_trips, session_ms, next_try_at (RFC 3339, whole seconds as clock_text
 * writes them), story. What is empty or 0 is left out, but not stage and
 * took_ms. story is a list of {at_ms, kind, text}, with {dropped: N} where N
 * steps are missing.
 */
char *evidence_to_json(const struct evidence *ev, bool with_story);

/*
 * False, and *ev as evidence_init leaves it, for anything ill-formed: over
 * EVIDENCE_JSON_MAX, no object, a member of the wrong type, out of range, too
 * long for its field, or with octets that text_escape_utf8 would not have let
 * pass. Members that are not known are ignored. *ev need not be initialised.
 */
bool evidence_from_json(const char *json, size_t len, struct evidence *ev);

/*
 * How evidence lies in the store: a third of its JSON, and made in a twentieth
 * of the time. Little-endian:
 *
 *   0  1  version (EVIDENCE_PACK_VERSION)
 *   1  .  fields: tag (1 octet), length (2 octets), value
 *
 * Texts have no NUL. A number is 8 octets. A step of the story has its kind in
 * its tag, and as value its time (4 octets), then its text; a gap stands among
 * the steps, where they are missing. What is empty or 0 is left out. Fields
 * may stand in any order but the story's own; a tag that is not known is
 * ignored, so a field can be added without a new version.
 */
#define EVIDENCE_PACK_VERSION	1

/*
 * No longer than EVIDENCE_PACKED_MAX (as evidence_to_json has it). The caller
 * frees it. NULL: no memory.
 */
uint8_t *evidence_pack(const struct evidence *ev, size_t *len);

/*
 * False, and *ev as evidence_init leaves it, for another version and anything
 * that evidence_from_json would not take. *ev need not be initialised.
 */
bool evidence_unpack(const void *packed, size_t len, struct evidence *ev);

/* The packed form as JSON; the caller frees it. NULL: ill-formed, no memory. */
char *evidence_packed_json(const void *packed, size_t len, bool with_story);

#endif
