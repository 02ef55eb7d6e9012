#include "probe/dormant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/table.h"
#include "probe/dormant_judge.h"

#define PREFIX		"d/"
#define KEY_MAX		(sizeof PREFIX + 256)
#define SWEEP_MS	60000

struct entry {
	struct dormant_record record;
	UT_hash_handle hh;
	char domain[];
};

struct dormant {
	struct clerk *clerk;
	struct entry *table;
	int64_t swept_ms;
	size_t damaged;
};

/* --- the table ----------------------------------------------------------- */

static struct entry *
find(const struct dormant *d, const char *domain)
{
	struct entry *e;

	HASH_FIND_STR(d->table, domain, e);
	return e;
}

static size_t
make_key(const char *domain, char key[KEY_MAX])
{
	return (size_t)snprintf(key, KEY_MAX, PREFIX "%s", domain);
}

static void
save(struct dormant *d, struct entry *e)
{
	uint8_t item[DORMANT_ITEM_MAX];
	size_t len = dormant_pack(&e->record, item);
	char key[KEY_MAX];
	size_t key_len = make_key(e->domain, key);

	if (len == 0 || key_len > STORE_ITEM_KEY_MAX)
		return;
	clerk_item(d->clerk, STORE_LEDGERS, key, key_len, item, len);
}

static void
drop(struct dormant *d, struct entry *e)
{
	char key[KEY_MAX];
	size_t key_len = make_key(e->domain, key);

	if (key_len <= STORE_ITEM_KEY_MAX)
		clerk_drop_item(d->clerk, STORE_LEDGERS, key, key_len);
	HASH_DEL(d->table, e);
	free(e);
}

static bool
is_worthless(const struct entry *e, int64_t now)
{
	const struct dormant_record *r = &e->record;

	return dormant_is_over(r, now) || (r->dead_since == r->dead_last &&
	    now - r->dead_last > DORMANT_DAY_S);
}

/* Now and then: a flood of names must not make each one dear. */
static bool
make_room(struct dormant *d)
{
	int64_t mono = clock_mono_ms(), now = clock_wall_s();
	struct entry *e, *next;

	if (HASH_COUNT(d->table) < DORMANT_MAX)
		return true;
	if (d->swept_ms != 0 && mono - d->swept_ms < SWEEP_MS)
		return false;
	d->swept_ms = mono;
	HASH_ITER(hh, d->table, e, next)
		if (is_worthless(e, now))
			drop(d, e);
	return HASH_COUNT(d->table) < DORMANT_MAX;
}

static struct entry *
add(struct dormant *d, const char *domain)
{
	size_t len = strlen(domain);
	struct entry *e;

	if (!make_room(d) || (e = calloc(1, sizeof *e + len + 1)) == NULL)
		return NULL;
	memcpy(e->domain, domain, len + 1);
	HASH_ADD_STR(d->table, domain, e);
	if (TABLE_HAS(e))
		return e;
	free(e);
	return NULL;
}

/* --- what is seen -------------------------------------------------------- */

static void
saw_dead(struct dormant *d, struct entry *e, int64_t now)
{
	const struct dormant_record *r = &e->record;

	if (r->dead_since != 0 && r->alive_since == 0 &&
	    now - r->dead_last < DORMANT_DAY_S)
		return;
	e->record = dormant_dead(r, now);
	save(d, e);
}

static void
saw_alive(struct dormant *d, struct entry *e, int64_t now)
{
	int64_t was = e->record.alive_since;

	e->record = dormant_alive(&e->record, now);
	if (e->record.dead_since == 0)
		drop(d, e);
	else if (was == 0)
		save(d, e);
}

void
dormant_saw(struct dormant *d, const char *domain, bool alive)
{
	struct entry *e = find(d, domain);
	int64_t now = clock_wall_s();

	if (e == NULL && !alive)
		e = add(d, domain);
	if (e == NULL)
		return;
	if (alive)
		saw_alive(d, e, now);
	else
		saw_dead(d, e, now);
}

bool
dormant_suspects(const struct dormant *d, const char *domain)
{
	const struct entry *e = find(d, domain);

	return e != NULL && dormant_is_suspect(&e->record, clock_wall_s());
}

void
dormant_forget(struct dormant *d, const char *domain)
{
	struct entry *e = find(d, domain);

	if (e != NULL)
		drop(d, e);
}

/* --- birth and death ----------------------------------------------------- */

static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct dormant *d = arg;
	struct dormant_record r;
	char name[STORE_ITEM_KEY_MAX + 1];
	struct entry *e;

	memcpy(name, key, key_len);
	name[key_len] = '\0';
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    strlen(name) != key_len)
		return true;
	if (!dormant_unpack(data, len, &r)) {
		d->damaged++;
		return true;
	}
	if ((e = add(d, name + strlen(PREFIX))) == NULL)
		return false;
	e->record = r;
	return true;
}

struct dormant *
dormant_create(struct store *store, struct clerk *clerk)
{
	struct dormant *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->clerk = clerk;
	if (store != NULL)
		(void)store_walk_items(store, STORE_LEDGERS, load_item, d);
	if (d->damaged > 0)
		log_warnx("what the store knew of %zu dead domains is damaged "
		    "and forgotten", d->damaged);
	return d;
}

void
dormant_destroy(struct dormant *d)
{
	struct entry *e, *next;

	if (d == NULL)
		return;
	HASH_ITER(hh, d->table, e, next) {
		HASH_DEL(d->table, e);
		free(e);
	}
	free(d);
}
