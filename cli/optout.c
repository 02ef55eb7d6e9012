#include "cli/optout.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "cli/authres.h"
#include "cli/message.h"
#include "common/text.h"

#define BODY_MAX	(32 * 1024)	/* octets of the text looked at */
#define DEPTH_MAX	4		/* multiparts in multiparts */
#define FIELDS_MAX	20		/* of one name, looked at */

/* --- showing ---------------------------------------------------------------- */

/* Safe to show, on one line, and without the backslashes of text_escape. */
static void
plain(const char *in, size_t len, char *out, size_t size)
{
	char safe[2 * COMPLAINT_TEXT_MAX];
	size_t i, n = 0;

	if (len > COMPLAINT_TEXT_MAX)
		len = COMPLAINT_TEXT_MAX;
	text_escape_utf8(in, len, safe, sizeof safe);
	for (i = 0; safe[i] != '\0' && n + 1 < size; i++) {
		if (safe[i] != '\\') {
			out[n++] = safe[i];
			continue;
		}
		out[n++] = strncmp(safe + i, "\\x0A", 4) == 0 ||
		    strncmp(safe + i, "\\x09", 4) == 0 ? ' ' : '?';
		i += 3;
	}
	/* a cut may not leave a half of a character */
	while (n > 0 && !text_is_utf8(out, n))
		n--;
	out[n] = '\0';
}

/* --- domains ---------------------------------------------------------------- */

/* A name with a dot whose last label can be that of a domain. */
static bool
read_domain(const char *p, size_t n, char out[ADDRESS_DOMAIN_MAX + 1])
{
	const char *last;

	while (n > 0 && *p == '.') {
		p++;
		n--;
	}
	while (n > 0 && p[n - 1] == '.')
		n--;
	if (n == 0 || n > ADDRESS_DOMAIN_MAX)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	text_lower(out);
	last = strrchr(out, '.');
	return last != NULL && text_is_hostname(out) &&
	    (strncmp(last, ".xn--", 5) == 0 || (strlen(last) > 2 &&
	    last[1 + strspn(last + 1, "abcdefghijklmnopqrstuvwxyz")] == '\0'));
}

static void
add_domain(struct optout *o, const char *domain)
{
	size_t i;

	for (i = 0; i < o->domain_count; i++)
		if (strcmp(o->domains[i], domain) == 0)
			return;
	if (o->domain_count < OPTOUT_DOMAINS_MAX)
		text_copy(o->domains[o->domain_count++], domain,
		    sizeof o->domains[0]);
}

static size_t
name_length(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '-' ||
	    p[n] == '.'))
		n++;
	return n;
}

/* "exclude DOMAIN", twice of two domains: which one he means is not clear. */
static void
note_asked(struct optout *o, const char *domain, bool *unclear)
{
	if (o->asks[0] != '\0' && strcmp(o->asks, domain) != 0)
		*unclear = true;
	text_copy(o->asks, domain, sizeof o->asks);
}

/* One line, the subject's or the text's. */
static void
read_line(struct optout *o, const char *p, const char *end, bool *unclear)
{
	char domain[ADDRESS_DOMAIN_MAX + 1];
	bool exclude = false, start = true;
	size_t n;

	for (; p < end; p += n > 0 ? n : 1) {
		n = name_length(p, end);
		if (n == 0) {
			start = *p != '@';
			exclude = exclude && strchr(" \t<\"'*`:", *p) != NULL;
			continue;
		}
		if (n == 7 && strncasecmp(p, "exclude", 7) == 0) {
			exclude = true;
			continue;
		}
		if (read_domain(p, n, domain)) {
			add_domain(o, domain);
			/* what an address names is not asked for */
			if (exclude && start && (p + n >= end || p[n] != '@'))
				note_asked(o, domain, unclear);
		}
		exclude = false;
	}
}

static void
read_lines(struct optout *o, const char *text, size_t len, bool *unclear)
{
	const char *p = text, *end = text + len, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		if (*p != '>')		/* quoted: not his own words */
			read_line(o, p, nl, unclear);
		if (nl == end)
			break;
	}
}

/* --- the text --------------------------------------------------------------- */

/* Tags become blanks. */
static size_t
without_tags(char *text, size_t len)
{
	bool tag = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '<')
			tag = true;
		if (tag && text[i] != '\n') {
			tag = text[i] != '>';
			text[i] = ' ';
		}
	}
	return len;
}

/* The first text/plain, else the first text of another kind. */
static bool
find_text(const struct message_part *p, const char *want, int depth,
    char *out, size_t *len)
{
	char type[64], boundary[MESSAGE_BOUNDARY_MAX + 1];
	struct message_part part;
	unsigned n;
	size_t at = 0;

	message_type(p, type, boundary);
	if (strncmp(type, want, strlen(want)) == 0) {
		*len = message_body(p, out, BODY_MAX);
		if (strcmp(type, "text/html") == 0)
			*len = without_tags(out, *len);
		return true;
	}
	for (n = 0; depth < DEPTH_MAX && n < MESSAGE_PARTS_MAX &&
	    message_next_part(p, boundary, &at, &part); n++)
		if (find_text(&part, want, depth + 1, out, len))
			return true;
	return false;
}

/* --- who -------------------------------------------------------------------- */

/*
 * The address of a From field that has exactly one: "Name <a@b>" or "a@b".
 * A comma, a group or a second pair of brackets outside quotes is more.
 */
