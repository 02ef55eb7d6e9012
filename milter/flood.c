#include "milter/flood.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/keyed.h"
#include "common/text.h"
#include "milter/mailboxes.h"
#include "milter/suspects.h"

#define RCPTS_MAX	10000		/* of one message; RFC 5321 asks 100 */
/* The probe is told that an attack goes on this often in its hold. */
#define TELL_PARTS	8

struct flood {
	struct scribe *scribe;
	uint8_t key[KEYED_KEY];
	pthread_mutex_t lock;		/* all below */
	struct suspects *suspects;
	struct suspects *domains;	/* of each client, no attacks */
	struct mailboxes *mailboxes;
};

struct flood_rcpt {
	uint64_t key;
	int64_t window_ms;
	bool open;
};

/* --- keys ---------------------------------------------------------------- */

/* Parts are told apart by their NUL; 0 is no key. */
static uint64_t
key_of(const struct flood *f, const char *const *parts, size_t count)
{
	char text[ATTACK_GUARD_SIZE + ATTACK_AUTH_SIZE + NET_TEXT_SIZE +
	    ADDRESS_MAX + 8];
	uint8_t hash[KEYED_HASH];
	uint64_t key;
	size_t len = 0, i, n;

	for (i = 0; i < count; i++) {
		n = strlen(parts[i]);
		if (n > sizeof(text) - 1 - len)
			n = sizeof(text) - 1 - len;
		memcpy(text + len, parts[i], n);
		len += n;
		if (len < sizeof(text) - 1)
			text[len++] = '\0';
	}
	keyed_hash(f->key, text, len, hash);
	memcpy(&key, hash, sizeof(key));
	return key != 0 ? key : 1;
}

/* One customer has a /64 at least (RFC 6177), and all the addresses in it. */
static void
client_name(const char *auth, const struct net_addr *addr,
    char out[NET_TEXT_SIZE])
{
	struct net_addr network = *addr;

	out[0] = '\0';
	if (auth[0] != '\0' || addr->family == 0)
		return;
	if (network.family == AF_INET6)
		memset(network.octets + 8, 0, 8);
	net_addr_text(&network, out);
}

static uint64_t
key_of_client(const struct flood *f, const char *guard, const char *auth,
    const struct net_addr *addr)
{
	char name[NET_TEXT_SIZE];
	const char *const parts[] = { guard, auth, name };

	client_name(auth, addr, name);
	return key_of(f, parts, 3);
}

struct flood_client
flood_client_of(const struct flood *f, const struct conf_guard *guard,
    const char *auth, const struct net_addr *addr)
{
	const struct flood_client client = { guard, auth, addr,
	    key_of_client(f, guard->name, auth, addr) };

	return client;
}

/* What a client brings; its key has octets of any kind, and always as many. */
static uint64_t
key_of_its(const struct flood *f, uint64_t client, const char *what)
{
	char text[sizeof(client) + ADDRESS_MAX + 1];
	size_t len = strlen(what);
	uint8_t hash[KEYED_HASH];
	uint64_t key;

	if (len > ADDRESS_MAX)
		len = ADDRESS_MAX;
	memcpy(text, &client, sizeof(client));
	memcpy(text + sizeof(client), what, len);
	keyed_hash(f->key, text, sizeof(client) + len, hash);
	memcpy(&key, hash, sizeof(key));
	return key != 0 ? key : 1;
}

/* --- attacks ------------------------------------------------------------- */

static void
fill_event(struct ring_entry *e, const struct attack *a,
    enum attack_phase phase, enum guard_mode mode)
{
	memset(e, 0, sizeof(*e));
	e->kind = RING_ATTACK;
	e->time_ms = clock_wall_ms();
	memcpy(e->id, a->id, sizeof(e->id));
	text_copy(e->guard, a->guard, sizeof(e->guard));
	text_copy(e->auth, a->auth, sizeof(e->auth));
	memcpy(e->client, a->client, sizeof(e->client));
	e->mode = mode;
	e->attack = (struct ring_attack){
		.phase = phase,
		.began = a->began,
		.until = a->until,
		.judged = a->judged,
		.undeliverable = a->undeliverable,
		.put_off = a->put_off,
	};
}

static void
begin_attack(struct attack *a, const struct flood_client *client)
{
	memset(a, 0, sizeof(*a));
	verdict_id_make(a->id);
	text_copy(a->guard, client->guard->name, sizeof(a->guard));
	text_copy(a->auth, client->auth, sizeof(a->auth));
	if (client->addr->family != 0)
		net_addr_text(client->addr, a->client);
	a->began = clock_wall_s();
}

/* With the lock. False: there is nothing to tell. */
static bool
note_change(struct suspect_entry *e, const struct flood_client *client,
    enum suspect_change change, int64_t now, struct ring_entry *event)
{
	const struct suspect *s = &e->state;
	enum attack_phase phase = ATTACK_GOES_ON;

