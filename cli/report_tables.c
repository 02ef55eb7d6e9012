/*
 * report_tables: the parts of a report that are by who, where and when.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/report_sheet.h"

#define PARTS		3		/* of a key */
#define DAYS_SHOWN	62
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* --- what the tables have in common --------------------------------------- */

static uint64_t
by_bad(const struct topk_entry *e)
{
	return e->n.states[STATE_UNDELIVERABLE];
}

static uint64_t
by_refusals(const struct topk_entry *e)
{
	return e->n.refused_us;
}

/* The newest day first; the list is turned around to show it. */
static uint64_t
by_last(const struct topk_entry *e)
{
	return (uint64_t)e->n.last_ms;
}

static uint64_t
most_missed(const struct topk_entry *const *list, size_t count)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i]->missed > most)
			most = list[i]->missed;
	return most;
}

/* What is not there is said. */
static void
note_cut(struct sheet *s, const struct topk *t,
    const struct topk_entry *const *list, size_t count, size_t total)
{
	uint64_t most = most_missed(list, count);

	if (topk_lost(t) > 0 && most == 0)
		sheet_note(s, "More than %zu different ones came: only the "
		    "most frequent were kept. The counts of those shown are "
		    "exact.", topk_count(t));
	else if (topk_lost(t) > 0)
		sheet_note(s, "More than %zu different ones came: only the "
		    "most frequent were kept. Each of those shown may have "
		    "had up to %llu more verdicts.", topk_count(t),
		    (unsigned long long)most);
	if (total > count)
		sheet_note(s, "%zu more are not shown; see --top.",
		    total - count);
}

/* Cuts a key at its separators, in place: always three. */
static char *
split(const char *key, const char *parts[PARTS])
{
	char *copy = strdup(key), *at = copy;
	size_t i;

	for (i = 0; i < PARTS; i++) {
		parts[i] = "";
		if (at == NULL)
			continue;
		parts[i] = at;
		if ((at = strchr(at, REPORT_SEPARATOR)) != NULL)
			*at++ = '\0';
	}
	return copy;
}

static void
cell_name(struct sheet *s, const char *name, const char *if_empty)
{
	sheet_cell_text(s, name[0] != '\0' ? name : if_empty);
}

/* NULL, and the sheet failed: no memory. */
static const struct topk_entry **
first(struct sheet *s, const struct topk *t, topk_rank_fn *rank, size_t most,
    size_t *count, size_t *total)
{
	const struct topk_entry **list = topk_first(t, rank, most, count,
	    total);

	s->failed = s->failed || list == NULL;
	return list;
}

/* --- guards --------------------------------------------------------------- */

static const struct sheet_column guard_columns[] = {
	{ "guard", "guard", SHEET_TEXT }, { "mode", "mode", SHEET_TEXT },
	{ "verdicts", "all", SHEET_COUNT },
	{ "undeliverable", "bad", SHEET_COUNT },
	{ "accept", "accept", SHEET_COUNT },
	{ "tempfail", "tempfail", SHEET_COUNT },
	{ "reject", "reject", SHEET_COUNT },
	{ "hold", "hold", SHEET_COUNT }, { "tag", "tag", SHEET_COUNT },
};

static void
guard_row(struct sheet *s, const struct topk_entry *e)
{
	const char *parts[PARTS];
	char *copy = split(e->key, parts);
	unsigned i;

	cell_name(s, parts[0], "(none)");
	cell_name(s, parts[1], "-");
	sheet_cell(s, (int64_t)e->n.verdicts);
	sheet_cell(s, (int64_t)e->n.states[STATE_UNDELIVERABLE]);
	for (i = 0; i < ACTION_COUNT; i++)
		sheet_cell(s, (int64_t)(e->n.done[i] + e->n.observed[i]));
	s->failed = s->failed || copy == NULL;
	free(copy);
}

void
report_sheet_guards(struct sheet *s, const struct report *r)
{
	const struct topk *t = r->tables[REPORT_GUARDS];
	const struct topk_entry **list;
	size_t i, count, total;

	sheet_part(s, "guards", "By guard");
	sheet_columns(s, guard_columns, COUNT(guard_columns));
	list = first(s, t, topk_by_verdicts, REPORT_TOP_MAX, &count, &total);
	for (i = 0; i < count; i++)
		guard_row(s, list[i]);
	note_cut(s, t, list, count, total);
	if (counts_watched(&r->all) > 0)
		sheet_note(s, "A guard in mode \"observe\" lets all mail "
		    "pass: its actions are what it would have done.");
	free(list);
}

/* --- days ----------------------------------------------------------------- */

static const struct sheet_column day_columns[] = {
	{ "day", "day", SHEET_TEXT }, { "verdicts", "all", SHEET_COUNT },
	{ "deliverable", "good", SHEET_COUNT },
	{ "undeliverable", "bad", SHEET_COUNT },
	{ "bad_ratio", "share", SHEET_SHARE },
	{ "tempfail", "tempfail", SHEET_COUNT },
	{ "reject", "reject", SHEET_COUNT }, { "bar", "", SHEET_BAR },
};

