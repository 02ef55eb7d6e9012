#include "config.h"

#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/start.h"

#define PLAIN		"\033[0m"
#define LABEL_WIDTH	13

static struct {
	bool utf8, colours;
	bool failed;
	int error;			/* why, if it is known */
} out;

void
out_init(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (fcntl(STDOUT_FILENO, F_GETFD) == -1) {
		out.failed = true;
		out.error = errno;
	}
	/* Else the store's files would get the numbers of closed ones. */
	if (start_std_fds() == -1)
		exit(EX_OSERR);
	(void)setlocale(LC_CTYPE, "");
	out.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	out.colours = isatty(STDOUT_FILENO) &&
	    (no_colour == NULL || no_colour[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

bool
out_utf8(void)
{
	return out.utf8;
}

static void
failed(int error)
{
	if (out.failed)
		return;
	out.failed = true;
	out.error = error;
}

bool
out_flush(void)
{
	if (fflush(stdout) == EOF)
		failed(errno);
	return !out.failed;
}

bool
out_pause(int ms)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	if (!out_flush())
		return false;
	if (poll(&p, 1, ms) > 0 &&
	    (p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		failed(EPIPE);
	return !out.failed;
}

int
out_finish(int status)
{
	out_flush();
	if (!out.failed)
		return status;
	out_warn("output was not written: %s",
	    out.error != 0 ? strerror(out.error) : "unknown error");
	return EX_IOERR;
}

void
out_raw(const char *line)
{
	if (line == NULL)
		failed(ENOMEM);
	else if (fputs(line, stdout) == EOF)
		failed(errno);
}

static char *format(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));
static void warn(const char *name, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static char *
format(const char *fmt, va_list ap)
{
	char *text, *safe = NULL;

	if (vasprintf(&text, fmt, ap) == -1)
		return NULL;
	safe = out_safe(text, out.utf8);
	free(text);
	return safe;
}

void
out_part(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	out_raw(text);
	free(text);
}

void
out_line(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	out_raw(text);
	out_raw("\n");
	free(text);
}

void
out_fact(const char *label, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	out_part("  %-*s ", LABEL_WIDTH, label);
	out_raw(text);
	out_raw("\n");
	free(text);
}

const char *
out_paint(enum verdict_state state)
{
	if (!out.colours)
		return "";
	switch (state) {
	case STATE_DELIVERABLE:
		return "\033[32m";
	case STATE_UNDELIVERABLE:
		return "\033[31m";
	case STATE_RISKY:
		return "\033[33m";
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return "\033[36m";
}

void
out_state(enum verdict_state state)
{
	const char *paint = out_paint(state);

	out_raw(paint);
	out_part("%s", verdict_state_word(state));
	out_raw(paint[0] != '\0' ? PLAIN : "");
}

void
out_json(const char *json)
{
	char *safe = out_safe_json(json, out.utf8 || !isatty(STDOUT_FILENO));

	out_raw(safe);
	out_raw("\n");
	free(safe);
}

static void
warn(const char *name, const char *fmt, va_list ap)
{
	char *text = format(fmt, ap);

	(void)fflush(stdout);
	(void)fprintf(stderr, "%s%s\n", name,
	    text != NULL ? text : "no memory for a message");
	free(text);
}

void
out_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn("rcptguard: ", fmt, ap);
	va_end(ap);
}

void
out_warn_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn("", fmt, ap);
	va_end(ap);
}

int
out_no_memory(void)
{
	out_warn("no memory");
	return EX_OSERR;
}
