#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/html.h"
#include "common/policy.h"

/* FNV-1a, 64 bits: names a text, keeps no secret. */
#define FNV_BASIS	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

static void
put_row(FILE *f, const char *label, const char *value)
{
	(void)fprintf(f, "<tr><th>%s</th><td>", label);
	html_put(f, value);
	(void)fputs("</td></tr>\n", f);
}

static void
put_number(FILE *f, const char *label, int64_t n, const char *unit)
{
	(void)fprintf(f, "<tr><th>%s</th><td>%" PRId64 "%s</td></tr>\n",
	    label, n, unit);
}

/* Who wants to reach us writes to the contact, or to the sender. */
static const char *
contact_of(const struct conf *c)
{
	return c->identity.contact[0] != '\0' ? c->identity.contact :
	    c->identity.sender;
}

static void
put_who(FILE *f, const struct conf *c)
{
	const struct conf_source *s;
	size_t i;

	(void)fputs("<h2>Who we are</h2>\n<table>\n", f);
	put_row(f, "Name in EHLO", c->identity.helo);
	put_row(f, "MAIL FROM", c->identity.sender);
	for (i = 0; i < c->identity.source_count; i++) {
		s = &c->identity.sources[i];
		put_row(f, "Source address", s->address_text);
		if (s->helo[0] != '\0')
			put_row(f, "Its name in EHLO", s->helo);
		if (s->since[0] != '\0')
			put_row(f, "In use since", s->since);
	}
	if (c->identity.source_count == 0)
		put_row(f, "Source address", "that of the host named in EHLO");
	put_row(f, "Contact", contact_of(c));
	if (c->identity.policy_url[0] != '\0')
		put_row(f, "This page", c->identity.policy_url);
	(void)fputs("</table>\n", f);
}

static void
put_why(FILE *f, const struct conf *c)
{
	size_t i;

	(void)fputs("<h2>Why you see us</h2>\n"
	    "<p>Somebody gave an address of your domain when signing up at a "
	    "site that we protect. Before a confirmation mail goes there we "
	    "ask your mail server whether it would take mail for that address. "
	    "So mistyped and invented addresses do not become bounces at your "
	    "server, nobody is flooded with confirmation mail that he did not "
	    "ask for, and fraudulent signups fail.</p>\n"
	    "<h2>What is sent, and what is not</h2>\n"
	    "<p>A session is EHLO (or HELO), STARTTLS where it is offered, "
	    "MAIL FROM, RCPT TO and QUIT. DATA does not exist in the program: "
	    "no message is ever sent. Where an address is taken, one invented "
	    "address of the same domain may be asked as well, to learn whether "
	    "your server takes every name; the answer is kept for a week. We "
	    "do not use VRFY or EXPN, do not guess names, do not try "
	    "passwords, do not keep or sell lists, and do not hide: the names "
	    "and addresses above are all that we use.</p>\n"
	    "<h2>Where addresses come from</h2>\n"
	    "<p>Only from people who enter them, one at a time, at sites whose "
	    "mail we carry. Lists are not accepted: traffic that looks like "
	    "one is not probed.</p>\n", f);
	if (c->identity.terms[0] != '\0') {
		(void)fputs("<p>Who brings addresses must have agreed to our "
		    "terms, version ", f);
		html_put(f, c->identity.terms);
		(void)fputs("; for nobody else is anything probed.</p>\n", f);
	}
	for (i = 0; i < c->guard_count; i++)
		if (c->guards[i].purpose[0] != '\0') {
			(void)fputs("<p>One of them: ", f);
			html_put(f, c->guards[i].purpose);
			(void)fputs("</p>\n", f);
		}
}

