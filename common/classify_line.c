/*
 * classify_line: replies as people write them down, one a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/classify.h"
#include "common/reply_text.h"

/* The three digits of a reply line; 0 if there are none. */
static unsigned
code_at(const char *line, size_t len)
{
	unsigned code = 0;
	size_t i;

	if (len < 3 || (len > 3 && line[3] != ' ' && line[3] != '-'))
		return 0;
	for (i = 0; i < 3; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		code = code * 10 + (unsigned)(line[i] - '0');
	}
	return code >= 200 && code <= 599 ? code : 0;
}

/*
 * Drops what stands before the words of one line: its code, and its enhanced
 * code, which is kept if it is the first. The rest's length.
 */
static size_t
strip_line(const char **line, size_t len, unsigned code, char enhanced[16])
{
	const char *at = *line, *end = *line + len;
	char word[16] = "";
	size_t n;

	if (code_at(at, len) == code) {
		at += len > 3 ? 4 : 3;
		while (at < end && *at == ' ')
			at++;
		(void)snprintf(word, sizeof(word), "%.*s", (int)(end - at < 15 ?
		    end - at : 15), at);
		n = reply_enhanced_at(word, 0);
		if (n > 0 && (word[n] == '\0' || word[n] == ' ')) {
			if (enhanced[0] == '\0')
				(void)snprintf(enhanced, 16, "%.*s", (int)n,
				    word);
			at += n;
		}
		while (at < end && *at == ' ')
			at++;
	}
	*line = at;
	return (size_t)(end - at);
}

bool
reply_split(const char *reply, size_t len, unsigned *code, char enhanced[16],
    char *text)
{
	const char *line = reply, *end = reply + len, *eol;
	size_t used = 0, n;

	enhanced[0] = '\0';
	text[0] = '\0';
	eol = memchr(line, '\n', len);
	*code = code_at(line, (size_t)((eol != NULL ? eol : end) - line));
	if (*code == 0 || memchr(reply, '\0', len) != NULL)
		return false;
	for (; line < end; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (eol == NULL)
			eol = end;
		n = (size_t)(eol - line);
		if (n > 0 && line[n - 1] == '\r')
			n--;
		n = strip_line(&line, n, *code, enhanced);
		if (used > 0)
			text[used++] = '\n';
		memcpy(text + used, line, n);
		used += n;
		if (eol == end)
			break;
	}
	text[used] = '\0';
	return true;
}

/* Two characters, backslash and n, join the lines of a reply. */
static size_t
unjoin(const char *in, char *out)
{
	size_t n = 0;

	for (; *in != '\0'; in++) {
		if (in[0] == '\\' && in[1] == 'n') {
			out[n++] = '\n';
			in++;
		} else {
			out[n++] = *in;
		}
	}
	out[n] = '\0';
	return n;
}

static bool
stage_of(const char *word, size_t len, enum stage *out)
{
	char name[16];

	if (len >= sizeof(name))
		return false;
	memcpy(name, word, len);
	name[len] = '\0';
	if (strcmp(name, "unknown") == 0) {
		*out = STAGE_NONE;
		return true;
	}
	return stage_from_word(name, out);
}

static bool
say(char *out, size_t size, const char *what)
{
	(void)snprintf(out, size, "%s", what);
	return false;
}

bool
classify_line(const struct rules *r, const char *provider, const char *line,
    char *out, size_t size)
{
	struct reply_facts f;
	struct reply_meaning m;
	char enhanced[16], *reply, *text;
	const char *tab;
	size_t len;
	bool whole;

	memset(&f, 0, sizeof(f));
	tab = strchr(line, '\t');
	if (tab == NULL)
		return say(out, size, "no TAB: write STAGE, TAB, REPLY");
	if (!stage_of(line, (size_t)(tab - line), &f.stage))
		return say(out, size, "no such stage: use banner, ehlo, "
		    "starttls, mail, rcpt or unknown");
	len = strlen(tab + 1);
	reply = malloc(len + 1);
	text = malloc(len + 1);
	if (reply == NULL || text == NULL) {
		free(reply);
		free(text);
		return say(out, size, "no memory");
	}
	len = unjoin(tab + 1, reply);
	whole = reply_split(reply, len, &f.code, enhanced, text);
	if (whole) {
		f.enhanced = enhanced;
		f.text = text;
		f.provider = provider;
		classify_reply(r, &f, &m);
		(void)snprintf(out, size, "%s\t%s\t%s",
		    verdict_state_word(verdict_state_of(m.reason)),
		    verdict_reason_word(m.reason), m.rule);
	} else {
		(void)say(out, size, "no SMTP reply: it starts with three "
		    "digits, 200 to 599, and a space or hyphen");
	}
	free(reply);
	free(text);
	return whole;
}
