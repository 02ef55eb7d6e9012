#include <stdlib.h>
#include <string.h>

#include "common/table.h"
#include "common/text.h"
#include "probe/submitter.h"

#define BURST	1u
#define ORDER	2u
#define UNKNOWN	4u

struct asked {
	int64_t at_s;
	bool local_up, domain_up;	/* not before the one that came before */
};

struct submitter {
	char name[SUBMITTER_NAME_MAX + 1];
	struct asked ring[SUBMITTER_WINDOW];
	uint64_t count;			/* ever, since it last rested */
	char local[ADDRESS_LOCAL_MAX + 1], domain[ADDRESS_DOMAIN_MAX + 1];
	bool unknown[SUBMITTER_ENDED];
	uint64_t ended;
	bool rests;
	int64_t rest_until_s;
	UT_hash_handle hh;
};

struct submitters {
	struct submitter *table;
	struct submitter *last;		/* shared once the table is full */
};

struct submitters *
submitters_create(void)
{
	return calloc(1, sizeof(struct submitters));
}

void
submitters_destroy(struct submitters *s)
{
	struct submitter *one, *next;

	if (s == NULL)
		return;
	HASH_ITER(hh, s->table, one, next) {
		HASH_DEL(s->table, one);
		free(one);
	}
	free(s);
}

/* NULL: no memory; then nobody is judged. */
static struct submitter *
submitter_named(struct submitters *s, const char *name)
{
	char key[SUBMITTER_NAME_MAX + 1];
	struct submitter *one;

	text_copy(key, name, sizeof key);
	HASH_FIND_STR(s->table, key, one);
	if (one != NULL)
		return one;
	if (HASH_COUNT(s->table) >= SUBMITTERS_MAX)
		return s->last;
	if ((one = calloc(1, sizeof *one)) == NULL)
		return NULL;
	text_copy(one->name, key, sizeof one->name);
	HASH_ADD_STR(s->table, name, one);
	if (!TABLE_HAS(one)) {
		free(one);
		return NULL;
	}
	s->last = one;
	return one;
}

static void
note(struct submitter *one, const struct address *addr, int64_t now_s)
{
	struct asked *a = &one->ring[one->count++ % SUBMITTER_WINDOW];

	a->at_s = now_s;
	a->local_up = strcasecmp(addr->local, one->local) > 0;
	a->domain_up = strcasecmp(addr->domain, one->domain) > 0;
	text_copy(one->local, addr->local, sizeof one->local);
	text_copy(one->domain, addr->domain, sizeof one->domain);
}

static unsigned
signs_of(const struct submitter *one, int64_t now_s)
{
	unsigned signs = 0, local_up = 0, domain_up = 0, unknown = 0, i;
	int64_t oldest;

	if (one->count < SUBMITTER_WINDOW)
		return 0;
	oldest = one->ring[one->count % SUBMITTER_WINDOW].at_s;
	if (now_s - oldest <= SUBMITTER_BURST_S)
		signs |= BURST;
	for (i = 0; i < SUBMITTER_WINDOW; i++) {
		local_up += one->ring[i].local_up;
		domain_up += one->ring[i].domain_up;
	}
	if (local_up >= SUBMITTER_WINDOW / 10 * 9 ||
	    domain_up >= SUBMITTER_WINDOW / 10 * 9)
		signs |= ORDER;
	for (i = 0; i < SUBMITTER_ENDED; i++)
		unknown += one->unknown[i];
	if (one->ended >= SUBMITTER_ENDED && unknown > SUBMITTER_ENDED / 2)
		signs |= UNKNOWN;
	return signs;
}

/* NULL: fewer than two. */
static const char *
signs_text(unsigned signs)
{
	switch (signs) {
	case BURST | ORDER:
		return "many at once, in the order of the alphabet";
	case BURST | UNKNOWN:
		return "many at once, most of them unknown users";
	case ORDER | UNKNOWN:
		return "in the order of the alphabet, most of them unknown "
		    "users";
	case BURST | ORDER | UNKNOWN:
		return "many at once, in the order of the alphabet, most of "
		    "them unknown users";
	}
	return NULL;
}

enum submitter_answer
submitters_ask(struct submitters *s, const char *name,
    const struct address *addr, int64_t now_s, const char **signs)
{
	struct submitter *one = name[0] != '\0' ? submitter_named(s, name) :
	    NULL;
	const char *text;

	if (one == NULL)
		return SUBMITTER_GO_ON;
	if (one->rests && now_s < one->rest_until_s)
		return SUBMITTER_RESTS;
	if (one->rests) {
		one->rests = false;
		one->count = one->ended = 0;
		memset(one->unknown, 0, sizeof one->unknown);
	}
	note(one, addr, now_s);
	if ((text = signs_text(signs_of(one, now_s))) == NULL)
		return SUBMITTER_GO_ON;
	one->rests = true;
	one->rest_until_s = now_s + SUBMITTER_REST_S;
	if (signs != NULL)
		*signs = text;
	return SUBMITTER_STOPS;
}

void
submitters_ended(struct submitters *s, const char *name,
    enum verdict_reason reason)
{
	struct submitter *one = name[0] != '\0' ? submitter_named(s, name) :
	    NULL;

	if (one == NULL || verdict_state_of(reason) == STATE_NOT_CHECKED)
		return;
	one->unknown[one->ended++ % SUBMITTER_ENDED] =
	    reason == REASON_NO_SUCH_USER;
}
