/*
 * classify: the engine. It knows the order of tests and the two laws that no
 * rule can break (before RCPT nothing speaks of the address; 4xx is never
 * final); all else is in the rule set.
 */
#include "common/classify.h"

#include <stdio.h>
#include <string.h>

#include "common/reply_text.h"
#include "common/rules_internal.h"

#define RETRY_MAX_S	(24 * 3600)

/* One reply on its way through the rules. */
struct judging {
	const struct rules *rules;
	const struct reply_facts *facts;
	struct rule_enhanced enhanced;	/* class 0: the reply has none */
	struct pattern_scratch *scratch;
	struct reply_text text;
	bool doubt;			/* some match came to no answer */
};

static bool
about_address(enum stage stage)
{
	/* STAGE_NONE: a line from a bounce or a person; read as RCPT. */
	return stage == STAGE_RCPT || stage == STAGE_NONE;
}

/* What this stage and code can mean at all, whatever a rule says. */
static bool
may_mean(const struct judging *j, enum verdict_reason reason)
{
	const struct reply_facts *f = j->facts;

	switch (verdict_state_of(reason)) {
	case STATE_UNDELIVERABLE:
		return about_address(f->stage) && f->code >= 500 &&
		    j->enhanced.class != 4;
	case STATE_RISKY:
	case STATE_DELIVERABLE:
		return about_address(f->stage);
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		return true;
	}
	return false;
}

static bool
matches(struct judging *j, const struct pattern *p, const char *text,
    size_t len)
{
	enum pattern_answer answer;

	answer = pattern_match(p, text, len, j->scratch);
	if (answer == PATTERN_DOUBT)
		j->doubt = true;
	return answer == PATTERN_YES;
}

static bool
code_fits(const struct rule *r, unsigned code)
{
	char text[16];
	size_t i;

	if (r->code_count == 0)
		return true;
	(void)snprintf(text, sizeof(text), "%u", code);
	for (i = 0; i < r->code_count; i++)
		if (strncmp(text, r->codes[i], strlen(r->codes[i])) == 0)
			return true;
	return false;
}

static bool
enhanced_fits(const struct rule *r, const struct rule_enhanced *e)
{
	const struct rule_enhanced *want;
	size_t i;

	if (r->enhanced_count == 0)
		return true;
	for (i = 0; i < r->enhanced_count; i++) {
		want = &r->enhanced[i];
		if (e->class == want->class && e->subject == want->subject &&
		    e->least >= want->least && e->least <= want->most)
			return true;
	}
	return false;
}

static bool
rule_fits(struct judging *j, const struct rule *r)
{
	const struct reply_text *t = &j->text;

	if (r->stages != 0 && (r->stages & 1u << j->facts->stage) == 0)
		return false;
	if (!code_fits(r, j->facts->code) || !may_mean(j, r->reason) ||
	    !enhanced_fits(r, &j->enhanced))
		return false;
	if (r->token != NULL && !matches(j, r->token, t->raw, t->raw_len))
		return false;
	if (r->text != NULL && !matches(j, r->text, t->words, t->words_len))
		return false;
	return r->except == NULL ||
	    !matches(j, r->except, t->words, t->words_len);
}

static const struct rule *
first_fit(struct judging *j, const struct rule_list *list, bool tokens_only)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (tokens_only && list->items[i].token == NULL)
			continue;
		if (rule_fits(j, &list->items[i]))
			return &list->items[i];
	}
	return NULL;
}

/*
 * The named provider's own rules, then the tokens of all others: a token says
 * itself whose it is, and replies travel through gateways.
 */
static const struct rule *
provider_fit(struct judging *j)
{
	const struct rule *hit;
	const char *name = j->facts->provider;
	size_t i;

	for (i = 0; name != NULL && i < j->rules->family_count; i++) {
		if (strcmp(j->rules->families[i].pub.name, name) != 0)
			continue;
		hit = first_fit(j, &j->rules->families[i].rules, false);
		if (hit != NULL)
			return hit;
	}
	for (i = 0; i < j->rules->family_count; i++) {
		hit = first_fit(j, &j->rules->families[i].rules, true);
		if (hit != NULL)
			return hit;
	}
	return NULL;
}

static const struct rule *
decide(struct judging *j)
{
	const struct rule_list *const order[] = {
		&j->rules->rules, &j->rules->enhanced, &j->rules->words,
		&j->rules->codes,
	};
	const struct rule *hit;
	size_t i;

	hit = provider_fit(j);
	for (i = 0; hit == NULL && i < sizeof(order) / sizeof(order[0]); i++)
		hit = first_fit(j, order[i], false);
	return hit;
}

/*
 * A goodbye accepts nothing. Help or a banner accepts no address: the two
 * sides are out of step.
 */
static bool
accepts(const struct reply_facts *f)
{
	if (f->code < 200 || f->code > 299 || f->code == 221)
		return false;
	return f->stage != STAGE_RCPT ||
	    (f->code / 10 != 21 && f->code / 10 != 22);
}

