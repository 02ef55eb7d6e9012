#include "config.h"

#include "cli/logset.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/logfile.h"
#include "cli/out.h"

#define SLACK_MS	INT64_C(3600000)	/* clocks that step */

enum logset_name
logset_name(const char *base, const char *name)
{
	static const char *const others[] = { ".xz", ".zst", ".bz2", ".lz4",
	    ".Z" };
	size_t len = strlen(base), i;

	if (strncmp(name, base, len) != 0)
		return LOGSET_NONE;
	name += len;
	if (*name == '\0')
		return LOGSET_LOG;
	if ((*name != '.' && *name != '-') || name[1] < '0' || name[1] > '9')
		return LOGSET_NONE;
	name++;
	name += strspn(name, "0123456789-_T");
	if (*name == '\0')
		return LOGSET_ROTATED;
	if (strcmp(name, ".gz") == 0)
		return LOGSET_GZIP;
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(name, others[i]) == 0)
			return LOGSET_OTHER;
	return LOGSET_NONE;
}

/* Of files of one time those with larger numbers are older. */
static int
compare(const void *a, const void *b)
{
	const struct logset_file *x = a, *y = b;

	if (x->mtime_ms != y->mtime_ms)
		return x->mtime_ms < y->mtime_ms ? -1 : 1;
	return -strverscmp(x->name, y->name);
}

static bool
known(const struct logset *s, int fd)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (logfile_same(fd, s->files[i].fd))
			return true;
	return false;
}

static int64_t
written_ms(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 +
	    st->st_mtim.tv_nsec / 1000000;
}

/* Takes fd. */
static int
take(struct logset *s, int fd, const char *name, bool newest,
    int64_t since_ms)
{
	struct logset_file f = { .fd = fd };
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || known(s, fd)) {
		close(fd);
		return 0;
	}
	f.mtime_ms = newest ? INT64_MAX : written_ms(&st);
	if (f.mtime_ms < since_ms - SLACK_MS) {
		s->older = true;
		close(fd);
		return 0;
	}
	if ((f.name = strdup(name)) == NULL) {
		close(fd);
		return ENOMEM;
	}
	s->files[s->count++] = f;
	return 0;
}

static int
open_one(struct logset *s, int dir, const char *name, bool newest,
    int64_t since_ms)
{
	int fd;

	if (s->count == LOGSET_MAX) {
		s->cut = true;
		return 0;
	}
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return errno == ENOENT ? 0 : errno;
	return take(s, fd, name, newest, since_ms);
}

static int
look_at(struct logset *s, int dir, const char *base, const char *name,
    int64_t since_ms)
{
	struct stat st;

	switch (logset_name(base, name)) {
	case LOGSET_NONE:
	case LOGSET_LOG:
		break;
	case LOGSET_OTHER:
		s->other += fstatat(dir, name, &st, 0) == 0 &&
		    written_ms(&st) >= since_ms - SLACK_MS;
		break;
	case LOGSET_ROTATED:
	case LOGSET_GZIP:
		return open_one(s, dir, name, false, since_ms);
	}
	return 0;
}

/* gzip has written FILE.gz and not removed FILE yet: they are the same. */
static void
drop_copies(struct logset *s)
{
	size_t i, j, len;

	for (i = 0; i < s->count; i++) {
		len = strlen(s->files[i].name);
		for (j = s->count; j-- > 0;) {
			const char *name = s->files[j].name;

			if (strncmp(name, s->files[i].name, len) != 0 ||
			    strcmp(name + len, ".gz") != 0)
				continue;
			close(s->files[j].fd);
			free(s->files[j].name);
			memmove(&s->files[j], &s->files[j + 1],
			    (s->count - j - 1) * sizeof s->files[0]);
			s->count--;
			i -= j < i;
		}
	}
}

static int
read_directory(struct logset *s, DIR *d, const char *base, int64_t since_ms,
    char **name)
{
	/* First, so that what rotation moves meanwhile is met again, and
	 * known. */
	int error = open_one(s, dirfd(d), base, true, since_ms);
	const struct dirent *e;

	if (error != 0)
		*name = strdup(base);
	while (error == 0 && (errno = 0, e = readdir(d)) != NULL) {
		error = look_at(s, dirfd(d), base, e->d_name, since_ms);
		if (error != 0)
			*name = strdup(e->d_name);
	}
	return error != 0 ? error : errno;
}

int
logset_open(struct logset *s, const char *path, int64_t since_ms,
    char **name)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".") : slash == path ?
	    strdup("/") : strndup(path, (size_t)(slash - path));
	DIR *d = dir != NULL ? opendir(dir) : NULL;
	int error = d != NULL ? 0 : dir != NULL ? errno : ENOMEM;

	*s = (struct logset){ .count = 0 };
	*name = NULL;
	free(dir);
	if (error == ENOENT)
		return 0;
	if (error != 0)
		return error;
	error = read_directory(s, d, slash != NULL ? slash + 1 : path,
	    since_ms, name);
	closedir(d);
	drop_copies(s);
	if (s->count > 1)
		qsort(s->files, s->count, sizeof s->files[0], compare);
	return error;
}

void
logset_close(struct logset *s)
{
	while (s->count > 0) {
		s->count--;
		close(s->files[s->count].fd);
		free(s->files[s->count].name);
	}
}

void
logset_warn(const struct logset *s, const char *path)
{
	if (s->other > 0)
		out_warn("%zu rotated files of %s are not read: of compressed "
		    "ones only those of gzip are", s->other, path);
	if (s->cut)
		out_warn("there are more than %d rotated files of %s: some "
		    "are not read", LOGSET_MAX, path);
}
