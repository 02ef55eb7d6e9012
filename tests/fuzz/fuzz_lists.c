/*
 * The first octet chooses the list. What is taken is found again: each entry
 * by an address or a host made of it, on its own line or an earlier one. What
 * is refused has a message.
 */
#include <string.h>

#include "common/lists.h"
#include "tests/fuzz/fuzz.h"

#include "common/lists_internal.h"

static bool
find(const struct lists *s, const struct list *l, const char *key,
    struct list_finding *f)
{
	char text[LIST_LINE_MAX + 16];
	struct address addr;

	if (list_traits[l->kind].hosts)
		return lists_match_host(s, l->kind, key, f);
	if (list_traits[l->kind].form == FORM_LOCAL ||
	    key[strlen(key) - 1] == '@')
		snprintf(text, sizeof text, "%s%s", key,
		    strrchr(key, '@') == key + strlen(key) - 1 ?
		    "zz--none.example" : "@zz--none.example");
	else if (key[0] == '.')
		snprintf(text, sizeof text, "x@a%s", key);
	else
		snprintf(text, sizeof text, "%s%s",
		    strchr(key, '@') == NULL ? "x@" : "", key);
	/* One that is as long as can be has no room for a name before it. */
	if (address_parse(text, strlen(text), &addr) != ADDRESS_OK)
		return true;
	f->line = 1;
	return lists_match(s, l->kind, &addr, f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct list *items[LIST_COUNT] = { NULL }, *l;
	struct list_finding f;
	struct conf_errors e;
	enum list_kind kind;
	struct lists *s;
	size_t i;

	if (len == 0)
		return 0;
	kind = (enum list_kind)(data[0] % LIST_COUNT);
	conf_errors_init(&e);
	l = list_parse(kind, "fuzz", (const char *)data + 1, len - 1, 0, &e,
	    NULL);
	PROPERTY((l == NULL) == (e.count > 0));
	conf_errors_clear(&e);
	if (l == NULL)
		return 0;
	items[kind] = l;
	s = lists_of(items);
	PROPERTY(s != NULL);
	for (i = 0; i < list_count(l); i++) {
		PROPERTY(i == 0 ||
		    strcmp(l->entries[i - 1].key, l->entries[i].key) <= 0);
		PROPERTY(find(s, l, l->entries[i].key, &f));
		PROPERTY(f.line > 0);
	}
	lists_free(s);
	return 0;
}
