#include "cli/maillog.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/times.h"
#include "common/net.h"
#include "common/text.h"

#define AHEAD_S		86400		/* a clock may be so far before ours */

/* --- the parts of a line ------------------------------------------------- */

static const char *
digits_end(const char *p)
{
	while (isdigit((unsigned char)*p))
		p++;
	return p;
}

/* "Nov  1 20:20:33" with the latest year that is not to come. */
static bool
read_old_time(const char *line, int64_t now, int64_t *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4] = "", text[40];
	const char *found;
	time_t t = (time_t)now;
	struct tm tm;
	int day, h, m, s, year, used = 0;
	int64_t ms;

	if (sscanf(line, "%3[A-Za-z]%*1[ ]%2d %2d:%2d:%2d%n", month, &day, &h,
	    &m, &s, &used) != 5 || used != 15 || day < 0 || h < 0 || m < 0 ||
	    s < 0 || strlen(month) != 3 ||
	    (found = strstr(months, month)) == NULL ||
	    (found - months) % 3 != 0 || localtime_r(&t, &tm) == NULL)
		return false;
	for (year = tm.tm_year + 1901; year >= tm.tm_year + 1899; year--) {
		(void)snprintf(text, sizeof text, "%04d-%02d-%02d "
		    "%02d:%02d:%02d", year, (int)(found - months) / 3 + 1,
		    day, h, m, s);
		if (times_parse(text, now * 1000, &ms) &&
		    ms / 1000 <= now + AHEAD_S) {
			*at = ms / 1000;
			return true;
		}
	}
	return false;
}

/* What follows the time and its blank; NULL: it does not begin with one. */
static const char *
read_time(const char *line, int64_t now, int64_t *at)
{
	size_t n = strcspn(line, " ");
	char text[64];
	int64_t ms;

	if (isdigit((unsigned char)line[0])) {
		if (n >= sizeof text || line[n] != ' ' || n < 20)
			return NULL;
		memcpy(text, line, n);
		text[n] = '\0';
		if (!times_parse(text, now * 1000, &ms))
			return NULL;
		*at = ms / 1000;
		return *at <= now + AHEAD_S ? line + n + 1 : NULL;
	}
	if (strlen(line) < 16 || line[15] != ' ' ||
	    !read_old_time(line, now, at))
		return NULL;
	return line + 16;
}

enum program { PROGRAM_OTHER, PROGRAM_POSTFIX, PROGRAM_SENDMAIL };

/* "HOST PROGRAM[PID]: "; what follows, or NULL. */
static const char *
read_program(const char *p, enum program *out)
{
	size_t n = strcspn(p, " "), len;
	const char *name = p + n + 1, *end;

	if (n == 0 || p[n] != ' ')
		return NULL;
	len = strcspn(name, " [:");
	if (name[len] != '[')
		return NULL;
	end = digits_end(name + len + 1);
	if (end == name + len + 1 || strncmp(end, "]: ", 3) != 0)
		return NULL;
	if (len > 12 && strncmp(name, "postfix", 7) == 0 &&
	    strncmp(name + len - 5, "/smtp", 5) == 0)
		*out = PROGRAM_POSTFIX;
	else if (len == 12 && strncmp(name, "postfix/smtp", 12) == 0)
		*out = PROGRAM_POSTFIX;
	else if ((len == 8 && strncmp(name, "sendmail", 8) == 0) ||
	    (len == 6 && strncmp(name, "sm-mta", 6) == 0))
		*out = PROGRAM_SENDMAIL;
	else
		return NULL;
	return end + 3;
}

static const char *
read_qid(const char *p, char out[OUTCOME_QID_MAX + 1])
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]))
		n++;
	if (n < 5 || n > OUTCOME_QID_MAX || strncmp(p + n, ": to=<", 6) != 0)
		return NULL;
	memcpy(out, p, n);
	out[n] = '\0';
	return p + n + 5;
}

/* The value of the field that stands there once; NULL: it does not. */
static const char *
field(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	if (at == NULL || strstr(at + 1, name) != NULL)
		return NULL;
	return at + strlen(name);
}

/*
 * "<ADDR>" and what is behind it; NULL: it is none that is surely all of it.
 * Postfix writes a local part without its quotes, so one that would need them
 * cannot be told from what follows.
 */
static const char *
read_address(const char *p, struct address *out)
{
	size_t n;

	if (*p != '<')
		return NULL;
	n = strcspn(p, "> \t\",;:()[]\\");
	if (p[n] != '>' || n < 2 ||
	    address_parse(p + 1, n - 1, out) != ADDRESS_OK)
		return NULL;
	return p + n + 1;
}

