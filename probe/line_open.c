#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/line_internal.h"
#include "probe/source.h"

/* NULL: none may be used now. */
static const struct source *
source_for(const struct peer *peer, int family)
{
	struct source_choice c;

	source_choose(peer->peers->sources, peer->stick, family,
	    clock_wall_s(), &c);
	return c.source;
}

/*
 * The sources of both addresses, and the name that goes with them. An address
 * without a source, or whose source has another name, is not dialled. False,
 * with errno: neither can be.
 */
static bool
choose_sources(struct line *line, struct session_params *sp)
{
	const struct source *s = source_for(line->peer, sp->addr.family), *o;

	if (s == NULL && sp->other.family != 0) {
		sp->addr = sp->other;
		sp->other.family = 0;
		s = source_for(line->peer, sp->addr.family);
	}
	if (s == NULL) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	text_copy(line->helo, s->helo, sizeof line->helo);
	sp->source = s->implied ? NULL : &s->addr;
	if (!s->implied)
		net_addr_text(&s->addr, line->source);
	if (sp->other.family == 0)
		return true;
	o = source_for(line->peer, sp->other.family);
	if (o == NULL || strcmp(o->helo, s->helo) != 0)
		sp->other.family = 0;
	else
		sp->other_source = o->implied ? NULL : &o->addr;
	return true;
}

/* addr was slow a short while ago: other goes first then. */
static void
put_in_order(const struct peers *p, struct net_addr *addr,
    struct net_addr *other)
{
	struct net_addr first = *other;
	int64_t now = clock_mono_ms();

	if (first.family == 0 ||
	    !hostmem_has(p->memory, addr, HABIT_SLOW, now) ||
	    hostmem_has(p->memory, other, HABIT_SLOW, now))
		return;
	*other = *addr;
	*addr = first;
}

static struct session *
line_dial(struct line *line, const struct ask *a)
{
	struct peer *peer = line->peer;
	struct peers *p = peer->peers;
	struct session_params sp = {
		.base = p->base,
		.parking = p->parking,
		.host = peer->host,
		.addr = peer->addr,
		.other = a->other,
		.port = (uint16_t)p->conf->smtp.port,
		.rules = &p->rules,
		.helo = line->helo,
		.sender = p->conf->identity.sender,
		.connect_timeout_ms = p->conf->smtp.connect_timeout_ms,
		.reply_timeout_ms = p->conf->smtp.reply_timeout_ms,
		.session_timeout_ms = p->conf->smtp.session_timeout_ms,
	};

	put_in_order(p, &sp.addr, &sp.other);
	if (!choose_sources(line, &sp))
		return NULL;
	if (p->conf->smtp.tls == TLS_MAY && !hostmem_has(p->memory,
	    &peer->addr, HABIT_NO_TLS, clock_mono_ms()))
		sp.tls = p->tls;
	return session_open(&sp, &line_events, line);
}

static void
tell_dialling(struct ask *a, const struct peer *peer)
{
	char text[384], ip[NET_TEXT_SIZE];

	net_addr_text(&peer->addr, ip);
	snprintf(text, sizeof text, "connecting to %s [%s]", peer->host, ip);
	ask_tell(a, STORY_CONNECT, text);
}

/* NULL: no memory. */
static struct line *
line_new(struct peer *peer)
{
	struct line *line = calloc(1, sizeof *line);

	if (line == NULL)
		return NULL;
	line->linger = evtimer_new(peer->peers->base, line_lingered, line);
	if (line->linger == NULL) {
		free(line);
		return NULL;
	}
	line->peer = peer;
	line->opened_ms = line->charged_ms = clock_mono_ms();
	line->conf = conf_ref(peer->peers->conf);
	return line;
}

/* It is dialled, for a. */
static void
line_begin(struct line *line, struct ask *a)
{
	struct peer *peer = line->peer;

	DL_APPEND(peer->lines, line);
	peer->line_count++;
	peer->peers->stats.sessions++;
	peer->peers->stats.opened++;
	counters_add(peer->peers->counters, line->source, peer->provider,
	    COUNT_CONNECTS, 1);
	line->single = a->params.own_session;
	line_take(line, a);
}

static void
line_discard(struct line *line)
{
	event_free(line->linger);
	conf_unref(line->conf);
	free(line);
}

/* Of what dialling fails for, these say nothing of the host. */
static bool
is_ours(int err)
{
	return err == ENOMEM || err == EMFILE || err == ENFILE ||
	    err == EADDRNOTAVAIL;
}

bool
line_open(struct peer *peer)
{
	struct ask *a = peer_first(peer);
	struct line *line = line_new(peer);
	int err = ENOMEM;

	tell_dialling(a, peer);
	if (line != NULL) {
		line->session = line_dial(line, a);
		err = errno;
	}
	if (line != NULL && line->session != NULL) {
		line_begin(line, a);
		return true;
	}
	if (line != NULL)
		line_discard(line);
	ask_tell(a, STORY_CONNECT, strerror(err));
	peer_fail_all(peer, is_ours(err) ? FAULT_LOCAL : FAULT_CONNECT,
	    STAGE_CONNECT, NULL);
	return false;
}
