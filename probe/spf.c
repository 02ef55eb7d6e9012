#include "probe/spf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "probe/spf_term.h"

/* RFC 7208 4.6.4 */
#define LOOKUPS_MAX	10
#define VOIDS_MAX	2
#define NAMES_MAX	10

struct state {
	const struct spf_input *in;
	struct facts *facts;
	struct spf_verdict *out;
	unsigned voids;
};

/* A mechanism: it matches, it does not, or the whole check ends thus. */
enum match { MATCH_NO, MATCH_YES, MATCH_END };

static enum spf_result check_host(struct state *s, const char *domain);

const char *
spf_word(enum spf_result result)
{
	switch (result) {
	case SPF_PENDING:
		return "pending";
	case SPF_NONE:
		return "none";
	case SPF_NEUTRAL:
		return "neutral";
	case SPF_PASS:
		return "pass";
	case SPF_FAIL:
		return "fail";
	case SPF_SOFTFAIL:
		return "softfail";
	case SPF_TEMPERROR:
		return "temperror";
	case SPF_PERMERROR:
		return "permerror";
	}
	return "?";
}

static enum match
ends(struct state *s, enum spf_result result, const char *why,
    const char *what, size_t len)
{
	char safe[128];

	text_escape(what, len, safe, sizeof safe);
	s->out->result = result;
	snprintf(s->out->why, sizeof s->out->why, "%s%s%s", why,
	    len > 0 ? ": " : "", safe);
	return MATCH_END;
}

static enum match
bad_term(struct state *s, const struct spf_term *t, const char *why)
{
	return ends(s, SPF_PERMERROR, why, t->text, t->len);
}

/* --- answers ------------------------------------------------------------- */

/* NULL: *m is why (the check ends); void answers are counted. */
static const struct fact_answer *
ask(struct state *s, enum fact_type type, const char *name, bool counts,
    enum match *m)
{
	const struct fact_answer *a = facts_get(s->facts, type, name);

	*m = MATCH_END;
	if (a == NULL) {
		s->out->result = SPF_PENDING;
		return NULL;
	}
	if (a->status == DNS_FAILED) {
		ends(s, SPF_TEMPERROR, "DNS gave no usable answer", name,
		    strlen(name));
		return NULL;
	}
	if (counts && a->count == 0 && ++s->voids > VOIDS_MAX) {
		ends(s, SPF_PERMERROR, "more than 2 names without an answer",
		    name, strlen(name));
		return NULL;
	}
	*m = MATCH_NO;
	return a;
}

static enum fact_type
address_type(const struct state *s)
{
	return s->in->ip.family == AF_INET ? FACT_A : FACT_AAAA;
}

static bool
within(const struct net_addr *net, const struct net_addr *ip, unsigned prefix)
{
	struct net_cidr c = { *net, prefix };
	size_t i, octets = net->family == AF_INET ? 4 : 16;

	for (i = 0; i < octets; i++)
		if (i * 8 >= prefix)
			c.addr.octets[i] = 0;
		else if (prefix - i * 8 < 8)
			c.addr.octets[i] &=
			    (uint8_t)(0xffU << (8 - (prefix - i * 8)));
	return net_cidr_contains(&c, ip);
}

/* Whether name has an address in the term's nets about ours. */
static enum match
name_has_ip(struct state *s, const char *name, unsigned v4, unsigned v6,
    bool counts)
{
	enum match m;
	const struct fact_answer *a = ask(s, address_type(s), name, counts,
	    &m);
	size_t i;

	for (i = 0; a != NULL && i < a->count; i++)
		if (within(&a->items[i].addr, &s->in->ip,
		    s->in->ip.family == AF_INET ? v4 : v6))
			return MATCH_YES;
	return m;
}

/* --- mechanisms ---------------------------------------------------------- */

static bool
one_lookup_more(struct state *s, const struct spf_term *t, enum match *m)
{
	if (++s->out->lookups <= LOOKUPS_MAX)
		return true;
	*m = bad_term(s, t, "more than 10 terms that ask DNS");
	return false;
}

