#include "common/reply_text_internal.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A form under construction: what does not fit is cut. */
struct sink {
	char *buf;
	size_t len, size;
};

static bool
is_full(const struct sink *s)
{
	return s->len + 1 >= s->size;
}

static void
put(struct sink *s, char c)
{
	if (!is_full(s))
		s->buf[s->len++] = c;
}

static void
put_text(struct sink *s, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		put(s, text[i]);
}

static void
put_space(struct sink *s)
{
	if (s->len > 0 && s->buf[s->len - 1] != ' ')
		put(s, ' ');
}

/* ASCII base letters of U+00C0 to U+017F; "?" where there is none. */
static const char *
base_letter(uint32_t u)
{
	static const char latin1[] =
	    "aaaaaaaceeeeiiiidnooooo?ouuuuyts"	/* U+00C0 */
	    "aaaaaaaceeeeiiiidnooooo?ouuuuyty";	/* U+00E0 */
	static const char extended[] =
	    "aaaaaaccccccccdddd"		/* U+0100 */
	    "eeeeeeeeeegggggggghhhh"
	    "iiiiiiiiiiiijjkkk"
	    "llllllllllnnnnnnnnn"
	    "oooooooorrrrrrssssssss"
	    "ttttttuuuuuuuuuuuuwwyyyzzzzzzs";
	const char *at = NULL;

	if (u == 0xdf)
		return "ss";
	if (u >= 0xc0 && u <= 0xff)
		at = &latin1[u - 0xc0];
	else if (u >= 0x100 && u - 0x100 < sizeof(extended) - 1)
		at = &extended[u - 0x100];
	return at != NULL && *at != '?' ? at : NULL;
}

/* Decodes one character of UTF-8; its length, or 0 if it is none. */
static size_t
utf8_char(const char *in, uint32_t *u)
{
	const unsigned char *p = (const unsigned char *)in;
	size_t n, i;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	*u = p[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*u = *u << 6 | (p[i] & 0x3f);
	}
	return n;
}

static void
put_cyrillic(struct sink *s, uint32_t u)
{
	if (u >= 0x410 && u <= 0x42f)
		u += 0x20;
	else if (u >= 0x400 && u <= 0x40f)
		u += 0x50;
	put(s, (char)(0xc0 | u >> 6));
	put(s, (char)(0x80 | (u & 0x3f)));
}

/* Folds the character at in; what it used up. */
static size_t
put_folded(struct sink *s, const char *in)
{
	const char *base;
	uint32_t u;
	size_t n;

	if (!is_high(*in)) {
		put(s, *in >= 'A' && *in <= 'Z' ? (char)(*in + 32) : *in);
		return 1;
	}
	n = utf8_char(in, &u);
	if (n == 0) {		/* not UTF-8: read as Latin-1 */
		u = (unsigned char)*in;
		n = 1;
	}
	base = base_letter(u);
	if (base != NULL)
		put_text(s, base, u == 0xdf ? 2 : 1);
	else if (u == 0x2018 || u == 0x2019)
		put(s, '\'');
	else if (u >= 0x400 && u <= 0x42f && n == 2)
		put_cyrillic(s, u);
	else if (u == 0xa0 || u == 0x3000)
		put_space(s);
	else
		put_text(s, in, n);
	return n;
}

size_t
reply_text_fold(const char *in, char out[REPLY_FOLD_SIZE])
{
	struct sink s = { out, 0, REPLY_FOLD_SIZE };
	size_t n = put_folded(&s, in);

	/* Between words; alone it would be left out. */
	if (s.len == 0)
		put(&s, ' ');
	out[s.len] = '\0';
	return n;
}

static bool
starts_word(const char *text, size_t i)
{
	return i == 0 || !(is_letter(text[i - 1]) || is_digit(text[i - 1]) ||
	    text[i - 1] == '.' || text[i - 1] == '-' || is_high(text[i - 1]));
}

/* A reply code once more, with or without an enhanced one; its length. */
static size_t
code_at(const char *in)
{
	size_t i = 3, n;

	if (*in < '2' || *in > '5' || !is_digit(in[1]) || !is_digit(in[2]) ||
	    (in[3] != ' ' && in[3] != '-'))
		return 0;
	while (in[i] == ' ' || in[i] == '-')
		i++;
	n = reply_enhanced_at(&in[i], 0);
	return n > 0 && is_space(in[i + n]) ? i + n : i;
}

/* The number of a queue or a log: "[A12B3C] ". Its length. */
static size_t
id_at(const char *in)
{
	size_t i, digits = 0;

	if (*in != '[')
		return 0;
	for (i = 1; is_letter(in[i]) || is_digit(in[i]) || in[i] == '-' ||
	    in[i] == '_'; i++)
		digits += is_digit(in[i]);
	return in[i] == ']' && digits > 0 ? i + 1 : 0;
}

/* What stands before a verdict and says nothing: "550 5.1.1 Error: ". */
static size_t
preface_len(const char *text)
{
	static const char *const words[] = {
		"error:", "error -", "sorry,", "remote server said:",
		"remote host said:"
	};
	size_t i = 0, n, k;

	do {
		while (is_space(text[i]) && text[i] != '\0')
			i++;
		n = code_at(&text[i]);
		if (n == 0)
			n = id_at(&text[i]);
		for (k = 0; n == 0 && k < sizeof(words) / sizeof(words[0]); k++)
			if (strncasecmp(&text[i], words[k],
			    strlen(words[k])) == 0)
				n = strlen(words[k]);
		i += n;
	} while (n > 0);
	return text[i] != '\0' ? i : 0;
}

