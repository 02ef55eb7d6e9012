#include <utlist.h>

#include "probe/peers_internal.h"

static bool
has(const struct exclusion *e, const char *host, const struct net_addr *addr)
{
	return addr->family != 0 && exclusion_has_host(e, host, addr);
}

static bool
is_closing(const struct exclusion *e, const struct peer *peer,
    const struct net_addr *addr, const struct net_addr *other,
    const struct ask *a)
{
	return has(e, peer->host, addr) || has(e, peer->host, other) ||
	    (a != NULL && (has(e, peer->host, &a->other) ||
	    exclusion_has_domain(e, a->rcpt.domain)));
}

static bool
line_is_closing(const struct exclusion *e, const struct line *line)
{
	struct net_addr addr, other;
	const struct ask *a;

	session_addresses(line->session, &addr, &other);
	DL_FOREACH(line->behind, a)
		if (is_closing(e, line->peer, &addr, &other, a))
			return true;
	return is_closing(e, line->peer, &addr, &other, line->ask);
}

/*
 * A question that is meant, and somebody waits for, is answered; one that only
 * shares the session waits for another.
 */
static void
ask_break(struct ask *a, const struct exclusion *e)
{
	struct net_addr addr, other;

	session_addresses(a->line->session, &addr, &other);
	if (is_closing(e, a->peer, &addr, &other, a))
		ask_finish(a, FAULT_CLOSED, STAGE_CONNECT, NULL);
	else
		ask_release(a);
}

static void
line_break(struct line *line, const struct exclusion *e)
{
	struct ask *a, *head = line->ask;

	line_charge(line, head);
	while (line->behind != NULL) {
		a = line->behind->prev;
		DL_DELETE(line->behind, a);
		ask_break(a, e);
	}
	if (head != NULL)
		ask_break(head, e);
	line_free(line);
}

static void
close_waiting(struct peer *peer, struct ask *list, const struct exclusion *e)
{
	struct ask *a, *next;

	DL_FOREACH_SAFE(list, a, next)
		if (is_closing(e, peer, &peer->addr, &a->other, a)) {
			ask_unqueue(a);
			ask_finish(a, FAULT_CLOSED, STAGE_CONNECT, NULL);
		}
}

static unsigned
peer_close(struct peer *peer, const struct exclusion *e)
{
	struct line *line, *next;
	unsigned n = 0;

	close_waiting(peer, peer->waiting, e);
	close_waiting(peer, peer->alone, e);
	DL_FOREACH_SAFE(peer->lines, line, next) {
		if (line->leaving || !line_is_closing(e, line))
			continue;
		n++;
		if (line->idle)
			line_leave(line);
		else
			line_break(line, e);
	}
	return n;
}

void
peers_walk_begin(struct peers *p, struct peers_walk *w)
{
	w->peer = p->table;
	DL_APPEND(p->walks, w);
}

void
peers_walk_end(struct peers *p, struct peers_walk *w)
{
	DL_DELETE(p->walks, w);
}

void
peers_walks_pass(struct peers *p, const struct peer *peer)
{
	struct peers_walk *w;

	DL_FOREACH(p->walks, w)
		if (w->peer == peer)
			w->peer = peer->hh.next;
}

bool
peers_walk_close(struct peers_walk *w, const struct exclusion *e,
    unsigned *looked, unsigned *closed)
{
	struct peer *peer = w->peer;

	if (peer == NULL)
		return false;
	w->peer = peer->hh.next;	/* other walks may stand here too */
	*looked += 1 + peer->line_count;
	*closed += peer_close(peer, e);
	peer_run(peer);
	return true;
}
