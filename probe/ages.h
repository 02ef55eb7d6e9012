/*
 * ages: how old domains are, as two RDAP servers say: our own sender's
 * (identity.rdap) and those of recipients (lists.rdap, lists.too_new).
 *
 * A recipient's domain is asked for in the background when a probe of it
 * begins. What is known by the time when the address is accepted counts; no
 * answer waits for it.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_AGES_H
#define RCPTGUARD_AGES_H

#include "common/conf.h"
#include "probe/rdap.h"

struct ages;

/* NULL: no memory. */
struct ages *ages_create(const struct rdap_params *p,
    const struct conf *conf);
void ages_destroy(struct ages *a);	/* NULL is fine */

/* Where a server cannot be asked, a log line says so and ages are unknown. */
void ages_configure(struct ages *a, const struct conf *conf);

struct rdap *ages_own(struct ages *a);

/* A probe of the recipient's domain begins. */
void ages_want(struct ages *a, const char *domain);

/*
 * The recipient's domain is known to be younger than lists.too_new; *days is
 * its age. False also where nothing is known, or nothing asked for.
 */
bool ages_too_new(struct ages *a, const struct conf *conf,
    const char *domain, int64_t *days);

#endif
