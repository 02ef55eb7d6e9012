#include "probe/notice_drop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/verdict_line.h"

#define NAME_SIZE	128

/* False: errno. Half-written ones count too. */
static bool
has_room(int dir, bool *room)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *e;
	size_t n = 0;
	DIR *d;

	if (fd == -1)
		return false;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return false;
	}
	errno = 0;
	while (n < NOTICE_FILES_MAX && (e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	*room = n < NOTICE_FILES_MAX;
	return true;
}

/* "20261121T171153Z-listed-ID.json" behind the dot that goes at the end. */
static void
make_name(const struct notice *n, char out[NAME_SIZE])
{
	char time[CLOCK_TEXT_SIZE], id[VERDICT_ID_SIZE], *to = out;
	const char *from;

	clock_text(n->time_ms / 1000 * 1000, time);
	*to++ = '.';
	for (from = time; *from != '\0' && *from != '.'; from++)
		if (*from != '-' && *from != ':' && *from != 'Z')
			*to++ = *from;
	verdict_id_make(id);
	(void)snprintf(to, (size_t)(out + NAME_SIZE - to), "Z-%s-%s.json",
	    notice_word(n->kind), id);
}

static bool
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, text, len)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
put_file(int dir, const struct notice *n, const char *json)
{
	char name[NAME_SIZE];
	bool ok;
	int fd, error;

	make_name(n, name);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0640);
	if (fd == -1)
		return false;
	ok = write_all(fd, json, strlen(json)) && write_all(fd, "\n", 1) &&
	    fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (ok && renameat(dir, name, dir, name + 1) == 0)
		return true;
	error = errno;
	(void)unlinkat(dir, name, 0);
	errno = error;
	return false;
}

enum notice_drop
notice_drop(const char *path, const struct notice *n, const char *json)
{
	enum notice_drop result = DROP_FAILED;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
	bool room;

	if (dir == -1)
		return DROP_FAILED;
	if (has_room(dir, &room))
		result = !room ? DROP_FULL : put_file(dir, n, json) ?
		    DROP_DONE : DROP_FAILED;
	error = errno;
	close(dir);
	errno = error;
	return result;
}
