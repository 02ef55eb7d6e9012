/*
 * Replies of real servers with what a person read in them, scored by label.
 * A line: reply, stage, label, source, detail, note, parted by TAB; a note
 * "alt:LABEL,LABEL" names readings that are right too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/classify.h"
#include "tests/unit/rules_fixture.h"
#include "tests/unit/suite.h"

#define FIELDS	6

static const struct {
	const char *label;
	enum verdict_state state;
} labels[] = {
	{ "accepted", STATE_DELIVERABLE },
	{ "blocked_us", STATE_UNKNOWN },
	{ "rate_limited", STATE_UNKNOWN },
	{ "temporary_other", STATE_UNKNOWN },
	{ "content_or_other", STATE_UNKNOWN },
	{ "greylisted", STATE_UNKNOWN },
	{ "mailbox_full", STATE_RISKY },
	{ "no_such_user", STATE_UNDELIVERABLE },
	{ "relay_denied", STATE_UNKNOWN },
};

struct score {
	unsigned all[COUNT(labels)], right[COUNT(labels)];
	unsigned total, total_right, good_refused;
};

static struct rules *rules;

static size_t
label_index(const char *label, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(labels); i++)
		if (strlen(labels[i].label) == len &&
		    memcmp(labels[i].label, label, len) == 0)
			return i;
	ck_abort_msg("no label is called %.*s", (int)len, label);
	return 0;
}

/* A mailbox that only receives too fast is alive, and says so with a 4xx. */
static bool
fits(size_t label, enum verdict_state state, const char *reason)
{
	return labels[label].state == state ||
	    (strcmp(labels[label].label, "rate_limited") == 0 &&
	    strcmp(reason, "accepted_rate_limited_mailbox") == 0);
}

static bool
fits_any(size_t label, const char *note, enum verdict_state state,
    const char *reason)
{
	const char *alt = strstr(note, "alt:");
	size_t len;

	if (fits(label, state, reason))
		return true;
	for (alt = alt != NULL ? alt + 4 : ""; *alt != '\0'; alt += len) {
		len = strspn(alt, "abcdefghijklmnopqrstuvwxyz_");
		if (len == 0)
			return false;
		if (fits(label_index(alt, len), state, reason))
			return true;
		len += strspn(alt + len, ",");
	}
	return false;
}

static void
score_line(char *line, struct score *s)
{
	char *field[FIELDS], in[8192], out[CLASSIFY_LINE_SIZE], *reason, *rule;
	enum verdict_state state;
	size_t i, label;
	bool right;

	for (i = 0; i < FIELDS; i++) {
		field[i] = line;
		line += strcspn(line, "\t");
		if (*line == '\t')
			*line++ = '\0';
	}
	ck_assert_msg(*line == '\0', "too many fields: %s", field[0]);
	(void)snprintf(in, sizeof(in), "%s\t%s", field[1], field[0]);
	ck_assert_msg(classify_line(rules, NULL, in, out, sizeof(out)), "%s: %s",
	    in, out);
	reason = strchr(out, '\t');
	*reason++ = '\0';
	rule = strchr(reason, '\t');
	*rule++ = '\0';
	ck_assert(verdict_state_from_word(out, &state));
	label = label_index(field[2], strlen(field[2]));
	right = fits_any(label, field[5], state, reason);
	s->all[label]++;
	s->total++;
	s->right[label] += right;
	s->total_right += right;
	s->good_refused += !right && state == STATE_UNDELIVERABLE;
	if (!right)
		printf("  %s, not %s, by %s: %s\n", out, field[2], rule,
		    field[0]);
}

static void
score_file(const char *path, struct score *s)
{
	char *text, *line, *next;
	size_t i;

	memset(s, 0, sizeof(*s));
	text = fixture_file(path);
	line = strchr(text, '\n');	/* past the head line */
	ck_assert_ptr_nonnull(line);
	for (line++; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		score_line(line, s);
	}
	free(text);
	printf("%s\n", path);
	for (i = 0; i < COUNT(labels); i++)
		if (s->all[i] > 0)
			printf("  %-16s %3u of %3u\n", labels[i].label,
			    s->right[i], s->all[i]);
	printf("  %-16s %3u of %3u, good refused %u\n", "all", s->total_right,
	    s->total, s->good_refused);
	fflush(stdout);
}

START_TEST(the_sample_is_read_right)
{
	struct score s;

	score_file("tests/unit/data/replies-sample.tsv", &s);
	ck_assert_uint_eq(s.total, 120);
	ck_assert_uint_ge(s.total_right * 100, s.total * 97);
	ck_assert_uint_eq(s.good_refused, 0);
}
END_TEST

START_TEST(more_replies_are_read_right)
{
	struct score s;

	score_file("tests/unit/data/replies-more.tsv", &s);
	ck_assert_uint_ge(s.total, 1700);
	ck_assert_uint_ge(s.total_right * 100, s.total * 97);
	ck_assert_uint_le(s.good_refused * 1000, s.total * 3);
}
END_TEST

/* Words of one kind of refusal in the text of another: none may be mistaken. */
START_TEST(near_misses_are_read_right)
{
	struct score s;

	score_file("tests/unit/data/replies-near.tsv", &s);
	ck_assert_uint_ge(s.total, 140);
	ck_assert_uint_eq(s.total_right, s.total);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("classify_samples");
	TCase *t = tcase_create("classify_samples");
	int failed;

	rules = fixture_rules();
	tcase_add_test(t, the_sample_is_read_right);
	tcase_add_test(t, more_replies_are_read_right);
	tcase_add_test(t, near_misses_are_read_right);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	failed = suite_run(s);
	rules_free(rules);
	return failed;
}
