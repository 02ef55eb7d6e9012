#include "probe/preflight_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* Points: 0 name, 1 ptr, 2 spf, 3 dkim, 4 dmarc, 5 mail, 6 page, 7 sender,
   8 port, 9 apart and unlisted. */
static const struct {
	const char *name, *practice;
	unsigned point;
	bool hard;
} checks[] = {
	[CHECK_HELO_NAME] = { "helo_name", "P36", 0, true },
	[CHECK_HELO_ADDRESS] = { "helo_address", "P36", 0, true },
	[CHECK_PTR] = { "ptr", "P37", 1, true },
	[CHECK_SPF] = { "spf", "P39", 2, true },
	[CHECK_DKIM] = { "dkim", "P30", 3, true },
	[CHECK_DMARC] = { "dmarc", "P39", 4, false },
	[CHECK_MX] = { "sender_mx", "P43", 5, false },
	[CHECK_POSTMASTER] = { "postmaster", "P5", 5, false },
	[CHECK_ABUSE] = { "abuse", "P5", 5, false },
	[CHECK_BOUNCES] = { "bounces", "P43", 5, false },
	[CHECK_POLICY] = { "policy_page", "P1", 6, false },
	[CHECK_PAGE_NAME] = { "page_name", "P1", 6, false },
	[CHECK_CONTACT] = { "contact", "P5", 6, false },
	[CHECK_CONSENT] = { "consent", "P13", 6, false },
	[CHECK_SENDER] = { "sender", "P43", 7, true },
	[CHECK_AGE] = { "domain_age", "P35", 7, true },
	[CHECK_PORT] = { "port25", "P38", 8, false },
	[CHECK_APART] = { "apart", "P32", 9, false },
	[CHECK_LISTED] = { "listed", "P33", 9, false },
};

const char *
check_result_word(enum check_result result)
{
	switch (result) {
	case CHECK_OK:
		return "ok";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_SKIPPED:
		return "skipped";
	}
	return "?";
}

/* --- the report ---------------------------------------------------------- */

struct preflight_check *
preflight_say(struct judge *j, enum check_id id, enum check_result result,
    const struct net_addr *source, const char *fmt, ...)
{
	struct preflight_report *r = j->out;
	struct preflight_check *c = &r->checks[r->count];
	va_list ap;

	/* More sources than a report holds: the last line is written over. */
	if (r->count + 1 < PREFLIGHT_CHECKS_MAX)
		r->count++;
	memset(c, 0, sizeof *c);
	c->name = checks[id].name;
	c->practice = checks[id].practice;
	c->point = checks[id].point;
	c->hard = checks[id].hard;
	c->result = result;
	if (source != NULL)
		net_addr_text(source, c->source);
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof c->text, fmt, ap);
	va_end(ap);
	return c;
}

void
preflight_fix(struct preflight_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->fix, sizeof c->fix, fmt, ap);
	va_end(ap);
}

const struct fact_answer *
preflight_ask(struct judge *j, enum fact_type type, const char *name)
{
	const struct fact_answer *a = facts_get(j->facts, type, name);

	if (a == NULL)
		j->out->pending = true;
	else if (a->status == DNS_FAILED)
		j->out->unanswered = true;
	return a;
}

const char *
preflight_safe(const char *text, char out[128])
{
	text_escape(text, strlen(text), out, 128);
	return out;
}

/* --- the name ------------------------------------------------------------ */

bool
preflight_host(struct judge *j, const char *host, enum dns_status *out)
{
	const struct fact_answer *v4 = preflight_ask(j, FACT_A, host);
	const struct fact_answer *v6 = preflight_ask(j, FACT_AAAA, host);

	if (v4 == NULL || v6 == NULL)
		return false;
	if (v4->count + v6->count > 0)
		*out = DNS_OK;
	else if (v4->status == DNS_FAILED || v6->status == DNS_FAILED)
		*out = DNS_FAILED;
	else
		*out = v4->status;
	return true;
}

bool
preflight_is_shared(const struct judge *j, const char *domain)
{
	struct list_finding f;

	return lists_match_domain(j->in->lists, LIST_FREE_MAIL, domain, &f);
}

