#include "probe/attacks.h"

#include <stdlib.h>
#include <string.h>

#include "common/attack.h"
#include "common/clock.h"
#include "common/log.h"

struct counting {
	struct clerk *clerk;
	const char *id;			/* of the one that comes */
	int64_t now;
	unsigned others;
};

static void
drop(struct clerk *clerk, const char *id)
{
	clerk_drop_item(clerk, STORE_GUARDS, id, strlen(id));
}

static bool
count_one(void *arg, const struct attack *a)
{
	struct counting *c = arg;

	if (a->until <= c->now)
		drop(c->clerk, a->id);
	else if (strcmp(a->id, c->id) != 0)
		c->others++;
	return true;
}

static bool
has_room(struct store *store, struct clerk *clerk, const struct attack *a)
{
	struct counting c = { clerk, a->id, clock_wall_s(), 0 };

	/* From time 0 on: those that are over as well. */
	return attack_walk(store, 0, count_one, &c) == STORE_OK &&
	    c.others < ATTACKS_MAX;
}

static void
keep(struct store *store, struct clerk *clerk, const struct attack *a)
{
	size_t len;
	void *sealed;

	if (!has_room(store, clerk, a)) {
		log_warnx("attack %s is not kept: there are %u others, or the "
		    "store cannot be read; a restart of rcptguard-milter ends "
		    "it", a->id, ATTACKS_MAX);
		return;
	}
	sealed = attack_seal(store, a, &len);
	if (sealed != NULL)
		clerk_item(clerk, STORE_GUARDS, a->id, strlen(a->id), sealed,
		    len);
	free(sealed);
}

void
attacks_note(struct store *store, struct clerk *clerk,
    const struct wire_message *msg)
{
	struct attack a;
	enum attack_phase phase;

	if (store == NULL || !attack_get(msg, &a, &phase))
		return;
	switch (phase) {
	case ATTACK_BEGINS:
	case ATTACK_GOES_ON:
		attack_bound(&a, clock_wall_s());
		keep(store, clerk, &a);
		break;
	case ATTACK_ENDS:
		drop(clerk, a.id);
		break;
	}
}
