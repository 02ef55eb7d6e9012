#include "cli/incident_internal.h"
#include "cli/val.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS		INT64_C(3600000)
#define FOLLOWED_MS	INT64_C(60000)	/* what the listing itself changed */
#define PROBES_MAX	1000000		/* told apart */
#define SAME_PROBE_S	5		/* ages in lines are whole seconds */

/* --- one line ------------------------------------------------------------- */

static struct facts
facts_of(const struct jval *e)
{
	struct facts f = {
		.enhanced = val_text(e, "enhanced"),
		.text = val_text(e, "text"),
		.mx = val_text(e, "mx"),
		.ip = val_text(e, "ip"),
		.provider = val_text(e, "provider"),
		.source = val_text(e, "source"),
		.rule = val_text(e, "rule"),
	};

	(void)stage_from_word(val_text(e, "stage"), &f.stage);
	(void)jval_int(jval_get(e, "code"), &f.code);
	(void)jval_int(jval_get(e, "took_ms"), &f.took_ms);
	if (f.code < 0 || f.code > 999)
		f.code = 0;
	return f;
}

static struct incident_counts
counts_of(enum verdict_reason reason, const struct facts *f)
{
	enum verdict_state state = verdict_state_of(reason);
	struct incident_counts n = {
		.probes = 1,
		.refused_us = counts_of_us(reason),
		.silent = reason == REASON_TIMEOUT ||
		    reason == REASON_NO_CONNECT ||
		    reason == REASON_CLOSED_EARLY,
	};

	if (f->stage != STAGE_RCPT || (state != STATE_DELIVERABLE &&
	    state != STATE_UNDELIVERABLE && state != STATE_RISKY))
		return n;
	n.answered = 1;
	n.unknown_users = reason == REASON_NO_SUCH_USER;
	n.accepted = state == STATE_DELIVERABLE;
	return n;
}

static void
add(struct incident_counts *to, const struct incident_counts *n)
{
	to->probes += n->probes;
	to->answered += n->answered;
	to->accepted += n->accepted;
	to->unknown_users += n->unknown_users;
	to->refused_us += n->refused_us;
	to->silent += n->silent;
}

static void
take_away(struct incident_counts *from, const struct incident_counts *n)
{
	from->probes -= n->probes;
	from->answered -= n->answered;
	from->accepted -= n->accepted;
	from->unknown_users -= n->unknown_users;
	from->refused_us -= n->refused_us;
	from->silent -= n->silent;
}

unsigned
incident_unknown_percent(const struct incident_counts *n)
{
	return n->answered == 0 ? 0 :
	    (unsigned)(100 * n->unknown_users / n->answered);
}

/* --- telling probes apart ------------------------------------------------- */

static uint64_t
mix(uint64_t h, const char *text)
{
	do
		h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
	while (*text++ != '\0');
	return h;
}

/* FNV-1a over what all lines of one probe have in common. */
static uint64_t
hash_of(const struct verdict_line *line, const struct facts *f)
{
	uint64_t h = mix(UINT64_C(14695981039346656037), line->address);
	char numbers[64];

	(void)snprintf(numbers, sizeof numbers, "%lld %lld",
	    (long long)f->code, (long long)f->took_ms);
	h = mix(mix(h, numbers), f->text);
	return mix(mix(mix(h, f->ip), f->mx), f->source);
}

/* The probe, if a line before spoke of it; else NULL, and it is noted. */
static struct seen *
seen_before(struct incident *i, uint64_t hash, int64_t at_s,
    const struct verdict_line *line, struct incident_asker *asker)
{
	struct seen *s;

	HASH_FIND(hh, i->probes, &hash, sizeof hash, s);
	if (s != NULL && llabs(s->at_s - at_s) <= SAME_PROBE_S)
		return s;
	if (s == NULL) {
		if (HASH_COUNT(i->probes) < PROBES_MAX)
			s = calloc(1, sizeof *s);
		if (s == NULL) {
			i->report.repeats = true;
			return NULL;
		}
		s->hash = hash;
		HASH_ADD(hh, i->probes, hash, sizeof s->hash, s);
		if (!TABLE_HAS(s)) {
			free(s);
			i->report.repeats = true;
			return NULL;
		}
	}
	s->at_s = at_s;
	s->line_ms = line->time_ms;
	s->asker = asker;
	return NULL;
}

/* Who asked first is who brought it, in whatever order the lines come. */
static void
credit(struct seen *s, const struct verdict_line *line,
    const struct facts *f, struct incident_asker *asker)
{
	struct incident_counts n = counts_of(line->reason, f);

	if (line->time_ms >= s->line_ms)
		return;
	if (s->asker != NULL)
		take_away(&s->asker->n, &n);
	if (asker != NULL)
		add(&asker->n, &n);
	s->asker = asker;
	s->line_ms = line->time_ms;
}

/* --- adding --------------------------------------------------------------- */

