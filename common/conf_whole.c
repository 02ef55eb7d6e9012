#include <string.h>

#include "common/conf_check.h"
#include "common/consent.h"

#define LAST_DAY	INT64_C(253370000000)	/* in the year 9998 */

static const struct conf_table *
rows_of(const char *name)
{
	return conf_key_find(&conf_schema, name)->rows;
}

/* The place of a key of the record, for a message about it. */
static const struct conf_origin *
where(const struct conf_table *t, const struct conf_origin *origins,
    const char *name)
{
	return &origins[conf_key_find(t, name) - t->keys];
}

/* Which file of c it is, from 1; 0 for a default. */
static size_t
rank(const struct conf *c, const struct conf_origin *o)
{
	size_t i = c->files.count;

	while (i > 0 && c->files.items[i - 1] != o->file)
		i--;
	return i;
}

/* The place of the one of two keys that was set last. */
static const struct conf_origin *
later(const struct conf *c, const char *a, const char *b)
{
	const struct conf_origin *oa = where(&conf_schema, c->origins, a);
	const struct conf_origin *ob = where(&conf_schema, c->origins, b);
	size_t ra = rank(c, oa), rb = rank(c, ob);

	if (ra != rb)
		return ra > rb ? oa : ob;
	return oa->line > ob->line ? oa : ob;
}

static void
required(const struct conf *c, const char *name, const char *example,
    struct conf_errors *e)
{
	if (where(&conf_schema, c->origins, name)->file == NULL)
		conf_errors_add(e, c->file, 0, "set %s, such as \"%s\"; "
		    "mail hosts must see who asks them", name, example);
}

static void
not_over(const struct conf *c, int64_t small, const char *small_name,
    int64_t large, const char *large_name, struct conf_errors *e)
{
	const struct conf_origin *o = later(c, small_name, large_name);

	if (small > large)
		conf_errors_add(e, o->file, o->line, "%s is more than %s; "
		    "lower it or raise the other", small_name, large_name);
}

static void
canary_names(const struct conf *c, struct conf_errors *e)
{
	const struct conf_table *t = rows_of("canaries");
	const struct conf_origin *o;

	for (size_t i = 0; i < c->canary_count; i++)
		for (size_t j = 0; j < i; j++) {
			if (strcmp(c->canaries[i].provider,
			    c->canaries[j].provider) != 0)
				continue;
			o = where(t, c->canaries[i].origins, "provider");
			conf_errors_add(e, o->file, o->line, "two canaries "
			    "are for \"%s\"; give each provider one",
			    c->canaries[i].provider);
			break;
		}
}

static void
guard_names(const struct conf *c, struct conf_errors *e)
{
	const struct conf_table *t = rows_of("guards");

	for (size_t i = 0; i < c->guard_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct conf_origin *o;

			if (strcmp(c->guards[i].name, c->guards[j].name) != 0)
				continue;
			o = where(t, c->guards[i].origins, "name");
			conf_errors_add(e, o->file, o->line, "two guards are "
			    "named \"%s\"; give each its own name",
			    c->guards[i].name);
			break;
		}
}

/* A name says who asks, so it is one's alone. */
static void
submitter_names(const struct conf *c, struct conf_errors *e)
{
	const struct conf_table *t = rows_of("submitters");

	for (size_t i = 0; i < c->submitter_count; i++) {
		const char *name = c->submitters[i].name;
		const struct conf_origin *o = where(t,
		    c->submitters[i].origins, "name");

		if (consent_submitter(c, name) != &c->submitters[i])
			conf_errors_add(e, o->file, o->line, "two submitters "
			    "are named \"%s\"; give each its own name", name);
		for (size_t j = 0; j < c->guard_count; j++)
			if (strcmp(c->guards[j].name, name) == 0)
				conf_errors_add(e, o->file, o->line, "\"%s\" "
				    "is a guard's name too; rename the "
				    "submitter, or set the guard's consent "
				    "instead", name);
	}
}

static void
source_addresses(const struct conf *c, struct conf_errors *e)
{
	const struct conf_table *t = rows_of("identity.sources");

	for (size_t i = 0; i < c->identity.source_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct conf_source *s = &c->identity.sources[i];
			const struct conf_origin *o;

			if (!net_addr_equal(&s->address,
			    &c->identity.sources[j].address))
				continue;
			o = where(t, s->origins, "address");
			conf_errors_add(e, o->file, o->line, "the source %s "
			    "is listed twice; keep one", s->address_text);
			break;
		}
}

/* One listener serves the page as well; the other is not for everybody. */
static void
web_places(const struct conf *c, struct conf_errors *e)
{
	const struct conf_origin *o = later(c, "probe.metrics", "probe.page");

	if (c->probe.page.port != 0 &&
	    c->probe.page.port == c->probe.metrics.port &&
	    net_addr_equal(&c->probe.page.address, &c->probe.metrics.address))
		conf_errors_add(e, o->file, o->line, "probe.metrics and "
		    "probe.page are the same place; give each its own port");
}

