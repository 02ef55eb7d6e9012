#include "probe/saved.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"

#define LINE_SIZE	1024

struct line {
	char text[LINE_SIZE];
	size_t len;
};

static void
add(struct line *l, const char *name, const struct store_salvaged *s)
{
	size_t left = sizeof(l->text) - l->len;
	const char *comma = l->len > 0 ? ", " : "";
	int n;

	if (s->known)
		n = snprintf(l->text + l->len, left, "%s%s %" PRIu64 " of %"
		    PRIu64, comma, name, s->saved, s->had);
	else
		n = snprintf(l->text + l->len, left, "%s%s %" PRIu64
		    " of an unknown number", comma, name, s->saved);
	if (n > 0 && (size_t)n < left)
		l->len += (size_t)n;
}

bool
saved_tell(const struct store_salvage *told, const char *aside)
{
	struct line l = { .len = 0 };
	int t;

	log_warnx("the store was damaged; it is kept as %s and a new one was "
	    "begun", aside);
	if (told == NULL) {
		log_warnx("no memory to take anything over from it: all that "
		    "was stored is lost, exclusions too; make them again "
		    "(rcptguard exclude --import)");
		return false;
	}
	add(&l, "verdicts", &told->verdicts);
	add(&l, "evidence", &told->evidence);
	for (t = 0; t < STORE_TABLE_COUNT; t++)
		if (!told->items[t].whole || told->items[t].had > 0)
			add(&l, store_table_name((enum store_table)t),
			    &told->items[t]);
	log_warnx("saved from it: %s", l.text);
	if (!told->items[STORE_EXCLUSIONS].whole)
		log_warnx("some who asked not to be probed may be lost with "
		    "it, and could be probed again: compare rcptguard exclude "
		    "--list with your own list, make again what is missing, "
		    "then remove %s", aside);
	return told->items[STORE_LEDGERS].whole;
}
