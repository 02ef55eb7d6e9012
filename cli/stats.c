#include "cli/stats.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/clock.h"

struct walk {
	struct stats *stats;
	int64_t now;
};

static bool
count(void *arg, const struct verdict *v)
{
	struct walk *w = arg;

	if (verdict_is_expired(v, w->now))
		w->stats->expired++;
	else
		w->stats->states[verdict_state_of(v->reason)]++;
	return true;
}

int
stats_read(const struct conf *conf, bool walk, struct stats *out)
{
	struct walk w = { out, clock_wall_s() };
	struct store *store;
	int error = EX_OK;

	memset(out, 0, sizeof *out);
	out->status = talk_store(conf, &store);
	if (out->status == STORE_OK)
		out->status = store_stats(store, &out->store);
	if (out->status == STORE_OK && walk) {
		out->status = store_walk(store, count, &w);
		out->walked = true;
	}
	if (out->status != STORE_OK)
		error = talk_store_error(conf, out->status);
	store_close(store);
	return error;
}

static void
tell_states(const struct stats *s)
{
	int i;

	for (i = 0; i < STATE_PENDING; i++)
		out_fact(verdict_state_word((enum verdict_state)i), "%llu",
		    (unsigned long long)s->states[i]);
	out_fact("expired", "%llu, still taking room",
	    (unsigned long long)s->expired);
}

void
stats_tell(const struct conf *conf, const struct stats *s)
{
	char used[TIMES_OCTETS_SIZE], most[TIMES_OCTETS_SIZE];
	char *path;

	if (s->status != STORE_OK)
		return;			/* stats_read has said why */
	path = conf_store_path(conf);
	times_octets(s->store.used, used);
	times_octets(s->store.max_size, most);
	out_line("store: %s", path != NULL ? path : conf->store.path);
	free(path);
	out_fact("verdicts", "%llu", (unsigned long long)s->store.verdicts);
	if (s->walked)
		tell_states(s);
	out_fact("evidence", "%llu", (unsigned long long)s->store.evidence);
	out_fact("domains", "%llu", (unsigned long long)s->store.domains);
	out_fact("size", "%s of %s", used, most);
	out_fact("evicted", "%llu", (unsigned long long)s->store.evicted);
	out_fact("readers", "%u of %u places", s->store.readers,
	    s->store.reader_slots);
}

static bool
put_states(struct jval *o, const struct stats *s)
{
	bool ok = true;
	int i;

	for (i = 0; i < STATE_PENDING; i++)
		ok = jval_put_int(o, verdict_state_word((enum verdict_state)i),
		    (int64_t)s->states[i]) && ok;
	return jval_put_int(o, "expired", (int64_t)s->expired) && ok;
}

struct jval *
stats_json(const struct stats *s)
{
	struct jval *o = jval_object();
	bool ok;

	if (s->status != STORE_OK)
		ok = jval_put_text(o, "trouble", store_status_text(s->status));
	else
		ok = jval_put_int(o, "verdicts", (int64_t)s->store.verdicts) &&
		    jval_put_int(o, "evidence", (int64_t)s->store.evidence) &&
		    jval_put_int(o, "domains", (int64_t)s->store.domains) &&
		    jval_put_int(o, "used", (int64_t)s->store.used) &&
		    jval_put_int(o, "mapped", (int64_t)s->store.mapped) &&
		    jval_put_int(o, "max_size", (int64_t)s->store.max_size) &&
		    jval_put_int(o, "evicted", (int64_t)s->store.evicted) &&
		    jval_put_int(o, "readers", s->store.readers) &&
		    jval_put_int(o, "reader_slots", s->store.reader_slots) &&
		    (!s->walked || put_states(o, s));
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}
