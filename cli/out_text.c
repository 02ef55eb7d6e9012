/* The pure parts of out. */
#include "cli/out.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define PLAIN	"\033[0m"

char *
out_safe(const char *text, bool utf8)
{
	size_t size = 4 * strlen(text) + 8, used = 0, n;
	char *safe = malloc(size);

	if (safe == NULL)
		return NULL;
	for (safe[0] = '\0'; *text != '\0'; text += n) {
		n = strcspn(text, "\\");
		if (n == 0) {
			n = strspn(text, "\\");
			memcpy(safe + used, text, n);
			used += n;
			safe[used] = '\0';
			continue;
		}
		used += (utf8 ? text_escape_utf8 : text_escape)(text, n,
		    safe + used, size - used);
	}
	return safe;
}

/* One character as JSON may always write it. */
static size_t
put_escape(char *to, uint32_t cp)
{
	if (cp < 0x10000)
		return (size_t)sprintf(to, "\\u%04x", (unsigned)cp);
	cp -= 0x10000;
	return (size_t)sprintf(to, "\\u%04x\\u%04x",
	    (unsigned)(0xd800 + (cp >> 10)),
	    (unsigned)(0xdc00 + (cp & 0x3ff)));
}

static bool
must_escape(const char *in, size_t n, bool utf8)
{
	char shown[32];

	if (n == 1)
		return *in == 0x7f;
	if (!utf8)
		return true;
	return text_escape_utf8(in, n, shown, sizeof shown) != n;
}

char *
out_safe_json(const char *json, bool utf8)
{
	size_t len = strlen(json), used = 0, n;
	char *safe = malloc(6 * len + 16);
	uint32_t cp;

	if (safe == NULL)
		return NULL;
	for (; len > 0; json += n, len -= n) {
		n = text_utf8_next(json, len, &cp);
		if (n == 0) {
			cp = 0xfffd;
			n = 1;
			used += put_escape(safe + used, cp);
		} else if (cp < 0x20) {
			safe[used++] = ' ';	/* white space between values */
		} else if (must_escape(json, n, utf8)) {
			used += put_escape(safe + used, cp);
		} else {
			memcpy(safe + used, json, n);
			used += n;
		}
	}
	safe[used] = '\0';
	return safe;
}

/* Characters, not octets: most are one place wide. */
static size_t
width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
put_cell(FILE *f, const char *cell, const char *paint)
{
	(void)fprintf(f, "%s%s%s", paint, cell, paint[0] != '\0' ? PLAIN : "");
}

char *
table_line(const struct table_column *columns, size_t count,
    const char *const *cells, bool utf8, size_t painted, const char *paint)
{
	size_t at = 0, start = 0, i, size;
	char *line = NULL, *cell;
	FILE *f = open_memstream(&line, &size);
	bool ok = f != NULL;

	for (i = 0; ok && i < count; i++) {
		size_t gap = at + 2 <= start ? start - at : i > 0 ? 2 : 0;

		if ((cell = out_safe(cells[i], utf8)) == NULL) {
			ok = false;
			break;
		}
		(void)fprintf(f, "%*s", (int)gap, "");
		put_cell(f, cell, i == painted ? paint : "");
		at += gap + width(cell);
		start += columns[i].width + 2;
		free(cell);
	}
	if (f != NULL && (fputc('\n', f) == EOF || fclose(f) == EOF))
		ok = false;
	if (!ok) {
		free(line);
		return NULL;
	}
	return line;
}
