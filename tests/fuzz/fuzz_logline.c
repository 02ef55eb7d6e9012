/*
 * A file of any octets is the same list of lines from both its ends, and it is
 * what was between its LFs. A line that reads as a verdict is never left out
 * early by a filter that it matches, and what is shown of it is safe.
 */
#include "config.h"

#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "cli/logfile.h"
#include "cli/logline.h"
#include "cli/out.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

static void
check_shown(const char *text)
{
	char *safe = out_safe(text, true);
	size_t i;

	PROPERTY(safe != NULL);
	for (i = 0; safe[i] != '\0'; i++)
		PROPERTY((unsigned char)safe[i] >= 0x20 && safe[i] != 0x7f);
	PROPERTY(text_is_utf8(safe, i));
	free(safe);
}

static void
check_verdict(const char *text, size_t len)
{
	struct logfilter f = { .since_ms = 0 };
	struct logline l, again;
	char *json;

	if (!logline_read(text, len, &l))
		return;
	f.since_ms = l.verdict.time_ms > 0 ? l.verdict.time_ms : 0;
	f.until_ms = l.verdict.time_ms > 0 ? l.verdict.time_ms + 1 : 0;
	f.id = l.verdict.id;
	PROPERTY(logfilter_match(&f, &l.verdict));
	PROPERTY(logfilter_may_match(&f, text, len));
	check_shown(l.verdict.address);
	json = out_safe_json(text, false);
	PROPERTY(json != NULL && logline_read(json, strlen(json), &again));
	PROPERTY(strcmp(again.verdict.address, l.verdict.address) == 0);
	logline_clear(&again);
	logline_clear(&l);
	free(json);
}

static size_t
check_forwards(int fd, const char *data, size_t len, off_t *places)
{
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;
	size_t n = 0, at = 0;

	PROPERTY(l != NULL);
	while (logfile_next(l, &line)) {
		PROPERTY(line.at == (off_t)at);
		PROPERTY(at + line.len < len && data[at + line.len] == '\n');
		PROPERTY(memcmp(line.text, data + at, line.len) == 0);
		PROPERTY(memchr(line.text, '\n', line.len) == NULL);
		at += line.len + 1;
		places[n++] = line.at;
		check_verdict(line.text, line.len);
	}
	PROPERTY(memchr(data + at, '\n', len - at) == NULL);
	logfile_free(l);
	return n;
}

static void
check_backwards(int fd, const char *data, const off_t *places, size_t n)
{
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;

	PROPERTY(l != NULL);
	while (logfile_previous(l, &line)) {
		PROPERTY(n > 0 && line.at == places[--n]);
		PROPERTY(memcmp(line.text, data + line.at, line.len) == 0);
		PROPERTY(data[line.at + (off_t)line.len] == '\n');
	}
	PROPERTY(n == 0);
	logfile_free(l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	off_t *places;
	int fd;

	if (len > LOGFILE_LINE_MAX)
		return 0;
	fd = memfd_create("log", MFD_CLOEXEC);
	places = calloc(len + 1, sizeof *places);
	PROPERTY(fd != -1 && places != NULL);
	PROPERTY(write(fd, data, len) == (ssize_t)len);
	check_backwards(fd, text, places, check_forwards(fd, text, len,
	    places));
	free(places);
	close(fd);
	return 0;
}
