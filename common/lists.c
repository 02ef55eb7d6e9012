#include "common/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/lists_internal.h"
#include "common/psl.h"
#include "common/text.h"

struct lists {
	struct list *items[LIST_COUNT];
};

const struct list_traits list_traits[LIST_COUNT] = {
	[LIST_ALLOW] = { .word = "allow", .form = FORM_PATTERN, .own = true },
	[LIST_DENY] = { .word = "deny", .form = FORM_PATTERN, .own = true },
	[LIST_TYPO] = { .word = "typo", .form = FORM_PAIR },
	[LIST_TRAP] = { .word = "trap", .form = FORM_PATTERN, .below = true },
	[LIST_DEAD] = { .word = "dead", .form = FORM_DOMAIN, .below = true },
	[LIST_DISPOSABLE] = { .word = "disposable", .form = FORM_DOMAIN,
	    .below = true },
	[LIST_ROLE] = { .word = "role", .form = FORM_LOCAL },
	[LIST_ALIAS] = { .word = "alias", .form = FORM_DOMAIN, .below = true },
	[LIST_FREE_MAIL] = { .word = "free-mail", .form = FORM_DOMAIN,
	    .below = true },
	[LIST_DISPOSABLE_MX] = { .word = "disposable-mx", .form = FORM_DOMAIN,
	    .below = true, .hosts = true },
	[LIST_PARKED_MX] = { .word = "parked-mx", .form = FORM_DOMAIN,
	    .below = true, .hosts = true },
	[LIST_PARKED_NS] = { .word = "parked-ns", .form = FORM_DOMAIN,
	    .below = true, .hosts = true },
};

const char *
list_word(enum list_kind kind)
{
	return (unsigned)kind < LIST_COUNT ? list_traits[kind].word : NULL;
}

bool
list_from_word(const char *word, enum list_kind *out)
{
	int i;

	for (i = 0; i < LIST_COUNT; i++)
		if (strcmp(list_traits[i].word, word) == 0) {
			*out = (enum list_kind)i;
			return true;
		}
	return false;
}

void
list_free(struct list *l)
{
	if (l == NULL)
		return;
	free(l->file);
	free(l->text);
	free(l->entries);
	free(l);
}

size_t
list_count(const struct list *l)
{
	return l->count;
}

/* --- reading ------------------------------------------------------------- */

