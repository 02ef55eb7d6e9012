/*
 * daemon_load: what the probe reads before it does anything, with a log line
 * for all that is wrong in it. The main thread; what a reload reads also one
 * other, of settings.h.
 */
#ifndef RCPTGUARD_DAEMON_LOAD_H
#define RCPTGUARD_DAEMON_LOAD_H

#include "common/classify.h"
#include "common/conf.h"
#include "common/lists.h"
#include "common/store.h"
#include "probe/http_endpoints.h"
#include "probe/resolver.h"
#include "probe/retired.h"
#include "probe/source.h"

/* NULL after errors and a log line for each. The caller frees. */
struct rules *daemon_load_rules(const struct conf *c,
    struct conf_errors *errors);
struct http_endpoints *daemon_load_endpoints(const struct rules *rules,
    struct conf_errors *errors);
struct lists *daemon_load_lists(const struct conf *c,
    struct conf_errors *errors);

/* With a log line for what of identity.sources is not used, or not yet. */
void daemon_load_sources(const struct conf *c, struct retired *retired,
    struct source_pool *pool);

/* False after errors and a log line for each. */
bool daemon_check_zones(const struct conf *c, struct conf_errors *errors);

/* What only a restart changes: the first difference is named. NULL: none. */
const char *daemon_needs_restart(const struct conf *old,
    const struct conf *new);

/* They borrow from c. */
struct store_params daemon_store_params(const struct conf *c);
struct resolver_params daemon_resolver_params(const struct conf *c);

#endif