static void
day_row(struct sheet *s, const struct topk_entry *e, uint64_t most)
{
	const struct counts *n = &e->n;

	sheet_cell_text(s, e->key);
	sheet_cell(s, (int64_t)n->verdicts);
	sheet_cell(s, (int64_t)n->states[STATE_DELIVERABLE]);
	sheet_cell(s, (int64_t)n->states[STATE_UNDELIVERABLE]);
	sheet_cell(s, counts_share(n->states[STATE_UNDELIVERABLE],
	    n->verdicts));
	sheet_cell(s, (int64_t)n->done[ACTION_TEMPFAIL]);
	sheet_cell(s, (int64_t)n->done[ACTION_REJECT]);
	sheet_cell(s, counts_share(n->verdicts, most));
}

void
report_sheet_days(struct sheet *s, const struct report *r)
{
	const struct topk *t = r->tables[REPORT_DAYS];
	const struct topk_entry **list;
	size_t i, count, total;
	uint64_t most = 0;

	sheet_part(s, "days", "By day");
	sheet_columns(s, day_columns, COUNT(day_columns));
	list = first(s, t, by_last, DAYS_SHOWN, &count, &total);
	for (i = 0; i < count; i++)
		if (list[i]->n.verdicts > most)
			most = list[i]->n.verdicts;
	for (i = count; i > 0; i--)
		day_row(s, list[i - 1], most);
	if (total > count)
		sheet_note(s, "The last %d days of %zu.", DAYS_SHOWN, total);
	free(list);
}

/* --- who brings bad ones -------------------------------------------------- */

#define WHO_COLUMNS(who)						\
	{ who, who, SHEET_TEXT }, { "verdicts", "all", SHEET_COUNT },	\
	{ "undeliverable", "bad", SHEET_COUNT },			\
	{ "bad_ratio", "share", SHEET_SHARE },				\
	{ "deliverable", "good", SHEET_COUNT },				\
	{ "risky", "risky", SHEET_COUNT },				\
	{ "unknown", "unknown", SHEET_COUNT }

static const struct sheet_column client_columns[] = { WHO_COLUMNS("client") };
static const struct sheet_column login_columns[] = { WHO_COLUMNS("auth") };
static const struct sheet_column sender_columns[] = { WHO_COLUMNS("sender") };

static void
who(struct sheet *s, const struct topk *t, size_t top)
{
	const struct topk_entry **list;
	size_t i, count, total;

	list = first(s, t, by_bad, top, &count, &total);
	for (i = 0; i < count; i++) {
		const struct counts *n = &list[i]->n;

		sheet_cell_text(s, list[i]->key);
		sheet_cell(s, (int64_t)n->verdicts);
		sheet_cell(s, (int64_t)n->states[STATE_UNDELIVERABLE]);
		sheet_cell(s, counts_share(n->states[STATE_UNDELIVERABLE],
		    n->verdicts));
		sheet_cell(s, (int64_t)n->states[STATE_DELIVERABLE]);
		sheet_cell(s, (int64_t)n->states[STATE_RISKY]);
		sheet_cell(s, (int64_t)n->states[STATE_UNKNOWN]);
	}
	if (count == 0)
		sheet_note(s, "None.");
	note_cut(s, t, list, count, total);
	free(list);
}

void
report_sheet_worst(struct sheet *s, const struct report *r, size_t top)
{
	sheet_part(s, "clients", "Clients that brought undeliverable ones");
	sheet_columns(s, client_columns, COUNT(client_columns));
	who(s, r->tables[REPORT_CLIENTS], top);
	sheet_part(s, "logins", "Logins that brought undeliverable ones");
	sheet_columns(s, login_columns, COUNT(login_columns));
	who(s, r->tables[REPORT_LOGINS], top);
	sheet_part(s, "senders", "Senders of mail to undeliverable ones");
	sheet_columns(s, sender_columns, COUNT(sender_columns));
	who(s, r->tables[REPORT_SENDERS], top);
}

/* --- where to ------------------------------------------------------------- */

#define WHERE_COLUMNS(where)						\
	{ where, where, SHEET_TEXT }, { "verdicts", "all", SHEET_COUNT }, \
	{ "deliverable", "good", SHEET_COUNT },				\
	{ "undeliverable", "bad", SHEET_COUNT },			\
	{ "risky", "risky", SHEET_COUNT },				\
	{ "unknown", "unknown", SHEET_COUNT },				\
	{ "not_checked", "unasked", SHEET_COUNT },			\
	{ "pending", "pending", SHEET_COUNT }

static const struct sheet_column domain_columns[] = {
	WHERE_COLUMNS("domain")
};
static const struct sheet_column provider_columns[] = {
	WHERE_COLUMNS("provider")
};

