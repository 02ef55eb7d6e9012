#include "probe/refusal.h"

#include "common/consent.h"
#include "common/evidence.h"
#include "common/text.h"
#include "common/verdict.h"

char *
refusal_evidence(const struct conf *c, const char *policy, const char *name,
    int64_t now)
{
	char text[CONSENT_TEXT_SIZE];
	struct evidence ev;
	char *json;

	evidence_init(&ev);
	text_copy(ev.policy, policy, sizeof ev.policy);
	consent_text(c, name, now, text);
	text_copy(ev.rule, text[0] != '\0' ? "submitter.consent" :
	    "submitter.list", sizeof ev.rule);
	if (text[0] == '\0')
		evidence_tell(&ev, 0, STORY_NOTE, "submitter %s brought what "
		    "looks like a list; nothing of it is probed for an hour",
		    name);
	else if (name[0] == '\0')
		evidence_tell(&ev, 0, STORY_NOTE, "who asks named no guard, "
		    "and only root and the user of rcptguard-probe may do so "
		    "while terms (%s) must be agreed to", c->identity.terms);
	else
		evidence_tell(&ev, 0, STORY_NOTE, "%s", text);
	evidence_tell(&ev, 0, STORY_NOTE, "%s",
	    verdict_reason_text(REASON_SUBMITTER_NOT_ALLOWED));
	json = evidence_to_json(&ev, true);
	evidence_clear(&ev);
	return json;
}