static bool
target(struct state *s, const struct spf_term *t, const char *domain, char *out,
    enum match *m)
{
	if (t->spec_len == 0) {
		text_copy(out, domain, FACTS_NAME_SIZE);
		return true;
	}
	if (spf_expand(s->in, domain, t->spec, t->spec_len, out))
		return true;
	*m = bad_term(s, t, "a domain that cannot be read");
	return false;
}

static enum match
mech_a(struct state *s, const struct spf_term *t, const char *name)
{
	return name_has_ip(s, name, t->v4, t->v6, true);
}

/* Hosts of one family alone are common: their silence is not counted. */
static enum match
mech_mx(struct state *s, const struct spf_term *t, const char *name)
{
	enum match m;
	const struct fact_answer *a = ask(s, FACT_MX, name, true, &m);
	size_t i;

	if (a != NULL && a->count > NAMES_MAX)
		return bad_term(s, t, "more than 10 mail hosts");
	for (i = 0; a != NULL && i < a->count && m == MATCH_NO; i++)
		if (a->items[i].text[0] != '\0')
			m = name_has_ip(s, a->items[i].text, t->v4, t->v6,
			    false);
	return m;
}

static enum match
mech_exists(struct state *s, const struct spf_term *t, const char *name)
{
	enum match m;
	const struct fact_answer *a = ask(s, FACT_A, name, true, &m);

	(void)t;
	return a != NULL && a->count > 0 ? MATCH_YES : m;
}

static bool
is_or_below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n >= d && strcasecmp(name + n - d, domain) == 0 &&
	    (n == d || name[n - d - 1] == '.');
}

/* Failures here only mean no match (section 5.5). */
static enum match
mech_ptr(struct state *s, const struct spf_term *t, const char *domain)
{
	char reverse[FACTS_NAME_SIZE];
	const struct fact_answer *a, *back;
	size_t i, k;

	(void)t;
	if (!facts_reverse(&s->in->ip, facts_reverse_zone(&s->in->ip),
	    reverse))
		return MATCH_NO;
	a = facts_get(s->facts, FACT_PTR, reverse);
	for (i = 0; a != NULL && i < a->count && i < NAMES_MAX; i++) {
		if (!is_or_below(a->items[i].text, domain))
			continue;
		back = facts_get(s->facts, address_type(s), a->items[i].text);
		if (back == NULL)
			a = NULL;
		for (k = 0; back != NULL && k < back->count; k++)
			if (net_addr_equal(&back->items[k].addr, &s->in->ip))
				return MATCH_YES;
	}
	if (a != NULL)
		return MATCH_NO;
	s->out->result = SPF_PENDING;
	return MATCH_END;
}

static enum match
mech_include(struct state *s, const struct spf_term *t, const char *name)
{
	switch (check_host(s, name)) {
	case SPF_PASS:
		return MATCH_YES;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return MATCH_NO;
	case SPF_NONE:
		return bad_term(s, t, "includes a domain without SPF");
	case SPF_PENDING:
	case SPF_TEMPERROR:
	case SPF_PERMERROR:
		return MATCH_END;
	}
	return MATCH_END;
}

static enum match
mech_ip(struct state *s, const struct spf_term *t, int family)
{
	struct net_addr net;
	char text[64];

	if (t->spec_len == 0 || t->spec_len >= sizeof text)
		return bad_term(s, t, "an address that cannot be read");
	memcpy(text, t->spec, t->spec_len);
	text[t->spec_len] = '\0';
	if (!net_addr_parse(text, &net) || net.family != family)
		return bad_term(s, t, "an address that cannot be read");
	return s->in->ip.family == family &&
	    within(&net, &s->in->ip, family == AF_INET ? t->v4 : t->v6) ?
	    MATCH_YES : MATCH_NO;
}

static const struct {
	const char *name;
	bool needs_spec;
	enum match (*run)(struct state *, const struct spf_term *, const char *);
} mechanisms[] = {
	{ "include", true, mech_include },
	{ "a", false, mech_a },
	{ "mx", false, mech_mx },
	{ "exists", true, mech_exists },
	{ "ptr", false, mech_ptr },
};

