#include "probe/ages.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/domain_age.h"

struct ages {
	struct rdap *own, *recipients;
};

void
ages_configure(struct ages *a, const struct conf *c)
{
	bool good = rdap_configure(a->own, c->identity.rdap);

	if (!rdap_configure(a->recipients, c->lists.too_new_s > 0 ?
	    c->lists.rdap : "") || !good)
		log_warnx("an RDAP server cannot be asked; the age of domains "
		    "stays unknown");
}

struct ages *
ages_create(const struct rdap_params *p, const struct conf *conf)
{
	struct ages *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->own = rdap_create(p);
	a->recipients = rdap_create(p);
	if (a->own == NULL || a->recipients == NULL) {
		ages_destroy(a);
		return NULL;
	}
	ages_configure(a, conf);
	return a;
}

void
ages_destroy(struct ages *a)
{
	if (a == NULL)
		return;
	rdap_destroy(a->own);
	rdap_destroy(a->recipients);
	free(a);
}

struct rdap *
ages_own(struct ages *a)
{
	return a->own;
}

void
ages_want(struct ages *a, const char *domain)
{
	rdap_want(a->recipients, domain);
}

bool
ages_too_new(struct ages *a, const struct conf *conf, const char *domain,
    int64_t *days)
{
	int64_t now = clock_wall_s();
	struct rdap_fact fact;

	if (conf->lists.too_new_s == 0 ||
	    !rdap_known(a->recipients, domain, &fact) ||
	    fact.registered == 0 ||
	    now - fact.registered >= conf->lists.too_new_s)
		return false;
	*days = domain_age_days(fact.registered, now);
	return true;
}
