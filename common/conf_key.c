#include <stdio.h>
#include <string.h>

#include "common/conf_schema.h"

#define NEAR_MAX	64		/* a longer name is never near */

const struct conf_key *
conf_key_find(const struct conf_table *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->keys[i].name, name) == 0)
			return &t->keys[i];
	return NULL;
}

bool
conf_key_is_group(const struct conf_table *t, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < t->count; i++)
		if (strncmp(t->keys[i].name, name, len) == 0 &&
		    t->keys[i].name[len] == '.')
			return true;
	return false;
}

static size_t
least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Edits between two names: one letter added, lost or changed, or two
 * neighbours swapped (optimal string alignment). Long names are never near.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t d[3][NEAR_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > NEAR_MAX || lb > NEAR_MAX)
		return NEAR_MAX;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = d[i % 3], *up = d[(i - 1) % 3];
		size_t *upper = d[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = least_of(least_of(up[j], now[j - 1]) + 1,
			    up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least_of(now[j], upper[j - 2] + 1);
		}
	}
	return d[la % 3][lb];
}

/* Octets of name before its last part, the dot included. */
static size_t
group_len(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot == NULL ? 0 : (size_t)(dot - name) + 1;
}

const char *
conf_key_leaf(const char *name)
{
	return name + group_len(name);
}

static bool
same_group(const char *a, const char *b)
{
	size_t len = group_len(a);

	return len == group_len(b) && strncmp(a, b, len) == 0;
}

/* The keys of one group stand together in the schema; "" is in none. */
void
conf_groups_step(const struct conf_groups *g, const struct conf_table *t,
    size_t i, void *arg)
{
	const char *before = i > 0 ? t->keys[i - 1].name : "";
	const char *now = i < t->count ? t->keys[i].name : "";

	if (same_group(before, now))
		return;
	if (group_len(before) > 0)
		g->close(arg);
	if (group_len(now) > 0)
		g->open(arg, now, group_len(now) - 1);
}

struct best {
	size_t distance;		/* what is farther is not near */
	char *out;
	size_t size;
	bool found;
};

/* Keeps the len octets at known if they are the nearest to name so far. */
static void
offer(struct best *b, const char *name, const char *known, size_t len)
{
	char text[NEAR_MAX + 1];
	size_t d;

	snprintf(text, sizeof text, "%.*s", (int)len, known);
	d = distance(conf_key_leaf(text), conf_key_leaf(name));
	if (d > b->distance || (b->found && d == b->distance))
		return;
	b->distance = d;
	b->found = true;
	snprintf(b->out, b->size, "%s", text);
}

/*
 * A slip of the finger in the same group comes first, then a key put into the
 * wrong group.
 */
bool
conf_key_nearest(const struct conf_table *t, const char *name, char *out,
    size_t size)
{
	size_t near = strlen(conf_key_leaf(name)) / 3 + 1;
	struct best b = { near, out, size, false };

	for (size_t i = 0; i < t->count; i++) {
		const char *known = t->keys[i].name;

		if (same_group(known, name))
			offer(&b, name, known, strlen(known));
		if (group_len(name) == 0 && group_len(known) > 0)
			offer(&b, name, known, group_len(known) - 1);
	}
	if (b.found)
		return true;
	b.distance = 1;
	for (size_t i = 0; i < t->count; i++)
		offer(&b, name, t->keys[i].name, strlen(t->keys[i].name));
	return b.found;
}
