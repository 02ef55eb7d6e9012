/*
 * rules_pattern: the small languages inside rules, made ready for matching.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reply_text.h"
#include "common/rules_internal.h"

/* What a space and a "~" in a rule's text stand for. */
#define GAP_SPACE	"(?:[^a-z0-9]+)"
#define GAP_WORDS \
	"(?:(?:[^a-z0-9.!?]+[a-z0-9]+(?:[.][a-z0-9]+)*){0,6}?[^a-z0-9.!?]+)"
#define BOUND_LEFT	"(?<![a-z0-9])(?:"
#define BOUND_RIGHT	")(?![a-z0-9])"
#define CALL_SIZE	32		/* "(?&c12)" */
#define INLINE_MAX	16384		/* some 40 KB compiled, of 64 */

struct growing {
	char *buf;
	size_t len;
	bool failed;
};

static void
grow(struct growing *g, const char *text, size_t len)
{
	char *bigger;

	if (g->failed || len == 0)
		return;
	if (g->len + len > PATTERN_TEXT_MAX ||
	    (bigger = realloc(g->buf, g->len + len + 1)) == NULL) {
		g->failed = true;
		return;
	}
	g->buf = bigger;
	memcpy(g->buf + g->len, text, len);
	g->len += len;
	g->buf[g->len] = '\0';
}

/* Its index; the count of classes if there is none of that name. */
static size_t
class_named(const struct word_classes *classes, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < classes->count; i++)
		if (strlen(classes->items[i].name) == len &&
		    memcmp(classes->items[i].name, name, len) == 0)
			break;
	return i;
}

/*
 * PCRE2 limits the size of an expression, and rules name the same class many
 * times. A rule that would become too large calls its classes and defines each
 * once, behind its pattern; the others hold them whole, which is faster.
 */
static size_t
class_call(char call[CALL_SIZE], size_t index)
{
	return (size_t)snprintf(call, CALL_SIZE, "(?&c%zu)", index);
}

/* Defines the classes that the pattern in g calls. */
static void
define_classes(struct growing *g, const struct word_classes *classes)
{
	char call[CALL_SIZE];
	size_t i;

	for (i = 0; i < classes->count && !g->failed; i++) {
		(void)class_call(call, i);
		if (strstr(g->buf, call) == NULL)
			continue;
		call[2] = '<';			/* "(?<c3>" */
		call[strlen(call) - 1] = '>';
		grow(g, "(?(DEFINE)", 10);
		grow(g, call, strlen(call));
		grow(g, classes->items[i].regex,
		    strlen(classes->items[i].regex));
		grow(g, "))", 2);
	}
}

/* A "{name}" at text; its length, 0 if it is none, or 0 with why set. */
static size_t
take_class(struct growing *g, const struct word_classes *classes,
    const char *text, bool call, char *why, size_t size)
{
	char called[CALL_SIZE];
	size_t c, len;

	if (text[0] != '{' || !islower((unsigned char)text[1]))
		return 0;
	len = strcspn(text + 1, "}");
	if (text[1 + len] == '\0') {
		(void)snprintf(why, size, "\"{\" without \"}\"");
		return 0;
	}
	c = class_named(classes, text + 1, len);
	if (c == classes->count) {
		(void)snprintf(why, size, "no class is named %.*s", (int)len,
		    text + 1);
		return 0;
	}
	if (call)
		grow(g, called, class_call(called, c));
	else
		grow(g, classes->items[c].regex,
		    strlen(classes->items[c].regex));
	return len + 2;
}

/* Of the "[...]" at text; 0: none that ends. */
static size_t
set_len(const char *text)
{
	const char *end;
	size_t i = 1;

	if (text[0] != '[')
		return 0;
	i += text[i] == '^';
	i += text[i] == ']';
	for (; text[i] != '\0' && text[i] != ']'; i++)
		if (text[i] == '\\' && text[i + 1] != '\0')
			i++;
		else if (text[i] == '[' && text[i + 1] == ':' &&
		    (end = strstr(&text[i + 2], ":]")) != NULL)
			i = (size_t)(end - text) + 1;
	return text[i] == ']' ? i + 1 : 0;
}

/* A character that stands for itself; its length, or 0 with why set. */
static size_t
take_literal(struct growing *g, const char *text, char *why, size_t size)
{
	char folded[REPLY_FOLD_SIZE];
	size_t n;

	if (text[0] == '\\' && text[1] != '\0') {
		grow(g, text, 2);
		return 2;
	}
	n = reply_text_fold(text, folded);
	if (strlen(folded) == n && memcmp(folded, text, n) == 0) {
		grow(g, text, n);
		return n;
	}
	(void)snprintf(why, size, "%s \"%.*s\" never matches: text is "
	    "compared in lower case and without accents; write \"%s\"",
	    *text >= 'A' && *text <= 'Z' ? "upper case" : "the letter",
	    (int)n, text, folded);
	return 0;
}

