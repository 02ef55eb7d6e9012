#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"
#include "common/text.h"

#define KEEP	2			/* damaged files, with the new one */
#define MARK	".damaged-"

/* The time in the name of a file set aside, or -1: another file. */
static long long
time_of(const char *name, const char *base)
{
	size_t len = strlen(base);
	char *end;
	long long at;

	if (strncmp(name, base, len) != 0 ||
	    strncmp(name + len, MARK, sizeof(MARK) - 1) != 0)
		return -1;
	at = strtoll(name + len + sizeof(MARK) - 1, &end, 10);
	return *end == '\0' && at >= 0 && at < LLONG_MAX ? at : -1;
}

struct asides {
	unsigned count;
	long long oldest, newest;	/* -1: none */
};

static struct asides
list_asides(const struct store_paths *p)
{
	const char *base = strrchr(p->data, '/') + 1;
	struct asides a = { .oldest = -1, .newest = -1 };
	struct dirent *entry;
	long long at;
	DIR *dir;

	if ((dir = opendir(p->data_dir)) == NULL)
		return a;
	while ((entry = readdir(dir)) != NULL) {
		if ((at = time_of(entry->d_name, base)) == -1)
			continue;
		a.count++;
		if (a.oldest == -1 || at < a.oldest)
			a.oldest = at;
		if (at > a.newest)
			a.newest = at;
	}
	closedir(dir);
	return a;
}

static void
name_aside(const struct store_paths *p, long long at, char out[STORE_ASIDE_MAX])
{
	snprintf(out, STORE_ASIDE_MAX, "%s" MARK "%lld", p->data, at);
}

enum store_status
store_set_aside(const struct store_paths *p, char path[STORE_ASIDE_MAX],
    char name[256])
{
	struct asides a = list_asides(p);
	long long at = clock_wall_s();

	/* A cache that breaks again and again must not fill the disk. */
	while (a.count >= KEEP) {
		name_aside(p, a.oldest, path);
		if (unlink(path) == -1)
			break;
		a = list_asides(p);
	}
	/* Two in one second, or a clock set back. */
	if (at <= a.newest)
		at = a.newest + 1;
	name_aside(p, at, path);
	/*
	 * The data first: without it no reader opens the lock file. That goes
	 * too, since a reader of the old file may still hold it, and its
	 * snapshot numbers would be taken for ones of the new file.
	 */
	if (rename(p->data, path) == -1 && errno != ENOENT)
		return store_status_of(errno);
	if (unlink(p->lock) == -1 && errno != ENOENT)
		return store_status_of(errno);
	if (text_copy(name, path, 256) >= 256)
		text_copy(name, strrchr(path, '/') + 1, 256);
	return STORE_OK;
}
