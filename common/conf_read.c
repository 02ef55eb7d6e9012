#include "common/conf_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/conf_units.h"
#include "common/conf_value.h"
#include "common/text.h"

#define KEY_NAME_MAX	128
#define ROWS_MAX	1000		/* guards, or sources */

/* Where we are: a table, its record, and who hears of faults. */
struct reader {
	const struct conf_table *table;
	void *record;
	const char *file;
	struct conf_errors *errors;
};

static void read_group(const struct reader *r, const struct conf_node *group,
    const char *prefix);

/* "guards.wait" for the key "wait" of the table "guards". */
static void
full_name(const struct reader *r, const char *name, char out[KEY_NAME_MAX])
{
	snprintf(out, KEY_NAME_MAX, "%.30s%s%.90s", r->table->name,
	    r->table->name[0] == '\0' ? "" : ".", name);
}

static void
fault(const struct reader *r, const struct conf_node *n, const char *name,
    const char *what)
{
	char full[KEY_NAME_MAX];

	full_name(r, name, full);
	conf_errors_add(r->errors, conf_node_file(n), conf_node_line(n),
	    "%s %s", full, what);
}

static void
bad_value(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k, const char *value, const char *why)
{
	char full[KEY_NAME_MAX];

	full_name(r, k->name, full);
	if (why[0] == '\0')
		why = "could not be kept: out of memory";
	conf_errors_add(r->errors, conf_node_file(n), conf_node_line(n),
	    "%s: \"%.200s\" %s", full, value, why);
}

/* What the setting should have looked like, for one of the wrong type. */
static void
wrong_type(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k, const char *must, const char *example)
{
	char what[256];

	snprintf(what, sizeof what, "must be %s; write %s = %s", must,
	    conf_key_leaf(k->name), example);
	fault(r, n, k->name, what);
}

/* The bare number of the file with the unit that the default has. */
static void
unit_missing(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	char example[64];
	const char *unit = k->dflt + strspn(k->dflt, "0123456789");

	if (conf_node_type(n) == CONF_INT && conf_node_int(n) >= 0) {
		snprintf(example, sizeof example, "\"%lld%s\"",
		    (long long)conf_node_int(n), unit);
		wrong_type(r, n, k, "text with a unit", example);
		return;
	}
	snprintf(example, sizeof example, "\"%s\"", k->dflt);
	wrong_type(r, n, k, "text with a unit", example);
}

/* NULL, after a message, if the node is no string that can be shown. */
static const char *
text_of(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	const char *s = conf_node_string(n);
	size_t len = strlen(s);

	if (len > CONF_STRING_MAX) {
		fault(r, n, k->name, "is longer than 1024 octets");
		return NULL;
	}
	if (!text_is_utf8(s, len)) {
		fault(r, n, k->name, "is not UTF-8");
		return NULL;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f ||
		    ((unsigned char)s[i] == 0xc2 &&
		    (unsigned char)s[i + 1] < 0xa0)) {
			fault(r, n, k->name, "has a control character in it");
			return NULL;
		}
	return s;
}

static void
read_text(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	char why[CONF_WHY_SIZE] = "";
	const char *text = text_of(r, n, k);

	if (text != NULL && !conf_value_set(k, r->record, text, why))
		bad_value(r, n, k, text, why);
}

static void
read_number(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	char why[CONF_WHY_SIZE], text[CONF_UNIT_TEXT_SIZE];
	enum conf_type type = conf_node_type(n);
	double real;

	if (type != CONF_INT && (type != CONF_FLOAT || k->kind == KIND_INT)) {
		wrong_type(r, n, k, "a number without quotes", k->dflt);
		return;
	}
	real = type == CONF_INT ? (double)conf_node_int(n) : conf_node_float(n);
	if (!isfinite(real)) {
		fault(r, n, k->name, "is too large");
		return;
	}
	conf_float_text(real, text);
	if (type == CONF_INT)
		snprintf(text, sizeof text, "%lld",
		    (long long)conf_node_int(n));
	if (!conf_value_set(k, r->record, text, why))
		bad_value(r, n, k, text, why);
}

static void
read_list(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	enum conf_type type = conf_node_type(n);
	char why[CONF_WHY_SIZE];

	conf_value_free(k, r->record);
	if (type != CONF_ARRAY && type != CONF_LIST) {
		wrong_type(r, n, k, "a list", "[ \"...\" ]");
		return;
	}
	for (size_t i = 0; i < conf_node_count(n); i++) {
		const struct conf_node *item = conf_node_at(n, i);
		const char *text;

		if (conf_node_type(item) != CONF_STRING) {
			fault(r, item, k->name, "lists text only; put each "
			    "item into quotes");
			continue;
		}
		text = text_of(r, item, k);
		why[0] = '\0';
		if (text != NULL && !conf_value_add(k, r->record, text, why))
			bad_value(r, item, k, text, why);
	}
}

