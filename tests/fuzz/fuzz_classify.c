/*
 * fuzz_classify: the first octet is the stage, the rest a reply as a server
 * might write it. The rules are the shipped ones.
 */
#include <string.h>
#include <time.h>

#include "common/classify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/rules_fixture.h"

#define TEXT_MAX	4096
#define CPU_MAX_S	5		/* sanitizers included */

static void
check_meaning(const struct reply_facts *f, const struct reply_meaning *m)
{
	enum verdict_state state = verdict_state_of(m->reason);

	PROPERTY(m->rule != NULL && m->rule[0] != '\0');
	PROPERTY(verdict_reason_word(m->reason) != NULL);
	if (state == STATE_UNDELIVERABLE) {
		PROPERTY(f->code >= 500 && f->code <= 599);
		PROPERTY(f->stage == STAGE_RCPT || f->stage == STAGE_NONE);
	}
	if (f->code >= 400 && f->stage != STAGE_RCPT && f->stage != STAGE_NONE)
		PROPERTY(state == STATE_UNKNOWN);
	if (f->code >= 230 && f->code <= 299)
		PROPERTY(m->reason == REASON_ACCEPTED);
	if (m->reason == REASON_ACCEPTED)
		PROPERTY(f->code >= 200 && f->code <= 299);
	PROPERTY(m->retry_after_s <= 24 * 3600);
}

/* Ours or the recipient's, the names may stand anywhere in what a peer says. */
static void
check_names(const struct rules *rules, struct reply_facts *f)
{
	static const struct reply_names none,
	    usual = { "mail.sender.example", "probe@sender.example",
		"example.com" };
	struct reply_names echo = { f->text, f->text, f->text };
	struct reply_meaning bare, m;

	classify_reply(rules, f, &bare);
	check_meaning(f, &bare);
	f->names = &none;
	classify_reply(rules, f, &m);
	PROPERTY(m.reason == bare.reason);
	PROPERTY(strcmp(m.rule, bare.rule) == 0);
	f->names = &usual;
	classify_reply(rules, f, &m);
	check_meaning(f, &m);
	f->names = &echo;
	classify_reply(rules, f, &m);
	check_meaning(f, &m);
	f->names = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct rules *rules;
	struct reply_facts f;
	struct reply_meaning m;
	char text[TEXT_MAX + 1], enhanced[16];
	clock_t began = clock();

	if (rules == NULL)
		rules = fixture_rules();
	if (len < 1 || len > TEXT_MAX)
		return 0;
	memset(&f, 0, sizeof(f));
	f.stage = (enum stage)(data[0] % STAGE_COUNT);
	if (!reply_split((const char *)data + 1, len - 1, &f.code, enhanced,
	    text))
		return 0;
	PROPERTY(strlen(text) < len);
	f.enhanced = enhanced;
	f.text = text;
	check_names(rules, &f);
	f.provider = "google";
	classify_reply(rules, &f, &m);
	check_meaning(&f, &m);
	classify_reply(NULL, &f, &m);
	check_meaning(&f, &m);
	PROPERTY((clock() - began) / CLOCKS_PER_SEC < CPU_MAX_S);
	return 0;
}
