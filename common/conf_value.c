#include "common/conf_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_units.h"
#include "common/text.h"

/* The shape of every list in the records: a pointer, then its count. */
#define LIST_SHAPE(type, items, count) \
	_Static_assert(offsetof(type, count) == \
	    offsetof(type, items) + sizeof(void *), "items, then count")
LIST_SHAPE(struct conf_strings, items, count);
LIST_SHAPE(struct conf_networks, items, count);
LIST_SHAPE(struct conf, identity.sources, identity.source_count);
LIST_SHAPE(struct conf, dns.servers, dns.server_count);
LIST_SHAPE(struct conf, submitters, submitter_count);
LIST_SHAPE(struct conf, guards, guard_count);
_Static_assert(sizeof(enum guard_action) == sizeof(unsigned) &&
    sizeof(enum guard_mode) == sizeof(unsigned) &&
    sizeof(enum guard_verify) == sizeof(unsigned) &&
    sizeof(enum conf_complaints) == sizeof(unsigned) &&
    sizeof(enum conf_tls) == sizeof(unsigned), "a choice is an unsigned");

#define LIST_MAX	10000

struct list {
	void *items;
	size_t count;
};

/*
 * Fields are reached by copying: the records' pointers have their own types,
 * and may not be read through another one.
 */
static void
get(const struct conf_key *k, const void *record, void *out, size_t size)
{
	memcpy(out, (const char *)record + k->at, size);
}

static void
put(const struct conf_key *k, void *record, const void *in, size_t size)
{
	memcpy((char *)record + k->at, in, size);
}

static size_t
item_size(const struct conf_key *k)
{
	switch (k->kind) {
	case KIND_STRINGS:
		return sizeof(char *);
	case KIND_NETWORKS:
		return sizeof(struct net_cidr);
	case KIND_ENDPOINTS:
		return sizeof(struct conf_endpoint);
	case KIND_GROUPS:
		return k->rows->size;
	case KIND_STRING:
	case KIND_INT:
	case KIND_FLOAT:
	case KIND_BOOL:
	case KIND_MS:
	case KIND_SECONDS:
	case KIND_SIZE:
	case KIND_CHOICE:
	case KIND_EITHER:
	case KIND_ENDPOINT:
		break;
	}
	return 0;
}

static bool
no(char why[CONF_WHY_SIZE], const char *reason)
{
	text_copy(why, reason, CONF_WHY_SIZE);
	return false;
}

void
conf_value_bound(const struct conf_key *k, int64_t n, char *out, size_t size)
{
	char text[CONF_UNIT_TEXT_SIZE];

	snprintf(text, sizeof text, "%" PRId64, n);
	if (k->kind == KIND_MS)
		conf_duration_text(n, text);
	if (k->kind == KIND_SECONDS)
		conf_duration_text(n * 1000, text);
	if (k->kind == KIND_SIZE)
		conf_size_text(n, text);
	text_copy(out, text, size);
}

static bool
in_range(const struct conf_key *k, double n,
    char why[CONF_WHY_SIZE])
{
	char bound[CONF_UNIT_TEXT_SIZE];

	if (n < (double)k->least) {
		conf_value_bound(k, k->least, bound, sizeof bound);
		snprintf(why, CONF_WHY_SIZE, "is too small; the least is %s",
		    bound);
		return false;
	}
	if (!(n <= (double)k->most)) {
		conf_value_bound(k, k->most, bound, sizeof bound);
		snprintf(why, CONF_WHY_SIZE, "is too large; the most is %s",
		    bound);
		return false;
	}
	return true;
}

static bool
set_string(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE])
{
	char *old, *copy;

	if (text[0] == '\0' && !k->may_be_empty)
		return no(why, "is empty; give it a value");
	if (text[0] != '\0' && k->check != NULL &&
	    !k->check(text, why, CONF_WHY_SIZE))
		return false;
	copy = strdup(text);
	if (copy == NULL)
		return no(why, "");
	get(k, record, &old, sizeof old);
	free(old);
	put(k, record, &copy, sizeof copy);
	return true;
}

static bool
set_units(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE])
{
	const char *fault;
	int64_t n = 0;

	fault = k->kind == KIND_SIZE ? conf_read_size(text, &n) :
	    conf_read_duration(text, &n);
	if (fault != NULL)
		return no(why, fault);
	if (k->kind == KIND_SECONDS && n % 1000 != 0)
		return no(why, "must be whole seconds");
	if (k->kind == KIND_SECONDS)
		n /= 1000;
	if (!in_range(k, (double)n, why))
		return false;
	put(k, record, &n, sizeof n);
	return true;
}

static bool
set_number(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE])
{
	double real = conf_float_read(text);
	int64_t n = strtoll(text, NULL, 10);

	if (!in_range(k, real, why))
		return false;
	if (k->kind == KIND_INT)
		put(k, record, &n, sizeof n);
	else
		put(k, record, &real, sizeof real);
	return true;
}

static void
word_list(const struct conf_key *k, char *out, size_t size)
{
	size_t used = text_copy(out, "is unknown; write one of", size);

	for (unsigned i = 0; k->words[i] != NULL && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s %s",
		    i == 0 ? "" : ",", k->words[i]);
}

static bool
set_word(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE])
{
	unsigned i = 0;
	bool second;

	while (k->words[i] != NULL && strcmp(k->words[i], text) != 0)
		i++;
	if (k->words[i] == NULL) {
		word_list(k, why, CONF_WHY_SIZE);
		return false;
	}
	if (k->check != NULL && !k->check(text, why, CONF_WHY_SIZE))
		return false;
	second = i == 1;
	if (k->kind == KIND_EITHER)
		put(k, record, &second, sizeof second);
	else
		put(k, record, &i, sizeof i);
	return true;
}

