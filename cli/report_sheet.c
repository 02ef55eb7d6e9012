#include "cli/report_sheet.h"

#include "cli/times.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

typedef unsigned long long ull;

static void
put_count(struct sheet *s, const char *name, const char *label, uint64_t n,
    const char *remark)
{
	sheet_number(s, name, label, SHEET_COUNT, (int64_t)n, "%s", remark);
}

/* With its share of all. */
static void
put_part_of(struct sheet *s, const char *name, const char *label, uint64_t n,
    uint64_t all, const char *remark)
{
	unsigned share = counts_share(n, all);

	sheet_number(s, name, label, SHEET_COUNT, (int64_t)n, "%u.%u%%%s%s",
	    share / 10, share % 10, remark[0] != '\0' ? ": " : "", remark);
}

/* --- the log -------------------------------------------------------------- */

static void
head(struct sheet *s, const struct report *r)
{
	char from[TIMES_LOCAL_SIZE], until[TIMES_LOCAL_SIZE];

	times_local(r->from_ms / 1000, from);
	times_local(r->until_ms / 1000, until);
	sheet_subtitle(s, "%s%s%sFrom %s to %s; times are local. good: "
	    "deliverable; bad: undeliverable.", r->guard != NULL ? "Guard " :
	    "", r->guard != NULL ? r->guard : "", r->guard != NULL ? ". " : "",
	    from, until);
}

/* What the figures do not hold is said before them. */
static void
read_part(struct sheet *s, const struct report *r)
{
	const struct report_reading *g = &r->reading;
	char at[TIMES_LOCAL_SIZE];

	sheet_part(s, "log", "The verdict log");
	sheet_number(s, "since", "from", SHEET_TIME, r->from_ms, "%s", "");
	sheet_number(s, "until", "to", SHEET_TIME, r->until_ms, "%s", "");
	sheet_number(s, "first", "first decision", SHEET_TIME,
	    r->all.first_ms, "%s", "");
	sheet_number(s, "last", "last decision", SHEET_TIME, r->all.last_ms,
	    "%s", "");
	put_count(s, "files", "files read", g->files, "");
	put_count(s, "alien", "broken lines", g->alien + g->too_long,
	    g->alien + g->too_long > 0 ? "no verdicts: passed over" : "");
	put_count(s, "broken_files", "broken files", g->broken,
	    g->broken > 0 ? "read up to where they are damaged" : "");
	if (g->oldest_ms > r->from_ms) {
		times_local(g->oldest_ms / 1000, at);
		sheet_note(s, "The log and its rotated files reach back to %s "
		    "only.", at);
	}
	if (r->all.verdicts == 0)
		sheet_note(s, "No guard judged anything in this time%s.",
		    r->guard != NULL ? ", of this name" : "");
}

/* --- what was done -------------------------------------------------------- */

static uint64_t
passed(const uint64_t actions[ACTION_COUNT])
{
	return actions[ACTION_ACCEPT] + actions[ACTION_HOLD] +
	    actions[ACTION_TAG];
}

static void
summary(struct sheet *s, const struct report *r)
{
	const struct counts *n = &r->all;
	uint64_t all = n->verdicts, watched = counts_watched(n);

	sheet_part(s, "summary", "In short");
	put_count(s, "verdicts", "judged", all, r->senders_judged > 0 ?
	    "senders among them" : "recipients, at RCPT TO");
	if (r->senders_judged > 0)
		put_count(s, "senders_judged", "  of them senders",
		    r->senders_judged, "");
	put_part_of(s, "passed", "let through", passed(n->done), all,
	    "accepted, held or tagged");
	put_part_of(s, "deferred", "deferred", n->done[ACTION_TEMPFAIL], all,
	    "tempfail, to be tried again");
	put_part_of(s, "refused", "refused", n->done[ACTION_REJECT], all,
	    "became no message and no bounce");
	put_part_of(s, "observed", "only observed", watched, all,
	    watched > 0 ? "all let through" : "");
	if (watched > 0) {
		put_part_of(s, "would_refuse", "  would refuse",
		    n->observed[ACTION_REJECT], watched, "of those observed");
		put_part_of(s, "would_defer", "  would defer",
		    n->observed[ACTION_TEMPFAIL], watched,
		    "of those observed");
	}
	put_count(s, "asked", "asked besides", r->asked,
	    "by rcptguard check and the like; not in the figures below");
	put_count(s, "taught", "learned", r->taught,
	    "from the site's own mail; not in the figures below");
}

