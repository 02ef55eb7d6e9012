#include "probe/hostmem.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/table.h"

struct host {
	struct net_addr addr;		/* the key */
	struct host_did did;
	int64_t rest_ms;		/* the last rest; 0: none to count from */
	int64_t habit_until[HABIT_COUNT];
	unsigned rcpts;			/* of HABIT_FEW_RCPTS */
	unsigned drops;
	char *name;			/* NULL: not known */
	struct host *prev, *next;	/* learned of longest ago first */
	UT_hash_handle hh;
};

struct hostmem {
	struct host *table;
	struct host *oldest;
};

struct hostmem *
hostmem_create(void)
{
	return calloc(1, sizeof(struct hostmem));
}

static void
forget(struct hostmem *m, struct host *h)
{
	HASH_DEL(m->table, h);
	DL_DELETE(m->oldest, h);
	free(h->name);
	free(h);
}

void
hostmem_clear(struct hostmem *m)
{
	struct host *h, *next;

	DL_FOREACH_SAFE(m->oldest, h, next)
		forget(m, h);
}

void
hostmem_destroy(struct hostmem *m)
{
	if (m == NULL)
		return;
	hostmem_clear(m);
	free(m);
}

size_t
hostmem_count(const struct hostmem *m)
{
	return HASH_COUNT(m->table);
}

/* A failure soon after a rest lengthens the next one. */
static bool
counts_on(const struct host *h, int64_t now)
{
	return h->rest_ms > 0 && now < h->did.until_ms + HOSTMEM_REST_MAX_MS;
}

static bool
says_nothing(const struct host *h, int64_t now)
{
	int i;

	for (i = 0; i < HABIT_COUNT; i++)
		if (now < h->habit_until[i])
			return false;
	return h->drops == 0 && !counts_on(h, now);
}

void
hostmem_sweep(struct hostmem *m, int64_t now)
{
	struct host *h, *next;

	DL_FOREACH_SAFE(m->oldest, h, next)
		if (says_nothing(h, now))
			forget(m, h);
}

static struct host *
find(const struct hostmem *m, const struct net_addr *addr)
{
	struct host *h = NULL;

	if (m != NULL)
		HASH_FIND(hh, m->table, addr, sizeof *addr, h);
	return h;
}

/* The newest of all then; NULL: no memory. */
static struct host *
find_or_add(struct hostmem *m, const struct net_addr *addr)
{
	struct host *h = find(m, addr);

	if (h != NULL) {
		DL_DELETE(m->oldest, h);
		DL_APPEND(m->oldest, h);
		return h;
	}
	if (HASH_COUNT(m->table) >= HOSTMEM_MAX)
		forget(m, m->oldest);
	if ((h = calloc(1, sizeof *h)) == NULL)
		return NULL;
	h->addr = *addr;
	HASH_ADD(hh, m->table, addr, sizeof h->addr, h);
	if (!TABLE_HAS(h)) {
		free(h);
		return NULL;
	}
	DL_APPEND(m->oldest, h);
	return h;
}

static bool
about_us_alone(enum verdict_reason reason)
{
	return reason == REASON_BLOCKED_IP_LISTED ||
	    reason == REASON_BLOCKED_NO_PTR || reason == REASON_BLOCKED_HELO;
}

bool
hostmem_is_failure(const struct host_did *did)
{
	switch (did->fault) {
	case FAULT_NONE:
		return did->stage < STAGE_RCPT ?
		    did->reason != REASON_GREYLISTED :
		    about_us_alone(did->reason);
	case FAULT_CONNECT:
		return true;
	case FAULT_TIMEOUT:
	case FAULT_CLOSED:
	case FAULT_PROTOCOL:
		return did->stage < STAGE_RCPT;
	case FAULT_TLS:
	case FAULT_NO_SMTPUTF8:
	case FAULT_LOCAL:
		return false;
	}
	return false;
}

static int64_t
next_rest(const struct host *h, int64_t now)
{
	if (!counts_on(h, now))
		return HOSTMEM_REST_MS;
	return 2 * h->rest_ms < HOSTMEM_REST_MAX_MS ? 2 * h->rest_ms :
	    HOSTMEM_REST_MAX_MS;
}

