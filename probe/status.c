#include "config.h"

#include "common/consent.h"
#include "common/jval.h"
#include "probe/status.h"

static struct jval *
probes(const struct status_facts *f)
{
	struct jval *o = jval_object();
	const struct verifier_stats *v = &f->verifier;
	int i;

	jval_put_int(o, "in_flight", (int64_t)v->in_flight);
	jval_put_int(o, "waiting_again", (int64_t)v->waiting_again);
	jval_put_int(o, "waiters", (int64_t)v->waiters);
	jval_put_int(o, "asked", (int64_t)v->asked);
	jval_put_int(o, "from_store", (int64_t)v->from_store);
	jval_put_int(o, "joined", (int64_t)v->joined);
	jval_put_int(o, "started", (int64_t)v->started);
	jval_put_int(o, "refused_queue_full", (int64_t)v->overflow);
	for (i = 0; i < STATE_PENDING; i++)
		jval_put_int(o, verdict_state_word((enum verdict_state)i),
		    (int64_t)v->ended[i]);
	return o;
}

static struct jval *
sessions(const struct status_facts *f)
{
	struct jval *o = jval_object();

	jval_put_int(o, "open", (int64_t)f->peers.sessions);
	jval_put_int(o, "opened", (int64_t)f->peers.opened);
	jval_put_int(o, "hosts", (int64_t)f->peers.peers);
	jval_put_int(o, "questions", (int64_t)f->peers.asked);
	jval_put_int(o, "waiting", (int64_t)f->peers.waiting);
	return o;
}

static struct jval *
store(const struct status_facts *f)
{
	struct jval *o = jval_object();
	struct store_stats st;
	char lost[256];

	if (f->store == NULL) {
		jval_put_text(o, "trouble", f->store_trouble);
		return o;
	}
	if (store_stats(f->store, &st) == STORE_OK) {
		jval_put_int(o, "verdicts", (int64_t)st.verdicts);
		jval_put_int(o, "evidence", (int64_t)st.evidence);
		jval_put_int(o, "domains", (int64_t)st.domains);
		jval_put_int(o, "used", (int64_t)st.used);
		jval_put_int(o, "max_size", (int64_t)st.max_size);
		jval_put_int(o, "evicted", (int64_t)st.evicted);
		jval_put_int(o, "readers", st.readers);
		jval_put_int(o, "reader_slots", st.reader_slots);
	}
	store_lost_exclusions(f->store, lost);
	if (lost[0] != '\0')
		jval_put_text(o, "exclusions_lost", lost);
	jval_put_int(o, "held", (int64_t)f->clerk.held);
	jval_put_int(o, "committed", (int64_t)f->clerk.committed);
	jval_put_int(o, "failed_commits", (int64_t)f->clerk.failed_commits);
	return o;
}

/* Who is not probed for, and why. */
static struct jval *
no_consent(const struct status_facts *f)
{
	const struct conf *c = f->conf;
	struct jval *list = jval_array();
	char text[CONSENT_TEXT_SIZE];
	const char *name;
	size_t i;

	for (i = 0; i < c->guard_count + c->submitter_count; i++) {
		struct jval *o;

		name = i < c->guard_count ? c->guards[i].name :
		    c->submitters[i - c->guard_count].name;
		consent_text(c, name, f->now, text);
		if (text[0] == '\0')
			continue;
		o = jval_object();
		jval_put_text(o, "submitter", name);
		jval_put_text(o, "text", text);
		jval_add(list, o);
	}
	return list;
}

static struct jval *
journal(const struct status_facts *f)
{
	struct jval *o = jval_object();

	jval_put_text(o, "file", f->conf->log.verdicts);
	jval_put_int(o, "lines", (int64_t)f->clerk.lines);
	jval_put_int(o, "dropped", (int64_t)f->clerk.dropped);
	return o;
}

struct jval *
status_make(const struct status_facts *f)
{
	struct jval *o = jval_object();

	jval_put_text(o, "version", PACKAGE_VERSION);
	jval_put_int(o, "started_at", f->started_at);
	jval_put_int(o, "uptime_s", f->now - f->started_at);
	jval_put_text(o, "helo", f->conf->identity.helo);
	jval_put_text(o, "sender", f->conf->identity.sender);
	jval_put_int(o, "clients", (int64_t)f->clients);
	if (f->conf->identity.terms[0] != '\0')
		jval_put_text(o, "terms", f->conf->identity.terms);
	if (jval_put(o, "budget", f->budget) &&
	    jval_put(o, "listings", f->listings) &&
	    jval_put(o, "canaries", f->canaries) &&
	    jval_put(o, "no_consent", no_consent(f)) &&
	    jval_put(o, "lists", f->lists) &&
	    jval_put(o, "sources", f->sources) &&
	    jval_put(o, "retired", f->retired) &&
	    jval_put(o, "notices", f->notices) &&
	    jval_put(o, "providers", f->providers) &&
	    jval_put(o, "mail_hosts", f->hosts) &&
	    jval_put(o, "probes", probes(f)) &&
	    jval_put(o, "sessions", sessions(f)) &&
	    jval_put(o, "store", store(f)) &&
	    jval_put(o, "verdict_log", journal(f)))
		return o;
	jval_free(o);
	return NULL;
}