static void
judge_helo(struct judge *j, const char *helo)
{
	enum dns_status status;
	struct preflight_check *c;

	if (preflight_is_shared(j, helo))
		preflight_fix(preflight_say(j, CHECK_HELO_NAME, CHECK_FAIL,
		    NULL, "%s is in everybody's domain", helo),
		    "set identity.helo to a full name in a domain of yours");
	else if (preflight_looks_dynamic(helo, NULL))
		preflight_fix(preflight_say(j, CHECK_HELO_NAME, CHECK_FAIL,
		    NULL, "%s looks like a dialled-in address", helo),
		    "choose a name such as verify.example.com as "
		    "identity.helo");
	else
		preflight_say(j, CHECK_HELO_NAME, CHECK_OK, NULL,
		    "%s is a full name", helo);
	if (!preflight_host(j, helo, &status))
		return;
	if (status == DNS_OK) {
		preflight_say(j, CHECK_HELO_ADDRESS, CHECK_OK, NULL,
		    "%s has an address", helo);
		return;
	}
	c = preflight_say(j, CHECK_HELO_ADDRESS, status == DNS_FAILED ?
	    CHECK_WARN : CHECK_FAIL, NULL, "%s: DNS gave no address", helo);
	preflight_fix(c, status == DNS_FAILED ?
	    "look after the name servers of %s" :
	    "add an A or AAAA record to %s", helo);
}

/* --- all ----------------------------------------------------------------- */

static void
add_source(struct preflight_report *r, const struct net_addr *addr,
    const char *helo)
{
	struct preflight_source *s = &r->sources[r->source_count];

	if (r->source_count == PREFLIGHT_SOURCES_MAX)
		return;
	r->source_count++;
	s->addr = *addr;
	s->helo = helo;
	s->good = true;
}

/*
 * Where the system chooses the source, or a gateway translates it, the world
 * should see what the HELO name says.
 */
static void
find_sources(struct judge *j)
{
	static const enum fact_type types[] = { FACT_A, FACT_AAAA };
	const struct conf *c = j->conf;
	const struct fact_answer *a;
	size_t i, k;

	j->out->implied = c->identity.source_count == 0;
	for (i = 0; i < c->identity.source_count; i++)
		add_source(j->out, &c->identity.sources[i].address,
		    c->identity.sources[i].helo[0] != '\0' ?
		    c->identity.sources[i].helo : c->identity.helo);
	for (i = 0; j->out->implied && i < 2; i++) {
		a = preflight_ask(j, types[i], c->identity.helo);
		for (k = 0; a != NULL && k < a->count; k++)
			add_source(j->out, &a->items[k].addr,
			    c->identity.helo);
		j->out->silent[i] = a != NULL && a->status == DNS_FAILED;
	}
}

static void
judge_helos(struct judge *j)
{
	const char *helos[PREFLIGHT_HELOS_MAX];
	size_t n = preflight_helos(j->conf, helos), i;

	for (i = 0; i < n; i++)
		judge_helo(j, helos[i]);
}

static void
judge_listings(struct judge *j)
{
	const struct preflight_listing *l;
	struct preflight_check *c;
	size_t i;

	for (i = 0; i < j->in->listing_count; i++) {
		l = &j->in->listings[i];
		c = preflight_say(j, CHECK_LISTED, CHECK_FAIL, NULL,
		    "%s is listed: %s", l->what, l->text);
		preflight_fix(c, "find the cause, have it removed from the "
		    "list (`rcptguard listing list`), then `rcptguard source "
		    "resume --cause`");
	}
	if (j->in->listing_count == 0)
		preflight_say(j, CHECK_LISTED, CHECK_OK, NULL,
		    "no list that was asked names us");
}

static void
sum_up(struct preflight_report *r)
{
	bool lost[PREFLIGHT_POINTS] = { false };
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct preflight_check *c = &r->checks[i];

		if (c->result == CHECK_WARN || c->result == CHECK_FAIL)
			lost[c->point] = true;
		if (c->result == CHECK_FAIL && c->hard &&
		    c->source[0] == '\0')
			r->good = false;
	}
	for (i = 0, r->score = 0; i < PREFLIGHT_POINTS; i++)
		r->score += !lost[i];
}

void
preflight_judge(const struct preflight_input *in, struct facts *facts,
    struct preflight_report *out)
{
	struct judge j = { in, in->conf, facts, out,
	    preflight_sender_domain(in->conf) };
	size_t i;

	memset(out, 0, sizeof *out);
	out->good = true;
	find_sources(&j);
	judge_helos(&j);
	for (i = 0; i < out->source_count; i++)
		preflight_judge_source(&j, &out->sources[i]);
	preflight_judge_domain(&j);
	preflight_judge_reach(&j);
	judge_listings(&j);
	sum_up(out);
}
