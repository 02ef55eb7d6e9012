#include "probe/signals.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* What a list says where it is the one that speaks; REASON_MAX: nothing. */
static enum verdict_reason
reason_of(const struct conf *conf, enum list_kind kind)
{
	enum conf_list_use use = LIST_USE_RISKY;
	enum verdict_reason reason = REASON_MAX;

	switch (kind) {
	case LIST_DENY:
		reason = REASON_DENIED;
		break;
	case LIST_TYPO:
		use = conf->lists.typo;
		reason = REASON_POSSIBLE_TYPO;
		break;
	case LIST_TRAP:
	case LIST_DEAD:
	case LIST_PARKED_MX:
	case LIST_PARKED_NS:
		use = conf->lists.trap;
		reason = REASON_POSSIBLE_TRAP;
		break;
	case LIST_DISPOSABLE:
	case LIST_DISPOSABLE_MX:
		use = conf->lists.disposable;
		reason = REASON_DISPOSABLE;
		break;
	case LIST_ROLE:
		use = conf->lists.role;
		reason = REASON_ROLE;
		break;
	case LIST_ALLOW:
	case LIST_ALIAS:
	case LIST_FREE_MAIL:
	case LIST_COUNT:
		break;
	}
	return use == LIST_USE_RISKY ? reason : REASON_MAX;
}

static bool
say(const struct conf *conf, const struct list_finding *f, const char *what,
    struct signal *out)
{
	const char *domain = strrchr(f->suggestion, '@');

	memset(out, 0, sizeof *out);
	out->reason = reason_of(conf, f->list);
	if (out->reason == REASON_MAX)
		return false;
	snprintf(out->rule, sizeof out->rule, "list.%s", list_word(f->list));
	if (domain != NULL)
		snprintf(out->text, sizeof out->text, "did you mean %.120s?",
		    domain + 1);
	snprintf(out->story, sizeof out->story, "%s \"%.100s\" is in the list "
	    "%s: %.250s, line %u%s%.100s", what, f->entry, list_word(f->list),
	    f->file, f->line, domain != NULL ? "; meant may be " : "",
	    domain != NULL ? domain + 1 : "");
	return true;
}

static bool
is_allowed(const struct lists *lists, const struct address *addr)
{
	struct list_finding f;

	return lists_match(lists, LIST_ALLOW, addr, &f);
}

bool
signals_of_address(const struct conf *conf, const struct lists *lists,
    const struct address *addr, struct signal *out)
{
	static const enum list_kind kinds[] = {
		LIST_DENY, LIST_TYPO, LIST_TRAP, LIST_DEAD, LIST_DISPOSABLE
	};
	struct list_finding f;
	size_t i;

	if (is_allowed(lists, addr))
		return false;
	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (lists_match(lists, kinds[i], addr, &f) &&
		    say(conf, &f, "the address by", out))
			return true;
	return false;
}

bool
signals_of_hosts(const struct conf *conf, const struct lists *lists,
    const struct address *addr, const struct mx_route *route,
    struct signal *out)
{
	static const enum list_kind kinds[] = {
		LIST_DISPOSABLE_MX, LIST_PARKED_MX
	};
	struct list_finding f;
	size_t i, h;

	if (is_allowed(lists, addr))
		return false;
	for (h = 0; h < route->host_count; h++)
		for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			if (lists_match_host(lists, kinds[i],
			    route->hosts[h].name, &f) &&
			    say(conf, &f, "its mail host by", out))
				return true;
	for (h = 0; h < route->ns_count; h++)
		if (lists_match_host(lists, LIST_PARKED_NS, route->ns[h],
		    &f) && say(conf, &f, "its name server by", out))
			return true;
	return false;
}

bool
signals_of_risen(const struct conf *conf, const struct lists *lists,
    const struct address *addr, struct signal *out)
{
	if (conf->lists.trap != LIST_USE_RISKY || is_allowed(lists, addr))
		return false;
	memset(out, 0, sizeof *out);
	out->reason = REASON_POSSIBLE_TRAP;
	text_copy(out->rule, "dns.risen", sizeof out->rule);
	text_copy(out->story, "its domain had no mail host for months, and "
	    "has one again: so traps are made", sizeof out->story);
	return true;
}

bool
signals_of_accepted(const struct conf *conf, const struct lists *lists,
    const struct address *addr, struct signal *out)
{
	struct list_finding f;

	return !is_allowed(lists, addr) &&
	    lists_match(lists, LIST_ROLE, addr, &f) &&
	    say(conf, &f, "the name", out);
}

bool
signals_suggestion(const struct lists *lists, const struct address *addr,
    char out[ADDRESS_MAX + 1])
{
	struct list_finding f;

	out[0] = '\0';
	if (!lists_match(lists, LIST_TYPO, addr, &f))
		return false;
	text_copy(out, f.suggestion, ADDRESS_MAX + 1);
	return out[0] != '\0';
}
