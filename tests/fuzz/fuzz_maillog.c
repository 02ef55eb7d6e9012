/*
 * A line of any octets is read or not. What is read is safe to show and to
 * send on; and whatever stands behind a line that is read, the address and the
 * queue id stay the same, or there is nothing.
 */
#include <string.h>
#include <time.h>

#include "cli/maillog.h"
#include "common/net.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

#define NOW	1795219200

static void
check(const struct maillog_event *e)
{
	char wire[ADDRESS_MAX + 1];
	struct address again;
	struct net_addr ip;
	size_t i;

	PROPERTY(e->count >= 1 && e->count <= MAILLOG_RCPTS_MAX);
	for (i = 0; i < e->count; i++) {
		address_wire(&e->addr[i], wire);
		PROPERTY(address_parse(wire, strlen(wire), &again) ==
		    ADDRESS_OK);
	}
	PROPERTY(strlen(e->qid) >= 5 && strlen(e->qid) <= OUTCOME_QID_MAX);
	PROPERTY(e->relay[0] == '\0' || text_is_hostname(e->relay) ||
	    net_addr_parse(e->relay, &ip));
	PROPERTY(e->ip[0] == '\0' || net_addr_parse(e->ip, &ip));
	PROPERTY(e->code <= 599);
	PROPERTY(!e->quoted || e->code >= 200);
	PROPERTY(e->at <= NOW + 86400);
	PROPERTY(text_is_utf8(e->text, strlen(e->text)));
	for (i = 0; e->text[i] != '\0'; i++)
		PROPERTY((unsigned char)e->text[i] >= 0x20 &&
		    e->text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char victim[] = "@evil.example>, relay=mx.good.example"
	    "[192.0.2.1]:25, dsn=5.1.1, status=bounced (host mx.good.example"
	    "[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command))";
	struct maillog_event e, more;
	char text[MAILLOG_LINE_MAX];

	if (len == 0 || len > MAILLOG_LINE_MAX - sizeof victim)
		return 0;
	if (!maillog_read((const char *)data, len, NOW, &e))
		return 0;
	check(&e);
	memcpy(text, data, len);
	memcpy(text + len, victim, sizeof victim - 1);
	PROPERTY(!maillog_read(text, len + sizeof victim - 1, NOW, &more));
	return 0;
}