/* What the basic code alone says; never more than "unknown" for a refusal. */
static void
by_code(const struct reply_facts *f, struct reply_meaning *out)
{
	if (accepts(f)) {
		out->reason = REASON_ACCEPTED;
		out->rule = "code.2xx";
	} else if (f->code >= 400 && f->code <= 499) {
		out->reason = REASON_TEMPORARY_ERROR;
		out->rule = "code.4xx";
	} else if (f->code >= 500 && f->code <= 599) {
		out->reason = about_address(f->stage) ?
		    REASON_AMBIGUOUS_REFUSAL : REASON_BLOCKED_POLICY;
		out->rule = "code.5xx";
	} else {
		out->reason = REASON_AMBIGUOUS_REFUSAL;
		out->rule = "code.none";
	}
}

static uint64_t
number_at(const char *text, size_t len)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < len && i < 7 && text[i] >= '0' && text[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	return n;
}

static uint64_t
group_number(struct judging *j, unsigned group)
{
	size_t start, len;

	if (!pattern_group(j->scratch, group, &start, &len))
		return 0;
	return number_at(&j->text.words[start], len);
}

static uint32_t
retry_time(struct judging *j)
{
	const struct retry_rule *r;
	uint64_t s;
	size_t i;

	for (i = 0; i < j->rules->retry_count; i++) {
		r = &j->rules->retries[i];
		if (!matches(j, r->text, j->text.words, j->text.words_len))
			continue;
		s = group_number(j, 1) * r->seconds;
		if (pattern_groups(r->text) == 3)
			s = group_number(j, 1) * 3600 +
			    group_number(j, 2) * 60 + group_number(j, 3);
		if (s > 0)
			return s > RETRY_MAX_S ? RETRY_MAX_S : (uint32_t)s;
	}
	return 0;
}

static void
judge(struct judging *j, struct reply_meaning *out)
{
	const struct rule *hit;

	hit = decide(j);
	if (hit != NULL) {
		out->reason = hit->reason;
		out->rule = hit->id;
		out->next_host = hit->next_host;
	}
	/* A safety rule may have been cut short: then refuse nobody. */
	if (j->doubt &&
	    verdict_state_of(out->reason) == STATE_UNDELIVERABLE) {
		out->reason = REASON_AMBIGUOUS_REFUSAL;
		out->rule = "engine.doubt";
	}
	if (verdict_state_of(out->reason) == STATE_UNKNOWN)
		out->retry_after_s = retry_time(j);
}

static void
find_enhanced(struct judging *j)
{
	const struct reply_facts *f = j->facts;
	char found[16];
	const char *e = f->enhanced != NULL ? f->enhanced : "";

	if (*e == '\0') {
		if (!reply_enhanced_find(f->text, f->code / 100, found))
			return;
		e = found;
	}
	if (!rule_enhanced_parse(e, &j->enhanced))
		memset(&j->enhanced, 0, sizeof(j->enhanced));
	/* The basic code is the protocol's: 450 5.1.1 is temporary. */
	if (j->enhanced.class == 5 && f->code < 500)
		j->enhanced.class = 4;
}

/* Another MX may think otherwise of a host's trouble, not of its verdict. */
static bool
other_host_may_help(const struct reply_facts *f, enum verdict_reason reason)
{
	if (f->code < 400)
		return false;
	return reason == REASON_RELAY_DENIED || f->code == 421 ||
	    (!about_address(f->stage) && f->stage != STAGE_MAIL);
}

void
classify_reply(const struct rules *r, const struct reply_facts *facts,
    struct reply_meaning *out)
{
	struct judging j;
	struct reply_facts f = *facts;

	memset(out, 0, sizeof(*out));
	if (f.text == NULL)
		f.text = "";
	by_code(&f, out);
	out->code = f.code;
	if (r != NULL && f.code >= 400 && f.code <= 599) {
		memset(&j.enhanced, 0, sizeof(j.enhanced));
		j.rules = r;
		j.facts = &f;
		j.doubt = false;
		j.scratch = pattern_scratch_new();
		reply_text_make(f.text, f.names, &j.text);
		find_enhanced(&j);
		judge(&j, out);
		pattern_scratch_free(j.scratch);
	}
	out->next_host = out->next_host || other_host_may_help(&f, out->reason);
}

const struct provider *
rules_provider_named(const struct rules *r, const char *name)
{
	size_t i;

	for (i = 0; r != NULL && i < r->family_count; i++)
		if (strcmp(r->families[i].pub.name, name) == 0)
			return &r->families[i].pub;
	return NULL;
}

const struct provider *
rules_provider(const struct rules *r, const char *mx)
{
	size_t i;

	for (i = 0; r != NULL && i < r->family_count; i++)
		if (name_list_has(&r->families[i].mx, mx))
			return &r->families[i].pub;
	return NULL;
}

const struct provider *
rules_provider_of(const struct rules *r, const char *domain)
{
	size_t i;

	for (i = 0; r != NULL && i < r->family_count; i++)
		if (name_list_has(&r->families[i].domains, domain))
			return &r->families[i].pub;
	return NULL;
}

const struct provider *
rules_provider_at(const struct rules *r, size_t index)
{
	return r != NULL && index < r->family_count ?
	    &r->families[index].pub : NULL;
}
