#include "probe/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

struct fact {
	enum fact_type type;
	char name[FACTS_NAME_SIZE];
	bool asked;
	struct fact_answer *answer;	/* NULL: wanted */
};

struct facts {
	struct fact *items[FACTS_MAX];
	size_t count;
};

static const struct fact_answer failed = { .status = DNS_FAILED };

bool
fact_add_addr(struct fact_answer *a, const struct net_addr *addr)
{
	if (a->count == FACTS_ITEMS_MAX)
		return false;
	a->items[a->count++].addr = *addr;
	return true;
}

bool
fact_add_text(struct fact_answer *a, unsigned preference, const char *text,
    size_t len)
{
	struct fact_item *item = &a->items[a->count];

	if (a->count == FACTS_ITEMS_MAX || len > FACTS_TEXT_MAX ||
	    (item->text = strndup(text, len)) == NULL)
		return false;
	item->preference = preference;
	a->count++;
	return true;
}

void
fact_answer_free(struct fact_answer *a)
{
	size_t i;

	for (i = 0; a != NULL && i < a->count; i++)
		free(a->items[i].text);
	free(a);
}

struct facts *
facts_new(void)
{
	return calloc(1, sizeof(struct facts));
}

void
facts_free(struct facts *f)
{
	size_t i;

	for (i = 0; f != NULL && i < f->count; i++) {
		fact_answer_free(f->items[i]->answer);
		free(f->items[i]);
	}
	free(f);
}

static struct fact *
find(const struct facts *f, enum fact_type type, const char *name)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->items[i]->type == type &&
		    strcasecmp(f->items[i]->name, name) == 0)
			return f->items[i];
	return NULL;
}

static struct fact *
find_or_add(struct facts *f, enum fact_type type, const char *name)
{
	struct fact *fact = find(f, type, name);

	if (fact != NULL || f->count == FACTS_MAX ||
	    strlen(name) >= sizeof fact->name ||
	    (fact = calloc(1, sizeof *fact)) == NULL)
		return fact;
	fact->type = type;
	text_copy(fact->name, name, sizeof fact->name);
	f->items[f->count++] = fact;
	return fact;
}

/* RFC 1035 2.3.4; what else a label may hold is the server's matter. */
static bool
name_fits(const char *name)
{
	size_t label;

	if (name[0] == '\0' || strlen(name) > 253)
		return false;
	for (;; name += label + 1) {
		label = strcspn(name, ".");
		if (label == 0 || label > 63)
			return false;
		if (name[label] == '\0')
			return true;
	}
}

const struct fact_answer *
facts_get(struct facts *f, enum fact_type type, const char *name)
{
	struct fact *fact;

	if (!name_fits(name) || (fact = find_or_add(f, type, name)) == NULL)
		return &failed;
	return fact->answer;
}

bool
facts_next(struct facts *f, enum fact_type *type, const char **name)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		struct fact *fact = f->items[i];

		if (fact->asked || fact->answer != NULL)
			continue;
		fact->asked = true;
		*type = fact->type;
		*name = fact->name;
		return true;
	}
	return false;
}

bool
facts_put(struct facts *f, enum fact_type type, const char *name,
    struct fact_answer *a)
{
	struct fact *fact = find_or_add(f, type, name);

	if (a == NULL && (a = calloc(1, sizeof *a)) != NULL)
		a->status = DNS_FAILED;
	if (fact == NULL || a == NULL) {
		fact_answer_free(a);
		return false;
	}
	fact_answer_free(fact->answer);
	fact->answer = a;
	return true;
}

const char *
facts_reverse_zone(const struct net_addr *addr)
{
	return addr->family == AF_INET ? "in-addr.arpa" : "ip6.arpa";
}

bool
facts_reverse(const struct net_addr *addr, const char *zone,
    char out[FACTS_NAME_SIZE])
{
	const uint8_t *o = addr->octets;
	char labels[80];
	int i, len = 0;

	if (addr->family == AF_INET)
		snprintf(labels, sizeof labels, "%u.%u.%u.%u", o[3], o[2],
		    o[1], o[0]);
	for (i = 15; addr->family == AF_INET6 && i >= 0; i--)
		len += snprintf(labels + len, sizeof labels - (size_t)len,
		    "%x.%x%s", o[i] & 15U, o[i] >> 4U, i > 0 ? "." : "");
	return (addr->family == AF_INET || addr->family == AF_INET6) &&
	    snprintf(out, FACTS_NAME_SIZE, "%s.%s", labels, zone) <
	    FACTS_NAME_SIZE;
}