static void
put_budget(FILE *f, const struct conf *c)
{
	const struct {
		const char *label, *rate;
	} rates[] = {
		{ "Probes in all", c->budget.all },
		{ "From one source address", c->budget.source },
		{ "To one provider", c->budget.provider },
		{ "To one domain", c->budget.domain },
		{ "To one mail host", c->budget.mail_host },
		{ "Warm-up of a new source", c->budget.warmup },
	};
	size_t i;

	for (i = 0; i < sizeof rates / sizeof rates[0]; i++)
		if (rates[i].rate[0] != '\0')
			put_row(f, rates[i].label, rates[i].rate);
	put_number(f, "Unknown users of one domain that stop us for an hour",
	    c->budget.unknown_per_domain, "");
}

static void
put_limits(FILE *f, const struct conf *c)
{
	(void)fputs("<h2>How much</h2>\n<table>\n", f);
	put_number(f, "Sessions side by side to one mail host", c->smtp.per_mx,
	    " at most");
	put_number(f, "An answer \"good\" is not asked again before",
	    c->store.positive_refresh_s / 86400, " days");
	put_number(f, "An answer \"bad\" is used for up to",
	    c->store.negative_expire_s / 3600, " hours");
	put_number(f, "A silent session is ended after",
	    c->smtp.session_timeout_ms / 1000, " s");
	if (c->budget.enabled)
		put_budget(f, c);
	else
		put_row(f, "Budgets", "not in force: this site asks servers "
		    "of its own only");
	(void)fputs("</table>\n", f);
}

static void
put_wishes(FILE *f, const struct conf *c)
{
	(void)fputs("<h2>How to be left alone</h2>\n<p>Write to <a href=\""
	    "mailto:", f);
	html_put(f, contact_of(c));
	(void)fputs("\">", f);
	html_put(f, contact_of(c));
	(void)fputs("</a> from an address of the domain (postmaster will do) "
	    "and name what is to be excluded: a domain with or without its "
	    "sub-domains, mail hosts by name, addresses or networks (IPv4, "
	    "IPv6). It costs nothing, needs no reason, and is in force the "
	    "moment it is entered, for sessions under way as well. The same "
	    "address takes complaints; a line of your log with its time helps "
	    "us to find what happened.</p>\n", f);
	if (c->identity.authserv_id[0] != '\0')
		(void)fputs("<p>A message from postmaster or abuse of a "
		    "domain, signed for that domain (DKIM or DMARC), with "
		    "<code>exclude</code> and that very domain on a line, is "
		    "in force without anybody's reading it.</p>\n", f);
}

/* "undeliverable: reject, mailbox_full: tag": all that is not let pass. */
static void
put_actions(FILE *f, const struct conf_guard *g)
{
	enum verdict_reason reason;
	const char *comma = "";
	unsigned n;

	for (n = 0; n < STATE_COUNT; n++)
		if (g->actions[n] != ACTION_ACCEPT) {
			(void)fprintf(f, "%s%s: %s", comma,
			    verdict_state_word((enum verdict_state)n),
			    guard_action_word(g->actions[n]));
			comma = ", ";
		}
	for (n = 0; (reason = verdict_reason_at(n)) != 0; n++)
		if (g->by_reason[reason] != 0) {
			(void)fprintf(f, "%s%s: %s", comma,
			    verdict_reason_word(reason),
			    guard_action_word(conf_guard_action(g, reason)));
			comma = ", ";
		}
	if (comma[0] == '\0')
		(void)fputs("mail passes", f);
}

static void
put_consequences(FILE *f, const struct conf *c)
{
	const struct conf_guard *g;
	size_t i;

	if (c->guard_count == 0)
		return;
	(void)fputs("<h2>What follows from an answer</h2>\n<p>All else lets "
	    "the mail pass; no answer is a guarantee.</p>\n<table>\n", f);
	for (i = 0; i < c->guard_count; i++) {
		g = &c->guards[i];
		(void)fputs("<tr><th>", f);
		html_put(f, g->purpose[0] != '\0' ? g->purpose : g->name);
		(void)fputs("</th><td>", f);
		if (g->mode == MODE_OBSERVE)
			(void)fputs("nothing, it is only noted", f);
		else
			put_actions(f, g);
		(void)fputs("</td></tr>\n", f);
	}
	(void)fputs("</table>\n", f);
}