/* --- by state and reason -------------------------------------------------- */

static const struct sheet_column state_columns[] = {
	{ "state", "state", SHEET_TEXT }, { "verdicts", "all", SHEET_COUNT },
	{ "ratio", "share", SHEET_SHARE },
	{ "accept", "accept", SHEET_COUNT },
	{ "tempfail", "tempfail", SHEET_COUNT },
	{ "reject", "reject", SHEET_COUNT }, { "hold", "hold", SHEET_COUNT },
	{ "tag", "tag", SHEET_COUNT },
	{ "observed", "observe", SHEET_COUNT },
};

static void
gather(const struct report *r, enum verdict_state state, struct counts *out)
{
	enum verdict_reason reason;
	unsigned i, j;

	*out = (struct counts){ 0 };
	for (i = 0; (reason = verdict_reason_at(i)) != 0; i++) {
		const struct counts *n = &r->by_reason[reason];

		if (verdict_state_of(reason) != state)
			continue;
		out->verdicts += n->verdicts;
		for (j = 0; j < ACTION_COUNT; j++) {
			out->done[j] += n->done[j];
			out->observed[j] += n->observed[j];
		}
	}
}

static void
states(struct sheet *s, const struct report *r)
{
	struct counts n;
	unsigned i, j;

	sheet_part(s, "states", "By state");
	sheet_columns(s, state_columns, COUNT(state_columns));
	for (i = 0; i < STATE_COUNT; i++) {
		gather(r, (enum verdict_state)i, &n);
		sheet_cell_text(s, verdict_state_word((enum verdict_state)i));
		sheet_cell(s, (int64_t)n.verdicts);
		sheet_cell(s, counts_share(n.verdicts, r->all.verdicts));
		for (j = 0; j < ACTION_COUNT; j++)
			sheet_cell(s, (int64_t)n.done[j]);
		sheet_cell(s, (int64_t)counts_watched(&n));
	}
}

/* Reasons that rank counts, the most first. */
typedef uint64_t reason_rank_fn(const struct report *r,
    enum verdict_reason reason);

static size_t
ranked(const struct report *r, reason_rank_fn *rank,
    enum verdict_reason out[REASON_MAX + 1])
{
	enum verdict_reason reason;
	size_t n = 0, at;
	unsigned i;

	for (i = 0; (reason = verdict_reason_at(i)) != 0; i++) {
		if (rank(r, reason) == 0)
			continue;
		for (at = n++; at > 0 && rank(r, out[at - 1]) <
		    rank(r, reason); at--)
			out[at] = out[at - 1];
		out[at] = reason;
	}
	return n;
}

static uint64_t
rank_all(const struct report *r, enum verdict_reason reason)
{
	return r->by_reason[reason].verdicts;
}

static uint64_t
rank_observed(const struct report *r, enum verdict_reason reason)
{
	return r->by_reason[reason].observed[ACTION_TEMPFAIL] +
	    r->by_reason[reason].observed[ACTION_REJECT];
}

static uint64_t
rank_limits(const struct report *r, enum verdict_reason reason)
{
	return counts_of_limits(reason) || counts_of_us(reason) ?
	    r->by_reason[reason].verdicts : 0;
}

static const struct sheet_column reason_columns[] = {
	{ "reason", "reason", SHEET_TEXT }, { "state", "state", SHEET_TEXT },
	{ "verdicts", "all", SHEET_COUNT },
	{ "ratio", "share", SHEET_SHARE },
	{ "tempfail", "tempfail", SHEET_COUNT },
	{ "reject", "reject", SHEET_COUNT },
};

static void
reasons(struct sheet *s, const struct report *r)
{
	enum verdict_reason list[REASON_MAX + 1];
	size_t i, count = ranked(r, rank_all, list);

	sheet_part(s, "reasons", "By reason");
	sheet_columns(s, reason_columns, COUNT(reason_columns));
	for (i = 0; i < count; i++) {
		const struct counts *n = &r->by_reason[list[i]];

		sheet_cell_text(s, verdict_reason_word(list[i]));
		sheet_cell_text(s, verdict_state_word(
		    verdict_state_of(list[i])));
		sheet_cell(s, (int64_t)n->verdicts);
		sheet_cell(s, counts_share(n->verdicts, r->all.verdicts));
		sheet_cell(s, (int64_t)n->done[ACTION_TEMPFAIL]);
		sheet_cell(s, (int64_t)n->done[ACTION_REJECT]);
	}
}