static bool
one_address(const char *field, struct address *out)
{
	const char *open = NULL, *close = NULL, *p;
	bool quoted = false;

	for (p = field; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (quoted) {
			continue;
		} else if (strchr(",;:(", *p) != NULL) {
			return false;
		} else if (*p == '<') {
			if (open != NULL)
				return false;
			open = p + 1;
		} else if (*p == '>') {
			if (open == NULL || close != NULL)
				return false;
			close = p;
		}
	}
	if (quoted || (open == NULL) != (close == NULL) ||
	    (close != NULL && close[1 + strspn(close + 1, " \t")] != '\0'))
		return false;
	if (open == NULL)
		return address_parse(field, strlen(field), out) ==
		    ADDRESS_OK;
	return address_parse(open, (size_t)(close - open), out) ==
	    ADDRESS_OK;
}

/* Something to show as the sender, when it is no single address. */
static void
show_from(const char *field, struct optout *out)
{
	plain(field, strlen(field), out->from, sizeof out->from);
}

static bool
is_automatic(const struct message_part *p)
{
	char field[MESSAGE_FIELD_MAX];

	if (message_field(p, "Auto-Submitted", 0, field, sizeof field) &&
	    strncasecmp(field, "no", 2) != 0)
		return true;
	if (message_field(p, "Return-Path", 0, field, sizeof field) &&
	    strcmp(field, "<>") == 0)
		return true;
	return message_field(p, "List-Id", 0, field, sizeof field);
}

static bool
is_proven(const struct message_part *p, const char *authserv_id,
    const char *domain)
{
	char field[MESSAGE_FIELD_MAX];
	struct authres r;
	bool dmarc = false, dkim = false, pass = false;
	unsigned i;

	for (i = 0; i < FIELDS_MAX; i++) {
		if (!message_field(p, "Authentication-Results", i, field,
		    sizeof field) || !authres_read(field, authserv_id, domain,
		    &r))
			continue;
		if (r.has_dmarc && !dmarc)
			pass = pass || r.dmarc_pass;
		if (r.has_dkim && !dkim)
			pass = pass || r.dkim_pass;
		/* DMARC that fails is not made good by a signature */
		if (r.has_dmarc && !dmarc && !r.dmarc_pass)
			return false;
		dmarc = dmarc || r.has_dmarc;
		dkim = dkim || r.has_dkim;
	}
	return pass;
}

static void
read_who(const struct message_part *p, const char *authserv_id,
    struct optout *o)
{
	char field[MESSAGE_FIELD_MAX], second[MESSAGE_FIELD_MAX];
	char wire[ADDRESS_MAX + 1];
	struct address a;

	if (!message_field(p, "From", 0, field, sizeof field))
		return;
	if (message_field(p, "From", 1, second, sizeof second) ||
	    !one_address(field, &a) || a.literal) {
		show_from(field, o);
		return;
	}
	address_wire(&a, wire);
	plain(wire, strlen(wire), o->from, sizeof o->from);
	if (strlen(wire) > COMPLAINT_SHORT_MAX || strcmp(wire, o->from) != 0)
		return;
	add_domain(o, a.domain);
	o->role = strcasecmp(a.local, "postmaster") == 0 ||
	    strcasecmp(a.local, "abuse") == 0;
	if (is_proven(p, authserv_id, a.domain))
		text_copy(o->proven, a.domain, sizeof o->proven);
}

/* --- the message ------------------------------------------------------------ */

void
optout_read(const char *text, size_t len, const char *authserv_id,
    struct optout *out)
{
	char subject[MESSAGE_FIELD_MAX] = "", field[MESSAGE_FIELD_MAX];
	char body[BODY_MAX];
	struct message_part p;
	bool unclear = false;
	size_t body_len = 0, n;

	memset(out, 0, sizeof *out);
	message_split(text, len, &p);
	read_who(&p, authserv_id, out);
	if (message_field(&p, "Message-ID", 0, field, sizeof field))
		plain(field, strlen(field), out->id, sizeof out->id);
	out->automatic = is_automatic(&p);
	(void)message_field(&p, "Subject", 0, subject, sizeof subject);
	if (!find_text(&p, "text/plain", 0, body, &body_len))
		(void)find_text(&p, "text/", 0, body, &body_len);
	read_lines(out, subject, strlen(subject), &unclear);
	read_lines(out, body, body_len, &unclear);
	if (unclear)
		out->asks[0] = '\0';
	plain(subject, strlen(subject), out->excerpt, sizeof out->excerpt / 4);
	n = strlen(out->excerpt);
	if (n > 0 && body_len > 0) {
		memcpy(out->excerpt + n, ": ", 3);
		n += 2;
	}
	plain(body, body_len, out->excerpt + n, sizeof out->excerpt - n);
}

const char *
optout_grants(const struct optout *o, const char **why)
{
	*why = NULL;
	if (o->asks[0] == '\0')
		*why = "it does not say \"exclude DOMAIN\" of one domain";
	else if (!o->role)
		*why = "it is not from a postmaster or abuse address";
	else if (o->automatic)
		*why = "it was sent by a machine or a list";
	else if (o->proven[0] == '\0')
		*why = "identity.authserv_id does not say that it is from "
		    "there";
	else if (strcmp(o->asks, o->proven) != 0)
		*why = "it asks for another domain than its own";
	return *why == NULL ? o->asks : NULL;
}
