/*
 * conf_canary: what the settings say of providers, held against the rules.
 */
#include "common/classify.h"
#include "common/conf_schema.h"

void
rules_check_canaries(const struct rules *r, const struct conf *c,
    struct conf_errors *w)
{
	const struct conf_table *t = conf_key_find(&conf_schema,
	    "canaries")->rows;
	const struct conf_origin *o;
	size_t i;

	for (i = 0; i < c->canary_count; i++) {
		if (rules_provider_named(r, c->canaries[i].provider) != NULL)
			continue;
		o = &c->canaries[i].origins[conf_key_find(t, "provider") -
		    t->keys];
		conf_errors_add(w, o->file, o->line, "canaries.provider: the "
		    "rules name no provider \"%s\", so nothing follows from "
		    "its canary; give a name of providers.conf",
		    c->canaries[i].provider);
	}
}