int64_t
hostmem_rest(struct hostmem *m, const struct net_addr *addr,
    const struct host_did *did, int64_t now)
{
	struct host *h;

	if (hostmem_rests(m, addr, now) != NULL)
		return 0;
	if ((h = find_or_add(m, addr)) == NULL)
		return 0;
	h->rest_ms = next_rest(h, now);
	h->did = *did;
	h->did.at_ms = now;
	h->did.until_ms = now + h->rest_ms;
	return h->rest_ms;
}

void
hostmem_well(struct hostmem *m, const struct net_addr *addr)
{
	struct host *h = find(m, addr);

	if (h == NULL)
		return;
	h->rest_ms = 0;
	h->did.until_ms = 0;
}

const struct host_did *
hostmem_rests(const struct hostmem *m, const struct net_addr *addr,
    int64_t now)
{
	const struct host *h = find(m, addr);

	return h != NULL && h->rest_ms > 0 && now < h->did.until_ms ?
	    &h->did : NULL;
}

void
hostmem_learn(struct hostmem *m, const struct net_addr *addr,
    enum host_habit habit, int64_t until)
{
	struct host *h = find_or_add(m, addr);

	if (h != NULL)
		h->habit_until[habit] = until;
}

bool
hostmem_has(const struct hostmem *m, const struct net_addr *addr,
    enum host_habit habit, int64_t now)
{
	const struct host *h = find(m, addr);

	return h != NULL && now < h->habit_until[habit];
}

void
hostmem_name(struct hostmem *m, const struct net_addr *addr, const char *name)
{
	struct host *h = find(m, addr);

	if (h == NULL || (h->name != NULL && strcmp(h->name, name) == 0))
		return;
	free(h->name);
	h->name = strdup(name);
}

void
hostmem_learn_rcpts(struct hostmem *m, const struct net_addr *addr,
    unsigned count, int64_t now, int64_t until)
{
	unsigned known = hostmem_rcpts(m, addr, now);
	struct host *h = find_or_add(m, addr);

	if (h == NULL)
		return;
	h->rcpts = known > 0 && known < count ? known : count;
	h->habit_until[HABIT_FEW_RCPTS] = until;
}

unsigned
hostmem_rcpts(const struct hostmem *m, const struct net_addr *addr,
    int64_t now)
{
	const struct host *h = find(m, addr);

	return h != NULL && now < h->habit_until[HABIT_FEW_RCPTS] ?
	    h->rcpts : 0;
}

bool
hostmem_dropped(struct hostmem *m, const struct net_addr *addr)
{
	struct host *h = find_or_add(m, addr);

	if (h == NULL)
		return false;
	h->habit_until[HABIT_SHARES] = 0;
	if (++h->drops < HOSTMEM_DROPS)
		return false;
	h->drops = 0;
	return true;
}

void
hostmem_shared(struct hostmem *m, const struct net_addr *addr, int64_t now)
{
	struct host *h = find_or_add(m, addr);

	if (h == NULL)
		return;
	h->drops = 0;
	h->habit_until[HABIT_SHARES] = now + HOSTMEM_SHARES_MS;
}

static bool
is_limit(enum host_habit habit)
{
	switch (habit) {
	case HABIT_NO_TLS:
	case HABIT_FEW_RCPTS:
	case HABIT_ONE_SESSION:
	case HABIT_NO_GROUPS:
		return true;
	case HABIT_SLOW:
	case HABIT_SHARES:
	case HABIT_COUNT:
		return false;
	}
	return false;
}

/* False: it has none. */
static bool
limits_of(const struct host *h, int64_t now, struct host_limits *l)
{
	bool any = h->rest_ms > 0 && now < h->did.until_ms;
	int i;

	*l = (struct host_limits){
		.addr = &h->addr,
		.name = h->name != NULL ? h->name : "",
		.rest = any ? &h->did : NULL,
		.rcpts = h->rcpts,
	};
	for (i = 0; i < HABIT_COUNT; i++)
		if (is_limit((enum host_habit)i) && now < h->habit_until[i]) {
			l->until[i] = h->habit_until[i];
			any = true;
		}
	return any;
}

size_t
hostmem_limits(const struct hostmem *m, int64_t now,
    bool (*each)(void *arg, const struct host_limits *l), void *arg)
{
	const struct host *h = m->oldest != NULL ? m->oldest->prev : NULL;
	struct host_limits l;
	bool more = true;
	size_t count = 0;

	for (; h != NULL; h = h != m->oldest ? h->prev : NULL) {
		if (!limits_of(h, now, &l))
			continue;
		count++;
		more = more && each(arg, &l);
	}
	return count;
}
