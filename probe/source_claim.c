#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe/source.h"

/* Those that this process has; held open until it ends. */
static struct net_addr held[SOURCES_MAX];
static size_t held_count;

static bool
is_held(const struct net_addr *addr)
{
	size_t i;

	for (i = 0; i < held_count; i++)
		if (net_addr_equal(&held[i], addr))
			return true;
	return false;
}

static bool
claim(const struct net_addr *addr)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char ip[NET_TEXT_SIZE];
	int fd, n, saved;

	net_addr_text(addr, ip);
	n = snprintf(sun.sun_path + 1, sizeof sun.sun_path - 1,
	    "rcptguard-source-%s", ip);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return false;
	if (bind(fd, (struct sockaddr *)&sun, (socklen_t)(offsetof(
	    struct sockaddr_un, sun_path) + 1 + (size_t)n)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return false;
	}
	held[held_count++] = *addr;
	return true;
}

bool
source_pool_claim(const struct source_pool *pool, size_t *index)
{
	size_t i;

	for (i = 0; i < pool->count; i++) {
		if (pool->items[i].implied || held_count == SOURCES_MAX ||
		    is_held(&pool->items[i].addr))
			continue;
		if (!claim(&pool->items[i].addr)) {
			*index = i;
			return false;
		}
	}
	return true;
}