static const struct sheet_column observed_columns[] = {
	{ "reason", "reason", SHEET_TEXT }, { "state", "state", SHEET_TEXT },
	{ "tempfail", "would defer", SHEET_COUNT },
	{ "reject", "would refuse", SHEET_COUNT },
};

static void
observed(struct sheet *s, const struct report *r)
{
	enum verdict_reason list[REASON_MAX + 1];
	size_t i, count = ranked(r, rank_observed, list);

	if (counts_watched(&r->all) == 0)
		return;
	sheet_part(s, "observed", "What observing guards would have stopped");
	sheet_columns(s, observed_columns, COUNT(observed_columns));
	for (i = 0; i < count; i++) {
		const struct counts *n = &r->by_reason[list[i]];

		sheet_cell_text(s, verdict_reason_word(list[i]));
		sheet_cell_text(s, verdict_state_word(
		    verdict_state_of(list[i])));
		sheet_cell(s, (int64_t)n->observed[ACTION_TEMPFAIL]);
		sheet_cell(s, (int64_t)n->observed[ACTION_REJECT]);
	}
	sheet_note(s, count > 0 ? "All of these were let through. To have them "
	    "stopped, set guards.mode = \"enforce\"." : "Nothing.");
}

/* --- deferred ------------------------------------------------------------- */

static void
deferred(struct sheet *s, const struct report *r)
{
	const struct pursuit_sum *f = &r->followed;
	uint64_t all = f->episodes;

	sheet_part(s, "deferred", "What became of those deferred");
	put_count(s, "tempfails", "tempfails", f->deferrals, "");
	put_count(s, "addresses", "addresses", all,
	    "once for each time that it began anew");
	put_part_of(s, "passed", "passed later", f->passed, all, "");
	sheet_number(s, "waited_s", "  median wait", SHEET_SECONDS,
	    histogram_quantile(&f->waited_s, 500), "%s",
	    "from the first try to the one that passed");
	put_part_of(s, "refused", "refused later", f->refused, all, "");
	put_part_of(s, "deferred_again", "deferred again", f->again, all,
	    "came again, and was never let through");
	put_part_of(s, "never_back", "never came back", f->gone, all, "");
	put_part_of(s, "may_come", "may yet come", f->may_come, all,
	    "deferred within the last four hours");
	if (f->unfollowed > 0)
		sheet_note(s, "%llu tempfails were not followed: more "
		    "addresses waited at a time than are kept (%d), or only "
		    "the domain was logged.", (ull)f->unfollowed,
		    REPORT_FOLLOWED);
}

/* --- speed ---------------------------------------------------------------- */

static void
quantiles(struct sheet *s, const struct histogram *h, const char *const names[3],
    const char *const labels[3], const char *remark)
{
	static const unsigned at[] = { 500, 950, 990 };
	size_t i;

	for (i = 0; i < COUNT(at); i++)
		sheet_number(s, names[i], labels[i], SHEET_MS,
		    histogram_quantile(h, at[i]), "%s", i == 0 ? remark : "");
}

static void
speed(struct sheet *s, const struct report *r)
{
	static const char *const all[] = { "median_ms", "p95_ms", "p99_ms" };
	static const char *const asked[] = { "fresh_median_ms",
	    "fresh_p95_ms", "fresh_p99_ms" };
	static const char *const labels[] = { "median", "95 % within",
	    "99 % within" };
	static const char *const fresh[] = { "fresh: median",
	    "  95 % within", "  99 % within" };
	const struct counts *n = &r->all;

	sheet_part(s, "speed", "How long the verdicts took");
	quantiles(s, &r->took, all, labels, "of all");
	quantiles(s, &r->took_asked, asked, fresh,
	    "of those that were not in the store");
	put_part_of(s, "from_store", "from the store",
	    r->sources[SOURCE_STORE], n->verdicts, "");
	put_part_of(s, "pending", "not in time", n->states[STATE_PENDING],
	    n->verdicts, "the probe still ran after the guard's wait");
	put_part_of(s, "unknown", "not known", n->states[STATE_UNKNOWN],
	    n->verdicts, "asked in vain, on their side or ours");
	put_part_of(s, "not_checked", "not asked",
	    n->states[STATE_NOT_CHECKED], n->verdicts, "");
}

