#include "probe/toomany.h"

#include <stddef.h>
#include <string.h>

/*
 * Sources: RFC 3463 and RFC 5321 4.5.3.1.10 (452 too many recipients), Exim's
 * and Postfix's default texts, Microsoft's ATTR1 and ATTR38 (recipients of
 * several regions), and hosts that want one recipient where the sender is
 * null.
 */
static const char *const words[] = {
	"too many recipient", "too many rcpt", "many recipients specified",
	"number of recipients", "recipients belong to multiple",
	"multiple regions", "attr1)", "attr38)", "only one recipient",
	"one recipient", "one rcpt", "single recipient", "multiple recipients",
	"recipients per ", "rcpts per ", "transactions in this session",
	"per session", "this session", "per connection", "this connection",
	"in one session", "in one connection",
};

bool
toomany_recipients(unsigned code, const char *enhanced, const char *text)
{
	size_t i;

	if (code < 400)
		return false;
	if (strcmp(enhanced, "4.5.3") == 0 || strcmp(enhanced, "5.5.3") == 0)
		return true;
	/* 5xx on these words may be a policy on one's own list. */
	if (code >= 500)
		return false;
	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	return strcmp(enhanced, "4.4.4") == 0 && code == 451;
}