/* The two daemons would take the socket from each other. */
static void
sockets(const struct conf *c, struct conf_errors *e)
{
	const struct conf_origin *o = later(c, "probe.socket",
	    "milter.socket");
	const char *path = strchr(c->milter.socket, ':') + 1;
	size_t dir = strlen(c->run_dir);
	const char *probe = c->probe.socket;

	if (path[0] != '/')
		return;
	if (probe[0] != '/' && strncmp(path, c->run_dir, dir) == 0 &&
	    path[dir] == '/')
		path += dir + 1;
	if (strcmp(path, probe) == 0)
		conf_errors_add(e, o->file, o->line, "milter.socket and "
		    "probe.socket are the same file; give each its own");
}

/* An age that nobody is asked for. */
static void
ages(const struct conf *c, struct conf_errors *e)
{
	const struct conf_origin *o = later(c, "lists.too_new", "lists.rdap");

	if (c->lists.too_new_s > 0 && c->lists.rdap[0] == '\0')
		conf_errors_add(e, o->file, o->line, "lists.too_new needs "
		    "lists.rdap; set it, or leave too_new at \"0s\"");
}

void
conf_check_required(const struct conf *c, struct conf_errors *e)
{
	required(c, "identity.helo", "verify.example.com", e);
	required(c, "identity.sender", "postmaster@verify.example.com", e);
}

void
conf_check_whole(const struct conf *c, struct conf_errors *e)
{
	not_over(c, c->smtp.connect_timeout_ms, "smtp.connect_timeout",
	    c->smtp.session_timeout_ms, "smtp.session_timeout", e);
	not_over(c, c->smtp.reply_timeout_ms, "smtp.reply_timeout",
	    c->smtp.session_timeout_ms, "smtp.session_timeout", e);
	not_over(c, c->smtp.per_mx, "smtp.per_mx",
	    c->probe.parallel, "probe.parallel", e);
	not_over(c, c->store.positive_refresh_s, "store.positive_refresh",
	    c->store.positive_expire_s, "store.positive_expire", e);
	not_over(c, c->store.negative_refresh_s, "store.negative_refresh",
	    c->store.negative_expire_s, "store.negative_expire", e);
	source_addresses(c, e);
	sockets(c, e);
	web_places(c, e);
	guard_names(c, e);
	submitter_names(c, e);
	canary_names(c, e);
	ages(c, e);
}

static bool
matches_all(const struct conf_guard *g)
{
	return g->auth.count == 0 && g->client.count == 0 &&
	    g->listener.count == 0 && g->sender.count == 0;
}

static void
warn_shadowed(const struct conf *c, struct conf_errors *w)
{
	const struct conf_table *t = rows_of("guards");

	for (size_t i = 0; i + 1 < c->guard_count; i++) {
		const struct conf_guard *g = &c->guards[i];
		const struct conf_origin *o = where(t, g->origins, "name");

		if (!matches_all(g))
			continue;
		conf_errors_add(w, o->file, o->line, "the guard \"%s\" matches "
		    "everything, so those after it never apply; put it last",
		    g->name);
		return;
	}
}

/* Of guards: who is not probed for. A day to come is told by status. */
static void
warn_consent(const struct conf *c, struct conf_errors *w)
{
	const struct conf_table *t = rows_of("guards");
	char text[CONSENT_TEXT_SIZE];

	for (size_t i = 0; i < c->guard_count; i++) {
		const struct conf_guard *g = &c->guards[i];
		const struct conf_origin *o = where(t, g->origins, "consent");

		consent_text(c, g->name, LAST_DAY, text);
		if (o->file == NULL)
			o = where(t, g->origins, "name");
		if (text[0] != '\0')
			conf_errors_add(w, o->file, o->line, "the guard %s",
			    text);
	}
}

static bool
is_loopback(const struct net_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == AF_INET ? a->octets[0] == 127 :
	    memcmp(a->octets, one, sizeof one) == 0;
}

static void
warn_metrics(const struct conf *c, struct conf_errors *w)
{
	const struct conf_origin *o = where(&conf_schema, c->origins,
	    "probe.metrics");

	if (c->probe.metrics.port != 0 &&
	    !is_loopback(&c->probe.metrics.address))
		conf_errors_add(w, o->file, o->line, "probe.metrics is open "
		    "to other hosts; a firewall must keep strangers out (the "
		    "page for everybody is probe.page)");
}

void
conf_warnings(const struct conf *c, struct conf_errors *w)
{
	const struct conf_origin *o = where(&conf_schema, c->origins,
	    "smtp.allow_networks");

	if (c->guard_count == 0)
		conf_errors_add(w, c->file, 0, "there is no guard, so nothing "
		    "is verified; add one to guards");
	warn_shadowed(c, w);
	warn_consent(c, w);
	warn_metrics(c, w);
	for (size_t i = 0; i < c->smtp.allow_networks.count; i++)
		if (c->smtp.allow_networks.items[i].prefix == 0)
			conf_errors_add(w, o->file, o->line,
			    "smtp.allow_networks lets probes go to every "
			    "private address; name only your own relays");
}
