/*
 * What people and the milter say, as text: an entry's line, what an override is
 * about, and a note of an attack. What was taken is written and taken again as
 * the same; what is shown of it holds no control character.
 */
#include <string.h>

#include "cli/entry_file.h"
#include "common/attack.h"
#include "common/override.h"
#include "tests/fuzz/fuzz.h"

#define NOW_MS	INT64_C(1700000000000)

static void
check_override(const char *text)
{
	struct override o, again;
	size_t i;

	if (override_parse(text, &o) != NULL) {
		PROPERTY(o.what[0] == '\0');
		return;
	}
	PROPERTY(override_parse(o.what, &again) == NULL);
	PROPERTY(strcmp(o.what, again.what) == 0);
	for (i = 0; o.what[i] != '\0'; i++)
		PROPERTY((unsigned char)o.what[i] >= 0x20);
}

static void
check_line(const char *text, enum entry_kind kind)
{
	char line[4096], written[16384] = "", copy[16384];
	struct entry_line l, again;
	FILE *f;

	strcpy(line, text);
	if (entry_line_read(line, kind, NOW_MS, &l) != NULL || l.what == NULL)
		return;
	check_override(l.what);
	if ((f = fmemopen(written, sizeof(written), "w")) == NULL)
		return;
	PROPERTY(entry_line_write(f, &l));
	fclose(f);
	strcpy(copy, written);
	PROPERTY(entry_line_read(copy, kind, NOW_MS, &again) == NULL);
	PROPERTY(strcmp(l.what, again.what) == 0);
	PROPERTY(strcmp(l.state, again.state) == 0);
	PROPERTY(strcmp(l.note, again.note) == 0);
	PROPERTY(strcmp(l.ticket, again.ticket) == 0);
	PROPERTY(l.until == again.until);
}

static void
check_attack(char *text, size_t len)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_message msg;
	struct wire_writer w;
	struct attack a, again;
	enum attack_phase phase, same;
	size_t used;

	if (wire_parse(text, len, WIRE_REQUEST_MAX, &msg, &used) != WIRE_OK ||
	    !attack_get(&msg, &a, &phase))
		return;
	wire_begin(&w, buf, sizeof(buf));
	attack_put(&a, phase, &w);
	len = wire_end(&w);
	PROPERTY(len > 0);
	PROPERTY(wire_parse(buf, len, sizeof(buf), &msg, &used) == WIRE_OK);
	PROPERTY(attack_get(&msg, &again, &same) && same == phase);
	PROPERTY(memcmp(&a, &again, sizeof(a)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[4096];

	if (len >= sizeof(text))
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	check_override(text);
	check_line(text, ENTRY_EXCLUSION);
	check_line(text, ENTRY_OVERRIDE);
	check_attack(text, len);
	return 0;
}
