#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/rate.h"

#define SECOND_MS	INT64_C(1000)
#define DAY_MS		(86400 * SECOND_MS)

static const struct {
	const char *word;
	int64_t ms;
} spans[SPAN_COUNT] = {
	[SPAN_SECOND] = { "second", SECOND_MS },
	[SPAN_MINUTE] = { "minute", 60 * SECOND_MS },
	[SPAN_HOUR] = { "hour", 3600 * SECOND_MS },
	[SPAN_DAY] = { "day", DAY_MS },
	[SPAN_WEEK] = { "week", 7 * DAY_MS },
	[SPAN_MONTH] = { "month", 30 * DAY_MS },
};

int64_t
rate_span_ms(enum rate_span span)
{
	return spans[span].ms;
}

const char *
rate_span_word(enum rate_span span)
{
	return spans[span].word;
}

static bool no(char *why, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static bool
no(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return false;
}

static bool
span_of(const char *word, size_t len, enum rate_span *out)
{
	unsigned i;

	for (i = 0; i < SPAN_COUNT; i++) {
		if (strlen(spans[i].word) != len ||
		    strncmp(spans[i].word, word, len) != 0)
			continue;
		*out = (enum rate_span)i;
		return true;
	}
	return false;
}

/* One rate of len octets at text, without blanks. */
static bool
parse_one(const char *text, size_t len, struct rate *out)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		count = count * 10 + (uint64_t)(text[i] - '0');
		if (count > RATE_COUNT_MAX)
			return false;
	}
	if (i == 0 || count == 0 || i == len || text[i] != '/')
		return false;
	out->count = (uint32_t)count;
	return span_of(text + i + 1, len - i - 1, &out->span);
}

static bool
parse_all(const char *text, struct rates *out, char *why, size_t size)
{
	size_t len;

	memset(out, 0, sizeof *out);
	for (text += strspn(text, " "); *text != '\0';
	    text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (out->count == RATES_MAX)
			return no(why, size, "has more than %d rates",
			    RATES_MAX);
		if (!parse_one(text, len, &out->items[out->count]))
			return no(why, size, "is not a rate; write "
			    "\"10/minute 100/hour\": 1 to %u per second, "
			    "minute, hour, day, week or month",
			    RATE_COUNT_MAX);
		out->count++;
		text += len;
	}
	return true;
}

/* What can never bind was hardly meant. */
static bool
fit_together(const struct rates *r, char *why, size_t size)
{
	const struct rate *a, *b;
	size_t i, k;

	for (i = 0; i < r->count; i++) {
		for (k = 0; k < r->count; k++) {
			a = &r->items[i];
			b = &r->items[k];
			if (i != k && a->span == b->span)
				return no(why, size, "has two rates per %s; "
				    "write one", rate_span_word(a->span));
			if (a->span < b->span && a->count > b->count)
				return no(why, size, "allows more per %s than "
				    "per %s; lower the one or raise the other",
				    rate_span_word(a->span),
				    rate_span_word(b->span));
		}
	}
	return true;
}

bool
rates_parse(const char *text, struct rates *out, char *why, size_t size)
{
	struct rates r;

	if (!parse_all(text, &r, why, size) || !fit_together(&r, why, size))
		return false;
	*out = r;
	return true;
}

bool
rates_parse_steps(const char *text, struct rates *out, char *why, size_t size)
{
	struct rates r;

	if (!parse_all(text, &r, why, size))
		return false;
	*out = r;
	return true;
}
