#include "cli/authres.h"

#include <string.h>
#include <strings.h>

#define FIELD_MAX	4096
#define DEPTH_MAX	8

/* Comments become blanks. False: quotes, unbalanced, or too long. */
static bool
without_comments(const char *in, char out[FIELD_MAX])
{
	size_t n = 0;
	int depth = 0;

	for (; *in != '\0'; in++) {
		if (n + 2 >= FIELD_MAX || *in == '"')
			return false;
		if (*in == '\\' && (depth == 0 || *++in == '\0'))
			return false;
		else if (*in == '(' && ++depth > DEPTH_MAX)
			return false;
		else if (*in == ')' && --depth < 0)
			return false;
		else if (depth == 0 && *in != ')')
			out[n++] = *in == '\t' ? ' ' : *in;
		else
			out[n++] = ' ';
	}
	out[n] = '\0';
	return depth == 0;
}

/* The next word of a piece, ended with a NUL; NULL: none. */
static char *
next_word(char **p)
{
	char *word = *p + strspn(*p, " ");

	if (*word == '\0')
		return NULL;
	*p = word + strcspn(word, " ");
	if (**p != '\0')
		*(*p)++ = '\0';
	return word;
}

/* "method=result ptype.property=value ..." */
static void
read_result(char *piece, const char *domain, struct authres *out)
{
	char *word = next_word(&piece), *value;
	const char *wanted;
	bool dmarc, pass, ours = false;

	if (word == NULL || (value = strchr(word, '=')) == NULL)
		return;
	*value++ = '\0';
	dmarc = strcasecmp(word, "dmarc") == 0;
	if (!dmarc && strcasecmp(word, "dkim") != 0)
		return;
	pass = strcasecmp(value, "pass") == 0;
	wanted = dmarc ? "header.from=" : "header.d=";
	while ((word = next_word(&piece)) != NULL)
		if (strncasecmp(word, wanted, strlen(wanted)) == 0)
			ours = strcasecmp(word + strlen(wanted), domain) == 0;
	if (dmarc) {
		/* a second one that says otherwise is not believed */
		out->dmarc_pass = pass && ours && !out->has_dmarc;
		out->has_dmarc = true;
	} else {
		/* each signature has its own */
		out->dkim_pass = out->dkim_pass || (pass && ours);
		out->has_dkim = true;
	}
}

bool
authres_read(const char *field, const char *authserv_id, const char *domain,
    struct authres *out)
{
	char text[FIELD_MAX], *piece = text, *end, *word;

	memset(out, 0, sizeof *out);
	if (authserv_id[0] == '\0' || !without_comments(field, text) ||
	    (end = strchr(text, ';')) == NULL)
		return false;
	*end = '\0';
	word = next_word(&piece);
	if (word == NULL || strcasecmp(word, authserv_id) != 0)
		return false;
	word = next_word(&piece);
	if (word != NULL && (strcmp(word, "1") != 0 ||
	    next_word(&piece) != NULL))
		return false;
	while (end != NULL) {
		piece = end + 1;
		if ((end = strchr(piece, ';')) != NULL)
			*end = '\0';
		read_result(piece, domain, out);
	}
	return true;
}
