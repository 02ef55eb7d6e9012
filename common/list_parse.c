/*
 * list_parse: a list, from its text to entries in order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/lists_internal.h"
#include "common/text.h"

struct list_reader {
	struct list *list;
	struct conf_errors *errors;
	size_t room;			/* entries */
	unsigned line;
	bool failed;
	bool licence, source;
	int64_t date_s;			/* 0: none */
};

static bool
complain(struct list_reader *r, const char *entry, const char *what)
{
	conf_errors_add(r->errors, r->list->file, (int)r->line, "\"%.200s\" "
	    "%s", entry, what);
	r->failed = true;
	return false;
}

static bool
complain_whole(struct list_reader *r, const char *what)
{
	conf_errors_add(r->errors, r->list->file, 0, "%s", what);
	r->failed = true;
	return false;
}

/* A comment: "date: ...", "licence: ...", "source: ...", or just words. */
static void
take_comment(struct list_reader *r, char *text)
{
	text += strspn(text, "# \t");
	if (strncmp(text, "date:", 5) == 0) {
		text += 5 + strspn(text + 5, " \t");
		r->date_s = clock_day(text);
		if (r->date_s <= 0)
			complain(r, text, "is no date; write YYYY-MM-DD");
	} else if (strncmp(text, "licence:", 8) == 0) {
		r->licence = text[8 + strspn(text + 8, " \t")] != '\0';
	} else if (strncmp(text, "source:", 7) == 0) {
		r->source = text[7 + strspn(text + 7, " \t")] != '\0';
	}
}

/* Whether local@domain is written as addresses are compared. */
static bool
is_address(const char *local, size_t local_len, const char *domain)
{
	char text[LIST_LINE_MAX + 8], canonical[ADDRESS_MAX + 1];
	struct address addr;
	int len = snprintf(text, sizeof text, "%.*s@%s", (int)local_len,
	    local, domain);

	if (len < 0 || (size_t)len >= sizeof text ||
	    address_parse(text, (size_t)len, &addr) != ADDRESS_OK)
		return false;
	address_canonical(&addr, canonical);
	return strcmp(canonical, text) == 0;
}

static bool
is_domain(const char *text)
{
	return strchr(text, '@') == NULL && strchr(text, '.') != NULL &&
	    text[0] != '[' &&
	    is_address("x", 1, text);
}

/* ".domain" may be as short as a top-level domain. */
static bool
is_pattern(const char *text)
{
	const char *at = strrchr(text, '@');

	if (text[0] == '.')
		return text_is_hostname(text + 1);
	if (at == NULL)
		return is_domain(text);
	if (at[1] == '\0')
		return is_address(text, (size_t)(at - text), "x.example");
	return is_address(text, (size_t)(at - text), at + 1);
}

static bool
is_good(struct list_reader *r, const char *key, const char *value)
{
	enum list_form form = list_traits[r->list->kind].form;

	if (value != NULL && form != FORM_PAIR)
		return complain(r, key, "has more behind it; write one entry "
		    "a line");
	switch (form) {
	case FORM_PATTERN:
		return is_pattern(key) || complain(r, key, "is none of "
		    "domain, .domain, name@ and name@domain (with xn-- "
		    "labels)");
	case FORM_PAIR:
		if (value == NULL)
			return complain(r, key, "lacks the domain that is "
			    "meant");
		if (!is_domain(value))
			return complain(r, value, "is no domain (with xn-- "
			    "labels)");
		if (strcmp(key, value) == 0)
			return complain(r, key, "would be its own correction");
		break;
	case FORM_LOCAL:
		return is_address(key, strlen(key), "x.example") ||
		    complain(r, key, "is no local part");
	case FORM_DOMAIN:
		break;
	}
	return is_domain(key) ||
	    complain(r, key, "is no domain (with xn-- labels)");
}

