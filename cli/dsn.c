#include "cli/dsn.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "cli/message.h"
#include "common/text.h"

#define RECEIVED_MAX	30		/* fields looked at */

/* What is behind "rfc822;" or "dns;"; NULL: the field has another type. */
static const char *
typed(const char *field, const char *type)
{
	size_t n = strlen(type);

	if (strncasecmp(field, type, n) != 0)
		return NULL;
	field += n + strspn(field + n, " \t");
	return *field == ';' ? field + 1 + strspn(field + 1, " \t") : NULL;
}

static bool
read_recipient(const struct message_part *group, struct address *out)
{
	static const char *const names[] = { "Original-Recipient",
	    "Final-Recipient" };
	char field[MESSAGE_FIELD_MAX];
	const char *addr;
	size_t i, n;

	for (i = 0; i < 2; i++) {
		if (!message_field(group, names[i], 0, field, sizeof field) ||
		    ((addr = typed(field, "rfc822")) == NULL &&
		    (addr = typed(field, "utf-8")) == NULL))
			continue;
		n = strlen(addr);
		if (n >= 2 && addr[0] == '<' && addr[n - 1] == '>') {
			addr++;
			n -= 2;
		}
		if (address_parse(addr, n, out) == ADDRESS_OK)
			return true;
	}
	return false;
}

static bool
is_status(const char *p, size_t n)
{
	return n >= 5 && n <= 9 && strchr("245", p[0]) != NULL &&
	    p[1] == '.' && strspn(p, "0123456789.") >= n;
}

/* "smtp; 550 5.1.1 text" */
static void
read_diagnostic(const struct message_part *group, struct dsn_rcpt *r)
{
	char field[MESSAGE_FIELD_MAX];
	const char *p;
	size_t n;

	if (!message_field(group, "Diagnostic-Code", 0, field,
	    sizeof field) || (p = typed(field, "smtp")) == NULL ||
	    strspn(p, "0123456789") != 3 || p[0] < '4' || p[0] > '5' ||
	    (p[3] != ' ' && p[3] != '-'))
		return;
	r->quoted = true;
	r->code = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 +
	    (unsigned)(p[2] - '0');
	p += 4;
	n = strcspn(p, " ");
	if (is_status(p, n)) {
		memcpy(r->enhanced, p, n);
		r->enhanced[n] = '\0';
		p += n + strspn(p + n, " ");
	}
	text_escape_utf8(p, strlen(p), r->text, sizeof r->text);
}

static bool
read_group(const struct message_part *group, struct dsn_rcpt *r)
{
	char field[MESSAGE_FIELD_MAX];
	const char *host;

	memset(r, 0, sizeof *r);
	if (!message_field(group, "Action", 0, field, sizeof field) ||
	    strcasecmp(field, "failed") != 0 ||
	    !message_field(group, "Status", 0, field, sizeof field) ||
	    field[0] != '5' || !is_status(field, strcspn(field, " (")) ||
	    !read_recipient(group, &r->addr))
		return false;
	field[strcspn(field, " (")] = '\0';
	r->code = 550;
	text_copy(r->enhanced, field, sizeof r->enhanced);
	read_diagnostic(group, r);
	if (message_field(group, "Remote-MTA", 0, field, sizeof field) &&
	    (host = typed(field, "dns")) != NULL && text_is_hostname(host)) {
		text_copy(r->host, host, sizeof r->host);
		text_lower(r->host);
	}
	return true;
}

/* Groups of fields, with empty lines between; the first is the message's. */
static void
read_status(const char *body, size_t len, struct dsn *out)
{
	struct message_part group;
	bool first = true;

	while (len > 0) {
		message_split(body, len, &group);
		if (!first && out->rcpt_count < DSN_RCPTS_MAX &&
		    read_group(&group, &out->rcpts[out->rcpt_count]))
			out->rcpt_count++;
		first = false;
		body = group.body;
		len = group.body_len;
	}
}

static void
add_qid(struct dsn *out, const char *p)
{
	size_t n = 0, i;

	while (isalnum((unsigned char)p[n]))
		n++;
	if (n < 5 || n > OUTCOME_QID_MAX ||
	    (p[n] != '\0' && strchr("; \t", p[n]) == NULL))
		return;
	for (i = 0; i < out->qid_count; i++)
		if (strlen(out->qids[i]) == n &&
		    memcmp(out->qids[i], p, n) == 0)
			return;
	if (out->qid_count == DSN_QIDS_MAX)
		return;
	memcpy(out->qids[out->qid_count], p, n);
	out->qids[out->qid_count++][n] = '\0';
}

/* "Received: from A by B with ESMTP id QID; DATE" of the returned header. */
static void
read_returned(const char *text, size_t len, struct dsn *out)
{
	char field[MESSAGE_FIELD_MAX];
	struct message_part p;
	const char *id;
	unsigned i;

	message_split(text, len, &p);
	for (i = 0; i < RECEIVED_MAX; i++) {
		if (!message_field(&p, "Received", i, field, sizeof field))
			continue;
		for (id = field; (id = strstr(id, " id ")) != NULL; id++)
			add_qid(out, id + 4);
	}
}

bool
dsn_read(const char *text, size_t len, struct dsn *out)
{
	char type[64], boundary[MESSAGE_BOUNDARY_MAX + 1];
	char own[64], none[MESSAGE_BOUNDARY_MAX + 1];
	struct message_part whole, part;
	unsigned n;
	size_t at = 0;

	memset(out, 0, sizeof *out);
	message_split(text, len, &whole);
	message_type(&whole, type, boundary);
	if (strcmp(type, "multipart/report") != 0)
		return false;
	for (n = 0; n < MESSAGE_PARTS_MAX &&
	    message_next_part(&whole, boundary, &at, &part); n++) {
		message_type(&part, own, none);
		if (strcmp(own, "message/delivery-status") == 0 ||
		    strcmp(own, "message/global-delivery-status") == 0)
			read_status(part.body, part.body_len, out);
		else if (strcmp(own, "message/rfc822") == 0 ||
		    strcmp(own, "text/rfc822-headers") == 0 ||
		    strcmp(own, "message/global") == 0)
			read_returned(part.body, part.body_len, out);
	}
	return out->rcpt_count > 0;
}
