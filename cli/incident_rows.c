#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/incident_internal.h"

#define KEY_SIZE	600
#define WORDS_SIZE	200
#define OTHERS		"(others)"

/* *made: it is new, and its fields are for the caller to fill. NULL: no
 * memory, or *full. */
static struct row *
row_of(struct row **table, const char *key, bool *made, bool *full)
{
	struct row *r;

	*made = *full = false;
	HASH_FIND_STR(*table, key, r);
	if (r != NULL)
		return r;
	if (HASH_COUNT(*table) >= INCIDENT_ROWS_MAX) {
		*full = true;
		return NULL;
	}
	if ((r = calloc(1, sizeof *r)) == NULL)
		return NULL;
	if ((r->key = strdup(key)) != NULL) {
		HASH_ADD_KEYPTR(hh, *table, r->key, strlen(r->key), r);
		if (TABLE_HAS(r)) {
			*made = true;
			return r;
		}
	}
	free(r->key);
	free(r);
	return NULL;
}

struct incident_place *
incident_place_of(struct incident *i, const struct facts *f)
{
	const char *name = f->provider[0] != '\0' ? f->provider : f->mx;
	const char *source = f->source;
	char key[KEY_SIZE];
	bool made, full;
	struct row *r;

	if (HASH_COUNT(i->places) >= INCIDENT_ROWS_MAX - 1) {
		(void)snprintf(key, sizeof key, "%s %s", source, name);
		HASH_FIND_STR(i->places, key, r);
		if (r != NULL)
			return &r->of.place;
		name = OTHERS;
		source = "";
	}
	(void)snprintf(key, sizeof key, "%s %s", source, name);
	if ((r = row_of(&i->places, key, &made, &full)) == NULL)
		return NULL;
	if (made) {
		r->of.place.provider = strdup(name);
		r->of.place.source = strdup(source);
	}
	return r->of.place.provider != NULL && r->of.place.source != NULL ?
	    &r->of.place : NULL;
}

struct incident_asker *
incident_asker_of(struct incident *i, const struct verdict_line *line,
    bool *full)
{
	const char *guard = line->guard != NULL ? line->guard : "";
	const char *auth = line->auth != NULL ? line->auth : "";
	char key[KEY_SIZE];
	struct row *r;
	bool made;

	(void)snprintf(key, sizeof key, "%.200s %.300s", guard, auth);
	if ((r = row_of(&i->askers, key, &made, full)) == NULL)
		return NULL;
	if (made) {
		r->of.asker.guard = strdup(guard);
		r->of.asker.auth = strdup(auth);
	}
	return r->of.asker.guard != NULL && r->of.asker.auth != NULL ?
	    &r->of.asker : NULL;
}

/*
 * Numbers and addresses in replies differ; the words do not. Each number
 * becomes "#", each word with an "@" in it "@".
 */
static void
wording(const char *text, char out[WORDS_SIZE])
{
	size_t n = 0, len;

	while (*text != '\0' && n < WORDS_SIZE - 1) {
		len = strcspn(text, " ");
		if (len > 0 && memchr(text, '@', len) != NULL) {
			out[n++] = '@';
			text += len;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			out[n++] = *text;
		else if (n == 0 || out[n - 1] != '#')
			out[n++] = '#';
		text++;
	}
	out[n] = '\0';
}

bool
incident_reply_add(struct incident *i, enum verdict_reason reason,
    const struct facts *f)
{
	char key[KEY_SIZE], words[WORDS_SIZE];
	struct incident_reply *reply;
	struct row *r;
	bool made, full;

	if (f->code < 400)
		return true;
	wording(f->text, words);
	(void)snprintf(key, sizeof key, "%d %d %.60s %s",
	    counts_of_us(reason), (int)f->code, f->rule, words);
	if ((r = row_of(&i->replies, key, &made, &full)) == NULL) {
		i->report.other_replies += full;
		return full;
	}
	reply = &r->of.reply;
	if (made) {
		reply->of_us = counts_of_us(reason);
		reply->code = (unsigned)f->code;
		reply->enhanced = strdup(f->enhanced);
		reply->rule = strdup(f->rule);
		reply->provider = strdup(f->provider[0] != '\0' ?
		    f->provider : f->mx);
		reply->text = strdup(f->text);
	}
	reply->count++;
	return reply->enhanced != NULL && reply->rule != NULL &&
	    reply->provider != NULL && reply->text != NULL;
}

/* --- the end -------------------------------------------------------------- */

static int
more_first(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int
by_probes(struct row *a, struct row *b)
{
	return more_first(a->of.place.n.probes, b->of.place.n.probes);
}

static int
by_count(struct row *a, struct row *b)
{
	if (a->of.reply.of_us != b->of.reply.of_us)
		return a->of.reply.of_us ? -1 : 1;
	return more_first(a->of.reply.count, b->of.reply.count);
}

static int
by_harm(struct row *a, struct row *b)
{
	const struct incident_asker *x = &a->of.asker, *y = &b->of.asker;

	if (x->n.unknown_users != y->n.unknown_users)
		return more_first(x->n.unknown_users, y->n.unknown_users);
	if (x->n.probes != y->n.probes)
		return more_first(x->n.probes, y->n.probes);
	return more_first(x->verdicts, y->verdicts);
}

bool
incident_rows_end(struct incident *i)
{
	struct incident_report *r = &i->report;
	struct row *one;

	HASH_SORT(i->places, by_probes);
	HASH_SORT(i->replies, by_count);
	HASH_SORT(i->askers, by_harm);
	r->places = calloc(HASH_COUNT(i->places) + 1, sizeof *r->places);
	r->replies = calloc(HASH_COUNT(i->replies) + 1, sizeof *r->replies);
	r->askers = calloc(HASH_COUNT(i->askers) + 1, sizeof *r->askers);
	if (r->places == NULL || r->replies == NULL || r->askers == NULL)
		return false;
	for (one = i->places; one != NULL; one = one->hh.next)
		r->places[r->place_count++] = one->of.place;
	for (one = i->replies; one != NULL; one = one->hh.next)
		r->replies[r->reply_count++] = one->of.reply;
	for (one = i->askers; one != NULL; one = one->hh.next)
		r->askers[r->asker_count++] = one->of.asker;
	return true;
}

static void
place_free(struct row *r)
{
	free(r->of.place.provider);
	free(r->of.place.source);
}

static void
reply_free(struct row *r)
{
	free(r->of.reply.enhanced);
	free(r->of.reply.rule);
	free(r->of.reply.provider);
	free(r->of.reply.text);
}

static void
asker_free(struct row *r)
{
	free(r->of.asker.guard);
	free(r->of.asker.auth);
}

static void
table_free(struct row **table, void (*fields)(struct row *))
{
	struct row *r, *next;

	HASH_ITER(hh, *table, r, next) {
		HASH_DEL(*table, r);
		fields(r);
		free(r->key);
		free(r);
	}
}

void
incident_rows_free(struct incident *i)
{
	table_free(&i->places, place_free);
	table_free(&i->replies, reply_free);
	table_free(&i->askers, asker_free);
	free(i->report.places);
	free(i->report.replies);
	free(i->report.askers);
}