static bool
append(struct list_reader *r, const char *key, const char *value)
{
	struct list *l = r->list;
	struct list_entry *more;

	if (l->count == r->room) {
		r->room = r->room == 0 ? 64 : 2 * r->room;
		more = realloc(l->entries, r->room * sizeof *more);
		if (more == NULL)
			return complain_whole(r, "no memory");
		l->entries = more;
	}
	l->entries[l->count].key = key;
	l->entries[l->count].value = value;
	l->entries[l->count].line = r->line;
	l->count++;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks at both ends. */
static char *
trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len > 0 && is_blank(text[len - 1]))
		text[--len] = '\0';
	return text;
}

static bool
take_line(struct list_reader *r, char *line)
{
	char *key = trim(line), *value = NULL, *hash;
	size_t len;

	if (key[0] == '#') {
		take_comment(r, key);
		return true;
	}
	/* A "#" within an entry belongs to it: local parts may have one. */
	for (hash = key; (hash = strchr(hash, '#')) != NULL; hash++)
		if (is_blank(hash[-1])) {
			*hash = '\0';
			break;
		}
	key = trim(key);
	if (key[0] == '\0')
		return true;
	len = strcspn(key, " \t");
	if (key[len] != '\0') {
		key[len] = '\0';
		value = trim(key + len + 1);
		text_lower(value);
	}
	text_lower(key);
	return !is_good(r, key, value) || append(r, key, value);
}

/* False: no memory, or too many errors to go on. */
static bool
take_lines(struct list_reader *r, size_t len)
{
	char *at = r->list->text, *end = at + len, *next;

	for (; at < end; at = next) {
		next = memchr(at, '\n', (size_t)(end - at));
		next = next == NULL ? end : next;
		*next++ = '\0';
		r->line++;
		if ((size_t)(next - at) > LIST_LINE_MAX ||
		    strlen(at) + 1 != (size_t)(next - at)) {
			at[40 < next - at ? 40 : next - at - 1] = '\0';
			complain(r, at, "is a line of over 510 octets, or one "
			    "with a NUL");
			continue;
		}
		if (!take_line(r, at))
			return false;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct list_entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return (x->line > y->line) - (x->line < y->line);
}

static void
check_header(struct list_reader *r, int64_t now_s, struct conf_errors *w)
{
	int64_t days;

	if (list_traits[r->list->kind].own)
		return;
	if (r->date_s == 0 && !r->failed)
		complain_whole(r, "has no line \"# date: YYYY-MM-DD\"; add it");
	if (!r->licence)
		complain_whole(r, "has no line \"# licence: ...\"; add it");
	if (!r->source)
		complain_whole(r, "has no line \"# source: ...\"; add it");
	days = (now_s - r->date_s) / 86400;
	if (!r->failed && w != NULL && days > LIST_OLD_DAYS)
		conf_errors_add(w, r->list->file, 0, "this list is %lld days "
		    "old; put in a newer one (rcptguard list update)",
		    (long long)days);
}

struct list *
list_parse(enum list_kind kind, const char *file, const char *text, size_t len,
    int64_t now_s, struct conf_errors *e, struct conf_errors *w)
{
	struct list_reader r;

	memset(&r, 0, sizeof r);
	r.errors = e;
	r.list = calloc(1, sizeof *r.list);
	if (r.list != NULL) {
		r.list->kind = kind;
		r.list->file = strdup(file);
		r.list->text = malloc(len + 1);
	}
	if (r.list == NULL || r.list->file == NULL || r.list->text == NULL) {
		conf_errors_add(e, file, 0, "no memory");
		list_free(r.list);
		return NULL;
	}
	if (len > 0)
		memcpy(r.list->text, text, len);
	r.list->text[len] = '\0';
	if (take_lines(&r, len))
		check_header(&r, now_s, w);
	if (r.failed) {
		list_free(r.list);
		return NULL;
	}
	if (r.list->count > 0)
		qsort(r.list->entries, r.list->count, sizeof(struct list_entry),
		    compare);
	return r.list;
}