static bool
read_enhanced(const char *p, char out[16])
{
	size_t n = strspn(p, "0123456789.");

	if (n < 5 || n > 9 || strchr("245", p[0]) == NULL || p[1] != '.')
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

/* The reply that a log writes on one line, from its code on. */
static void
read_reply(const char *p, size_t len, struct maillog_event *e)
{
	size_t skip;

	if (len < 4 || p[0] < '2' || p[0] > '5' ||
	    !isdigit((unsigned char)p[1]) || !isdigit((unsigned char)p[2]) ||
	    (p[3] != ' ' && p[3] != '-')) {
		e->quoted = false;
		return;
	}
	e->code = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 +
	    (unsigned)(p[2] - '0');
	skip = 4;
	e->enhanced[0] = '\0';
	if (read_enhanced(p + 4, e->enhanced))
		skip += strlen(e->enhanced);
	while (skip < len && p[skip] == ' ')
		skip++;
	text_escape_utf8(p + skip, len - skip, e->text, sizeof e->text);
}

static bool
set_relay(const char *name, size_t n, const char *ip, size_t ip_n,
    struct maillog_event *e)
{
	struct net_addr addr;

	if (n > 0 && name[n - 1] == '.')
		n--;
	if (n == 0 || n >= sizeof e->relay || ip_n >= sizeof e->ip)
		return false;
	memcpy(e->relay, name, n);
	e->relay[n] = '\0';
	text_lower(e->relay);
	memcpy(e->ip, ip, ip_n);
	e->ip[ip_n] = '\0';
	return (ip_n == 0 || net_addr_parse(e->ip, &addr)) &&
	    (text_is_hostname(e->relay) || net_addr_parse(e->relay, &addr));
}

/* --- Postfix --------------------------------------------------------------- */

static bool
postfix_relay(const char *p, struct maillog_event *e)
{
	size_t n = strcspn(p, ",[ "), ip;

	if (strncmp(p, "none,", 5) == 0)
		return true;
	if (p[n] != '[')
		return false;
	ip = strcspn(p + n + 1, "], ");
	if (strncmp(p + n + 1 + ip, "]:", 2) != 0)
		return false;
	return set_relay(p, n, p + n + 1, ip, e);
}

static enum stage
stage_of(const char *command)
{
	static const struct {
		const char *text;
		enum stage stage;
	} rows[] = {
		{ "RCPT TO command)", STAGE_RCPT },
		{ "MAIL FROM command)", STAGE_MAIL },
		{ "EHLO command)", STAGE_EHLO },
		{ "HELO command)", STAGE_EHLO },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strncmp(command, rows[i].text, strlen(rows[i].text)) == 0)
			return rows[i].stage;
	return STAGE_NONE;
}

/* The last place of what in the len octets at p, or NULL. */
static const char *
find_last(const char *p, size_t len, const char *what)
{
	size_t n = strlen(what), i;

	for (i = len >= n ? len - n + 1 : 0; i-- > 0;)
		if (memcmp(p + i, what, n) == 0)
			return p + i;
	return NULL;
}

/* "host NAME[IP] said: REPLY (in reply to COMMAND)", of the relay itself. */
static void
read_said(const char *p, size_t len, struct maillog_event *e)
{
	static const char in_reply[] = " (in reply to ";
	char host[sizeof e->relay + sizeof e->ip + 16];
	const char *end = find_last(p, len, in_reply);
	size_t n;

	(void)snprintf(host, sizeof host, "host %s[%s] said: ", e->relay,
	    e->ip);
	n = strlen(host);
	if (end == NULL || len < n || strncasecmp(p, host, n) != 0 ||
	    end < p + n)
		return;
	e->quoted = true;
	e->stage = stage_of(end + strlen(in_reply));
	read_reply(p + n, (size_t)(end - p) - n, e);
}

static bool
postfix_status(const char *p, struct maillog_event *e)
{
	size_t n = strcspn(p, " "), len = strlen(p);
	char word[16];

	if (n >= sizeof word || strncmp(p + n, " (", 2) != 0 ||
	    p[len - 1] != ')')
		return false;
	memcpy(word, p, n);
	word[n] = '\0';
	if (!outcome_kind_from_word(word, &e->kind))
		return false;
	p += n + 2;
	len -= n + 3;
	if (e->kind == OUTCOME_SENT) {
		e->quoted = true;
		read_reply(p, len, e);
		return e->relay[0] != '\0' && e->code / 100 == 2;
	}
	read_said(p, len, e);
	return true;
}

static bool
read_postfix(const char *p, struct maillog_event *e)
{
	const char *behind = read_address(p, &e->addr[0]), *relay, *dsn,
	    *status;
	struct address orig;

	if (behind != NULL && strncmp(behind, ", orig_to=<", 11) == 0)
		behind = read_address(behind + 10, &orig);
	relay = field(p, ", relay=");
	dsn = field(p, ", dsn=");
	status = field(p, ", status=");
	if (behind == NULL || relay == NULL || dsn == NULL ||
	    status == NULL || relay != behind + 8 || dsn < relay ||
	    status < dsn || strstr(p, " to=<") != NULL)
		return false;
	e->count = 1;
	return read_enhanced(dsn, e->enhanced) && postfix_relay(relay, e) &&
	    postfix_status(status, e);
}

/* --- Sendmail -------------------------------------------------------------- */

static bool
is_smtp_mailer(const char *p)
{
	static const char *const names[] = { "smtp", "esmtp", "smtp8",
	    "dsmtp" };
	size_t i, n = strcspn(p, ",");

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == n && strncmp(p, names[i], n) == 0)
			return true;
	return false;
}

