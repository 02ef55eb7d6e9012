#include "milter/link.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

#define CALL_MS		1000

bool
link_init(struct link *l, const char *path)
{
	memset(l, 0, sizeof(*l));
	l->path = strdup(path);
	return l->path != NULL;
}

void
link_clear(struct link *l)
{
	wire_client_close(l->client);
	free(l->path);
	memset(l, 0, sizeof(*l));
}

bool
link_ready(const struct link *l)
{
	return clock_mono_ms() >= l->retry_at;
}

static void
hang_up(struct link *l, enum client_status why)
{
	wire_client_close(l->client);
	l->client = NULL;
	l->retry_at = clock_mono_ms() + LINK_PAUSE_MS;
	if (!l->away_said)
		log_warnx("probe at %s: %s; decisions are kept until it is "
		    "back", l->path, client_status_text(why));
	l->away_said = true;
}

bool
link_call(struct link *l, const char *msg, size_t len,
    struct wire_message *answer)
{
	enum client_status st = CLIENT_OK;

	if (l->client == NULL)
		st = wire_client_open(l->path, &l->client);
	if (st == CLIENT_OK)
		st = wire_client_call(l->client, msg, len,
		    clock_mono_ms() + CALL_MS, -1, answer);
	if (st != CLIENT_OK) {
		hang_up(l, st);
		return false;
	}
	if (l->away_said)
		log_info("probe at %s: back", l->path);
	l->away_said = false;
	return true;
}