static void
put_questions(FILE *f)
{
	(void)fputs("<h2>Questions</h2>\n<dl>\n"
	    "<dt>Did somebody try to send spam through my server?</dt>\n"
	    "<dd>No. We ask for addresses of domains that your server takes "
	    "mail for, and end the session without a message.</dd>\n"
	    "<dt>I refuse you. Will you try another way?</dt>\n"
	    "<dd>No. A refusal of us is taken as said: it is not the address's "
	    "fault, and we do not come by another source address because of "
	    "it.</dd>\n"
	    "<dt>I use greylisting.</dt>\n"
	    "<dd>We come again after the wait, with the same source, sender "
	    "and recipient, four times at most.</dd>\n"
	    "<dt>What does an answer decide?</dt>\n"
	    "<dd>Whether a confirmation mail is sent. An unclear answer never "
	    "refuses anybody; and no answer is a guarantee that mail "
	    "arrives.</dd>\n</dl>\n", f);
}

/* All that the version stands for. */
static void
put_body(FILE *f, const struct conf *c)
{
	put_who(f, c);
	put_why(f, c);
	put_limits(f, c);
	put_wishes(f, c);
	put_consequences(f, c);
	put_questions(f);
}

static char *
body_of(const struct conf *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool good;

	if (f == NULL)
		return NULL;
	put_body(f, c);
	good = ferror(f) == 0;
	if (fclose(f) != 0 || !good) {
		free(text);
		return NULL;
	}
	return text;
}

static void
version_of(const char *body, char out[POLICY_VERSION_SIZE])
{
	uint64_t hash = FNV_BASIS;

	for (; *body != '\0'; body++)
		hash = (hash ^ (unsigned char)*body) * FNV_PRIME;
	(void)snprintf(out, POLICY_VERSION_SIZE, "%012" PRIx64,
	    hash >> 16);
}

bool
policy_version(const struct conf *c, char out[POLICY_VERSION_SIZE])
{
	char *body = body_of(c);

	out[0] = '\0';
	if (body == NULL)
		return false;
	version_of(body, out);
	free(body);
	return true;
}

static void
put_page(FILE *f, const struct conf *c, const char *body, int64_t at)
{
	char version[POLICY_VERSION_SIZE], when[CLOCK_TEXT_SIZE];

	version_of(body, version);
	clock_text(at * 1000, when);
	(void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n<title>"
	    "Address verification by ", f);
	html_put(f, c->identity.helo);
	(void)fputs("</title>\n<style>\nbody { max-width: 44em; margin: 2em "
	    "auto; padding: 0 1em; font: 1em/1.5 sans-serif; }\nth { "
	    "text-align: left; padding-right: 2em; vertical-align: top; "
	    "font-weight: normal; }\ndt { font-weight: bold; }\n</style>\n"
	    "</head>\n<body>\n<h1>Address verification by ", f);
	html_put(f, c->identity.helo);
	(void)fputs("</h1>\n", f);
	(void)fputs(body, f);
	(void)fprintf(f, "<hr>\n<p>Policy version %s, %.10s. Made by rcptguard "
	    "%s from the settings in force.</p>\n</body>\n</html>\n", version,
	    when, PACKAGE_VERSION);
}

char *
policy_page(const struct conf *c, int64_t at)
{
	char *body = body_of(c), *text = NULL;
	size_t len = 0;
	FILE *f = body != NULL ? open_memstream(&text, &len) : NULL;
	bool good;

	if (f == NULL) {
		free(body);
		return NULL;
	}
	put_page(f, c, body, at);
	free(body);
	good = ferror(f) == 0;
	if (fclose(f) != 0 || !good) {
		free(text);
		return NULL;
	}
	return text;
}
