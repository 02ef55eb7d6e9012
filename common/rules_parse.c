/*
 * rules_parse: one rule, from its setting to a checked struct.
 *
 *   { id = "full.mailbox"; reason = "mailbox_full"; text = [ "...", "..." ];
 *     not = "..."; token = "..."; stage = [ "rcpt" ]; code = [ "452", "5" ];
 *     enhanced = [ "5.2.2" ]; next_host = true; }
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rules_internal.h"

#define WHY_SIZE	256

static bool
id_is_good(const char *id)
{
	size_t i;

	for (i = 0; id[i] != '\0'; i++)
		if (!islower((unsigned char)id[i]) &&
		    !isdigit((unsigned char)id[i]) &&
		    strchr(".-_", id[i]) == NULL)
			return false;
	return i > 0 && i <= RULE_ID_MAX;
}

static bool
id_in(const struct rule_list *list, const char *id)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return true;
	return false;
}

static bool
id_is_taken(const struct rules *set, const char *id)
{
	size_t i;

	if (id_in(&set->rules, id) || id_in(&set->enhanced, id) ||
	    id_in(&set->words, id) || id_in(&set->codes, id))
		return true;
	for (i = 0; i < set->family_count; i++)
		if (id_in(&set->families[i].rules, id))
			return true;
	for (i = 0; i < set->grammar_count; i++)
		if (strcmp(set->grammars[i].id, id) == 0)
			return true;
	return false;
}

bool
rules_read_id(struct rules_loader *l, const struct conf_node *n,
    const char *what, char **out)
{
	const char *id;
	bool ok = true;

	id = rules_string(l, n, "id", &ok);
	if (!ok)
		return false;
	if (id == NULL || !id_is_good(id))
		return rules_complain(l, n, "%s needs an id of lower case "
		    "letters, digits, \".\", \"-\" and \"_\", at most %d",
		    what, RULE_ID_MAX);
	if (id_is_taken(l->set, id))
		return rules_complain(l, n, "id \"%s\" is taken; give each "
		    "rule its own", id);
	*out = strdup(id);
	return *out != NULL || rules_complain(l, n, "no memory");
}

static bool
read_reason(struct rules_loader *l, const struct conf_node *n,
    struct rule *out)
{
	const char *word;
	bool ok = true;

	word = rules_string(l, n, "reason", &ok);
	if (!ok)
		return false;
	if (word == NULL)
		return rules_complain(l, n, "rule \"%s\" has no reason",
		    out->id);
	if (!verdict_reason_from_word(word, &out->reason))
		return rules_complain(l, n, "rule \"%s\": no reason is called "
		    "\"%s\"; see REASONS in rcptguard-rules(5)", out->id,
		    word);
	if (!rule_reason_fits(out->reason))
		return rules_complain(l, n, "rule \"%s\": no reply of a "
		    "server means %s; see REASONS in rcptguard-rules(5)",
		    out->id, word);
	return true;
}

/* The index-th string of a setting that is a string or an array of them. */
static const char *
string_at(const struct conf_node *n, size_t index)
{
	if (conf_node_type(n) == CONF_STRING)
		return index == 0 ? conf_node_string(n) : NULL;
	if (index >= conf_node_count(n))
		return NULL;
	n = conf_node_at(n, index);
	return conf_node_type(n) == CONF_STRING ? conf_node_string(n) : NULL;
}

/* How many strings; 0 after a message if it is anything else. */
static size_t
string_count(struct rules_loader *l, const struct conf_node *n)
{
	size_t i, count;

	if (conf_node_type(n) == CONF_STRING)
		return 1;
	if (conf_node_type(n) != CONF_ARRAY &&
	    conf_node_type(n) != CONF_LIST) {
		(void)rules_complain(l, n, "%s must be a string or a list of "
		    "strings", conf_node_name(n));
		return 0;
	}
	count = conf_node_count(n);
	for (i = 0; i < count && string_at(n, i) != NULL; i++)
		;
	if (count > 0 && i == count)
		return count;
	(void)rules_complain(l, n, "%s must hold strings, and one at least",
	    conf_node_name(n));
	return 0;
}

static bool
read_codes(struct rules_loader *l, const struct conf_node *n,
    struct rule *out)
{
	const struct conf_node *list = conf_node_child(n, "code");
	const char *code;
	size_t i, count;

