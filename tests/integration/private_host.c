/*
 * Preloaded into Sendmail: what it would otherwise ask of the whole machine
 * becomes its own. The host name is PRIVATE_HOST_NAME (without a full one it
 * sleeps for a minute at start); no address has a name, so nothing is asked of
 * DNS; and what it logs goes into the file PRIVATE_HOST_LOG.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LINE_SIZE	4096

void __syslog_chk(int, int, const char *, ...);
void __vsyslog_chk(int, int, const char *, va_list);

static char name[256] = "localhost";
static char path[1024];

/* At once: Sendmail empties its environment. */
__attribute__((constructor)) static void
begin(void)
{
	const char *value;

	if ((value = getenv("PRIVATE_HOST_NAME")) != NULL)
		snprintf(name, sizeof(name), "%s", value);
	if ((value = getenv("PRIVATE_HOST_LOG")) != NULL)
		snprintf(path, sizeof(path), "%s", value);
}

int
gethostname(char *out, size_t size)
{
	snprintf(out, size, "%s", name);
	return 0;
}

struct hostent *
gethostbyaddr(const void *addr, socklen_t len, int type)
{
	(void)addr;
	(void)len;
	(void)type;
	h_errno = HOST_NOT_FOUND;
	return NULL;
}

struct hostent *
gethostbyname2(const char *host, int type)
{
	(void)host;
	(void)type;
	h_errno = HOST_NOT_FOUND;
	return NULL;
}

struct hostent *
gethostbyname(const char *host)
{
	return gethostbyname2(host, 0);
}

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	(void)node;
	(void)service;
	(void)hints;
	*out = NULL;
	return EAI_NONAME;
}

/* Opened for each line: Sendmail closes what it did not open. */
static void
put(const char *format, va_list args)
{
	char line[LINE_SIZE];
	int fd, len;

	len = vsnprintf(line, sizeof(line) - 1, format, args);
	if (len < 0 || path[0] == '\0')
		return;
	if (len > LINE_SIZE - 2)
		len = LINE_SIZE - 2;
	line[len++] = '\n';
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1)
		return;
	if (write(fd, line, (size_t)len) == -1)
		perror(path);
	close(fd);
}

void
vsyslog(int priority, const char *format, va_list args)
{
	(void)priority;
	put(format, args);
}

void
syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}

void
__vsyslog_chk(int priority, int flag, const char *format, va_list args)
{
	(void)flag;
	vsyslog(priority, format, args);
}
