#include "config.h"			/* strerror_r as GNU has it */

#include "common/log.h"
#include "common/text.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define HEAD_SIZE	128		/* before a line's text */

enum sink { SINK_WORDS, SINK_JOURNAL, SINK_SYSLOG };

static enum sink sink = SINK_WORDS;	/* set before threads start */
static const char *name = "rcptguard";
static atomic_int facility = LOG_MAIL;
static atomic_bool debugging;

static const struct {
	const char *name;
	int value;
} facilities[] = {
	{ "mail", LOG_MAIL },
	{ "daemon", LOG_DAEMON },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
};

static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(stream, own) == 0;
}

static enum sink
choose_sink(void)
{
	const char *wish = getenv("RCPTGUARD_LOG");

	if (wish != NULL && strcmp(wish, "stderr") == 0)
		return SINK_WORDS;
	if (stderr_is_journal())
		return SINK_JOURNAL;
	return isatty(STDERR_FILENO) ? SINK_WORDS : SINK_SYSLOG;
}

void
log_init(const char *ident)
{
	int saved = errno;

	name = ident;
	sink = choose_sink();
	/* NDELAY: a later chroot or sandbox would not let us open it. */
	if (sink == SINK_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
	errno = saved;
}

void
log_to_stderr(void)
{
	if (sink == SINK_SYSLOG)
		sink = SINK_WORDS;
}

bool
log_set_facility(const char *wanted)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		if (strcmp(facilities[i].name, wanted) == 0) {
			atomic_store(&facility, facilities[i].value);
			return true;
		}
	}
	return false;
}

void
log_set_debug(bool on)
{
	atomic_store(&debugging, on);
}

bool
log_is_debugging(void)
{
	return atomic_load(&debugging);
}

static const char *
level_word(int level)
{
	if (level == LOG_CRIT)
		return "fatal: ";
	if (level == LOG_WARNING)
		return "warning: ";
	return level == LOG_DEBUG ? "debug: " : "";
}

static void
write_all(const char *s, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(STDERR_FILENO, s, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)		/* nowhere left to complain */
			return;
		s += n;
		len -= (size_t)n;
	}
}

/* What stands before each text on stderr. */
static size_t
make_head(int level, char out[HEAD_SIZE])
{
	if (sink == SINK_JOURNAL)
		return (size_t)snprintf(out, HEAD_SIZE, "<%d>", level);
	return (size_t)snprintf(out, HEAD_SIZE, "%.64s: %s", name,
	    level_word(level));
}

static void
to_stderr(int level, const char *text)
{
	char line[HEAD_SIZE + LOG_LINE_MAX + 1];
	size_t len = strlen(text), n = make_head(level, line);

	memcpy(line + n, text, len);
	line[n + len] = '\n';
	write_all(line, n + len + 1);
}

/* text has len octets; a line that was longer shows that it was cut. */
static void
make_safe(char *text, size_t len, bool cut)
{
	size_t i;

	if (cut)
		memcpy(text + len - 3, "...", 3);
	for (i = text_plain(text, len); i < len;
	    i += 1 + text_plain(text + i + 1, len - i - 1)) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	}
}

/* error: an errno whose text is appended; 0: none. */
static void __attribute__((format(printf, 3, 0)))
emit(int level, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX + 1], why[128];
	size_t len;
	bool cut;
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	len = n < 0 ? 0 : (size_t)n;
	if (n < 0)
		text[0] = '\0';
	if (error != 0 && len < sizeof(text))
		len += (size_t)snprintf(text + len, sizeof(text) - len, ": %s",
		    strerror_r(error, why, sizeof(why)));
	cut = len >= sizeof(text);
	make_safe(text, cut ? sizeof(text) - 1 : len, cut);
	if (sink == SINK_SYSLOG)
		syslog(atomic_load(&facility) | level, "%s", text);
	else
		to_stderr(level, text);
}

void
log_warn(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, saved, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_info(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_INFO, 0, fmt, ap);
	va_end(ap);
	errno = saved;
}

static void
info_to_syslog(const char *line)
{
	char text[LOG_LINE_MAX + 1];
	size_t len = text_copy(text, line, sizeof(text));
	bool cut = len >= sizeof(text);

	make_safe(text, cut ? sizeof(text) - 1 : len, cut);
	syslog(atomic_load(&facility) | LOG_INFO, "%s", text);
}

/* No write is longer than a pipe takes whole (PIPE_BUF, pipe(7)). */
static void
info_to_stderr(const char *const *lines, size_t count)
{
	char out[PIPE_BUF], head[HEAD_SIZE], *text;
	size_t head_len = make_head(LOG_INFO, head), len = 0, n, i;
	bool cut;

	for (i = 0; i < count; i++) {
		n = strnlen(lines[i], LOG_LINE_MAX + 1);
		cut = n > LOG_LINE_MAX;
		n -= cut ? 1 : 0;
		if (len + head_len + n + 1 > sizeof(out)) {
			write_all(out, len);
			len = 0;
		}
		memcpy(out + len, head, head_len);
		text = out + len + head_len;
		memcpy(text, lines[i], n);
		make_safe(text, n, cut);
		text[n] = '\n';
		len += head_len + n + 1;
	}
	write_all(out, len);
}

void
log_info_lines(const char *const *lines, size_t count)
{
	int saved = errno;
	size_t i;

	if (sink == SINK_SYSLOG)
		for (i = 0; i < count; i++)
			info_to_syslog(lines[i]);
	else
		info_to_stderr(lines, count);
	errno = saved;
}

void
log_debug(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (!log_is_debugging())
		return;
	va_start(ap, fmt);
	emit(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
fatal(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, saved, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(1);
}