	if (list == NULL)
		return true;
	count = string_count(l, list);
	if (count == 0)
		return false;
	out->codes = calloc(count, sizeof(out->codes[0]));
	if (out->codes == NULL)
		return rules_complain(l, n, "no memory");
	for (i = 0; i < count; i++) {
		code = string_at(list, i);
		if ((code[0] != '4' && code[0] != '5') || strlen(code) > 3 ||
		    strspn(code, "0123456789") != strlen(code))
			return rules_complain(l, list, "\"%s\" is no reply "
			    "code: write \"4\", \"5\", \"55\" or \"550\"",
			    code);
		(void)snprintf(out->codes[i], sizeof(out->codes[i]), "%s",
		    code);
	}
	out->code_count = count;
	return true;
}

static bool
read_enhanced(struct rules_loader *l, const struct conf_node *n,
    struct rule *out)
{
	const struct conf_node *list = conf_node_child(n, "enhanced");
	size_t i, count;

	if (list == NULL)
		return true;
	count = string_count(l, list);
	if (count == 0)
		return false;
	out->enhanced = calloc(count, sizeof(out->enhanced[0]));
	if (out->enhanced == NULL)
		return rules_complain(l, n, "no memory");
	for (i = 0; i < count; i++)
		if (!rule_enhanced_parse(string_at(list, i),
		    &out->enhanced[i]))
			return rules_complain(l, list, "\"%s\" is no enhanced "
			    "code: write \"5.1.1\", \"5.7.*\" or "
			    "\"5.7.606-649\"", string_at(list, i));
	out->enhanced_count = count;
	return true;
}

/* A rule for any other stage would see no reply. */
static bool
stage_has_replies(enum stage stage)
{
	switch (stage) {
	case STAGE_NONE:		/* a log does not always say */
	case STAGE_BANNER:
	case STAGE_EHLO:
	case STAGE_STARTTLS:
	case STAGE_MAIL:
	case STAGE_RCPT:
		return true;
	case STAGE_DNS:
	case STAGE_CONNECT:
	case STAGE_RSET:
	case STAGE_QUIT:
	case STAGE_COUNT:
		return false;
	}
	return false;
}

static bool
read_stages(struct rules_loader *l, const struct conf_node *n,
    struct rule *out)
{
	const struct conf_node *list = conf_node_child(n, "stage");
	enum stage stage;
	size_t i, count;

	if (list == NULL)
		return true;
	count = string_count(l, list);
	for (i = 0; i < count; i++) {
		if (!stage_from_word(string_at(list, i), &stage) ||
		    !stage_has_replies(stage))
			return rules_complain(l, list, "stage: \"%s\" is none "
			    "of banner, ehlo, starttls, mail, rcpt and none",
			    string_at(list, i));
		out->stages |= 1u << stage;
	}
	return count > 0;
}

/* Alternatives joined into one expression. The caller frees; NULL: told. */
static char *
join_strings(struct rules_loader *l, const struct conf_node *list)
{
	char *all, *at, why[WHY_SIZE];
	size_t i, count, len = 0;

	count = string_count(l, list);
	if (count == 0)
		return NULL;
	for (i = 0; i < count; i++) {
		if (!rule_pattern_alone(string_at(list, i), why,
		    sizeof(why))) {
			(void)rules_complain(l, list, "%s: \"%s\": %s",
			    conf_node_name(list), string_at(list, i), why);
			return NULL;
		}
		len += strlen(string_at(list, i)) + 1;
	}
	at = all = malloc(len + 1);
	if (all == NULL) {
		(void)rules_complain(l, list, "no memory");
		return NULL;
	}
	for (i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i > 0 ? "|" : "",
		    string_at(list, i));
	return all;
}

/* Of a pattern that was joined or expanded. NULL: told. */
static struct pattern *
compile(struct rules_loader *l, const struct conf_node *list,
    const char *regex)
{
	struct pattern *p;
	char why[WHY_SIZE];

	p = pattern_compile(regex, why, sizeof(why));
	if (p == NULL) {
		(void)rules_complain(l, list, "%s: %s", conf_node_name(list),
		    why);
		return NULL;
	}
	if (!rule_pattern_fits_nothing(p))
		return p;
	(void)rules_complain(l, list, "%s: a pattern that fits no words at "
	    "all, such as \"\" or \"x*\", fits any reply; write what must be "
	    "there", conf_node_name(list));
	pattern_free(p);
	return NULL;
}

static struct pattern *
compile_text(struct rules_loader *l, const struct conf_node *list,
    const char *joined)
{
	struct pattern *p = NULL;
	char why[WHY_SIZE], *regex;

	regex = rule_pattern_expand(&l->classes, joined, true, why,
	    sizeof(why));
	if (regex != NULL)
		p = compile(l, list, regex);
	else
		(void)rules_complain(l, list, "%s: %s", conf_node_name(list),
		    why);
	free(regex);
	return p;
}

