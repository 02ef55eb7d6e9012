/*
 * server: the probe's UNIX socket (common/wire.h).
 *
 * The directory's mode decides who may connect; SO_PEERCRED decides who may
 * change things: root and the probe's own user. Each client is bounded: one
 * request's size, requests under way, output not fetched, and two seconds for
 * a request once begun. A fault closes that client and nothing else.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_SERVER_H
#define RCPTGUARD_SERVER_H

#include <event2/event.h>

#include "probe/clerk.h"
#include "probe/dormant.h"
#include "probe/preflight_run.h"
#include "probe/tally.h"
#include "probe/verifier.h"
#include "probe/wishes.h"

struct server;

/* Who has ordered a reload; all zero but for the first two. */
struct reload_wait {
	/* Once, maybe before the order returns. text: "" or what to say. */
	void (*done)(void *arg, bool good, const char *text);
	void *arg;
	struct reload_wait *prev, *next;
};

struct server_params {
	struct event_base *base;
	const char *path;
	const char *group;		/* of the socket; "": the process's */
	struct verifier *verifier;
	struct clerk *clerk;
	struct routes *routes;
	struct catchall *catchall;
	struct dormant *dormant;
	struct wishes *wishes;
	struct preflight_run *preflight;
	struct source_pool *pool;
	struct retired *retired;
	struct watch *watch;
	struct gate *gate;
	struct notices *notices;
	struct tally *tally;
	/* Both may be called at any time. JSON, malloc'd; NULL: no memory. */
	char *(*status)(void *arg);
	void (*reload)(void *arg, struct reload_wait *w);
	void *arg;
};

/* NULL with a log line that says what is wrong with the socket's place. */
struct server *server_create(const struct server_params *p);
void server_destroy(struct server *s);

size_t server_clients(const struct server *s);

#endif