	if (change == SUSPECT_SAME)
		return false;
	/* One that ended a moment ago, not told of yet, goes on. */
	if (e->attack.id[0] == '\0') {
		begin_attack(&e->attack, client);
		phase = ATTACK_BEGINS;
	}
	e->attack.until = clock_wall_s() + (s->until - now) / 1000;
	e->attack.judged = (int64_t)rolling_count(&s->judged, s->window_ms,
	    now);
	e->attack.undeliverable = (int64_t)rolling_count(&s->bad,
	    s->window_ms, now);
	if (phase == ATTACK_GOES_ON && s->until - e->told_until <
	    client->guard->flood.hold_s * 1000 / TELL_PARTS)
		return false;
	e->told_until = s->until;
	fill_event(event, &e->attack, phase, client->guard->mode);
	return true;
}

/* With the lock. A domain is bad for a window after its last sign. */
static void
count_domain(struct flood *f, uint64_t key, const struct conf_flood *limits,
    bool bad, int64_t now)
{
	struct suspect_entry *e = suspects_take(f->domains, key, now);
	struct conf_flood of_domain = *limits;
	enum suspect_change change;

	of_domain.min_recipients = FLOOD_SAMPLE;
	of_domain.hold_s = limits->window_s;
	if (e != NULL)
		e->state = suspect_count(e->state, &of_domain, bad, now,
		    &change);
}

/* With the lock. What is made of a recipient that the probe did not ask. */
static enum suspect_weight
weigh_unasked(struct flood *f, uint64_t client, uint64_t domain,
    enum verdict_reason reason, int64_t now)
{
	const struct suspect_entry *d = suspects_find(f->domains, domain);
	const struct suspect_entry *c = suspects_find(f->suspects, client);

	if (d != NULL && suspect_attacks(&d->state, now))
		return SUSPECT_BAD;
	if (c != NULL && suspect_attacks(&c->state, now) &&
	    reason == REASON_SUBMITTER_NOT_ALLOWED)
		return SUSPECT_BAD;
	return SUSPECT_NOT_COUNTED;
}

/* One recipient of one client. */
struct brought {
	const struct flood_client *client;
	enum verdict_reason reason;
	enum suspect_weight weight;
	uint64_t rcpt, domain;		/* the client's; keys */
	int64_t now;
};

/* With the lock. True: event is to be told. */
static bool
count(struct flood *f, const struct brought *b, struct ring_entry *event)
{
	const struct conf_flood *limits = &b->client->guard->flood;
	uint64_t key = b->client->key;
	enum suspect_weight weight = b->weight;
	bool asked = weight != SUSPECT_NOT_ASKED, bad;
	enum suspect_change change;
	struct suspect_entry *e;

	if (!asked)
		weight = weigh_unasked(f, key, b->domain, b->reason, b->now);
	if (weight == SUSPECT_NOT_COUNTED ||
	    (e = suspects_take(f->suspects, key, b->now)) == NULL ||
	    !suspects_is_fresh(f->suspects, b->rcpt, limits->window_s * 1000,
	    b->now))
		return false;
	bad = weight == SUSPECT_BAD;
	if (asked)
		count_domain(f, b->domain, limits, bad, b->now);
	e->state = suspect_count(e->state, limits, bad, b->now, &change);
	return note_change(e, b->client, change, b->now, event);
}

bool
flood_count(struct flood *f, const struct flood_client *client,
    const struct address *rcpt, enum verdict_reason reason, int64_t age_s,
    int64_t now)
{
	struct brought b = { .client = client, .reason = reason, .now = now };
	char text[ADDRESS_MAX + 1];
	const struct suspect_entry *e;
	struct ring_entry event;
	bool attacked, tell = false;

	b.weight = suspect_weigh(reason, age_s, &client->guard->flood);
	if (b.weight != SUSPECT_NOT_COUNTED) {
		address_canonical(rcpt, text);
		b.rcpt = key_of_its(f, client->key, text);
		b.domain = key_of_its(f, client->key, rcpt->domain);
	}
	pthread_mutex_lock(&f->lock);
	if (b.weight != SUSPECT_NOT_COUNTED)
		tell = count(f, &b, &event);
	e = suspects_find(f->suspects, client->key);
	attacked = e != NULL && suspect_attacks(&e->state, now);
	pthread_mutex_unlock(&f->lock);
	if (tell)
		scribe_put(f->scribe, &event);
	return attacked;
}

void
flood_put_off(struct flood *f, const struct flood_client *client)
{
	struct suspect_entry *e;

	pthread_mutex_lock(&f->lock);
	e = suspects_find(f->suspects, client->key);
	if (e != NULL)
		e->attack.put_off++;
	pthread_mutex_unlock(&f->lock);
}