static bool
read_text(struct rules_loader *l, const struct conf_node *n, const char *key,
    struct pattern **out)
{
	const struct conf_node *list = conf_node_child(n, key);
	char *joined;

	if (list == NULL)
		return true;
	joined = join_strings(l, list);
	if (joined == NULL)
		return false;
	*out = compile_text(l, list, joined);
	free(joined);
	return *out != NULL;
}

/* A token is a plain regular expression on the text as it was written. */
static bool
read_token(struct rules_loader *l, const struct conf_node *n,
    struct rule *out)
{
	const struct conf_node *list = conf_node_child(n, "token");
	char *joined;

	if (list == NULL)
		return true;
	joined = join_strings(l, list);
	if (joined == NULL)
		return false;
	out->token = compile(l, list, joined);
	free(joined);
	return out->token != NULL;
}

static bool
read_next_host(struct rules_loader *l, const struct conf_node *n,
    struct rule *out)
{
	const struct conf_node *flag = conf_node_child(n, "next_host");

	if (flag == NULL)
		return true;
	if (conf_node_type(flag) != CONF_BOOL)
		return rules_complain(l, flag, "next_host must be true or "
		    "false");
	out->next_host = conf_node_bool(flag);
	return true;
}

static bool
check_section(struct rules_loader *l, const struct conf_node *n,
    enum rule_section section, const struct rule *r)
{
	bool final = verdict_state_of(r->reason) == STATE_UNDELIVERABLE;

	switch (section) {
	case SECTION_TEXT:
		if (r->text == NULL && r->token == NULL)
			return rules_complain(l, n, "rule \"%s\" needs text "
			    "or token; bare codes belong to enhanced or codes",
			    r->id);
		return true;
	case SECTION_ENHANCED:
		if (r->enhanced_count == 0)
			return rules_complain(l, n, "rule \"%s\" stands in "
			    "enhanced and names no enhanced code", r->id);
		return true;
	case SECTION_CODES:
		if (r->code_count == 0)
			return rules_complain(l, n, "rule \"%s\" stands in "
			    "codes and names no code", r->id);
		if (final)
			return rules_complain(l, n, "rule \"%s\": a bare code "
			    "never proves that an address is dead; add text "
			    "and move it to words", r->id);
		return true;
	}
	return true;
}

bool
rule_read(struct rules_loader *l, const struct conf_node *n,
    enum rule_section section, struct rule *out)
{
	static const char *const keys[] = { "id", "reason", "stage", "code",
	    "enhanced", "text", "not", "token", "next_host", NULL };

	if (conf_node_type(n) != CONF_GROUP)
		return rules_complain(l, n, "a rule is a group: "
		    "{ id = ...; reason = ...; }");
	return rules_known_keys(l, n, keys) &&
	    rules_read_id(l, n, "a rule", &out->id) &&
	    read_reason(l, n, out) && read_stages(l, n, out) &&
	    read_codes(l, n, out) && read_enhanced(l, n, out) &&
	    read_text(l, n, "text", &out->text) &&
	    read_text(l, n, "not", &out->except) &&
	    read_token(l, n, out) && read_next_host(l, n, out) &&
	    check_section(l, n, section, out);
}

void
rule_clear(struct rule *r)
{
	free(r->id);
	free(r->codes);
	free(r->enhanced);
	pattern_free(r->text);
	pattern_free(r->except);
	pattern_free(r->token);
}

bool
retry_read(struct rules_loader *l, const struct conf_node *n,
    struct retry_rule *out)
{
	static const char *const keys[] = { "text", "seconds", NULL };
	const struct conf_node *unit;
	unsigned groups;

	if (conf_node_type(n) != CONF_GROUP)
		return rules_complain(l, n, "a retry is a group: "
		    "{ text = ...; seconds = ...; }");
	if (!rules_known_keys(l, n, keys) ||
	    !read_text(l, n, "text", &out->text))
		return false;
	groups = out->text != NULL ? pattern_groups(out->text) : 0;
	if (groups != 1 && groups != 3)
		return rules_complain(l, n, "a retry's text captures one "
		    "number, or hours, minutes and seconds");
	unit = conf_node_child(n, "seconds");
	if (unit == NULL)
		return groups == 3 || rules_complain(l, n, "seconds is "
		    "missing: what one of the number stands for");
	if (groups == 3 || conf_node_type(unit) != CONF_INT ||
	    conf_node_int(unit) < 1 || conf_node_int(unit) > 86400)
		return rules_complain(l, unit, "seconds must be 1 to 86400, "
		    "with a text that captures one number");
	out->seconds = (uint32_t)conf_node_int(unit);
	return true;
}
