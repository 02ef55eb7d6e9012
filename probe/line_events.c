/*
 * line_events: what a session tells, and what becomes of its questions.
 */
#include <utlist.h>

#include "probe/line_internal.h"

static void
line_idle(void *arg)
{
	struct line *line = arg;

	line_next(line);
}

static void
line_unasked(void *arg, enum fault fault)
{
	struct line *line = arg;

	line_charge(line, line->ask);
	if (line->ask != NULL)
		ask_finish(line->ask, fault, STAGE_MAIL, NULL);
}

/* What no reply has come to, but the question under way, waits again. */
static void
release_behind(struct line *line)
{
	struct ask *a;

	if (line->behind != NULL)
		line_learn_no_groups(line);
	while (line->behind != NULL) {
		a = line->behind->prev;
		DL_DELETE(line->behind, a);
		ask_release(a);
	}
}

static void
line_answer(void *arg, const struct reply *reply)
{
	struct line *line = arg;
	bool again;

	line_charge(line, line->ask);
	line_learn_one_session(line);
	again = line->ask != NULL && line_one_too_many(line, reply);
	line->answered++;
	if (!again && line->ask != NULL)
		ask_finish(line->ask, FAULT_NONE, STAGE_RCPT, reply);
	line->ask = line->behind;
	if (line->ask != NULL)
		DL_DELETE(line->behind, line->ask);
	line_watch_group(line);
}

static void
line_refused(void *arg, enum stage stage, const struct reply *reply)
{
	struct line *line = arg;
	bool for_all = line_is_for_all(line, stage);

	line_charge(line, line->ask);
	line_ends(line);
	release_behind(line);
	if (line->answered > 0 && stage == STAGE_MAIL && line_once_more(line))
		return;
	if (for_all && line_wait_for_other(line))
		return;
	if (line->ask != NULL)
		ask_finish(line->ask, FAULT_NONE, stage, reply);
	if (for_all && !line_others_stand(line))
		peer_fail_all(line->peer, FAULT_NONE, stage, reply);
}

static void
line_failed(void *arg, enum stage stage, enum fault fault)
{
	struct line *line = arg;

	line_charge(line, line->ask);
	line_ends(line);
	release_behind(line);
	if (line->ask == NULL || line_worth_again(line, stage, fault))
		return;
	ask_finish(line->ask, fault, stage, NULL);
	if (stage < STAGE_MAIL && !line_others_stand(line))
		peer_fail_all(line->peer, fault, stage, NULL);
}

static void
line_over(void *arg)
{
	struct line *line = arg;
	struct peer *peer = line->peer;

	/* A goodbye in the midst of a group. */
	release_behind(line);
	if (line->ask != NULL)
		ask_release(line->ask);
	line_free(line);
	peer_run(peer);
}

static void
line_tell(void *arg, enum story_kind kind, const char *text)
{
	struct line *line = arg;

	ask_tell(line->saying != NULL ? line->saying : line->ask, kind, text);
}

const struct session_events line_events = {
	.idle = line_idle,
	.answer = line_answer,
	.unasked = line_unasked,
	.refused = line_refused,
	.failed = line_failed,
	.over = line_over,
	.tell = line_tell,
};
