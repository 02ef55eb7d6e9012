/*
 * Facts as JSON. The store and the wire have times as wall seconds, which is
 * what programs reckon with; who reads JSON gets the one form of the verdict
 * log. It is made here, at the border, so that no command has a form of its own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "common/clock.h"

static bool
is_time(const char *name)
{
	static const char *const names[] = { "at", "began", "since", "time",
	    "until" };
	size_t i, len = strlen(name);

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return len > 3 && strcmp(name + len - 3, "_at") == 0;
}

static enum jval_say
say(const char *name, int64_t s, char text[JVAL_SAY_SIZE])
{
	if (!is_time(name))
		return JVAL_KEEP;
	if (s == 0)
		return JVAL_DROP;
	clock_text(s > INT64_MAX / 1000 ? INT64_MAX : s * 1000, text);
	return JVAL_TEXT;
}

char *
out_value_text(const struct jval *v)
{
	struct jval *copy = v != NULL ? jval_restate(v, say) : NULL;
	char *text = copy != NULL ? jval_print(copy) : NULL;

	jval_free(copy);
	return text;
}

void
out_value(const struct jval *v)
{
	char *text = out_value_text(v);

	if (text != NULL)
		out_json(text);
	else
		out_raw(NULL);
	free(text);
}
