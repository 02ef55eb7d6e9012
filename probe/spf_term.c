#include "probe/spf_term.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads "/n" at the end of the term's text and takes it off. */
static bool
prefix_off(const char *text, size_t *len, unsigned *out, unsigned most)
{
	size_t i = *len, digits = 0;
	unsigned long n = 0;

	while (i > 0 && isdigit((unsigned char)text[i - 1])) {
		i--;
		digits++;
	}
	if (digits == 0 || i == 0 || text[i - 1] != '/')
		return true;		/* none */
	if (digits > 3)
		return false;
	n = strtoul(text + i, NULL, 10);
	if (n > most || (digits > 1 && text[i] == '0'))
		return false;
	*out = (unsigned)n;
	*len = i - 1;
	return true;
}

/* "a/24//64", "ip4:192.0.2.0/24", "ip6:2001:db8::/32". */
static bool
read_prefixes(struct spf_term *t, size_t *len)
{
	size_t i = *len, at;

	t->v4 = 32;
	t->v6 = 128;
	if (strncasecmp(t->name, "ip6", 3) == 0)
		return prefix_off(t->text, len, &t->v6, 128);
	if (strncasecmp(t->name, "ip4", 3) == 0)
		return prefix_off(t->text, len, &t->v4, 32);
	if (!(strncasecmp(t->name, "a", 1) == 0 ||
	    strncasecmp(t->name, "mx", 2) == 0))
		return true;
	at = i;
	if (!prefix_off(t->text, &at, &t->v6, 128))
		return false;
	if (at < i && at > 0 && t->text[at - 1] == '/') {
		*len = at - 1;		/* it was the one behind "//" */
		return prefix_off(t->text, len, &t->v4, 32);
	}
	t->v6 = 128;
	return prefix_off(t->text, len, &t->v4, 32);
}

bool
spf_term_read(struct spf_term *t)
{
	size_t len = t->len, skip = 1;

	t->qualifier = SPF_PASS;
	switch (t->text[0]) {
	case '-':
		t->qualifier = SPF_FAIL;
		break;
	case '~':
		t->qualifier = SPF_SOFTFAIL;
		break;
	case '?':
		t->qualifier = SPF_NEUTRAL;
		break;
	case '+':
		break;
	default:			/* any other octet begins the name */
		skip = 0;
		break;
	}
	t->name = t->text + skip;
	if (!read_prefixes(t, &len))
		return false;
	for (t->name_len = 0; skip + t->name_len < len &&
	    t->name[t->name_len] != ':'; t->name_len++)
		continue;
	t->spec = "";
	t->spec_len = 0;
	if (skip + t->name_len == len)
		return true;
	t->spec = t->name + t->name_len + 1;
	t->spec_len = len - skip - t->name_len - 1;
	return t->spec_len > 0;
}

bool
spf_term_is_modifier(const struct spf_term *t)
{
	size_t i = 0;

	while (i < t->len && (isalnum((unsigned char)t->text[i]) ||
	    (i > 0 && strchr("-_.", t->text[i]) != NULL)))
		i++;
	return i > 0 && i < t->len && t->text[i] == '=' &&
	    isalpha((unsigned char)t->text[0]);
}

bool
spf_term_next(const char **at, struct spf_term *t)
{
	*at += strspn(*at, " ");
	t->text = *at;
	t->len = strcspn(*at, " ");
	*at += t->len;
	return t->len > 0;
}

bool
spf_term_is(const struct spf_term *t, const char *name)
{
	return strlen(name) == t->name_len &&
	    strncasecmp(t->name, name, t->name_len) == 0;
}
