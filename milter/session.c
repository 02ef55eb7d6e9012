#include "milter/session.h"

#include <stdlib.h>
#include <string.h>

struct session *
session_new(void)
{
	return calloc(1, sizeof(struct session));
}

void
session_reset(struct session *s, struct service *svc)
{
	if (s->message.set != NULL)
		settings_give(svc->settings, s->message.set);
	flood_end(svc->flood, &s->message.mail, false);
	memset(&s->message, 0, sizeof(s->message));
}

void
session_free(struct session *s, struct service *svc)
{
	if (s == NULL)
		return;
	session_reset(s, svc);
	free(s);
}
