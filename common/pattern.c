#include "common/pattern.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH	8
#include <pcre2.h>

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	unsigned groups;
};

struct pattern_scratch {
	pcre2_match_data *data;
	int pairs;			/* filled by the last match */
};

static bool
set_limits(struct pattern *p)
{
	uint32_t groups;

	p->limits = pcre2_match_context_create(NULL);
	if (p->limits == NULL)
		return false;
	(void)pcre2_set_match_limit(p->limits, PATTERN_MATCH_LIMIT);
	(void)pcre2_set_depth_limit(p->limits, PATTERN_DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(p->limits, PATTERN_HEAP_LIMIT);
	(void)pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	p->groups = groups;
	return true;
}

struct pattern *
pattern_compile(const char *regex, char *why, size_t size)
{
	struct pattern *p;
	PCRE2_UCHAR text[128];
	PCRE2_SIZE at;
	int err;

	if (strlen(regex) > PATTERN_TEXT_MAX) {
		(void)snprintf(why, size, "over %d octets", PATTERN_TEXT_MAX);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		(void)snprintf(why, size, "no memory");
		return NULL;
	}
	p->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
	    PCRE2_NEVER_BACKSLASH_C, &err, &at, NULL);
	if (p->code == NULL) {
		(void)pcre2_get_error_message(err, text, sizeof(text));
		(void)snprintf(why, size, "%s at octet %zu", (char *)text,
		    (size_t)at);
		pattern_free(p);
		return NULL;
	}
	if (!set_limits(p)) {
		(void)snprintf(why, size, "no memory");
		pattern_free(p);
		return NULL;
	}
	return p;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

struct pattern_scratch *
pattern_scratch_new(void)
{
	struct pattern_scratch *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->data = pcre2_match_data_create(PATTERN_GROUPS + 1, NULL);
	if (s->data == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
pattern_scratch_free(struct pattern_scratch *s)
{
	if (s == NULL)
		return;
	pcre2_match_data_free(s->data);
	free(s);
}

enum pattern_answer
pattern_match(const struct pattern *p, const char *text, size_t len,
    struct pattern_scratch *s)
{
	int n;

	if (s == NULL)
		return PATTERN_DOUBT;
	n = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, 0, s->data,
	    p->limits);
	/* 0: it matched and has more groups than the scratch holds. */
	s->pairs = n == 0 ? PATTERN_GROUPS + 1 : n;
	if (n >= 0)
		return PATTERN_YES;
	return n == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_DOUBT;
}

bool
pattern_group(const struct pattern_scratch *s, unsigned n, size_t *start,
    size_t *len)
{
	const PCRE2_SIZE *v;

	if (n == 0 || n > PATTERN_GROUPS || (int)n >= s->pairs)
		return false;
	v = pcre2_get_ovector_pointer(s->data);
	if (v[2 * n] == PCRE2_UNSET || v[2 * n + 1] < v[2 * n])
		return false;
	*start = v[2 * n];
	*len = v[2 * n + 1] - v[2 * n];
	return true;
}

unsigned
pattern_groups(const struct pattern *p)
{
	return p->groups;
}
