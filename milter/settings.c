#include "milter/settings.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct counted {
	struct setting set;		/* first: a setting is its counted */
	unsigned count;
};

struct settings {
	pthread_mutex_t lock;		/* now, and every count */
	struct counted *now;
};

static struct counted *
make(const struct conf *c)
{
	struct counted *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->set.conf = c;
	k->set.has_own = address_parse(c->identity.sender,
	    strlen(c->identity.sender), &k->set.own) == ADDRESS_OK;
	k->count = 1;
	return k;
}

/* With the lock held: the last one out. */
static void
drop(struct counted *k)
{
	if (--k->count > 0)
		return;
	conf_unref(k->set.conf);
	free(k);
}

struct settings *
settings_new(const struct conf *c)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->now = make(c);
	if (s->now == NULL) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

const struct setting *
settings_take(struct settings *s)
{
	struct counted *k;

	pthread_mutex_lock(&s->lock);
	k = s->now;
	k->count++;
	pthread_mutex_unlock(&s->lock);
	return &k->set;
}

void
settings_give(struct settings *s, const struct setting *set)
{
	pthread_mutex_lock(&s->lock);
	drop((struct counted *)(uintptr_t)set);
	pthread_mutex_unlock(&s->lock);
}

bool
settings_replace(struct settings *s, const struct conf *c)
{
	struct counted *next = make(c), *old;

	if (next == NULL)
		return false;
	pthread_mutex_lock(&s->lock);
	old = s->now;
	s->now = next;
	drop(old);
	pthread_mutex_unlock(&s->lock);
	return true;
}

bool
settings_use_action(const struct conf *c, enum guard_action action)
{
	enum verdict_reason reason;
	unsigned n;
	size_t i;

	for (i = 0; i < c->guard_count; i++) {
		for (n = 0; (reason = verdict_reason_at(n)) != 0; n++) {
			if (conf_guard_action(&c->guards[i], reason) == action)
				return true;
		}
	}
	return false;
}

/* What a session may do at end of message is agreed when it opens. */
static const char *
new_action(const struct conf *old, const struct conf *next)
{
	if (settings_use_action(next, ACTION_TAG) &&
	    !settings_use_action(old, ACTION_TAG))
		return "a guard's first action \"tag\"";
	if (settings_use_action(next, ACTION_HOLD) &&
	    !settings_use_action(old, ACTION_HOLD))
		return "a guard's first action \"hold\"";
	return NULL;
}

const char *
settings_need_restart(const struct conf *old, const struct conf *next,
    bool *refuse)
{
	const char *what = new_action(old, next);

	*refuse = what != NULL;
	if (what != NULL)
		return what;
	if (strcmp(old->milter.socket, next->milter.socket) != 0)
		return "milter.socket";
	if (strcmp(old->milter.group, next->milter.group) != 0)
		return "milter.group";
	if (strcmp(old->probe.socket, next->probe.socket) != 0)
		return "probe.socket";
	if (strcmp(old->state_dir, next->state_dir) != 0)
		return "state_dir";
	if (strcmp(old->run_dir, next->run_dir) != 0)
		return "run_dir";
	if (strcmp(old->store.path, next->store.path) != 0)
		return "store.path";
	if (old->store.max_size != next->store.max_size)
		return "store.max_size";
	return NULL;
}
