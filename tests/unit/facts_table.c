#include "facts_table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *word;
	enum fact_type type;
} types[] = {
	{ "A", FACT_A }, { "AAAA", FACT_AAAA }, { "MX", FACT_MX },
	{ "TXT", FACT_TXT }, { "PTR", FACT_PTR },
};

static enum fact_type
type_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].word, word) == 0)
			return types[i].type;
	ck_abort_msg("no type %s", word);
	return FACT_A;
}

static void
add(struct fact_answer *a, enum fact_type type, const char *data)
{
	struct net_addr addr;
	unsigned preference = 0;
	int skip = 0;

	a->status = DNS_OK;
	if (type == FACT_A || type == FACT_AAAA) {
		ck_assert_msg(net_addr_parse(data, &addr), "%s", data);
		ck_assert(fact_add_addr(a, &addr));
		return;
	}
	if (type == FACT_MX)
		ck_assert_int_eq(sscanf(data, "%u %n", &preference, &skip), 1);
	ck_assert(fact_add_text(a, preference, data + skip,
	    strlen(data + skip)));
}

static void
take_line(const char *line, enum fact_type type, const char *name,
    struct fact_answer *a)
{
	char word[16], owner[FACTS_NAME_SIZE];
	struct net_addr addr;
	bool fails = strncmp(line, "SERVFAIL ", 9) == 0;
	int at = 0;

	if (fails)
		line += 9;
	ck_assert_int_eq(sscanf(line, "%15s %255s %n", word, owner, &at), 2);
	if (type_of(word) != type)
		return;
	if (type == FACT_PTR && net_addr_parse(owner, &addr))
		ck_assert(facts_reverse(&addr, facts_reverse_zone(&addr),
		    owner));
	if (strcasecmp(owner, name) != 0)
		return;
	if (fails)
		a->status = DNS_FAILED;
	else
		add(a, type, line + at);
}

size_t
facts_table_answer(struct facts *f, const char *const *lines)
{
	enum fact_type type;
	const char *name;
	size_t i, n = 0;

	for (; facts_next(f, &type, &name); n++) {
		struct fact_answer *a = calloc(1, sizeof *a);

		ck_assert_ptr_nonnull(a);
		a->status = DNS_NXDOMAIN;
		for (i = 0; i < TABLE_LINES && lines[i] != NULL; i++)
			take_line(lines[i], type, name, a);
		ck_assert(facts_put(f, type, name, a));
	}
	return n;
}