/* "HOST. [IP], " or "HOST., " */
static bool
sendmail_relay(const char *p, struct maillog_event *e)
{
	size_t n = strcspn(p, ", "), ip = 0;
	const char *at = p + n;

	if (strncmp(at, " [", 2) == 0) {
		at += 2;
		if (strncmp(at, "IPv6:", 5) == 0)
			at += 5;
		ip = strcspn(at, "], ");
		if (at[ip] != ']')
			return false;
	}
	return set_relay(p, n, at, ip, e);
}

/* class: the first digit of dsn. */
static bool
sendmail_stat(const char *p, char class, struct maillog_event *e)
{
	if (strncmp(p, "Sent", 4) == 0 && (p[4] == '\0' || p[4] == ' '))
		e->kind = OUTCOME_SENT;
	else if (strncmp(p, "Deferred", 8) == 0 || class == '4')
		e->kind = OUTCOME_DEFERRED;
	else if (class == '5')
		e->kind = OUTCOME_BOUNCED;
	else
		return false;
	/* EX_NOUSER, which only a reply to RCPT gives. */
	if (strcmp(p, "User unknown") == 0)
		e->stage = STAGE_RCPT;
	if (e->code == 0)
		e->code = e->kind == OUTCOME_SENT ? 250 :
		    e->kind == OUTCOME_BOUNCED ? 550 : 450;
	return e->relay[0] != '\0' || e->kind == OUTCOME_DEFERRED;
}

static bool
read_sendmail(const char *p, struct maillog_event *e)
{
	const char *at = p, *mailer = field(p, ", mailer="), *relay =
	    field(p, ", relay="), *dsn = field(p, ", dsn="), *stat =
	    field(p, ", stat="), *reply = field(p, ", reply=");

	if (mailer == NULL || dsn == NULL || stat == NULL ||
	    stat < dsn || strstr(p, ", to=") != NULL ||
	    !is_smtp_mailer(mailer) || !read_enhanced(dsn, e->enhanced))
		return false;
	for (e->count = 0; e->count < MAILLOG_RCPTS_MAX; at++) {
		if ((at = read_address(at, &e->addr[e->count])) == NULL)
			return false;
		e->count++;
		if (*at != ',' || at[1] != '<')
			break;
	}
	if (strncmp(at, ", ", 2) != 0 || mailer < at)
		return false;
	if (relay != NULL && !sendmail_relay(relay, e))
		return false;
	if (reply != NULL && reply < dsn) {
		e->quoted = true;
		read_reply(reply, (size_t)(dsn - reply) - 6, e);
	}
	return sendmail_stat(stat, *dsn, e);
}

/* --- a line ---------------------------------------------------------------- */

bool
maillog_read(const char *line, size_t len, int64_t now,
    struct maillog_event *out)
{
	enum program program = PROGRAM_OTHER;
	char text[MAILLOG_LINE_MAX + 1];
	const char *p;

	if (len > MAILLOG_LINE_MAX || memchr(line, '\0', len) != NULL)
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	memset(out, 0, sizeof *out);
	if ((p = read_time(text, now, &out->at)) == NULL ||
	    (p = read_program(p, &program)) == NULL ||
	    (p = read_qid(p, out->qid)) == NULL)
		return false;
	switch (program) {
	case PROGRAM_POSTFIX:
		return read_postfix(p, out);
	case PROGRAM_SENDMAIL:
		return read_sendmail(p, out);
	case PROGRAM_OTHER:
		break;
	}
	return false;
}
