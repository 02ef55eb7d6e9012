#include <string.h>

#include "common/text.h"
#include "probe/exposition.h"
#include "probe/tally.h"

#define OTHER	"other"

/* Milliseconds. RCPT TO waits 3 s as installed, and 8 at most. */
static const int bounds[TALLY_BUCKETS] = { 1, 2, 5, 10, 25, 50, 100, 250,
    1000, 3000, 5000, 8000 };

static const char *
known_guard(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->guard_count; i++)
		if (strcmp(c->guards[i].name, name) == 0)
			return c->guards[i].name;
	return OTHER;
}

/* False: such a word is in no list. */
static bool
read_words(const struct verdict_line *line, struct tally_row *row)
{
	int i;

	row->mode = strcmp(line->mode, guard_mode_word(MODE_ENFORCE)) == 0 ?
	    MODE_ENFORCE : MODE_OBSERVE;
	for (i = 0; i < ACTION_COUNT; i++)
		if (strcmp(guard_action_word((enum guard_action)i),
		    line->action) == 0) {
			row->action = (enum guard_action)i;
			return true;
		}
	return false;
}

static void
count_decision(struct tally *t, const struct tally_row *like)
{
	struct tally_row *row;
	size_t i;

	for (i = 0; i < t->count; i++) {
		row = &t->rows[i];
		if (row->action == like->action && row->mode == like->mode &&
		    strcmp(row->guard, like->guard) == 0) {
			row->n++;
			return;
		}
	}
	/* Reloads have named more guards than anybody has: the last takes it. */
	if (t->count == TALLY_ROWS) {
		t->rows[TALLY_ROWS - 1].n++;
		return;
	}
	row = &t->rows[t->count++];
	*row = *like;
	row->n = 1;
}

static void
count_time(struct tally *t, int64_t ms)
{
	size_t i;

	if (ms < 0)
		ms = 0;
	t->decisions++;
	t->took_ms += (uint64_t)ms;
	for (i = 0; i < TALLY_BUCKETS; i++)
		t->took[i] += ms <= bounds[i];
}

void
tally_line(struct tally *t, const struct conf *c,
    const struct verdict_line *line)
{
	struct tally_row like = { .n = 0 };

	if ((unsigned)line->reason < REASON_MAX &&
	    (unsigned)line->source < SOURCE_COUNT)
		t->verdicts[line->reason][line->source]++;
	if (line->guard == NULL || line->action == NULL ||
	    line->mode == NULL || !read_words(line, &like))
		return;
	text_copy(like.guard, known_guard(c, line->guard), sizeof like.guard);
	count_decision(t, &like);
	count_time(t, line->took_ms);
}

/* --- as text -------------------------------------------------------------- */

static void
write_verdicts(const struct tally *t, FILE *f)
{
	enum verdict_reason reason;
	unsigned i;
	int k;

	expo_family(f, "rcptguard_verdicts_total", EXPO_COUNTER,
	    "Verdicts given, by reason and by where they came from.");
	for (i = 0; (reason = verdict_reason_at(i)) != 0; i++)
		for (k = 0; k < SOURCE_COUNT; k++) {
			struct expo_label l[] = {
				{ "state", verdict_state_word(
				    verdict_state_of(reason)) },
				{ "reason", verdict_reason_word(reason) },
				{ "source", verdict_source_word(
				    (enum verdict_source)k) },
			};

			if (t->verdicts[reason][k] > 0)
				expo_int(f, "rcptguard_verdicts_total", l, 3,
				    (int64_t)t->verdicts[reason][k]);
		}
}

static void
write_decisions(const struct tally *t, FILE *f)
{
	size_t i;

	expo_family(f, "rcptguard_decisions_total", EXPO_COUNTER,
	    "Decisions of guards; in mode observe the action was not taken.");
	for (i = 0; i < t->count; i++) {
		const struct tally_row *row = &t->rows[i];
		struct expo_label l[] = {
			{ "guard", row->guard },
			{ "action", guard_action_word(row->action) },
			{ "mode", guard_mode_word(row->mode) },
		};

		expo_int(f, "rcptguard_decisions_total", l, 3,
		    (int64_t)row->n);
	}
}

static void
write_times(const struct tally *t, FILE *f)
{
	char text[16];
	struct expo_label le = { "le", text };
	size_t i;

	expo_family(f, "rcptguard_decision_seconds", EXPO_HISTOGRAM,
	    "How long RCPT TO waited for its decision.");
	for (i = 0; i < TALLY_BUCKETS; i++) {
		(void)snprintf(text, sizeof text, "%g", bounds[i] / 1000.0);
		expo_int(f, "rcptguard_decision_seconds_bucket", &le, 1,
		    (int64_t)t->took[i]);
	}
	(void)snprintf(text, sizeof text, "+Inf");
	expo_int(f, "rcptguard_decision_seconds_bucket", &le, 1,
	    (int64_t)t->decisions);
	expo_real(f, "rcptguard_decision_seconds_sum", NULL, 0,
	    (double)t->took_ms / 1000);
	expo_int(f, "rcptguard_decision_seconds_count", NULL, 0,
	    (int64_t)t->decisions);
}

void
tally_write(const struct tally *t, FILE *f)
{
	write_verdicts(t, f);
	write_decisions(t, f);
	write_times(t, f);
}
