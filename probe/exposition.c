#include <inttypes.h>
#include <string.h>

#include "common/text.h"
#include "probe/exposition.h"

void
expo_family(FILE *f, const char *name, enum expo_type type, const char *help)
{
	static const char *const words[] = {
		[EXPO_COUNTER] = "counter",
		[EXPO_GAUGE] = "gauge",
		[EXPO_HISTOGRAM] = "histogram",
	};

	(void)fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    words[type]);
}

static void
put_character(FILE *f, const char *at, size_t len)
{
	if (*at == '\n')
		(void)fputs("\\n", f);
	else if (*at == '\\' || *at == '"')
		(void)fprintf(f, "\\%c", *at);
	else if (len == 1 && ((unsigned char)*at < ' ' || *at == 0x7f))
		(void)fputc('?', f);
	else
		(void)fwrite(at, 1, len, f);
}

static void
put_value(FILE *f, const char *value)
{
	size_t left = strlen(value), len;
	uint32_t cp;

	for (; left > 0; value += len, left -= len) {
		len = text_utf8_next(value, left, &cp);
		if (len > 0) {
			put_character(f, value, len);
			continue;
		}
		(void)fputc('?', f);
		len = 1;
	}
}

static void
put_name(FILE *f, const char *name, const struct expo_label *labels,
    size_t count)
{
	size_t i;

	(void)fputs(name, f);
	for (i = 0; i < count; i++) {
		(void)fprintf(f, "%c%s=\"", i == 0 ? '{' : ',',
		    labels[i].name);
		put_value(f, labels[i].value);
		(void)fputc('"', f);
	}
	(void)fputs(count > 0 ? "} " : " ", f);
}

void
expo_int(FILE *f, const char *name, const struct expo_label *labels,
    size_t count, int64_t value)
{
	put_name(f, name, labels, count);
	(void)fprintf(f, "%" PRId64 "\n", value);
}

/* The C locale's point: the daemon sets no other. */
void
expo_real(FILE *f, const char *name, const struct expo_label *labels,
    size_t count, double value)
{
	put_name(f, name, labels, count);
	(void)fprintf(f, "%.9g\n", value);
}