static bool
add_probe(struct incident *i, const struct verdict_line *line,
    const struct facts *f, int64_t at_ms, struct incident_asker *asker)
{
	struct incident_place *place = incident_place_of(i, f);
	struct incident_counts n = counts_of(line->reason, f);

	if (place == NULL)
		return false;
	add(&i->report.all, &n);
	add(&place->n, &n);
	if (asker != NULL)
		add(&asker->n, &n);
	if (n.refused_us > 0 && (place->first_refusal_ms == 0 ||
	    at_ms < place->first_refusal_ms))
		place->first_refusal_ms = at_ms;
	i->report.by_hour[(at_ms - i->report.from_ms) / HOUR_MS]++;
	return incident_reply_add(i, line->reason, f);
}

/* What is older than any report is as old as that. */
static int64_t
asked_at(const struct verdict_line *line)
{
	int64_t most = INCIDENT_HOURS_MAX * HOUR_MS / 1000 + 1;
	int64_t age_s = line->age_s < 0 ? 0 : line->age_s;

	return line->time_ms - (age_s < most ? age_s : most) * 1000;
}

bool
incident_add(struct incident *i, const struct verdict_line *line,
    const struct jval *evidence)
{
	struct incident_report *r = &i->report;
	int64_t at_ms = asked_at(line);
	struct facts f = facts_of(evidence);
	struct incident_asker *asker;
	struct seen *known;
	bool full;

	if (line->time_ms < r->from_ms || line->time_ms >= r->until_ms)
		return true;
	if (i->source != NULL && strcmp(f.source, i->source) != 0)
		return true;
	if ((asker = incident_asker_of(i, line, &full)) == NULL && !full)
		return false;
	r->lines++;
	r->not_probed += verdict_state_of(line->reason) == STATE_NOT_CHECKED;
	if (asker != NULL)
		asker->verdicts++;
	else
		r->other_askers++;
	if (f.ip[0] == '\0' || at_ms < r->from_ms || at_ms >= r->until_ms ||
	    verdict_state_of(line->reason) == STATE_NOT_CHECKED)
		return true;
	known = seen_before(i, hash_of(line, &f), at_ms / 1000, line, asker);
	if (known != NULL) {
		credit(known, line, &f, asker);
		return true;
	}
	return add_probe(i, line, &f, at_ms, asker);
}

static bool
has_room(struct incident *i)
{
	struct incident_report *r = &i->report;
	size_t size = i->changes_size == 0 ? 64 : 2 * i->changes_size;
	struct notice *changes;
	struct jval **objects;

	if (r->change_count < i->changes_size)
		return true;
	changes = reallocarray(r->changes, size, sizeof *changes);
	if (changes == NULL)
		return false;
	r->changes = changes;
	objects = reallocarray(i->objects, size, sizeof *objects);
	if (objects == NULL)
		return false;
	i->objects = objects;
	i->changes_size = size;
	return true;
}

bool
incident_change(struct incident *i, const void *data, size_t len)
{
	struct incident_report *r = &i->report;
	struct jval *o = jval_parse(data, len);
	struct notice n;

	if (!notice_read(o, &n) || n.time_ms < r->from_ms ||
	    n.time_ms > r->until_ms + FOLLOWED_MS || (i->source != NULL &&
	    n.source[0] != '\0' && strcmp(n.source, i->source) != 0)) {
		jval_free(o);
		return true;
	}
	if (!has_room(i)) {
		jval_free(o);
		return false;
	}
	i->objects[r->change_count] = o;
	r->changes[r->change_count++] = n;
	return true;
}

/* --- the end -------------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;

	return x->time_ms < y->time_ms ? -1 : x->time_ms > y->time_ms;
}

const struct incident_report *
incident_end(struct incident *i)
{
	struct incident_report *r = &i->report;

	if (!incident_rows_end(i))
		return NULL;
	if (r->change_count > 1)
		qsort(r->changes, r->change_count, sizeof *r->changes,
		    by_time);
	return r;
}

/* --- birth and death ------------------------------------------------------ */

struct incident *
incident_new(int64_t from_ms, int64_t until_ms, const char *source)
{
	struct incident *i = calloc(1, sizeof *i);

	if (i == NULL)
		return NULL;
	i->report.from_ms = from_ms;
	i->report.until_ms = until_ms;
	i->report.hours = (size_t)((until_ms - from_ms + HOUR_MS - 1) /
	    HOUR_MS);
	if (source != NULL && (i->source = strdup(source)) == NULL) {
		free(i);
		return NULL;
	}
	return i;
}

void
incident_free(struct incident *i)
{
	struct seen *s, *next;
	size_t k;

	if (i == NULL)
		return;
	incident_rows_free(i);
	HASH_ITER(hh, i->probes, s, next) {
		HASH_DEL(i->probes, s);
		free(s);
	}
	for (k = 0; k < i->report.change_count; k++)
		jval_free(i->objects[k]);
	free(i->report.changes);
	free(i->objects);
	free(i->source);
	free(i);
}
