#include "tests/unit/lists_util.h"

#include <check.h>
#include <string.h>

struct address
list_address(const char *text)
{
	struct address addr;

	ck_assert_msg(address_parse(text, strlen(text), &addr) == ADDRESS_OK,
	    "%s", text);
	return addr;
}

bool
list_first(const struct lists *s, const struct address *addr,
    struct list_finding *out)
{
	int i;

	for (i = 0; i < LIST_COUNT; i++)
		if (lists_match(s, (enum list_kind)i, addr, out))
			return true;
	return false;
}
