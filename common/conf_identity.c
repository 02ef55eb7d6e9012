/*
 * conf_identity: names of ours that are nobody's alone.
 */
#include <string.h>

#include "common/conf_schema.h"
#include "common/lists.h"

static void
check_name(const struct lists *s, const struct conf_table *t,
    const struct conf_origin *origins, const char *key, const char *domain,
    struct conf_errors *e)
{
	const struct conf_origin *o =
	    &origins[conf_key_find(t, key) - t->keys];
	struct list_finding f;

	if (lists_match_domain(s, LIST_FREE_MAIL, domain, &f))
		conf_errors_add(e, o->file, o->line, "%s%s%s is in %s, where "
		    "anybody can have a mailbox (%s, line %u); give a name in "
		    "a domain of yours", t->name, t->name[0] != '\0' ? "." :
		    "", key, f.entry, f.file, f.line);
}

static void
check_names(const struct lists *s, const struct conf *c,
    struct conf_errors *e)
{
	const struct conf_table *sources =
	    conf_key_find(&conf_schema, "identity.sources")->rows;
	const char *at = strrchr(c->identity.sender, '@');
	size_t i;

	check_name(s, &conf_schema, c->origins, "identity.helo",
	    c->identity.helo, e);
	if (at != NULL)
		check_name(s, &conf_schema, c->origins, "identity.sender",
		    at + 1, e);
	for (i = 0; i < c->identity.source_count; i++)
		check_name(s, sources, c->identity.sources[i].origins, "helo",
		    c->identity.sources[i].helo, e);
}

bool
lists_check_identity(const struct lists *s, const struct conf *c,
    struct conf_errors *e, struct conf_errors *w)
{
	size_t before = e->count;

	switch (c->identity.preflight) {
	case PREFLIGHT_OFF:
		break;
	case PREFLIGHT_WARN:
		check_names(s, c, w);
		break;
	case PREFLIGHT_ENFORCE:
		check_names(s, c, e);
		break;
	}
	return e->count == before;
}
