#include <utlist.h>

#include "probe/peers_internal.h"

struct closing {
	peers_is_fn *is;
	void *arg;
};

static bool
is_closing(const struct closing *cl, const struct peer *peer,
    const struct net_addr *addr, const struct net_addr *other,
    const struct ask *a)
{
	const char *domain = a != NULL ? a->rcpt.domain : "";

	return cl->is(cl->arg, peer->host, addr, domain) ||
	    (other->family != 0 && cl->is(cl->arg, peer->host, other,
	    domain)) || (a != NULL && a->other.family != 0 &&
	    cl->is(cl->arg, peer->host, &a->other, domain));
}

static bool
line_is_closing(const struct closing *cl, const struct line *line)
{
	struct net_addr addr, other;
	const struct ask *a;

	session_addresses(line->session, &addr, &other);
	DL_FOREACH(line->behind, a)
		if (is_closing(cl, line->peer, &addr, &other, a))
			return true;
	return is_closing(cl, line->peer, &addr, &other, line->ask);
}

/*
 * A question that is meant, and somebody waits for, is answered; one that only
 * shares the session waits for another.
 */
static void
ask_break(struct ask *a, const struct closing *cl)
{
	struct net_addr addr, other;

	session_addresses(a->line->session, &addr, &other);
	if (is_closing(cl, a->peer, &addr, &other, a))
		ask_finish(a, FAULT_CLOSED, STAGE_CONNECT, NULL);
	else
		ask_release(a);
}

static void
line_break(struct line *line, const struct closing *cl)
{
	struct ask *a, *head = line->ask;

	line_charge(line, head);
	while (line->behind != NULL) {
		a = line->behind->prev;
		DL_DELETE(line->behind, a);
		ask_break(a, cl);
	}
	if (head != NULL)
		ask_break(head, cl);
	line_free(line);
}

static void
close_waiting(struct peer *peer, struct ask *list, const struct closing *cl)
{
	struct ask *a, *next;

	DL_FOREACH_SAFE(list, a, next)
		if (is_closing(cl, peer, &peer->addr, &a->other, a)) {
			ask_unqueue(a);
			ask_finish(a, FAULT_CLOSED, STAGE_CONNECT, NULL);
		}
}

static unsigned
peer_close(struct peer *peer, const struct closing *cl)
{
	struct line *line, *next;
	unsigned n = 0;

	close_waiting(peer, peer->waiting, cl);
	close_waiting(peer, peer->alone, cl);
	DL_FOREACH_SAFE(peer->lines, line, next) {
		if (line->leaving || !line_is_closing(cl, line))
			continue;
		n++;
		if (line->idle)
			line_leave(line);
		else
			line_break(line, cl);
	}
	return n;
}

unsigned
peers_close(struct peers *p, peers_is_fn *is, void *arg)
{
	const struct closing cl = { is, arg };
	struct peer *peer, *next;
	unsigned n = 0;

	HASH_ITER(hh, p->table, peer, next) {
		n += peer_close(peer, &cl);
		peer_run(peer);
	}
	return n;
}
