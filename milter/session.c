#include "milter/session.h"

#include <stdlib.h>
#include <string.h>

struct session *
session_new(void)
{
	return calloc(1, sizeof(struct session));
}

void
session_reset(struct session *s, struct settings *settings)
{
	if (s->message.set != NULL)
		settings_give(settings, s->message.set);
	memset(&s->message, 0, sizeof(s->message));
}

void
session_free(struct session *s, struct settings *settings)
{
	if (s == NULL)
		return;
	session_reset(s, settings);
	free(s);
}
