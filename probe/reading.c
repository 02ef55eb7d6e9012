#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "probe/reading.h"

/* As the server wrote it, for reply_split: one reading of replies for all. */
static void
as_written(const struct ask_result *r, char *out, size_t size)
{
	const char *line = r->text, *end;
	size_t len = 0, n;

	do {
		n = strcspn(line, "\n");
		end = line + n;
		len += (size_t)snprintf(out + len, size - len, "%s%03u%c%.*s",
		    line == r->text ? "" : "\n", r->code,
		    *end == '\0' ? ' ' : '-', (int)n, line);
		line = end + 1;
	} while (*end != '\0' && len < size);
}

void
reply_classify(const struct rules *rules, const char *host,
    const struct evidence *ev, const char *domain, const struct ask_result *r,
    struct reply_meaning *meaning)
{
	const struct provider *provider = rules_provider(rules, host);
	const struct reply_names names = {
		.helo = ev != NULL ? ev->helo : NULL,
		.sender = ev != NULL ? ev->from : NULL,
		.rcpt_domain = domain,
	};
	struct reply_facts facts = { .stage = r->stage, .names = &names };
	char raw[2 * REPLY_TEXT_MAX], text[2 * REPLY_TEXT_MAX], enhanced[16];

	if (r->code < 400) {		/* its text says no more */
		facts.code = r->code;
		classify_reply(rules, &facts, meaning);
		return;
	}
	as_written(r, raw, sizeof raw);
	if (!reply_split(raw, strlen(raw), &facts.code, enhanced, text)) {
		facts.code = r->code;	/* cut within its codes: by code alone */
		enhanced[0] = text[0] = '\0';
	}
	facts.enhanced = enhanced;
	facts.text = text;
	facts.provider = provider != NULL ? provider->name : NULL;
	classify_reply(rules, &facts, meaning);
}

static uint32_t
plus(uint32_t a, uint64_t b)
{
	return b < UINT32_MAX - a ? a + (uint32_t)b : UINT32_MAX;
}

static void
add_cost(struct evidence *ev, const struct ask_result *r)
{
	ev->sent = plus(ev->sent, r->use.sent);
	ev->received = plus(ev->received, r->use.received);
	ev->round_trips = plus(ev->round_trips, r->use.round_trips);
	ev->session_ms = plus(ev->session_ms, r->session_ms > 0 ?
	    (uint64_t)r->session_ms : 0);
}

void
reading_note(struct evidence *ev, const char *host,
    const struct ask_result *r)
{
	char ip[NET_TEXT_SIZE];

	add_cost(ev, r);
	if (r->fault != FAULT_NONE && ev->code != 0)
		return;
	ev->stage = r->stage;
	ev->code = r->code;
	text_copy(ev->enhanced, r->enhanced, sizeof ev->enhanced);
	text_escape_utf8(r->text, strlen(r->text), ev->text, sizeof ev->text);
	text_copy(ev->tls, r->tls, sizeof ev->tls);
	text_copy(ev->mx, host, sizeof ev->mx);
	net_addr_text(&r->addr, ip);
	text_copy(ev->ip, ip, sizeof ev->ip);
}