/* What is not as it stands there: a class, a space, a "~". Its length. */
static size_t
take_ours(struct growing *g, const struct word_classes *classes,
    const char *text, bool call, char *why, size_t size)
{
	if (text[0] == ' ')
		grow(g, GAP_SPACE, strlen(GAP_SPACE));
	else if (text[0] == '~')
		grow(g, GAP_WORDS, strlen(GAP_WORDS));
	else
		return take_class(g, classes, text, call, why, size);
	return 1;
}

static char *
expand(const struct word_classes *classes, const char *text, bool bounded,
    bool call, char *why, size_t size)
{
	struct growing g = { NULL, 0, false };
	size_t i, n, set_end = 0;

	why[0] = '\0';
	grow(&g, bounded ? BOUND_LEFT : "(?:", bounded ?
	    strlen(BOUND_LEFT) : 3);
	for (i = 0; text[i] != '\0' && why[0] == '\0'; i += n) {
		if (i >= set_end)
			set_end = i + set_len(&text[i]);
		n = 0;
		if (i >= set_end)
			n = take_ours(&g, classes, &text[i], call, why, size);
		if (n == 0 && why[0] == '\0')
			n = take_literal(&g, &text[i], why, size);
	}
	grow(&g, bounded ? BOUND_RIGHT : ")", bounded ?
	    strlen(BOUND_RIGHT) : 1);
	if (call)
		define_classes(&g, classes);
	if (why[0] == '\0' && g.failed)
		(void)snprintf(why, size, "longer than %d octets, or no "
		    "memory", PATTERN_TEXT_MAX);
	if (why[0] == '\0')
		return g.buf;
	free(g.buf);
	return NULL;
}

/*
 * Alone, as it was written: joined with others, "a)" and "(b" would be whole.
 * Classes, spaces and "~" stand for themselves here, which changes no fault.
 */
bool
rule_pattern_alone(const char *text, char *why, size_t size)
{
	struct pattern *p = pattern_compile(text, why, size);
	bool ok = p != NULL;

	pattern_free(p);
	return ok;
}

bool
rule_pattern_fits_nothing(const struct pattern *p)
{
	struct pattern_scratch *scratch = pattern_scratch_new();
	enum pattern_answer answer = pattern_match(p, "", 0, scratch);

	pattern_scratch_free(scratch);
	return answer == PATTERN_YES;
}

char *
rule_pattern_expand(const struct word_classes *classes, const char *text,
    bool bounded, char *why, size_t size)
{
	char *regex;

	regex = expand(classes, text, bounded, false, why, size);
	if (!bounded || (regex != NULL && strlen(regex) <= INLINE_MAX))
		return regex;
	free(regex);
	return expand(classes, text, bounded, true, why, size);
}

static bool
parse_number(const char **in, unsigned *out)
{
	unsigned n = 0, digits;

	for (digits = 0; isdigit((unsigned char)**in) && digits < 3; digits++)
		n = n * 10 + (unsigned)(*(*in)++ - '0');
	*out = n;
	return digits > 0;
}

bool
rule_enhanced_parse(const char *text, struct rule_enhanced *out)
{
	const char *at = text;

	if (!parse_number(&at, &out->class) ||
	    (out->class != 4 && out->class != 5) || *at++ != '.' ||
	    !parse_number(&at, &out->subject) || *at++ != '.')
		return false;
	if (strcmp(at, "*") == 0) {
		out->least = 0;
		out->most = 999;
		return true;
	}
	if (!parse_number(&at, &out->least))
		return false;
	out->most = out->least;
	if (*at == '-') {
		at++;
		if (!parse_number(&at, &out->most))
			return false;
	}
	return *at == '\0' && out->most >= out->least;
}

bool
rule_mx_matches(const char *pattern, const char *mx)
{
	const char *star = NULL, *resume = NULL;

	while (*mx != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = mx;
		} else if (*pattern == *mx ||
		    (*pattern == '?' && *mx != '.' && *mx != '*')) {
			pattern++;
			mx++;
		} else if (star != NULL) {
			pattern = star;
			mx = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
rule_reason_fits(enum verdict_reason reason)
{
	static const enum verdict_reason fit[] = {
		REASON_ACCEPTED_RATE_LIMITED_MAILBOX,
		REASON_NO_SUCH_DOMAIN, REASON_NULL_MX, REASON_NO_SUCH_USER,
		REASON_MAILBOX_DISABLED, REASON_MAILBOX_MOVED,
		REASON_MAILBOX_FULL, REASON_MAILBOX_FULL_LONG,
		REASON_GREYLISTED, REASON_TEMPORARY_ERROR,
		REASON_RECIPIENT_FLOODED, REASON_RELAY_DENIED,
		REASON_TLS_REQUIRED, REASON_BLOCKED_POLICY,
		REASON_BLOCKED_IP_LISTED, REASON_BLOCKED_NO_PTR,
		REASON_BLOCKED_AUTH, REASON_BLOCKED_HELO,
		REASON_RATE_LIMITED, REASON_AMBIGUOUS_REFUSAL,
	};
	size_t i;

	for (i = 0; i < sizeof(fit) / sizeof(fit[0]); i++)
		if (fit[i] == reason)
			return true;
	return false;
}
