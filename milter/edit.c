#include "milter/edit.h"

#include <stdio.h>

#include "common/log.h"

/* From the last to the first: each removal renumbers those after it. */
static void
tag(SMFICTX *ctx, const struct session_message *m)
{
	char name[] = EDIT_HEADER, value[128];
	unsigned i;

	for (i = m->foreign_tags; i > 0; i--)
		(void)smfi_chgheader(ctx, name, (int)i, NULL);
	if (!m->tag.set)
		return;
	snprintf(value, sizeof(value), "%s; reason=%s; id=%s",
	    verdict_state_word(verdict_state_of(m->tag.reason)),
	    verdict_reason_word(m->tag.reason), m->tag.id);
	if (smfi_addheader(ctx, name, value) != MI_SUCCESS)
		log_warnx("id=%s: the MTA takes no header, so the message "
		    "passes untagged", m->tag.id);
}

static void
hold(SMFICTX *ctx, const struct session_mark *mark)
{
	char why[128];

	snprintf(why, sizeof(why), "rcptguard: %s (%s)",
	    verdict_reason_word(mark->reason), mark->id);
	if (smfi_quarantine(ctx, why) != MI_SUCCESS)
		log_warnx("id=%s: the MTA does not hold mail for us, so the "
		    "message passes", mark->id);
}

void
edit_message(SMFICTX *ctx, const struct session_message *m, bool may_tag)
{
	if (may_tag)
		tag(ctx, m);
	if (m->hold.set)
		hold(ctx, &m->hold);
}
