#include <stdio.h>
#include <string.h>

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
    const struct ask_result *r, struct reply_meaning *meaning)
{
	const struct provider *provider = rules_provider(rules, host);
	struct reply_facts facts = { .stage = r->stage };
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
