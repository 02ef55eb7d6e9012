#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_tree.h"
#include "common/text.h"

#define MESSAGE_MAX	1024

void
conf_errors_init(struct conf_errors *e)
{
	memset(e, 0, sizeof *e);
}

void
conf_errors_clear(struct conf_errors *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->lines[i]);
	conf_errors_init(e);
}

static int
place(char *out, size_t size, const char *file, int line)
{
	if (file == NULL)
		return 0;
	if (line <= 0)
		return snprintf(out, size, "%.512s: ", file);
	return snprintf(out, size, "%.512s:%d: ", file, line);
}

void
conf_errors_add(struct conf_errors *e, const char *file, int line,
    const char *fmt, ...)
{
	char raw[MESSAGE_MAX], safe[MESSAGE_MAX];
	va_list ap;
	int used;

	if (e->count == CONF_ERRORS_MAX) {
		e->left_out++;
		return;
	}
	used = place(raw, sizeof raw, file, line);
	va_start(ap, fmt);
	vsnprintf(raw + used, sizeof raw - (size_t)used, fmt, ap);
	va_end(ap);
	/* names and values in it are foreign text: one place escapes all */
	text_escape_utf8(raw, strlen(raw), safe, sizeof safe);
	e->lines[e->count] = strdup(safe);
	if (e->lines[e->count] == NULL)
		e->left_out++;
	else
		e->count++;
}