static enum match
run_mechanism(struct state *s, const struct spf_term *t, const char *domain)
{
	char name[FACTS_NAME_SIZE];
	enum match m;
	size_t i;

	if (spf_term_is(t, "all"))
		return t->spec_len > 0 ? bad_term(s, t, "ill-formed") :
		    MATCH_YES;
	if (spf_term_is(t, "ip4"))
		return mech_ip(s, t, AF_INET);
	if (spf_term_is(t, "ip6"))
		return mech_ip(s, t, AF_INET6);
	for (i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
		if (!spf_term_is(t, mechanisms[i].name))
			continue;
		if (mechanisms[i].needs_spec && t->spec_len == 0)
			return bad_term(s, t, "names no domain");
		if (!one_lookup_more(s, t, &m) ||
		    !target(s, t, domain, name, &m))
			return m;
		return mechanisms[i].run(s, t, name);
	}
	return bad_term(s, t, "an unknown mechanism");
}

/* --- records ------------------------------------------------------------- */

static enum spf_result
redirect(struct state *s, const char *domain, const struct spf_term *t)
{
	char name[FACTS_NAME_SIZE];
	enum match m;

	if (!one_lookup_more(s, t, &m))
		return s->out->result;
	if (!spf_expand(s->in, domain, t->text + 9, t->len - 9, name)) {
		bad_term(s, t, "a domain that cannot be read");
		return s->out->result;
	}
	if (check_host(s, name) == SPF_NONE)
		bad_term(s, t, "redirects to a domain without SPF");
	return s->out->result;
}

static enum spf_result
evaluate(struct state *s, const char *record, const char *domain)
{
	struct spf_term t, to = { .text = NULL };
	const char *at = record;

	while (spf_term_next(&at, &t)) {
		if (spf_term_is_modifier(&t)) {
			if (strncasecmp(t.text, "redirect=", 9) != 0)
				continue;
			if (to.text != NULL) {
				bad_term(s, &t, "a second redirect");
				return s->out->result;
			}
			to = t;
			continue;
		}
		if (!spf_term_read(&t)) {
			bad_term(s, &t, "ill-formed");
			return s->out->result;
		}
		switch (run_mechanism(s, &t, domain)) {
		case MATCH_YES:
			ends(s, t.qualifier, "by", t.text, t.len);
			return t.qualifier;
		case MATCH_END:
			return s->out->result;
		case MATCH_NO:
			break;
		}
	}
	if (to.text != NULL)
		return redirect(s, domain, &to);
	ends(s, SPF_NEUTRAL, "no term matches", "", 0);
	return SPF_NEUTRAL;
}

/* "v=spf1", then a blank or the end (section 4.5). */
static bool
is_spf(const char *text)
{
	return strncasecmp(text, "v=spf1", 6) == 0 &&
	    (text[6] == ' ' || text[6] == '\0');
}

static enum spf_result
check_host(struct state *s, const char *domain)
{
	enum match m;
	const struct fact_answer *a = ask(s, FACT_TXT, domain, false, &m);
	const char *record = NULL;
	size_t i;

	if (a == NULL)
		return s->out->result;
	for (i = 0; i < a->count; i++) {
		if (!is_spf(a->items[i].text))
			continue;
		if (record != NULL) {
			ends(s, SPF_PERMERROR, "two SPF records", domain,
			    strlen(domain));
			return SPF_PERMERROR;
		}
		record = a->items[i].text + 6;
	}
	if (record == NULL) {
		ends(s, SPF_NONE, "no SPF record", domain, strlen(domain));
		return SPF_NONE;
	}
	return evaluate(s, record, domain);
}

void
spf_check(const struct spf_input *in, struct facts *facts,
    struct spf_verdict *out)
{
	struct state s = { .in = in, .facts = facts, .out = out };

	memset(out, 0, sizeof *out);
	out->result = check_host(&s, in->domain);
}
