#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <utlist.h>

#include "common/log.h"
#include "probe/dns_channel.h"

#define SOCKETS_MAX	64	/* c-ares: one UDP and one TCP a server */

struct dns_channel {
	ares_channel ares;
	struct event_base *base;
	struct event *timer;
	struct event *reaper;		/* frees a retired channel from the loop */
	struct event *sockets[SOCKETS_MAX];
	unsigned asked;			/* questions under way */
	struct dns_channel **retired;	/* the list it is in, or NULL */
	struct dns_channel *prev, *next;
};

static void
channel_rearm(struct dns_channel *ch)
{
	struct timeval tv;

	if (ares_timeout(ch->ares, NULL, &tv) != NULL)
		evtimer_add(ch->timer, &tv);
	else
		evtimer_del(ch->timer);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dns_channel *ch = arg;

	(void)fd;
	(void)what;
	ares_process_fd(ch->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	channel_rearm(ch);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct dns_channel *ch = arg;

	ares_process_fd(ch->ares,
	    what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	channel_rearm(ch);
}

static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns_channel *ch = arg;
	struct event **slot = NULL;
	short want = EV_PERSIST;
	size_t i;

	for (i = 0; i < SOCKETS_MAX; i++) {
		if (ch->sockets[i] != NULL &&
		    event_get_fd(ch->sockets[i]) == fd) {
			event_free(ch->sockets[i]);
			ch->sockets[i] = NULL;
		}
		if (slot == NULL && ch->sockets[i] == NULL)
			slot = &ch->sockets[i];
	}
	if (!readable && !writable)
		return;
	if (slot == NULL) {
		log_warnx("resolver: more than %d sockets", SOCKETS_MAX);
		return;
	}
	want |= (short)((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
	*slot = event_new(ch->base, fd, want, on_socket, ch);
	if (*slot == NULL || event_add(*slot, NULL) == -1)
		log_warnx("resolver: no memory for a socket");
}

/* "192.0.2.1:53,[2001:db8::1]:53" as ares_set_servers_ports_csv reads it. */
static char *
servers_csv(const struct resolver_params *p)
{
	char text[NET_TEXT_SIZE], *csv = NULL;
	size_t i, len;
	FILE *f = open_memstream(&csv, &len);

	if (f == NULL)
		return NULL;
	for (i = 0; i < p->server_count; i++) {
		const struct conf_endpoint *e = &p->servers[i];

		net_addr_text(&e->address, text);
		fprintf(f, e->address.family == AF_INET6 ?
		    "%s[%s]:%u" : "%s%s:%u", i > 0 ? "," : "", text, e->port);
	}
	if (fclose(f) != 0) {
		free(csv);
		return NULL;
	}
	return csv;
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
dns_channel_free(struct dns_channel *ch)
{
	size_t i;

	if (ch->ares != NULL)
		ares_destroy(ch->ares);
	if (ch->retired != NULL)
		DL_DELETE(*ch->retired, ch);
	for (i = 0; i < SOCKETS_MAX; i++)
		if (ch->sockets[i] != NULL)
			event_free(ch->sockets[i]);
	if (ch->timer != NULL)
		event_free(ch->timer);
	if (ch->reaper != NULL)
		event_free(ch->reaper);
	free(ch);
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dns_channel_free(arg);
}

static bool
channel_set_servers(struct dns_channel *ch, const struct resolver_params *p)
{
	char *csv;
	int rc;

	if (p->server_count == 0)
		return true;
	if ((csv = servers_csv(p)) == NULL)
		return false;
	rc = ares_set_servers_ports_csv(ch->ares, csv);
	if (rc != ARES_SUCCESS)
		log_warnx("resolver: servers %s: %s", csv, ares_strerror(rc));
	free(csv);
	return rc == ARES_SUCCESS;
}

struct dns_channel *
dns_channel_new(struct event_base *base, const struct resolver_params *p)
{
	struct dns_channel *ch = calloc(1, sizeof *ch);
	struct ares_options o;
	int rc;

	if (ch == NULL)
		return NULL;
	ch->base = base;
	ch->timer = evtimer_new(base, on_timer, ch);
	ch->reaper = event_new(base, -1, 0, on_reap, ch);
	memset(&o, 0, sizeof o);
	o.timeout = (int)p->timeout_ms;
	o.tries = p->tries;
	o.lookups = "b";		/* never /etc/hosts */
	o.sock_state_cb = on_socket_state;
	o.sock_state_cb_data = ch;
	rc = !random_device_opens() || ch->timer == NULL ||
	    ch->reaper == NULL ? ARES_ENOMEM :
	    ares_init_options(&ch->ares, &o, ARES_OPT_TIMEOUTMS |
	    ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
	if (rc != ARES_SUCCESS) {
		log_warnx("resolver: cannot start: %s", ares_strerror(rc));
		ch->ares = NULL;
		dns_channel_free(ch);
		return NULL;
	}
	if (!channel_set_servers(ch, p)) {
		dns_channel_free(ch);
		return NULL;
	}
	return ch;
}

static void
reap_when_home(struct dns_channel *ch)
{
	if (ch->retired != NULL && ch->asked == 0)
		event_active(ch->reaper, EV_TIMEOUT, 0);
}

void
dns_channel_ask(struct dns_channel *ch, const char *name, int type,
    ares_callback answer, void *arg)
{
	ch->asked++;
	ares_query(ch->ares, name, 1, type, answer, arg);
	channel_rearm(ch);
}

void
dns_channel_answered(struct dns_channel *ch)
{
	ch->asked--;
	reap_when_home(ch);
}

void
dns_channel_retire(struct dns_channel *ch, struct dns_channel **retired)
{
	ch->retired = retired;
	DL_APPEND(*retired, ch);
	reap_when_home(ch);
}