static bool
read_endpoint(const struct conf_key *k, const char *text,
    struct conf_endpoint *out, char why[CONF_WHY_SIZE])
{
	memset(out, 0, sizeof *out);
	if (text[0] == '\0' && k->may_be_empty)
		return true;
	if (!net_endpoint_parse(text, k->port, &out->address, &out->port))
		return no(why, "is not an address; write \"address:port\" or "
		    "\"[IPv6 address]:port\"");
	if (out->port == 0)
		return no(why, "has no port; write \"address:port\"");
	return true;
}

bool
conf_value_set(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE])
{
	struct conf_endpoint end;
	bool on;

	switch (k->kind) {
	case KIND_STRING:
		return set_string(k, record, text, why);
	case KIND_INT:
	case KIND_FLOAT:
		return set_number(k, record, text, why);
	case KIND_BOOL:
		on = strcmp(text, "true") == 0;
		put(k, record, &on, sizeof on);
		return true;
	case KIND_MS:
	case KIND_SECONDS:
	case KIND_SIZE:
		return set_units(k, record, text, why);
	case KIND_CHOICE:
	case KIND_EITHER:
		return set_word(k, record, text, why);
	case KIND_ENDPOINT:
		if (!read_endpoint(k, text, &end, why))
			return false;
		put(k, record, &end, sizeof end);
		return true;
	case KIND_STRINGS:
	case KIND_NETWORKS:
	case KIND_ENDPOINTS:
	case KIND_GROUPS:
		break;
	}
	return no(why, "is not one value");
}

/* Room for one more at the end; NULL without memory. */
static void *
grow(const struct conf_key *k, void *record)
{
	size_t size = item_size(k);
	struct list l;
	char *items;

	get(k, record, &l, sizeof l);
	items = realloc(l.items, (l.count + 1) * size);
	if (items == NULL)
		return NULL;
	l.items = items;
	l.count++;
	memset(items + (l.count - 1) * size, 0, size);
	put(k, record, &l, sizeof l);
	return items + (l.count - 1) * size;
}

bool
conf_value_add(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE])
{
	struct conf_endpoint end;
	struct net_cidr net;
	char *copy;
	void *at;

	if (conf_value_count(k, record) >= LIST_MAX)
		return no(why, "is one too many for a list");
	if (k->kind == KIND_ENDPOINTS && !read_endpoint(k, text, &end, why))
		return false;
	if (k->kind == KIND_NETWORKS && !net_cidr_parse(text, &net))
		return no(why, "is not a network; write \"192.0.2.0/24\", "
		    "with no bits set after the prefix, or one address");
	if (k->kind == KIND_STRINGS && text[0] == '\0')
		return no(why, "is empty; drop it from the list");
	if (k->kind == KIND_STRINGS && k->check != NULL &&
	    !k->check(text, why, CONF_WHY_SIZE))
		return false;
	copy = k->kind == KIND_STRINGS ? strdup(text) : NULL;
	at = grow(k, record);
	if (at == NULL || (k->kind == KIND_STRINGS && copy == NULL)) {
		free(copy);
		return no(why, "");
	}
	if (k->kind == KIND_ENDPOINTS)
		memcpy(at, &end, sizeof end);
	if (k->kind == KIND_NETWORKS)
		memcpy(at, &net, sizeof net);
	if (k->kind == KIND_STRINGS)
		memcpy(at, &copy, sizeof copy);
	return true;
}

size_t
conf_value_count(const struct conf_key *k, const void *record)
{
	struct list l;

	get(k, record, &l, sizeof l);
	return l.count;
}

void *
conf_value_row(const struct conf_key *k, const void *record, size_t i)
{
	struct list l;

	get(k, record, &l, sizeof l);
	return (char *)l.items + i * item_size(k);
}

struct conf_origin *
conf_origins(const struct conf_table *t, const void *record)
{
	struct conf_origin *o;

	memcpy(&o, (const char *)record + t->origins_at, sizeof o);
	return o;
}

bool
conf_value_make_rows(const struct conf_key *k, void *record, size_t count)
{
	const struct conf_table *t = k->rows;
	struct list l;

	conf_value_free(k, record);
	if (count == 0)
		return true;
	l.items = calloc(count, t->size);
	l.count = count;
	if (l.items == NULL)
		return false;
	put(k, record, &l, sizeof l);
	for (size_t i = 0; i < count; i++) {
		struct conf_origin *o = calloc(t->count, sizeof *o);

		if (o == NULL)
			return false;
		memcpy((char *)l.items + i * t->size + t->origins_at, &o,
		    sizeof o);
	}
	return true;
}

static void
free_row(const struct conf_table *t, void *row)
{
	for (size_t i = 0; i < t->count; i++)
		conf_value_free(&t->keys[i], row);
	free(conf_origins(t, row));
}

void
conf_value_free(const struct conf_key *k, void *record)
{
	struct list l;
	char *text;

	if (k->kind == KIND_STRING) {
		get(k, record, &text, sizeof text);
		free(text);
		text = NULL;
		put(k, record, &text, sizeof text);
	}
	if (item_size(k) == 0)
		return;
	get(k, record, &l, sizeof l);
	for (size_t i = 0; i < l.count; i++) {
		if (k->kind == KIND_GROUPS)
			free_row(k->rows, (char *)l.items + i * k->rows->size);
		if (k->kind == KIND_STRINGS)
			free(((char **)l.items)[i]);
	}
	free(l.items);
	memset(&l, 0, sizeof l);
	put(k, record, &l, sizeof l);
}