/* True if the index-th attack is over: event says so. */
static bool
end_attack(struct flood *f, size_t index, struct ring_entry *event)
{
	struct suspect_entry *e = suspects_at(f->suspects, index);
	int64_t now = clock_mono_ms();
	bool over;

	pthread_mutex_lock(&f->lock);
	over = e->attack.id[0] != '\0' && !suspect_attacks(&e->state, now);
	if (over) {
		fill_event(event, &e->attack, ATTACK_ENDS, MODE_OBSERVE);
		memset(&e->attack, 0, sizeof(e->attack));
	}
	pthread_mutex_unlock(&f->lock);
	return over;
}

void
flood_tend(struct flood *f)
{
	struct ring_entry event;
	size_t i;

	for (i = 0; suspects_at(f->suspects, i) != NULL; i++)
		if (end_attack(f, i, &event))
			scribe_put(f->scribe, &event);
}

/* --- mailboxes ----------------------------------------------------------- */

static bool
note_rcpt(struct flood_mail *mail, struct flood_rcpt rcpt)
{
	struct flood_rcpt *more;
	size_t size = mail->size == 0 ? 4 : 2 * mail->size;

	if (mail->count == mail->size) {
		if (mail->count >= RCPTS_MAX)
			return false;
		more = reallocarray(mail->rcpts, size, sizeof(*more));
		if (more == NULL)
			return false;
		mail->rcpts = more;
		mail->size = size;
	}
	mail->rcpts[mail->count++] = rcpt;
	return true;
}

bool
flood_mailbox(struct flood *f, const struct conf_guard *guard,
    const struct address *rcpt, bool anyway, int64_t now,
    struct flood_mail *mail)
{
	char mailbox[ADDRESS_MAX + 1];
	const char *const parts[] = { guard->name, mailbox };
	struct flood_rcpt r = {
		.window_ms = guard->flood.per_mailbox_window_s * 1000,
	};
	bool full;

	address_mailbox(rcpt, mailbox);
	r.key = key_of(f, parts, 2);
	pthread_mutex_lock(&f->lock);
	full = mailboxes_count(f->mailboxes, r.key, r.window_ms, now) >=
	    (uint64_t)guard->flood.per_mailbox;
	if (!full || anyway) {
		r.open = mailboxes_open(f->mailboxes, r.key, r.window_ms, now);
		/* What cannot be remembered counts as if it had been sent. */
		if (!note_rcpt(mail, r)) {
			if (r.open)
				mailboxes_close(f->mailboxes, r.key);
			mailboxes_sent(f->mailboxes, r.key, r.window_ms, now);
		}
	}
	pthread_mutex_unlock(&f->lock);
	return full;
}

void
flood_end(struct flood *f, struct flood_mail *mail, bool sent)
{
	int64_t now = clock_mono_ms();
	size_t i;

	if (mail->count > 0) {
		pthread_mutex_lock(&f->lock);
		for (i = 0; i < mail->count; i++) {
			const struct flood_rcpt *r = &mail->rcpts[i];

			if (r->open)
				mailboxes_close(f->mailboxes, r->key);
			if (sent)
				mailboxes_sent(f->mailboxes, r->key,
				    r->window_ms, now);
		}
		pthread_mutex_unlock(&f->lock);
	}
	free(mail->rcpts);
	memset(mail, 0, sizeof(*mail));
}

/* --- birth and death ----------------------------------------------------- */

struct restoring {
	struct flood *flood;
	int64_t mono, wall;
};

static bool
restore(void *arg, const struct attack *a)
{
	struct restoring *r = arg;
	struct net_addr addr = { 0 };
	struct suspect_entry *e;
	uint64_t key;

	(void)net_addr_parse(a->client, &addr);
	key = key_of_client(r->flood, a->guard, a->auth, &addr);
	e = suspects_take(r->flood->suspects, key, r->mono);
	if (e == NULL)
		return true;
	e->attack = *a;
	attack_bound(&e->attack, r->wall);
	e->state.until = r->mono + (e->attack.until - r->wall) * 1000;
	e->told_until = e->state.until;
	return true;
}

struct flood *
flood_new(struct scribe *scribe, struct lookup *lookup)
{
	struct flood *f = calloc(1, sizeof(*f));
	struct restoring r = { f, clock_mono_ms(), clock_wall_s() };

	if (f == NULL)
		return NULL;
	f->scribe = scribe;
	keyed_random(f->key, sizeof(f->key));
	pthread_mutex_init(&f->lock, NULL);
	f->suspects = suspects_create();
	f->domains = suspects_create();
	f->mailboxes = mailboxes_create();
	if (f->suspects == NULL || f->domains == NULL ||
	    f->mailboxes == NULL) {
		flood_free(f);
		return NULL;
	}
	lookup_attacks(lookup, r.wall, restore, &r);
	return f;
}

void
flood_free(struct flood *f)
{
	if (f == NULL)
		return;
	suspects_destroy(f->suspects);
	suspects_destroy(f->domains);
	mailboxes_destroy(f->mailboxes);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
