#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utlist.h>

#include "common/log.h"
#include "common/text.h"
#include "probe/server_internal.h"

/* A purge, on its way to the clerk's thread and back. */
struct purge {
	struct server *server;
	uint64_t client;
	char id[ID_MAX + 1];
	enum store_status status;
	uint64_t count;
	struct purge *prev, *next;
};

/* In the clerk's thread. */
static void
on_purged(void *arg, enum store_status status, uint64_t count)
{
	struct purge *pu = arg;
	struct server *s = pu->server;
	uint64_t one = 1;

	pu->status = status;
	pu->count = count;
	pthread_mutex_lock(&s->purge_lock);
	DL_APPEND(s->purged, pu);
	pthread_mutex_unlock(&s->purge_lock);
	if (write(s->purge_fd, &one, sizeof one) == -1 && errno != EAGAIN)
		log_warn("purge: the loop cannot be told");
}

/* NULL: it is gone. */
static struct client *
client_of(struct server *s, uint64_t serial)
{
	struct client *c;

	DL_SEARCH_SCALAR(s->clients, c, serial, serial);
	return c;
}

static void
answer_purge(struct server *s, const struct purge *pu)
{
	char buf[512];
	struct wire_writer w;
	struct client *c = client_of(s, pu->client);

	if (c == NULL)
		return;
	wire_begin(&w, buf, sizeof buf);
	wire_put(&w, "id", pu->id);
	wire_put(&w, "result", pu->status == STORE_OK ? "ok" : "error");
	wire_put(&w, "text", store_status_text(pu->status));
	wire_put_i64(&w, "count", (int64_t)pu->count);
	client_send(c, &w);
}

static void
on_purge_event(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	struct purge *list, *pu, *next;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) == -1 && errno != EAGAIN)
		log_warn("purge: the clerk's word cannot be read");
	pthread_mutex_lock(&s->purge_lock);
	list = s->purged;
	s->purged = NULL;
	pthread_mutex_unlock(&s->purge_lock);
	DL_FOREACH_SAFE(list, pu, next) {
		answer_purge(s, pu);
		free(pu);
	}
}

/* The parser knows what a domain is: lower case, A-labels. */
static bool
parse_domain(const char *domain, struct address *addr)
{
	char host[ADDRESS_DOMAIN_MAX + 16];

	if (text_copy(host, "x@", sizeof host) + strlen(domain) >= sizeof host)
		return false;
	text_copy(host + 2, domain, sizeof host - 2);
	return address_parse(host, strlen(host), addr) == ADDRESS_OK;
}

static bool
order_purge(struct server *s, const struct address *addr, bool domain,
    struct purge *pu)
{
	verifier_wait_no_more(s->p.verifier, addr, domain);
	if (!domain)
		return clerk_purge_address(s->p.clerk, addr, on_purged, pu);
	routes_forget(s->p.routes, addr->domain);
	catchall_forget(s->p.catchall, addr->domain);
	dormant_forget(s->p.dormant, addr->domain);
	return clerk_purge_domain(s->p.clerk, addr->domain, on_purged, pu);
}

void
purge_run(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *address = wire_get(msg, "address");
	const char *domain = wire_get(msg, "domain");
	struct address addr;
	struct purge *pu;

	if ((address == NULL) == (domain == NULL)) {
		client_answer_error(c, id, "usage",
		    "purge needs an address or a domain");
		return;
	}
	if (domain != NULL ? !parse_domain(domain, &addr) :
	    address_parse(address, strlen(address), &addr) != ADDRESS_OK) {
		client_answer_error(c, id, "usage",
		    "that is no address or domain that can be purged");
		return;
	}
	if ((pu = calloc(1, sizeof *pu)) != NULL) {
		pu->server = c->server;
		pu->client = c->serial;
		text_copy(pu->id, id, sizeof pu->id);
	}
	if (pu == NULL || !order_purge(c->server, &addr, domain != NULL, pu)) {
		free(pu);
		client_answer_error(c, id, "busy",
		    "too much waits to be written; try again later");
	}
}

void
purge_for(struct server *s, uint64_t client, const char *id,
    const char *domain)
{
	struct purge *pu = calloc(1, sizeof *pu);
	struct clerk *clerk = s->p.clerk;
	struct client *c;

	if (pu != NULL) {
		pu->server = s;
		pu->client = client;
		text_copy(pu->id, id, sizeof pu->id);
	}
	if (pu != NULL && (domain != NULL ?
	    clerk_purge_domain(clerk, domain, on_purged, pu) :
	    clerk_sync(clerk, on_purged, pu)))
		return;
	free(pu);
	if ((c = client_of(s, client)) != NULL)
		client_answer_error(c, id, "busy", "too much waits to be "
		    "written; it is in force, but may not be stored");
}

void
purge_after(struct client *c, const char *id, const char *domain)
{
	purge_for(c->server, c->serial, id, domain);
}

bool
purge_start(struct server *s)
{
	s->purge_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->purge_fd == -1)
		return false;
	s->purge_event = event_new(s->p.base, s->purge_fd,
	    EV_READ | EV_PERSIST, on_purge_event, s);
	return s->purge_event != NULL && event_add(s->purge_event, NULL) == 0;
}

void
purge_stop(struct server *s)
{
	struct purge *pu, *next;

	DL_FOREACH_SAFE(s->purged, pu, next)
		free(pu);
	if (s->purge_event != NULL)
		event_free(s->purge_event);
	if (s->purge_fd != -1)
		close(s->purge_fd);
}