static void
read_row(const struct reader *r, const struct conf_node *n,
    const struct conf_table *t, void *row)
{
	struct reader in = { t, row, r->file, r->errors };
	const struct conf_origin *o = conf_origins(t, row);

	if (conf_node_type(n) != CONF_GROUP) {
		conf_errors_add(r->errors, conf_node_file(n),
		    conf_node_line(n), "%s lists groups only; write "
		    "%s = ( { ... } )", t->name, conf_key_leaf(t->name));
		return;
	}
	read_group(&in, n, "");
	for (size_t i = 0; i < t->count; i++)
		if (t->keys[i].required && o[i].file == NULL)
			conf_errors_add(r->errors, conf_node_file(n),
			    conf_node_line(n), "this entry of %s has no %s; "
			    "add %s = \"%s\";", t->name, t->keys[i].name,
			    t->keys[i].name, t->keys[i].example);
}

static void
read_rows(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	enum conf_type type = conf_node_type(n);
	size_t count = conf_node_count(n);

	if (type != CONF_LIST && (type != CONF_ARRAY || count > 0)) {
		wrong_type(r, n, k, "a list of groups",
		    "( { ... }, { ... } )");
		return;
	}
	if (count > ROWS_MAX) {
		fault(r, n, k->name, "lists more than 1000 groups");
		return;
	}
	if (!conf_value_make_rows(k, r->record, count)) {
		fault(r, n, k->name, "could not be kept: out of memory");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		void *row = conf_value_row(k, r->record, i);

		if (conf_read_defaults(k->rows, row))
			read_row(r, conf_node_at(n, i), k->rows, row);
		else
			fault(r, n, k->name, "could not be kept: out of "
			    "memory");
	}
}

static void
read_switch(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	char why[CONF_WHY_SIZE];

	if (conf_node_type(n) != CONF_BOOL)
		wrong_type(r, n, k, "true or false, without quotes", k->dflt);
	else
		conf_value_set(k, r->record, conf_node_bool(n) ? "true" :
		    "false", why);
}

static void
read_value(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	bool is_text = conf_node_type(n) == CONF_STRING;

	switch (k->kind) {
	case KIND_STRING:
	case KIND_CHOICE:
	case KIND_EITHER:
	case KIND_ENDPOINT:
		if (is_text)
			read_text(r, n, k);
		else
			wrong_type(r, n, k, "text in quotes", "\"...\"");
		return;
	case KIND_MS:
	case KIND_SECONDS:
	case KIND_SIZE:
		if (is_text)
			read_text(r, n, k);
		else
			unit_missing(r, n, k);
		return;
	case KIND_INT:
	case KIND_FLOAT:
		read_number(r, n, k);
		return;
	case KIND_BOOL:
		read_switch(r, n, k);
		return;
	case KIND_STRINGS:
	case KIND_NETWORKS:
	case KIND_ENDPOINTS:
		read_list(r, n, k);
		return;
	case KIND_GROUPS:
		read_rows(r, n, k);
		return;
	}
}

static void
read_key(const struct reader *r, const struct conf_node *n,
    const struct conf_key *k)
{
	struct conf_origin *o = conf_origins(r->table, r->record);

	o += k - r->table->keys;
	o->file = r->file;
	o->line = conf_node_line(n);
	read_value(r, n, k);
}

static void
unknown(const struct reader *r, const struct conf_node *n, const char *name)
{
	char full[KEY_NAME_MAX], near[KEY_NAME_MAX], known[KEY_NAME_MAX];

	full_name(r, name, full);
	if (!conf_key_nearest(r->table, name, near, sizeof near)) {
		conf_errors_add(r->errors, conf_node_file(n),
		    conf_node_line(n), "unknown key '%s'; rcptguard.conf(5) "
		    "lists all", full);
		return;
	}
	full_name(r, near, known);
	conf_errors_add(r->errors, conf_node_file(n), conf_node_line(n),
	    "unknown key '%s'; did you mean '%s'?", full, known);
}

/* Groups are those of the schema, so the recursion ends with its names. */
static void
read_group(const struct reader *r, const struct conf_node *group,
    const char *prefix)
{
	for (size_t i = 0; i < conf_node_count(group); i++) {
		const struct conf_node *n = conf_node_at(group, i);
		const struct conf_key *k;
		char name[KEY_NAME_MAX];

		snprintf(name, sizeof name, "%s%s%.64s", prefix,
		    prefix[0] == '\0' ? "" : ".", conf_node_name(n));
		k = conf_key_find(r->table, name);
		if (k != NULL)
			read_key(r, n, k);
		else if (!conf_key_is_group(r->table, name))
			unknown(r, n, name);
		else if (conf_node_type(n) == CONF_GROUP)
			read_group(r, n, name);
		else
			fault(r, n, name, "is a group; write name: { ... };");
	}
}

bool
conf_read_defaults(const struct conf_table *t, void *record)
{
	char why[CONF_WHY_SIZE];

	for (size_t i = 0; i < t->count; i++)
		if (t->keys[i].dflt != NULL &&
		    !conf_value_set(&t->keys[i], record, t->keys[i].dflt, why))
			return false;
	return true;
}

void
conf_read_tree(const struct conf_tree *tree, const char *file, struct conf *c,
    struct conf_errors *e)
{
	struct reader r = { &conf_schema, c, file, e };

	read_group(&r, conf_tree_root(tree), "");
}
