/*
 * Whatever the verdict log holds: no probe is lost or counted twice among
 * hours, places and askers, and there is always something to review.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/incident.h"
#include "cli/logline.h"
#include "tests/fuzz/fuzz.h"

#define FROM	INT64_C(1795219200000)	/* 2026-11-21 */
#define UNTIL	(FROM + INT64_C(86400000))

static void
take(struct incident *i, const char *text, size_t len)
{
	struct logline line;

	(void)incident_change(i, text, len);
	if (!logline_read(text, len, &line))
		return;
	PROPERTY(incident_add(i, &line.verdict,
	    jval_get(line.object, "evidence")));
	logline_clear(&line);
}

static void
check_counts(const struct incident_counts *n)
{
	PROPERTY(n->accepted + n->unknown_users <= n->answered);
	PROPERTY(n->answered <= n->probes && n->refused_us <= n->probes &&
	    n->silent <= n->probes);
	PROPERTY(incident_unknown_percent(n) <= 100);
}

static void
check(const struct incident_report *r)
{
	char advice[INCIDENT_ADVICE_MAX][INCIDENT_ADVICE_SIZE];
	uint64_t places = 0, askers = 0, hours = 0;
	size_t i;

	check_counts(&r->all);
	for (i = 0; i < r->place_count; i++) {
		check_counts(&r->places[i].n);
		places += r->places[i].n.probes;
	}
	for (i = 0; i < r->asker_count; i++) {
		check_counts(&r->askers[i].n);
		askers += r->askers[i].n.probes;
	}
	for (i = 0; i < r->hours; i++)
		hours += r->by_hour[i];
	PROPERTY(places == r->all.probes && hours == r->all.probes);
	PROPERTY(r->other_askers > 0 || askers == r->all.probes);
	PROPERTY(r->all.probes + r->not_probed <= r->lines);
	for (i = 1; i < r->change_count; i++)
		PROPERTY(r->changes[i - 1].time_ms <= r->changes[i].time_ms);
	PROPERTY(incident_review(r, advice) >= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct incident *i = incident_new(FROM, UNTIL, NULL);
	const struct incident_report *r;
	struct jval *o;
	const char *at = (const char *)data, *end = at + size, *lf;

	PROPERTY(i != NULL);
	for (; at < end; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(end - at));
		if (lf == NULL)
			lf = end;
		take(i, at, (size_t)(lf - at));
	}
	r = incident_end(i);
	PROPERTY(r != NULL);
	check(r);
	o = incident_json(r, r->change_count > 0 ? &r->changes[0] : NULL);
	PROPERTY(o != NULL);
	jval_free(o);
	incident_free(i);
	return 0;
}
