#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "probe/dial.h"

static int
bind_source(int fd, const struct net_addr *source, int family)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (source == NULL || source->family != family)
		return 0;
	len = net_addr_to_sockaddr(source, 0, &ss);
	return bind(fd, (struct sockaddr *)&ss, len);
}

int
dial(const struct net_addr *to, uint16_t port, const struct net_addr *source,
    const struct target_rules *rules)
{
	struct sockaddr_storage ss;
	socklen_t len;
	const char *why;
	int fd, saved;

	if (target_check(rules, to, &why) != TARGET_OK) {
		errno = EACCES;
		return -1;
	}
	len = net_addr_to_sockaddr(to, port, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return -1;
	if (bind_source(fd, source, ss.ss_family) == -1 ||
	    (connect(fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS)) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

bool
dial_own_addresses(struct net_addr *out, size_t max, size_t *count)
{
	struct ifaddrs *list, *i;

	if (getifaddrs(&list) == -1) {
		log_warn("cannot list this machine's addresses");
		return false;
	}
	*count = 0;
	for (i = list; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || (i->ifa_flags & IFF_LOOPBACK))
			continue;
		if (*count == max) {
			log_warnx("this machine has more than %zu addresses; "
			    "a domain that points to one of the others may be "
			    "probed as if it were elsewhere", max);
			break;
		}
		if (net_addr_from_sockaddr(i->ifa_addr, &out[*count]))
			++*count;
	}
	freeifaddrs(list);
	return true;
}
