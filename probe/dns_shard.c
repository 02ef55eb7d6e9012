#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "probe/dns_shard.h"

#define SOCKETS_MAX	64	/* c-ares: one UDP and one TCP a server */

struct dns_shard {
	ares_channel ares;
	struct event_base *base;
	struct event *timer;
	struct event *sockets[SOCKETS_MAX];
};

static void
rearm(struct dns_shard *sh)
{
	struct timeval tv;

	if (ares_timeout(sh->ares, NULL, &tv) != NULL)
		evtimer_add(sh->timer, &tv);
	else
		evtimer_del(sh->timer);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dns_shard *sh = arg;

	(void)fd;
	(void)what;
	ares_process_fd(sh->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm(sh);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct dns_shard *sh = arg;

	ares_process_fd(sh->ares,
	    what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	rearm(sh);
}

static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns_shard *sh = arg;
	struct event **slot = NULL;
	short want = EV_PERSIST;
	size_t i;

	for (i = 0; i < SOCKETS_MAX; i++) {
		if (sh->sockets[i] != NULL &&
		    event_get_fd(sh->sockets[i]) == fd) {
			event_free(sh->sockets[i]);
			sh->sockets[i] = NULL;
		}
		if (slot == NULL && sh->sockets[i] == NULL)
			slot = &sh->sockets[i];
	}
	if (!readable && !writable)
		return;
	if (slot == NULL) {
		log_warnx("resolver: more than %d sockets", SOCKETS_MAX);
		return;
	}
	want |= (short)((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
	*slot = event_new(sh->base, fd, want, on_socket, sh);
	if (*slot == NULL || event_add(*slot, NULL) == -1)
		log_warnx("resolver: no memory for a socket");
}

/*
 * c-ares 1.18 falls back to rand() for its query ids when it cannot open the
 * random device, and says nothing: so make sure that it can.
 */
static bool
random_device_opens(void)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		log_warn("resolver: /dev/urandom cannot be opened; "
		    "query ids would be guessable");
		return false;
	}
	close(fd);
	return true;
}

void
dns_shard_free(struct dns_shard *sh)
{
	size_t i;

	if (sh->ares != NULL)
		ares_destroy(sh->ares);
	for (i = 0; i < SOCKETS_MAX; i++)
		if (sh->sockets[i] != NULL)
			event_free(sh->sockets[i]);
	if (sh->timer != NULL)
		event_free(sh->timer);
	free(sh);
}

static bool
set_servers(struct dns_shard *sh, const char *servers)
{
	int rc;

	if (servers == NULL)
		return true;
	rc = ares_set_servers_ports_csv(sh->ares, servers);
	if (rc != ARES_SUCCESS)
		log_warnx("resolver: servers %s: %s", servers,
		    ares_strerror(rc));
	return rc == ARES_SUCCESS;
}

struct dns_shard *
dns_shard_new(struct event_base *base, const char *servers,
    int64_t timeout_ms, int tries)
{
	struct dns_shard *sh = calloc(1, sizeof *sh);
	struct ares_options o;
	int rc;

	if (sh == NULL)
		return NULL;
	sh->base = base;
	sh->timer = evtimer_new(base, on_timer, sh);
	memset(&o, 0, sizeof o);
	o.timeout = (int)timeout_ms;
	o.tries = tries;
	o.lookups = "b";		/* never /etc/hosts */
	o.sock_state_cb = on_socket_state;
	o.sock_state_cb_data = sh;
	rc = !random_device_opens() || sh->timer == NULL ? ARES_ENOMEM :
	    ares_init_options(&sh->ares, &o, ARES_OPT_TIMEOUTMS |
	    ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
	if (rc != ARES_SUCCESS) {
		log_warnx("resolver: cannot start: %s", ares_strerror(rc));
		sh->ares = NULL;
		dns_shard_free(sh);
		return NULL;
	}
	if (!set_servers(sh, servers)) {
		dns_shard_free(sh);
		return NULL;
	}
	return sh;
}

void
dns_shard_ask(struct dns_shard *sh, const char *name, int type,
    ares_callback answer, void *arg)
{
	ares_query(sh->ares, name, 1, type, answer, arg);
	rearm(sh);
}
