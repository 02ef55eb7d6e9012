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
add(struct line *l, const char *text)
{
	size_t room = LOGFMT_SIZE - l->len, n = strlen(text);

	if (n >= room)
		n = room - 1;
	memcpy(l->out + l->len, text, n);
	l->len += n;
	l->out[l->len] = '\0';
}

static void
put_name(struct line *l, const char *name)
{
	if (l->len > 0)
		add(l, " ");
	add(l, name);
	add(l, "=");
}

/* A word of our own tables, or a number. */
static void
put(struct line *l, const char *name, const char *word)
{
	put_name(l, name);
	add(l, word == NULL || word[0] == '\0' ? "-" : word);
}

static void
put_number(struct line *l, const char *name, int64_t n)
{
	char text[24], *p = text + sizeof(text) - 1;
	uint64_t u = n < 0 ? 0 : (uint64_t)n;	/* all are counts */

	*p = '\0';
	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	put(l, name, p);
}

/*
 * text_escape leaves blanks and quotes, which logfmt gives a meaning: a value
 * with a blank is quoted, and a quote in it is escaped like other octets.
 */
static void
put_unclean(struct line *l, const char *text)
{
	char safe[FIELD_MAX], *p = safe, *quote;

	text_escape(text, strlen(text), safe, sizeof(safe));
	if (strpbrk(safe, " =\"") == NULL) {
		add(l, safe);
		return;
	}
	add(l, "\"");
	while ((quote = strchr(p, '"')) != NULL) {
		*quote = '\0';
		add(l, p);
		add(l, "\\x22");
		p = quote + 1;
	}
	add(l, p);
	add(l, "\"");
}

/* Nearly all text is shown as it is; this runs for each recipient. */
static bool
is_clean(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || *p == '=' || *p == '"' ||
		    *p == '\\')
			return false;
	}
	return p - text < FIELD_MAX;
}

static void
put_foreign(struct line *l, const char *name, const char *text)
{
	if (text[0] == '\0') {
		put(l, name, NULL);
		return;
	}
	put_name(l, name);
	if (is_clean(text))
		add(l, text);
	else
		put_unclean(l, text);
}

static void
put_address(struct line *l, const char *name, const char *address, bool clear)
{
	char hidden[ADDRESS_MAX + 2];
	const char *at = strrchr(address, '@');

	if (clear || at == NULL) {
		put_foreign(l, name, clear || address[0] == '\0' ? address :
		    "*");
		return;
	}
	snprintf(hidden, sizeof(hidden), "*%s", at);
	put_foreign(l, name, hidden);
}

static void
put_decision(struct line *l, const struct ring_entry *e, bool clear)
{
	char client[NET_TEXT_SIZE] = "";

	put(l, "state", verdict_state_word(verdict_state_of(e->reason)));
	put(l, "reason", verdict_reason_word(e->reason));
	put(l, "action", guard_action_word(e->action));
	put(l, "mode", guard_mode_word(e->mode));
	if (e->code != 0)
		put_number(l, "code", e->code);
	else
		put(l, "code", NULL);
	if (e->role == VERIFY_RECIPIENT)
		put_address(l, "rcpt", e->address, clear);
	else
		put(l, "role", "sender");
	if (e->client.family != 0)
		net_addr_text(&e->client, client);
	put(l, "client", client);
	put_foreign(l, "auth", e->auth);
	put_address(l, "sender", e->sender, clear);
	put_foreign(l, "guard", e->guard);
	put(l, "source", verdict_source_word(e->source));
	put_number(l, "age", e->age_s);
	put_number(l, "ms", e->took_ms);
	if (e->simulated)
		put(l, "via", "non_smtpd");
	if (e->flood != FLOOD_NONE)
		put(l, "flood", ring_flood_word(e->flood));
}

static void
put_attack(struct line *l, const struct ring_entry *e)
{
	const struct ring_attack *a = &e->attack;
	char client[NET_TEXT_SIZE];

	put(l, "flood", ring_flood_word(FLOOD_ATTACK));
	put(l, "phase", attack_phase_word(a->phase));
	put_foreign(l, "guard", e->guard);
	if (a->phase != ATTACK_ENDS)
		put(l, "mode", guard_mode_word(e->mode));
	net_addr_text(&e->client, client);
	put(l, "client", client);
	put_foreign(l, "auth", e->auth);
	put_number(l, "judged", a->judged);
	put_number(l, "undeliverable", a->undeliverable);
	put_number(l, "put_off", a->put_off);
	put_number(l, "for", a->until - a->began);
}

size_t
logfmt_line(const struct ring_entry *e, bool clear, char out[LOGFMT_SIZE])
{
	struct line l = { out, 0 };

	out[0] = '\0';
	if (e->kind == RING_ATTACK && e->attack.phase == ATTACK_GOES_ON)
		return 0;
	put(&l, "id", e->id);
	if (e->kind != RING_ATTACK)
		put_foreign(&l, "qid", e->qid);
	switch (e->kind) {
	case RING_ATTACK:
		put_attack(&l, e);
		break;
	case RING_DECISION:
		put_decision(&l, e, clear);
		break;
	case RING_QUEUED:
		if (e->code != 0) {
			put_number(&l, "code", e->code);
			put(&l, "at", "end-of-message");
		}
		break;
	}
	return l.len;
}
