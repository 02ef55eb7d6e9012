#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
	return *end == '\0' ? at : -1;
}

/* Removes the oldest; true: it may be called again. */
static bool
remove_oldest(const struct store_paths *p, const char *base)
{
	char path[PATH_MAX + 64];
	long long at, oldest = -1;
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir;

	if ((dir = opendir(p->data_dir)) == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		if ((at = time_of(entry->d_name, base)) == -1)
			continue;
		count++;
		if (oldest == -1 || at < oldest)
			oldest = at;
	}
	closedir(dir);
	if (count < KEEP)
		return false;
	snprintf(path, sizeof(path), "%s" MARK "%lld", p->data, oldest);
	return unlink(path) == 0;
}

enum store_status
store_set_aside(const struct store_paths *p, char name[256])
{
	char path[PATH_MAX + 64];
	const char *base = strrchr(p->data, '/') + 1;
	int64_t at = clock_wall_s();

	/* A cache that breaks again and again must not fill the disk. */
	while (remove_oldest(p, base))
		continue;
	do
		snprintf(path, sizeof(path), "%s" MARK "%lld", p->data,
		    (long long)at++);
	while (access(path, F_OK) == 0);
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
