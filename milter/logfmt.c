#include "milter/logfmt.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define FIELD_MAX	320		/* escaped; an address fits unescaped */

struct line {
	char *out;
	size_t len;
};

static void
add(struct line *l, const char *text, size_t n)
{
	size_t room = LOGFMT_SIZE - l->len;

	if (n >= room)
		n = room - 1;
	memcpy(l->out + l->len, text, n);
	l->len += n;
}

/* So that the compiler counts the octets of what all lines have. */
#define ADD(l, literal)		add(l, literal, sizeof(literal) - 1)
#define PUT(l, name, word)	(ADD(l, " " name "="), put(l, word))
#define PUT_NUMBER(l, name, n)	(ADD(l, " " name "="), put_number(l, n))
#define PUT_FOREIGN(l, name, t)	(ADD(l, " " name "="), put_foreign(l, t))
#define PUT_ADDRESS(l, name, a, clear) \
	(ADD(l, " " name "="), put_address(l, a, clear))

/* A word of our own tables, or a number. */
static void
put(struct line *l, const char *word)
{
	if (word == NULL || word[0] == '\0')
		ADD(l, "-");
	else
		add(l, word, strlen(word));
}

static void
put_number(struct line *l, int64_t n)
{
	char text[24], *end = text + sizeof(text), *p = end;
	uint64_t u = n < 0 ? 0 : (uint64_t)n;	/* all are counts */

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	add(l, p, (size_t)(end - p));
}

/*
 * text_escape leaves blanks and quotes, which logfmt gives a meaning: a value
 * with a blank is quoted, and a quote in it is escaped like other octets.
 */
static void
put_unclean(struct line *l, const char *text)
{
	char safe[FIELD_MAX], *p = safe, *quote;
	size_t len = text_escape(text, strlen(text), safe, sizeof(safe));

	if (strpbrk(safe, " =\"") == NULL) {
		add(l, safe, len);
		return;
	}
	ADD(l, "\"");
	while ((quote = strchr(p, '"')) != NULL) {
		add(l, p, (size_t)(quote - p));
		ADD(l, "\\x22");
		p = quote + 1;
	}
	add(l, p, strlen(p));
	ADD(l, "\"");
}

/*
 * Nearly all text is shown as it is; this runs for each recipient. 0: it is
 * not, or too long.
 */
static size_t
clean_length(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || *p == '=' || *p == '"' ||
		    *p == '\\')
			return 0;
	}
	return p - text < FIELD_MAX ? (size_t)(p - text) : 0;
}

static void
put_foreign(struct line *l, const char *text)
{
	size_t len = clean_length(text);

	if (text[0] == '\0')
		ADD(l, "-");
	else if (len > 0)
		add(l, text, len);
	else
		put_unclean(l, text);
}

static void
put_address(struct line *l, const char *address, bool clear)
{
	char hidden[ADDRESS_MAX + 2];
	const char *at = strrchr(address, '@');

	if (clear || at == NULL) {
		put_foreign(l, clear || address[0] == '\0' ? address : "*");
		return;
	}
	snprintf(hidden, sizeof(hidden), "*%s", at);
	put_foreign(l, hidden);
}

static void
put_decision(struct line *l, const struct ring_entry *e, bool clear)
{
	PUT(l, "state", verdict_state_word(verdict_state_of(e->reason)));
	PUT(l, "reason", verdict_reason_word(e->reason));
	PUT(l, "action", guard_action_word(e->action));
	PUT(l, "mode", guard_mode_word(e->mode));
	if (e->code != 0)
		PUT_NUMBER(l, "code", e->code);
	else
		PUT(l, "code", NULL);
	if (e->role == VERIFY_RECIPIENT)
		PUT_ADDRESS(l, "rcpt", e->address, clear);
	else
		PUT(l, "role", "sender");
	PUT(l, "client", e->client);
	PUT_FOREIGN(l, "auth", e->auth);
	PUT_ADDRESS(l, "sender", e->sender, clear);
	PUT_FOREIGN(l, "guard", e->guard);
	PUT(l, "source", verdict_source_word(e->source));
	PUT_NUMBER(l, "age", e->age_s);
	PUT_NUMBER(l, "ms", e->took_ms);
	if (e->simulated)
		PUT(l, "via", "non_smtpd");
	if (e->flood != FLOOD_NONE)
		PUT(l, "flood", ring_flood_word(e->flood));
}

static void
put_attack(struct line *l, const struct ring_entry *e)
{
	const struct ring_attack *a = &e->attack;

	PUT(l, "flood", ring_flood_word(FLOOD_ATTACK));
	PUT(l, "phase", attack_phase_word(a->phase));
	PUT_FOREIGN(l, "guard", e->guard);
	if (a->phase != ATTACK_ENDS)
		PUT(l, "mode", guard_mode_word(e->mode));
	PUT(l, "client", e->client);
	PUT_FOREIGN(l, "auth", e->auth);
	PUT_NUMBER(l, "judged", a->judged);
	PUT_NUMBER(l, "undeliverable", a->undeliverable);
	PUT_NUMBER(l, "put_off", a->put_off);
	PUT_NUMBER(l, "for", a->until - a->began);
}

size_t
logfmt_line(const struct ring_entry *e, bool clear, char out[LOGFMT_SIZE])
{
	struct line l = { out, 0 };

	out[0] = '\0';
	if (e->kind == RING_ATTACK && e->attack.phase == ATTACK_GOES_ON)
		return 0;
	ADD(&l, "id=");
	put(&l, e->id);
	if (e->kind != RING_ATTACK)
		PUT_FOREIGN(&l, "qid", e->qid);
	switch (e->kind) {
	case RING_ATTACK:
		put_attack(&l, e);
		break;
	case RING_DECISION:
		put_decision(&l, e, clear);
		break;
	case RING_QUEUED:
		if (e->code != 0) {
			PUT_NUMBER(&l, "code", e->code);
			PUT(&l, "at", "end-of-message");
		}
		break;
	}
	out[l.len] = '\0';
	return l.len;
}