static char *
read_all(int fd, const char *path, size_t *len, struct conf_errors *e)
{
	struct stat st;
	char *text;
	ssize_t n = -1;

	if (fstat(fd, &st) == -1 || st.st_size > (off_t)LIST_FILE_MAX) {
		conf_errors_add(e, path, 0, "larger than 16 MiB");
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	*len = 0;
	while (text != NULL && *len < (size_t)st.st_size) {
		n = read(fd, text + *len, (size_t)st.st_size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	if (text == NULL || (n == -1 && *len < (size_t)st.st_size)) {
		conf_errors_add(e, path, 0, "%s", strerror(errno));
		free(text);
		return NULL;
	}
	return text;
}

char *
list_text(const char *path, size_t *len, struct conf_errors *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;

	if (fd == -1) {
		conf_errors_add(e, path, 0, "%s", strerror(errno));
		return NULL;
	}
	if (conf_file_trusted(fd, S_IFREG, path, e))
		text = read_all(fd, path, len, e);
	close(fd);
	return text;
}

struct list *
list_read(enum list_kind kind, const char *path, int64_t now_s,
    struct conf_errors *e, struct conf_errors *w)
{
	struct list *l = NULL;
	size_t len;
	char *text = list_text(path, &len, e);

	if (text != NULL)
		l = list_parse(kind, path, text, len, now_s, e, w);
	free(text);
	return l;
}

/* *found false: there is no such file, which is no error. */
static bool
read_if_there(struct lists *s, enum list_kind kind, const char *dir,
    int64_t now_s, bool *found, struct conf_errors *e, struct conf_errors *w)
{
	char path[4096];
	int len = snprintf(path, sizeof path, "%s/%s", dir, list_word(kind));

	*found = false;
	if (len < 0 || (size_t)len >= sizeof path) {
		conf_errors_add(e, dir, 0, "too long a path");
		return false;
	}
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return true;
	*found = true;
	s->items[kind] = list_read(kind, path, now_s, e, w);
	return s->items[kind] != NULL;
}

static bool
load_maintained(struct lists *s, const struct conf *conf, enum list_kind kind,
    int64_t now_s, struct conf_errors *e, struct conf_errors *w)
{
	bool found = false;

	if (conf->lists.dir[0] != '\0' && !read_if_there(s, kind,
	    conf->lists.dir, now_s, &found, e, w))
		return false;
	if (found)
		return true;
	return read_if_there(s, kind, LISTS_INSTALLED, now_s, &found, e, w);
}

static void
warn_missing(const struct lists *s, struct conf_errors *w)
{
	int i, missing = 0;

	for (i = 0; i < LIST_COUNT; i++)
		if (!list_traits[i].own && s->items[i] == NULL)
			missing++;
	if (missing > 0)
		conf_errors_add(w, LISTS_INSTALLED, 0, "%d of the lists are "
		    "not there, so nothing is known by them; install them, or "
		    "set lists.dir", missing);
}

/* A directory that is named is meant. */
static bool
dir_is_there(const struct conf *conf, struct conf_errors *e)
{
	const char *dir = conf->lists.dir;

	if (dir[0] == '\0' || access(dir, R_OK | X_OK) == 0)
		return true;
	conf_errors_add(e, conf->file, 0, "lists.dir \"%s\": %s", dir,
	    strerror(errno));
	return false;
}

static bool
load_own(struct lists *s, enum list_kind kind, const char *path,
    int64_t now_s, struct conf_errors *e, struct conf_errors *w)
{
	if (path[0] == '\0')
		return true;
	s->items[kind] = list_read(kind, path, now_s, e, w);
	return s->items[kind] != NULL;
}

struct lists *
lists_load(const struct conf *conf, int64_t now_s, struct conf_errors *e,
    struct conf_errors *w)
{
	struct lists *s = calloc(1, sizeof *s);
	bool good;
	int i;

	if (s == NULL) {
		conf_errors_add(e, conf->file, 0, "no memory");
		return NULL;
	}
	good = dir_is_there(conf, e);
	good = load_own(s, LIST_ALLOW, conf->lists.allow, now_s, e, w) && good;
	good = load_own(s, LIST_DENY, conf->lists.deny, now_s, e, w) && good;
	for (i = 0; i < LIST_COUNT; i++)
		if (!list_traits[i].own && !load_maintained(s, conf,
		    (enum list_kind)i, now_s, e, w))
			good = false;
	if (!good) {
		lists_free(s);
		return NULL;
	}
	warn_missing(s, w);
	return s;
}

struct lists *
lists_of(struct list *const items[LIST_COUNT])
{
	struct lists *s = calloc(1, sizeof *s);

	if (s != NULL)
		memcpy(s->items, items, sizeof s->items);
	return s;
}

void
lists_free(struct lists *s)
{
	int i;

	if (s == NULL)
		return;
	for (i = 0; i < LIST_COUNT; i++)
		list_free(s->items[i]);
	free(s);
}

/* --- finding ------------------------------------------------------------- */

/* The entry that stands first in the file. */
static const struct list_entry *
entry_of(const struct list *l, const char *key)
{
	size_t low = 0, high = l->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(l->entries[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == l->count || strcmp(l->entries[low].key, key) != 0)
		return NULL;
	return &l->entries[low];
}

static const struct list_entry *
match_domain(const struct list *l, const char *domain)
{
	const struct list_entry *entry = entry_of(l, domain);
	const char *last;

	if (entry != NULL || !list_traits[l->kind].below)
		return entry;
	last = registrable_part(domain);
	while (entry == NULL && domain < last &&
	    (domain = strchr(domain, '.')) != NULL)
		entry = entry_of(l, ++domain);
	return entry;
}

/* ".domain" for each domain above this one. */
static const struct list_entry *
match_above(const struct list *l, const char *domain)
{
	const struct list_entry *entry = NULL;

	while (entry == NULL && (domain = strchr(domain, '.')) != NULL)
		entry = entry_of(l, domain++);
	return entry;
}

/* The most specific first. canonical is name@domain, at its last "@" at. */
static const struct list_entry *
match_pattern(const struct list *l, const char *canonical, const char *at)
{
	const struct list_entry *entry = entry_of(l, canonical);
	char name[ADDRESS_LOCAL_MAX + 2];

	if (entry == NULL)
		entry = match_domain(l, at + 1);
	if (entry == NULL)
		entry = match_above(l, at + 1);
	if (entry != NULL || at - canonical > ADDRESS_LOCAL_MAX)
		return entry;
	snprintf(name, sizeof name, "%.*s@", (int)(at - canonical), canonical);
	return entry_of(l, name);
}

/* info+shop is info. */
static const struct list_entry *
match_local(const struct list *l, const char *canonical, const char *at)
{
	char name[ADDRESS_LOCAL_MAX + 1];
	const struct list_entry *entry;

	if (at - canonical > ADDRESS_LOCAL_MAX)
		return NULL;
	snprintf(name, sizeof name, "%.*s", (int)(at - canonical), canonical);
	entry = entry_of(l, name);
	if (entry != NULL || name[0] == '+' || name[0] == '"')
		return entry;
	name[strcspn(name, "+")] = '\0';
	return entry_of(l, name);
}

static const struct list_entry *
match_address(const struct list *l, const struct address *addr)
{
	char canonical[ADDRESS_MAX + 1];
	const char *at;

	address_canonical(addr, canonical);
	at = strrchr(canonical, '@');
	switch (list_traits[l->kind].form) {
	case FORM_PATTERN:
		return match_pattern(l, canonical, at);
	case FORM_LOCAL:
		return match_local(l, canonical, at);
	case FORM_PAIR:
	case FORM_DOMAIN:
		break;
	}
	return addr->literal ? NULL : match_domain(l, at + 1);
}

static void
finding_of(const struct list *l, const struct list_entry *entry,
    const struct address *addr, struct list_finding *out)
{
	memset(out, 0, sizeof *out);
	out->list = l->kind;
	out->file = l->file;
	out->entry = entry->key;
	out->line = entry->line;
	if (entry->value == NULL || addr == NULL)
		return;
	if (strlen(addr->local) + 1 + strlen(entry->value) <= ADDRESS_MAX)
		snprintf(out->suggestion, sizeof out->suggestion, "%.64s@%.189s",
		    addr->local, entry->value);
}

bool
lists_match(const struct lists *s, enum list_kind kind,
    const struct address *addr, struct list_finding *out)
{
	const struct list *l = s != NULL ? s->items[kind] : NULL;
	const struct list_entry *entry;

	if (l == NULL || list_traits[kind].hosts ||
	    (entry = match_address(l, addr)) == NULL)
		return false;
	finding_of(l, entry, addr, out);
	return true;
}

bool
lists_match_host(const struct lists *s, enum list_kind kind, const char *host,
    struct list_finding *out)
{
	const struct list *l = s != NULL ? s->items[kind] : NULL;
	const struct list_entry *entry;

	if (l == NULL || !list_traits[kind].hosts ||
	    (entry = match_domain(l, host)) == NULL)
		return false;
	finding_of(l, entry, NULL, out);
	return true;
}

bool
lists_match_domain(const struct lists *s, enum list_kind kind,
    const char *domain, struct list_finding *out)
{
	const struct list *l = s != NULL ? s->items[kind] : NULL;
	const struct list_entry *entry;
	char name[256];

	if (l == NULL || list_traits[kind].hosts ||
	    list_traits[kind].form != FORM_DOMAIN ||
	    text_copy(name, domain, sizeof name) >= sizeof name)
		return false;
	text_lower(name);
	if ((entry = match_domain(l, name)) == NULL)
		return false;
	finding_of(l, entry, NULL, out);
	return true;
}