/* Where a mail server's own note begins: "(in reply to RCPT TO command)". */
static size_t
words_end(const char *text)
{
	static const char note[] = "(in reply to ";
	size_t i, end = strlen(text);

	for (i = 0; i < end; i++)
		if (strncasecmp(&text[i], note, sizeof(note) - 1) == 0)
			return i;
	return end;
}

static void
make_words(const char *text, const struct reply_names *names, struct sink *s)
{
	const char *mask;
	size_t i, n, end = words_end(text);

	for (i = preface_len(text); i < end && !is_full(s); i += n) {
		n = starts_word(text, i) ? reply_mask_at(&text[i], names, &mask) :
		    0;
		if (n == 0 && (n = reply_quoted_at(text, i)) > 0)
			mask = "@";
		if (n > 0) {
			put_text(s, mask, strlen(mask));
			continue;
		}
		n = 1;
		if (is_space(text[i]))
			put_space(s);
		else
			n = put_folded(s, &text[i]);
	}
}

/* Whether only marks follow: no letter, no digit, nothing masked. */
static bool
is_done(const char *words)
{
	for (; *words != '\0'; words++)
		if (is_letter(*words) || is_digit(*words) || *words == '@' ||
		    *words == '<' || is_high(*words))
			return false;
	return true;
}

/* The number of a queue or a log at the end: "[q12-20020a170]". */
static size_t
id_from(const char *words, size_t len)
{
	size_t i = len, digits = 0;

	if (len == 0 || words[len - 1] != ']')
		return len;
	for (i--; i > 0 && (is_letter(words[i - 1]) || is_digit(words[i - 1]) ||
	    words[i - 1] == '-' || words[i - 1] == '_'); i--)
		digits += is_digit(words[i - 1]);
	if (i < 2 || words[i - 1] != '[' || words[i - 2] != ' ' ||
	    digits == 0 || len - i < 6)
		return len;
	return i - 2;
}

/* A hint at the end, of no weight: "; see <weblink>", "please contact @". */
static size_t
hint_from(const char *words, size_t len)
{
	static const char *const hints[] = {
		"; see <weblink>", ", see <weblink>", ". see <weblink>",
		" - see <weblink>", ". please see <weblink>",
		"; please see <weblink>", ". please visit <weblink>",
		". please contact @", "; please contact @"
	};
	const char *at;
	size_t k;

	for (k = 0; k < sizeof(hints) / sizeof(hints[0]); k++) {
		at = strstr(words, hints[k]);
		if (at != NULL && at > words && is_done(&at[strlen(hints[k])]))
			return (size_t)(at - words);
	}
	return len;
}

/* Leaves out what servers add to any verdict. */
static void
trim(struct sink *s)
{
	size_t len;

	do {
		s->buf[s->len] = '\0';
		len = s->len;
		s->len = id_from(s->buf, s->len);
		s->buf[s->len] = '\0';
		s->len = hint_from(s->buf, s->len);
	} while (s->len < len);
}

static void
make_raw(const char *text, struct sink *s)
{
	size_t i, n;

	for (i = 0; text[i] != '\0' && !is_full(s); i += n) {
		n = starts_word(text, i) ? reply_link_at(&text[i]) : 0;
		if (n > 0) {
			put_text(s, &text[i], n);
			continue;
		}
		n = starts_word(text, i) ? reply_address_at(&text[i]) : 0;
		if (n > 0) {
			put(s, '@');
			continue;
		}
		n = 1;
		if (is_space(text[i]))
			put_space(s);
		else
			put(s, text[i]);
	}
}

void
reply_text_make(const char *text, const struct reply_names *names,
    struct reply_text *out)
{
	struct sink raw = { out->raw, 0, sizeof(out->raw) };
	struct sink words = { out->words, 0, sizeof(out->words) };

	make_raw(text, &raw);
	make_words(text, names, &words);
	trim(&words);
	out->raw[raw.len] = '\0';
	out->words[words.len] = '\0';
	out->raw_len = raw.len;
	out->words_len = words.len;
}

size_t
reply_enhanced_at(const char *in, unsigned class)
{
	size_t i = 1, digits;
	unsigned part;

	if (*in != '2' && *in != '4' && *in != '5')
		return 0;
	if (class != 0 && (unsigned)(*in - '0') != class)
		return 0;
	for (part = 0; part < 2; part++) {
		if (in[i++] != '.')
			return 0;
		for (digits = 0; is_digit(in[i]); digits++)
			i++;
		if (digits == 0 || digits > 3)
			return 0;
	}
	if (is_letter(in[i]) || (in[i] == '.' && is_digit(in[i + 1])))
		return 0;
	return i;
}

bool
reply_enhanced_find(const char *text, unsigned class, char out[16])
{
	size_t i, n;

	for (i = 0; text[i] != '\0'; i++) {
		if (i > 0 && text[i - 1] != '#' && text[i - 1] != '(' &&
		    text[i - 1] != '[' && text[i - 1] != ' ' &&
		    text[i - 1] != '\n')
			continue;
		/* At the very start it is a code, even one that contradicts. */
		n = reply_enhanced_at(&text[i], i == 0 ? 0 : class);
		if (n == 0)
			continue;
		(void)snprintf(out, 16, "%.*s", (int)n, &text[i]);
		return true;
	}
	return false;
}
