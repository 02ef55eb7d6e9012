/*
 * A message of any octets is split into parts that lie in it; what is made of
 * it is bounded, and safe to show.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/dsn.h"
#include "cli/message.h"
#include "cli/optout.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

static bool
inside(const char *text, size_t len, const char *p, size_t n)
{
	return p >= text && p <= text + len && n <= (size_t)(text + len - p);
}

static void
check_shown(const char *text)
{
	PROPERTY(text_is_utf8(text, strlen(text)));
	for (; *text != '\0'; text++)
		PROPERTY((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void
check_parts(const char *text, size_t len)
{
	char type[64], boundary[MESSAGE_BOUNDARY_MAX + 1], body[512];
	struct message_part whole, part;
	unsigned n = 0;
	size_t at = 0, before;

	message_split(text, len, &whole);
	PROPERTY(inside(text, len, whole.head, whole.head_len));
	PROPERTY(inside(text, len, whole.body, whole.body_len));
	message_type(&whole, type, boundary);
	for (before = at; message_next_part(&whole, boundary, &at, &part);
	    before = at) {
		PROPERTY(at > before);
		PROPERTY(inside(text, len, part.head, part.head_len));
		PROPERTY(inside(text, len, part.body, part.body_len));
		PROPERTY(message_body(&part, body, sizeof body) <
		    sizeof body);
		PROPERTY(++n <= len);
	}
}

static void
check_dsn(const char *text, size_t len)
{
	static struct dsn d;
	size_t i;

	if (!dsn_read(text, len, &d))
		return;
	PROPERTY(d.rcpt_count >= 1 && d.rcpt_count <= DSN_RCPTS_MAX);
	for (i = 0; i < d.rcpt_count; i++) {
		PROPERTY(d.rcpts[i].code >= 400 && d.rcpts[i].code <= 599);
		check_shown(d.rcpts[i].text);
	}
	for (i = 0; i < d.qid_count; i++)
		PROPERTY(strlen(d.qids[i]) >= 5);
}

static void
check_optout(const char *text, size_t len)
{
	static struct optout o;
	size_t i;

	optout_read(text, len, "mx.shop.example", &o);
	check_shown(o.from);
	check_shown(o.id);
	check_shown(o.excerpt);
	PROPERTY(o.domain_count <= OPTOUT_DOMAINS_MAX);
	for (i = 0; i < o.domain_count; i++)
		PROPERTY(text_is_hostname(o.domains[i]));
	if (o.proven[0] != '\0')
		PROPERTY(strcmp(strchr(o.from, '@') + 1, o.proven) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	PROPERTY(text != NULL);
	memcpy(text, data, len);
	len = message_normal(text, len);
	check_parts(text, len);
	check_dsn(text, len);
	check_optout(text, len);
	free(text);
	return 0;
}
