/*
 * A text is refused with messages that are safe to show, or taken; then what
 * conf_print writes is taken too, and prints the same settings again.
 */
#include <string.h>

#include "common/conf.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

static char *
print(const struct conf *c, bool json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	PROPERTY(f != NULL);
	conf_print(c, f, json);
	PROPERTY(fclose(f) == 0);
	PROPERTY(text_is_utf8(text, len));
	PROPERTY(strlen(text) == len);
	return text;
}

static void
cut_origins(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (strncmp(from, "\t# ", 3) == 0)
			from += strcspn(from, "\n");
		*to++ = *from;
	}
	*to = '\0';
}

static void
check_messages(const struct conf_errors *e)
{
	PROPERTY(e->count > 0 && e->count <= CONF_ERRORS_MAX);
	for (size_t i = 0; i < e->count; i++) {
		const char *s = e->lines[i];

		PROPERTY(strncmp(s, "f:", 2) == 0);
		PROPERTY(text_is_utf8(s, strlen(s)));
		for (; *s != '\0'; s++)
			PROPERTY((unsigned char)*s >= ' ' && *s != 0x7f);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf_errors e;
	const struct conf *c, *again;
	char *first, *second, *json;

	conf_errors_init(&e);
	c = conf_load_text("f", (const char *)data, len, &e);
	if (c == NULL) {
		check_messages(&e);
		conf_errors_clear(&e);
		return 0;
	}
	PROPERTY(e.count == 0);
	first = print(c, false);
	json = print(c, true);
	again = conf_load_text("f", first, strlen(first), &e);
	PROPERTY(again != NULL);
	second = print(again, false);
	cut_origins(first);
	cut_origins(second);
	PROPERTY(strcmp(first, second) == 0);
	conf_warnings(c, &e);
	conf_errors_clear(&e);
	free(first);
	free(second);
	free(json);
	conf_unref(again);
	conf_unref(c);
	return 0;
}
