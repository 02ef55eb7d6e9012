/*
 * Whatever the verdict log holds: no decision is lost among states, actions
 * and days; text stays within 80 columns and commands nothing, a page has no
 * tag but its own, and JSON is JSON.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/logline.h"
#include "cli/report_sheet.h"
#include "tests/fuzz/fuzz.h"

#define FROM	INT64_C(1795219200000)	/* 2026-11-21 */
#define UNTIL	(FROM + INT64_C(864000000))

static void
take(struct report *r, const char *text, size_t len)
{
	struct logline line;

	report_alarm(r, text, len);
	if (!logline_read(text, len, &line))
		return;
	PROPERTY(report_add(r, &line.verdict,
	    jval_get(line.object, "evidence")));
	logline_clear(&line);
}

static void
check_sums(const struct report *r)
{
	const struct pursuit_sum *f = &r->followed;
	uint64_t states = 0, reasons = 0, days = 0;
	const struct topk_entry **list;
	size_t i, count, total;

	for (i = 0; i < STATE_COUNT; i++)
		states += r->all.states[i];
	for (i = 0; i <= REASON_MAX; i++)
		reasons += r->by_reason[i].verdicts;
	list = topk_first(r->tables[REPORT_DAYS], topk_by_verdicts,
	    REPORT_KEYS, &count, &total);
	PROPERTY(list != NULL && count == total);
	for (i = 0; i < count; i++)
		days += list[i]->n.verdicts;
	free(list);
	PROPERTY(states == r->all.verdicts && reasons == r->all.verdicts);
	PROPERTY(days == r->all.verdicts);
	PROPERTY(f->passed + f->refused + f->again + f->gone + f->may_come ==
	    f->episodes);
	PROPERTY(f->episodes + f->unfollowed <= f->deferrals);
}

static void
check_text(const struct sheet *s, bool utf8)
{
	char *text = sheet_text(s, utf8), *at;
	size_t width = 0;

	PROPERTY(text != NULL);
	for (at = text; *at != '\0'; at++) {
		if (*at == '\n') {
			width = 0;
			continue;
		}
		width += ((unsigned char)*at & 0xc0) != 0x80;
		PROPERTY(width < 80);
		PROPERTY((unsigned char)*at >= 0x20 && *at != 0x7f);
		PROPERTY(utf8 || (unsigned char)*at < 0x80);
	}
	free(text);
}

/* Every "<" begins one of the tags that we write. */
static void
check_page(const struct sheet *s)
{
	static const char *const tags[] = { "!DOCTYPE html>", "html", "/",
	    "head>", "meta ", "title>", "style>", "body>", "h1>", "h2>", "p>",
	    "p class=\"note\">", "section id=\"", "div class=\"wide\">",
	    "table>", "thead>", "tbody>", "tr>", "th scope=\"", "td>",
	    "td class=\"", "span style=\"width: ", "hr>" };
	char *page = sheet_html(s), *at;
	size_t i;

	PROPERTY(page != NULL);
	for (at = page; (at = strchr(at, '<')) != NULL;) {
		at++;
		for (i = 0; i < sizeof tags / sizeof tags[0]; i++)
			if (strncmp(at, tags[i], strlen(tags[i])) == 0)
				break;
		PROPERTY(i < sizeof tags / sizeof tags[0]);
	}
	free(page);
}

static void
check_json(const struct sheet *s)
{
	struct jval *o = sheet_json(s), *again;
	char *text = jval_print(o);

	PROPERTY(text != NULL);
	again = jval_parse(text, strlen(text));
	PROPERTY(again != NULL);
	jval_free(again);
	jval_free(o);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report *r = report_new(FROM, UNTIL, NULL);
	const char *at = (const char *)data, *end = at + size, *lf;
	struct sheet s;

	PROPERTY(r != NULL);
	for (; at < end; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(end - at));
		if (lf == NULL)
			lf = end;
		take(r, at, (size_t)(lf - at));
	}
	report_end(r, FROM + (int64_t)size * 100000);
	check_sums(r);
	report_sheet(r, size % 5 + 1, &s);
	PROPERTY(!s.failed);
	check_text(&s, true);
	check_text(&s, false);
	check_page(&s);
	check_json(&s);
	sheet_clear(&s);
	report_free(r);
	return 0;
}
