#include "probe/sweep.h"

#include <stdlib.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"

#define PIECE	200		/* looked at, in one callback (loop.h) */
#define ENDS	20		/* as many it takes to end one */

enum sweep_step {
	SWEEP_PROBES,
	SWEEP_SESSIONS,
	SWEEP_WAITING,			/* to be asked again */
	SWEEP_DOMAIN,
	SWEEP_ROUTES,
	SWEEP_OVER
};

struct sweep {
	struct verifier *verifier;
	struct exclusion e;
	int64_t began_ms;
	enum sweep_step step;
	struct flight *flight;		/* to be looked at; NULL: all were */
	struct peers_walk walk;
	bool walking;
	unsigned ended, closed;
	verifier_excluded_fn *done;
	void *arg;
	struct turn turn;
	struct sweep *prev, *next;
};

/* What has begun since was judged as it began; they are in that order. */
static enum sweep_step
end_probes(struct sweep *s)
{
	struct flight *f;
	unsigned n;

	for (n = 0; n < PIECE && (f = s->flight) != NULL; n++) {
		if (f->began_ms > s->began_ms)
			return SWEEP_SESSIONS;
		s->flight = f->hh.next;
		if (!job_exclude(f->job, &s->e))
			continue;
		s->ended++;
		n += ENDS;
	}
	return s->flight != NULL ? SWEEP_PROBES : SWEEP_SESSIONS;
}

/* From the first host there is now: some are new, and some are gone. */
static void
begin_walk(struct sweep *s)
{
	if (s->walking)
		return;
	s->walking = true;
	peers_walk_begin(s->verifier->tools->peers, &s->walk);
}

static enum sweep_step
close_sessions(struct sweep *s)
{
	unsigned n = 0, closed;

	begin_walk(s);
	while (n < PIECE) {
		closed = 0;
		if (!peers_walk_close(&s->walk, &s->e, &n, &closed))
			return SWEEP_WAITING;
		s->closed += closed;
		n += closed * ENDS;
	}
	return SWEEP_SESSIONS;
}

static bool
is_of(void *arg, const struct address *addr)
{
	return exclusion_has_domain(arg, addr->domain);
}

static enum sweep_step
step(struct sweep *s)
{
	struct verifier *v = s->verifier;
	const char *domain = s->e.kind == EXCLUDE_DOMAIN ? s->e.text : NULL;

	switch (s->step) {
	case SWEEP_PROBES:
		return end_probes(s);
	case SWEEP_SESSIONS:
		return close_sessions(s);
	case SWEEP_WAITING:
		recheck_forget_all(v->recheck, is_of, &s->e);
		return SWEEP_DOMAIN;
	case SWEEP_DOMAIN:
		catchall_forget(v->tools->catchall, domain);
		return SWEEP_ROUTES;
	case SWEEP_ROUTES:
		if (domain == NULL)
			routes_clear(v->tools->routes);
		else
			routes_forget(v->tools->routes, domain);
		return SWEEP_OVER;
	case SWEEP_OVER:
		break;
	}
	return SWEEP_OVER;
}

/* It was taken back meanwhile, or its time is over. */
static bool
is_void(const struct sweep *s)
{
	return exclusions_find(s->verifier->tools->exclusions, s->e.text) ==
	    NULL || (s->e.until != 0 && s->e.until <= clock_wall_s());
}

static bool
work(void *arg)
{
	struct sweep *s = arg;

	s->step = is_void(s) ? SWEEP_OVER : step(s);
	return s->step != SWEEP_OVER;
}

static void
sweep_free(struct sweep *s)
{
	if (s->walking)
		peers_walk_end(s->verifier->tools->peers, &s->walk);
	DL_DELETE(s->verifier->sweeps, s);
	free(s);
}

static void
over(void *arg)
{
	struct sweep *s = arg;
	verifier_excluded_fn *done = s->done;
	void *who = s->arg;

	log_info("exclusion of %s is in force after %lld ms: %u probes and %u "
	    "sessions under way were ended", s->e.text,
	    (long long)(clock_mono_ms() - s->began_ms), s->ended, s->closed);
	sweep_free(s);
	done(who);
}

bool
sweep_begin(struct verifier *v, const struct exclusion *e,
    verifier_excluded_fn *done, void *arg)
{
	struct sweep *s = calloc(1, sizeof *s);

	if (s == NULL)
		return false;
	s->verifier = v;
	s->e = *e;
	s->began_ms = clock_mono_ms();
	s->flight = v->flights;
	s->done = done;
	s->arg = arg;
	s->turn.work = work;
	s->turn.over = over;
	s->turn.arg = s;
	DL_APPEND(v->sweeps, s);
	turns_wait(v->sweeping, &s->turn);
	return true;
}

void
sweeps_pass(struct verifier *v, const struct flight *f)
{
	struct sweep *s;

	DL_FOREACH(v->sweeps, s)
		if (s->flight == f)
			s->flight = f->hh.next;
}

void
sweeps_drop(struct verifier *v)
{
	struct sweep *s, *next;

	DL_FOREACH_SAFE(v->sweeps, s, next)
		sweep_free(s);
}
