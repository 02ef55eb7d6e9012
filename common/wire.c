#include "common/wire.h"

#include <string.h>

#include "common/text.h"

/* Where a scan stands: nothing in the buffer is changed before it is whole. */
struct scan {
	const char *buf;
	size_t len;			/* octets to look at */
	struct {
		size_t name, name_len, value;
	} attrs[WIRE_ATTRS_MAX];
	size_t count;
	size_t at;
};

/* Not isalnum: the locale has no say here. */
static bool
is_name_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

static bool
is_value_octet(char c)
{
	return c != '\0' && c != '\r' && c != '\n';
}

static bool
is_known(const struct scan *s, size_t name, size_t len)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (s->attrs[i].name_len == len &&
		    memcmp(s->buf + s->attrs[i].name, s->buf + name, len) == 0)
			return true;
	}
	return false;
}

/* A name and its "="; on WIRE_OK at stands at the value. */
static enum wire_status
scan_name(struct scan *s)
{
	size_t name = s->at, len;

	while (s->at < s->len && is_name_octet(s->buf[s->at]) &&
	    s->at - name <= WIRE_NAME_MAX)
		s->at++;
	len = s->at - name;
	if (len > WIRE_NAME_MAX)
		return WIRE_SYNTAX;
	if (s->at == s->len)
		return WIRE_MORE;
	if (s->buf[s->at] != '=' || len == 0)
		return WIRE_SYNTAX;
	if (s->count == WIRE_ATTRS_MAX)
		return WIRE_TOO_MANY;
	if (is_known(s, name, len))
		return WIRE_DUPLICATE;
	s->at++;
	s->attrs[s->count].name = name;
	s->attrs[s->count].name_len = len;
	s->attrs[s->count].value = s->at;
	s->count++;
	return WIRE_OK;
}

/* A value and its LF. */
static enum wire_status
scan_value(struct scan *s)
{
	while (s->at < s->len && is_value_octet(s->buf[s->at]))
		s->at++;
	if (s->at == s->len)
		return WIRE_MORE;
	return s->buf[s->at++] == '\n' ? WIRE_OK : WIRE_SYNTAX;
}

static enum wire_status
scan_message(struct scan *s)
{
	enum wire_status status;

	for (;;) {
		if (s->at == s->len)
			return WIRE_MORE;
		if (s->buf[s->at] == '\n') {
			s->at++;
			return WIRE_OK;
		}
		status = scan_name(s);
		if (status == WIRE_OK)
			status = scan_value(s);
		if (status != WIRE_OK)
			return status;
	}
}

enum wire_status
wire_parse(char *buf, size_t len, size_t limit, struct wire_message *msg,
    size_t *used)
{
	struct scan s = { .buf = buf, .len = len < limit ? len : limit };
	enum wire_status status;
	size_t i;

	status = scan_message(&s);
	if (status == WIRE_MORE && len >= limit)
		return WIRE_TOO_LONG;
	if (status != WIRE_OK)
		return status;
	for (i = 0; i < s.count; i++) {
		msg->attrs[i].name = buf + s.attrs[i].name;
		msg->attrs[i].value = buf + s.attrs[i].value;
		buf[s.attrs[i].name + s.attrs[i].name_len] = '\0';
		/* The LF before the next name, or before the last LF. */
		buf[(i + 1 < s.count ? s.attrs[i + 1].name : s.at - 1) - 1] =
		    '\0';
	}
	msg->count = s.count;
	*used = s.at;
	return WIRE_OK;
}

const char *
wire_status_text(enum wire_status status)
{
	switch (status) {
	case WIRE_OK:
		return "a whole message";
	case WIRE_MORE:
		return "the message is not yet whole";
	case WIRE_TOO_LONG:
		return "the message is longer than allowed";
	case WIRE_TOO_MANY:
		return "the message has too many attributes";
	case WIRE_SYNTAX:
		return "a line is not name=value";
	case WIRE_DUPLICATE:
		return "an attribute is given twice";
	case WIRE_STATUS_COUNT:
		break;
	}
	return "unknown status";
}

const char *
wire_get(const struct wire_message *msg, const char *name)
{
	size_t i;

	for (i = 0; i < msg->count; i++) {
		if (strcmp(msg->attrs[i].name, name) == 0)
			return msg->attrs[i].value;
	}
	return NULL;
}

bool
wire_get_u64(const struct wire_message *msg, const char *name, uint64_t max,
    uint64_t *out)
{
	const char *s = wire_get(msg, name);
	uint64_t value = 0, digit;

	if (s == NULL || *s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		digit = (uint64_t)(*s - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

void
wire_begin(struct wire_writer *w, char *buf, size_t size)
{
	*w = (struct wire_writer){ .buf = buf, .size = size };
}

static bool
is_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!is_name_octet(name[i]))
			return false;
	}
	return len > 0 && len <= WIRE_NAME_MAX;
}

void
wire_put(struct wire_writer *w, const char *name, const char *value)
{
	size_t name_len = strlen(name), len, room = w->size - w->len;
	char *out = w->buf + w->len;

	len = value != NULL ? strlen(value) : 0;
	if (value == NULL || !is_name(name, name_len) ||
	    memchr(value, '\r', len) != NULL ||
	    memchr(value, '\n', len) != NULL || len >= room ||
	    name_len + 2 > room - len)
		w->failed = true;
	if (w->failed)
		return;
	memcpy(out, name, name_len);
	out[name_len] = '=';
	memcpy(out + name_len + 1, value, len);
	out[name_len + 1 + len] = '\n';
	w->len += name_len + len + 2;
}

void
wire_put_i64(struct wire_writer *w, const char *name, int64_t value)
{
	char text[1 + TEXT_NUMBER];

	text[0] = '-';
	text_number(value < 0 ? -(uint64_t)value : (uint64_t)value, text + 1);
	wire_put(w, name, value < 0 ? text : text + 1);
}

size_t
wire_end(struct wire_writer *w)
{
	if (w->failed || w->len == w->size)
		return 0;
	w->buf[w->len++] = '\n';
	return w->len;
}
