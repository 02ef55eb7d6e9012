#include "common/stage.h"

#include <stddef.h>
#include <string.h>

static const char *const words[STAGE_COUNT] = {
	[STAGE_NONE] = "none",
	[STAGE_DNS] = "dns",
	[STAGE_CONNECT] = "connect",
	[STAGE_BANNER] = "banner",
	[STAGE_EHLO] = "ehlo",
	[STAGE_STARTTLS] = "starttls",
	[STAGE_MAIL] = "mail",
	[STAGE_RCPT] = "rcpt",
	[STAGE_RSET] = "rset",
	[STAGE_QUIT] = "quit",
};

const char *
stage_word(enum stage stage)
{
	if ((unsigned)stage >= STAGE_COUNT)
		return NULL;
	return words[stage];
}

bool
stage_from_word(const char *word, enum stage *out)
{
	unsigned i;

	for (i = 0; i < STAGE_COUNT; i++) {
		if (strcmp(words[i], word) == 0) {
			*out = (enum stage)i;
			return true;
		}
	}
	return false;
}
