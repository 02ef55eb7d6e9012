#include <stdlib.h>

#include <utlist.h>

#include "probe/peers_internal.h"

/* The lists are in order, but for those in front. */
static struct ask *
first_until(struct ask *list, uint64_t serial)
{
	struct ask *a;

	DL_FOREACH(list, a) {
		if (a->serial <= serial)
			return a;
		if (!a->ahead)
			return NULL;
	}
	return NULL;
}

/* False: all that waited then have been told. */
static bool
fail_one(struct peer *peer, const struct failure *f)
{
	struct ask *a = first_until(peer->waiting, f->serial);

	if (a == NULL)
		a = first_until(peer->alone, f->serial);
	if (a == NULL)
		return false;
	ask_unqueue(a);
	ask_tell(a, STORY_CONNECT,
	    "another session to this host was just refused; not tried");
	ask_finish(a, f->fault, f->stage, f->has_reply ? &f->reply : NULL);
	return true;
}

static bool
fail_piece(void *arg)
{
	struct peer *peer = arg;

	return fail_one(peer, peer->failure);
}

static void
recover(void *arg)
{
	struct peer *peer = arg;

	free(peer->failure);
	peer->failure = NULL;
	peer_run(peer);
}

/* For want of memory, all in one piece. */
static void
fail_at_once(struct peer *peer, enum fault fault, enum stage stage)
{
	struct failure f = {
		.serial = peer->peers->serial,
		.fault = fault,
		.stage = stage,
	};

	while (fail_one(peer, &f))
		;
}

void
peer_fail_all(struct peer *peer, enum fault fault, enum stage stage,
    const struct reply *reply)
{
	struct peers *p = peer->peers;
	struct failure *f;

	if (peer_first(peer) == NULL)
		return;
	if ((f = malloc(sizeof *f)) == NULL) {
		fail_at_once(peer, reply != NULL ? FAULT_LOCAL : fault, stage);
		return;
	}
	f->serial = p->serial;
	f->fault = fault;
	f->stage = stage;
	f->has_reply = reply != NULL;
	if (reply != NULL)
		f->reply = *reply;
	free(peer->failure);
	peer->failure = f;
	peer->failing.work = fail_piece;
	peer->failing.over = recover;
	peer->failing.arg = peer;
	turns_wait(p->failing, &peer->failing);
}