static void
where(struct sheet *s, const struct topk *t, size_t top)
{
	const struct topk_entry **list;
	size_t i, count, total;
	unsigned state;

	list = first(s, t, topk_by_verdicts, top, &count, &total);
	for (i = 0; i < count; i++) {
		cell_name(s, list[i]->key, "(nobody was asked)");
		sheet_cell(s, (int64_t)list[i]->n.verdicts);
		for (state = 0; state < STATE_COUNT; state++)
			sheet_cell(s, (int64_t)list[i]->n.states[state]);
	}
	note_cut(s, t, list, count, total);
	free(list);
}

void
report_sheet_domains(struct sheet *s, const struct report *r, size_t top)
{
	sheet_part(s, "domains", "Domains asked for most");
	sheet_columns(s, domain_columns, COUNT(domain_columns));
	where(s, r->tables[REPORT_DOMAINS], top);
	sheet_part(s, "providers", "Providers, or mail hosts of others");
	sheet_columns(s, provider_columns, COUNT(provider_columns));
	where(s, r->tables[REPORT_PROVIDERS], top);
	sheet_note(s, "unasked: not_checked.");
}

/* --- floods, refusals of us, alarms --------------------------------------- */

static const struct sheet_column flood_columns[] = {
	{ "flood", "limit", SHEET_TEXT }, { "guard", "guard", SHEET_TEXT },
	{ "from", "from", SHEET_TEXT },
	{ "verdicts", "verdicts", SHEET_COUNT },
	{ "first", "first", SHEET_TIME },
	{ "lasted_s", "lasted", SHEET_SECONDS },
};

void
report_sheet_floods(struct sheet *s, const struct report *r, size_t top)
{
	const struct topk *t = r->tables[REPORT_FLOODS];
	const struct topk_entry **list;
	const char *parts[PARTS];
	size_t i, j, count, total;
	char *copy;

	sheet_part(s, "floods", "Attacks that were met");
	sheet_columns(s, flood_columns, COUNT(flood_columns));
	list = first(s, t, topk_by_verdicts, top, &count, &total);
	for (i = 0; i < count; i++) {
		copy = split(list[i]->key, parts);
		for (j = 0; j < PARTS; j++)
			cell_name(s, parts[j], "-");
		sheet_cell(s, (int64_t)list[i]->n.verdicts);
		sheet_cell(s, list[i]->n.first_ms);
		sheet_cell(s, (list[i]->n.last_ms - list[i]->n.first_ms) /
		    1000);
		s->failed = s->failed || copy == NULL;
		free(copy);
	}
	if (count == 0)
		sheet_note(s, "None.");
	note_cut(s, t, list, count, total);
	free(list);
}

static const struct sheet_column refusal_columns[] = {
	{ "provider", "provider", SHEET_TEXT },
	{ "refused_us", "refused us", SHEET_COUNT },
	{ "ratio", "share", SHEET_SHARE },
	{ "verdicts", "all", SHEET_COUNT },
};

void
report_sheet_refusals(struct sheet *s, const struct report *r, size_t top)
{
	const struct topk *t = r->tables[REPORT_PROVIDERS];
	const struct topk_entry **list;
	size_t i, count, total;

	sheet_columns(s, refusal_columns, COUNT(refusal_columns));
	list = first(s, t, by_refusals, top, &count, &total);
	for (i = 0; i < count; i++) {
		const struct counts *n = &list[i]->n;

		cell_name(s, list[i]->key, "(none known)");
		sheet_cell(s, (int64_t)n->refused_us);
		sheet_cell(s, counts_share(n->refused_us, n->verdicts));
		sheet_cell(s, (int64_t)n->verdicts);
	}
	if (total > count)
		sheet_note(s, "%zu more refused us; see --top.",
		    total - count);
	free(list);
}

static const struct sheet_column alarm_columns[] = {
	{ "time", "time", SHEET_TIME }, { "notice", "notice", SHEET_TEXT },
	{ "what", "of", SHEET_TEXT }, { "text", "text", SHEET_TEXT },
};

void
report_sheet_alarms(struct sheet *s, const struct report *r)
{
	size_t i;

	sheet_part(s, "alarms", "Alarms");
	sheet_columns(s, alarm_columns, COUNT(alarm_columns));
	for (i = 0; i < r->alarm_count; i++) {
		const struct notice *n = &r->alarms[i];

		sheet_cell(s, n->time_ms);
		sheet_cell_text(s, notice_word(n->kind));
		sheet_cell_text(s, n->what);
		sheet_cell_text(s, n->text);
	}
	if (r->alarms_seen > r->alarm_count)
		sheet_note(s, "The last %d of %llu.", REPORT_ALARMS,
		    (unsigned long long)r->alarms_seen);
	if (!r->have_outcomes)
		sheet_note(s, "The store cannot be read: not known.");
	else if (r->alarm_count == 0)
		sheet_note(s, "None.");
}
