#include "probe/spf.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define LABELS_MAX	128

struct sink {
	char *out;
	size_t len, size;
	bool full;
};

static void
put(struct sink *s, char c)
{
	if (s->len + 1 >= s->size) {
		s->full = true;
		return;
	}
	s->out[s->len++] = c;
	s->out[s->len] = '\0';
}

/* An upper-case macro letter asks for URL escapes (section 7.3). */
static void
put_text(struct sink *s, const char *text, size_t len, bool escape)
{
	char hex[4];
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!escape || isalnum(c) || strchr("-._~", c) != NULL) {
			put(s, (char)c);
			continue;
		}
		snprintf(hex, sizeof hex, "%%%02X", c);
		put(s, hex[0]);
		put(s, hex[1]);
		put(s, hex[2]);
	}
}

/* The dotted form of "i": nibbles for IPv6. */
static void
ip_text(const struct net_addr *ip, char out[80])
{
	int i, len = 0;

	if (ip->family == AF_INET) {
		net_addr_text(ip, out);
		return;
	}
	for (i = 0; i < 16; i++)
		len += snprintf(out + len, 80 - (size_t)len, "%s%x.%x",
		    i > 0 ? "." : "", ip->octets[i] >> 4U,
		    ip->octets[i] & 15U);
}

static bool
value_of(const struct spf_input *in, const char *domain, char letter,
    char out[600])
{
	switch (tolower((unsigned char)letter)) {
	case 's':
		snprintf(out, 600, "%s@%s", in->local, in->domain);
		return true;
	case 'l':
		text_copy(out, in->local, 600);
		return true;
	case 'o':
		text_copy(out, in->domain, 600);
		return true;
	case 'd':
		text_copy(out, domain, 600);
		return true;
	case 'i':
		ip_text(&in->ip, out);
		return true;
	case 'p':			/* costs more than it tells (7.3) */
		text_copy(out, "unknown", 600);
		return true;
	case 'v':
		text_copy(out, in->ip.family == AF_INET ? "in-addr" : "ip6",
		    600);
		return true;
	case 'h':
		text_copy(out, in->helo, 600);
		return true;
	default:			/* c, r, t belong to exp alone */
		return false;
	}
}

/* The last keep labels of value, split at delimiters, joined with dots. */
static void
put_labels(struct sink *s, const char *value, unsigned long keep,
    bool reverse, const char *delimiters, bool escape)
{
	const char *labels[LABELS_MAX];
	size_t lens[LABELS_MAX], n = 0, i, first;

	for (; n < LABELS_MAX; value += lens[n++] + 1) {
		labels[n] = value;
		lens[n] = strcspn(value, delimiters);
		if (value[lens[n]] == '\0') {
			n++;
			break;
		}
	}
	first = keep == 0 || keep > n ? 0 : n - keep;
	for (i = first; i < n; i++) {
		/* Reversed first, then cut from the right (section 7.3). */
		size_t at = reverse ? n - 1 - i : i;

		if (i > first)
			put(s, '.');
		put_text(s, labels[at], lens[at], escape);
	}
}

/* text is behind "%{"; returns what follows "}", or NULL. */
static const char *
macro(const struct spf_input *in, const char *domain, const char *text,
    const char *end, struct sink *s)
{
	char value[600], delimiters[8] = "";
	bool reverse = false, escape = text < end &&
	    isupper((unsigned char)*text) != 0;
	unsigned long keep = 0;
	size_t n = 0;

	if (text == end || !value_of(in, domain, *text, value))
		return NULL;
	if (++text < end && isdigit((unsigned char)*text)) {
		for (; text < end && isdigit((unsigned char)*text); text++)
			keep = keep > 1000 ? keep :
			    keep * 10 + (unsigned long)(*text - '0');
		if (keep == 0)
			return NULL;
	}
	if (text < end && (*text == 'r' || *text == 'R')) {
		reverse = true;
		text++;
	}
	for (; text < end && strchr(".-+,/_=", *text) != NULL; text++)
		if (n < sizeof delimiters - 1 &&
		    strchr(delimiters, *text) == NULL)
			delimiters[n++] = *text;
	delimiters[n] = '\0';
	if (text == end || *text != '}')
		return NULL;
	if (n == 0 && keep == 0 && !reverse)
		put_text(s, value, strlen(value), escape);
	else
		put_labels(s, value, keep, reverse, n > 0 ? delimiters : ".",
		    escape);
	return text + 1;
}

bool
spf_expand(const struct spf_input *in, const char *domain, const char *spec,
    size_t len, char out[FACTS_NAME_SIZE])
{
	char whole[1024] = "";
	struct sink s = { whole, 0, sizeof whole, false };
	const char *end = spec + len, *at = whole;

	while (spec < end) {
		if (*spec != '%') {
			put(&s, *spec++);
			continue;
		}
		if (++spec == end)
			return false;
		if (*spec == '{') {
			spec = macro(in, domain, spec + 1, end, &s);
			if (spec == NULL)
				return false;
		} else if (*spec == '%' || *spec == '_' || *spec == '-') {
			put_text(&s, *spec == '%' ? "%" : *spec == '_' ? " " :
			    "%20", *spec == '-' ? 3 : 1, false);
			spec++;
		} else
			return false;
	}
	if (s.full || s.len == 0)
		return false;
	if (whole[s.len - 1] == '.')
		whole[--s.len] = '\0';
	/* Too long: whole labels go from the left (section 7.3). */
	while (strlen(at) > 253) {
		if ((at = strchr(at, '.')) == NULL)
			return false;
		at++;
	}
	text_copy(out, at, FACTS_NAME_SIZE);
	return true;
}
