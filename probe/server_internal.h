/*
 * server_internal: what server.c (clients), requests.c (what they ask) and
 * purge.c (what goes to the clerk's thread and back) share.
 */
#ifndef RCPTGUARD_SERVER_INTERNAL_H
#define RCPTGUARD_SERVER_INTERNAL_H

#include <pthread.h>

#include <event2/bufferevent.h>

#include "common/wire.h"
#include "probe/server.h"

#define ID_MAX		64

struct client;

/* A verify that waits. */
struct request {
	struct client *client;
	struct waiter *waiter;
	int64_t began_ms;
	char id[ID_MAX + 1];
	char address[ADDRESS_MAX + 1];
	char role[16];
	char guard[64];			/* or submitter; "": named none */
	struct address addr;
	enum guard_origin origin;
	bool log;			/* no guard speaks for it: log it here */
	struct request *prev, *next;
};

enum client_row { ROW_NONE, ROW_FIRST, ROW_LATER };

struct client {
	struct server *server;
	uint64_t serial;
	struct bufferevent *bev;
	struct event *frame_timer;
	struct request *requests;
	size_t request_count;
	bool admin;
	uint32_t uid;			/* of the client's user */
	bool broken;			/* freed when the turn is over */
	bool ended;			/* it has gone; what it sent is done */
	bool deaf;			/* not read from */
	enum client_row row;		/* in which its requests wait */
	struct client *prev, *next;
	struct client *row_prev, *row_next;
};

struct asker;
struct purge;

/* complain.c */
void complain_run(struct client *c, const struct wire_message *msg,
    const char *id);

/* learn.c */
struct lesson;

/* override.c */
void override_run(struct client *c, const struct wire_message *msg,
    const char *id);

/* reload.c */
struct reloading;
void reload_run(struct client *c, const struct wire_message *msg,
    const char *id);
/* Nobody waits for a reload any more; none is told of. */
void reload_drop(struct server *s);

/* exclude.c */
struct excluding;
void exclude_run(struct client *c, const struct wire_message *msg,
    const char *id);
/* Nobody waits for exclusions any more; none is told of. */
void exclude_drop(struct server *s);

struct server {
	struct server_params p;
	int fd;				/* listening */
	struct event *listener;
	struct event *accept_again;
	struct client *clients;
	struct client *first, *later;	/* rows: who has a request to be run */
	struct event *run_first, *run_later;
	struct event *rest;		/* the loop has come to its other work */
	struct event *rest_over;	/* which has had its moment, at least */
	bool rested;
	size_t client_count;
	uint64_t serial;
	struct asker *askers;		/* wait for preflight */
	struct excluding *excluding;	/* until it acts on all */
	struct reloading *reloading;	/* until all is read */
	struct lesson *lessons;		/* wait for DNS */
	size_t lesson_count;
	size_t outcomes;		/* items; see learn.c */
	int64_t outcomes_day;		/* they were looked at; 0: never */
	size_t request_count;		/* of all clients */
	unsigned overrides;		/* 0: not counted yet */
	int64_t complain_at_ms;
	int purge_fd;
	struct event *purge_event;
	pthread_mutex_t purge_lock;
	struct purge *purged;		/* under purge_lock */
};

/*
 * Sends a message that w holds unfinished. A client that does not fetch its
 * answers is broken.
 */
void client_send(struct client *c, struct wire_writer *w);
void client_answer_error(struct client *c, const char *id, const char *word,
    const char *text);
/* An answer of one value; NULL: there was no memory for it, which is said. */
void client_answer(struct client *c, const char *id, const char *name,
    const char *value);
/* What an order says of itself; "" where it says nothing. */
const char *client_given(const struct wire_message *msg, const char *name);
/* Its "until", or 0: without end. False: it is no time, and that is said. */
bool client_until(struct client *c, const struct wire_message *msg,
    const char *id, int64_t *until);
void client_break(struct client *c);
/* Takes fd, which was accepted. */
void client_begin(struct server *s, evutil_socket_t fd);
void client_free(struct client *c);
/* Run some of the requests that wait in a row. */
void clients_first(struct server *s);
void clients_later(struct server *s);

/* server.c: sees to it that the row is worked off. */
void server_has_work(struct server *s, enum client_row row);

/* Runs one request of a client; it may be broken afterwards, never freed. */
void requests_run(struct client *c, const struct wire_message *msg);
/* Nobody waits for these any more. */
void requests_drop(struct client *c);

/* False, with an error on its way to the client, if it cannot be purged. */
void purge_run(struct client *c, const struct wire_message *msg,
    const char *id);
/*
 * Answers id (result, text, count) once all that was given to the clerk is
 * stored; with domain, once its verdicts are purged as well.
 */
void purge_after(struct client *c, const char *id, const char *domain);
/* The same, for a client (its serial) that may be gone. */
void purge_for(struct server *s, uint64_t client, const char *id,
    const char *domain);
bool purge_start(struct server *s);
/* Nobody waits for preflight any more; it was destroyed before. */
void identity_drop(struct server *s);

/* The clerk's thread has ended. */
void purge_stop(struct server *s);

#endif