/* --- mistakes ------------------------------------------------------------- */

static void
put_rate(struct sheet *s, const char *name, const char *label, int rate,
    const char *remark)
{
	sheet_number(s, name, label, SHEET_SHARE, rate < 0 ? SHEET_NONE :
	    rate, "%s", remark);
}

static void
mistakes(struct sheet *s, const struct report *r)
{
	const struct outcome_count *c = &r->outcomes;

	sheet_part(s, "mistakes", "Mistakes, as far as they are known");
	put_count(s, "turned_good", "bad, then good", r->followed.turned_good,
	    "judged undeliverable, and deliverable later in this time; or the "
	    "mailbox is new");
	if (r->followed.good_cut)
		sheet_note(s, "\"bad, then good\" are these or more: of more "
		    "than %d undeliverable addresses the rest was not "
		    "followed.", REPORT_FOLLOWED);
	if (!r->have_outcomes) {
		sheet_note(s, "The store cannot be read: what became of the "
		    "site's own mail is not known.");
		return;
	}
	put_rate(s, "good_refused_ratio", "good refused",
	    outcome_good_refused(c), "of undeliverable ones, by what became "
	    "of mail to them");
	put_count(s, "bad_sent", "  took mail", (uint64_t)c->bad_sent,
	    "undeliverable ones");
	put_count(s, "bad_bounced", "  bounced", (uint64_t)c->bad_bounced,
	    "undeliverable ones");
	put_rate(s, "bad_accepted_ratio", "bad accepted",
	    outcome_bad_accepted(c), "of deliverable ones, by what became of "
	    "mail to them");
	put_count(s, "good_sent", "  took mail", (uint64_t)c->good_sent,
	    "deliverable ones");
	put_count(s, "good_bounced", "  no mailbox",
	    (uint64_t)c->good_bounced, "deliverable ones");
	if (c->good_sent + c->good_bounced + c->bad_sent + c->bad_bounced ==
	    0)
		sheet_note(s, "No delivery was measured in this time: see "
		    "rcptguard learn.");
	else if (r->guard != NULL)
		sheet_note(s, "What became of mail is of all guards together.");
}

/* --- limits and refusals -------------------------------------------------- */

static const struct sheet_column limit_columns[] = {
	{ "reason", "reason", SHEET_TEXT },
	{ "verdicts", "all", SHEET_COUNT },
	{ "text", "that is", SHEET_TEXT },
};

static void
limits(struct sheet *s, const struct report *r, size_t top)
{
	enum verdict_reason list[REASON_MAX + 1];
	size_t i, count = ranked(r, rank_limits, list);

	sheet_part(s, "limits", "Budgets spent, and refusals of us");
	sheet_columns(s, limit_columns, COUNT(limit_columns));
	for (i = 0; i < count; i++) {
		sheet_cell_text(s, verdict_reason_word(list[i]));
		sheet_cell(s, (int64_t)r->by_reason[list[i]].verdicts);
		sheet_cell_text(s, verdict_reason_text(list[i]));
	}
	if (count == 0)
		sheet_note(s, "None.");
	if (r->all.refused_us == 0)
		return;
	sheet_part(s, "refusals", "Who refused us");
	report_sheet_refusals(s, r, top);
	sheet_note(s, "Verdicts, those from the store included; rcptguard "
	    "incident counts probes.");
}

void
report_sheet(const struct report *r, size_t top, struct sheet *s)
{
	sheet_init(s, "What rcptguard did");
	head(s, r);
	read_part(s, r);
	if (r->all.verdicts > 0) {
		summary(s, r);
		report_sheet_guards(s, r);
		states(s, r);
		reasons(s, r);
		observed(s, r);
		deferred(s, r);
		report_sheet_worst(s, r, top);
		report_sheet_domains(s, r, top);
		speed(s, r);
	}
	mistakes(s, r);
	if (r->all.verdicts > 0) {
		report_sheet_floods(s, r, top);
		limits(s, r, top);
		report_sheet_days(s, r);
	}
	report_sheet_alarms(s, r);
}
