/*
 * talk: what every command needs of the others' parts: the settings, a line
 * to the probe, the store for reading. Each says what is wrong, where, and
 * what to do, and gives the exit status for it.
 */
#ifndef RCPTGUARD_TALK_H
#define RCPTGUARD_TALK_H

#include <stdint.h>

#include "common/conf.h"
#include "common/store.h"
#include "common/wire_client.h"

/* NULL after messages: EX_CONFIG. The caller unrefs. */
const struct conf *talk_conf(const char *file);
/* All errors or warnings, a line each. */
void talk_conf_errors(const struct conf_errors *e);

/* EX_OK, EX_UNAVAILABLE, EX_NOPERM or EX_OSERR. */
int talk_open(const struct conf *conf, struct wire_client **out);

/* The same with the settings of a file: also EX_CONFIG, after messages. */
int talk_open_by(const char *file, struct wire_client **out);

/* A request's beginning, up to its id. */
#define TALK_ID_SIZE	24
void talk_begin(struct wire_writer *w, char *buf, size_t size,
    const char *request, const char *id);

/*
 * Ends and sends the request, and waits for its answer. EX_OK and the answer,
 * which lives until the next call; or another status, with a message.
 */
int talk_call(struct wire_client *c, struct wire_writer *w, const char *id,
    int64_t timeout_ms, struct wire_message *answer);

/*
 * One request that changes something: attrs is names and values in turn, ended
 * by a NULL name; what has a NULL value is left out. Waits until it is stored.
 * If it was not, says so of what.
 */
int talk_change(struct wire_client *c, const char *request,
    const char *const *attrs, const char *what);

/* Whether an answer is an error of the probe's: says it, and its status. */
int talk_answer_error(const struct wire_message *answer);
int talk_client_error(enum client_status status);

/* One request without further attributes: id is chosen here. */
int talk_ask(struct wire_client *c, const char *request, int64_t timeout_ms,
    struct wire_message *answer);

/*
 * Opens the store for reading, in this process. A store that no probe has
 * open is walked by a child first. *out is for store_close in any case.
 */
enum store_status talk_store(const struct conf *conf, struct store **out);
/* Says why the store cannot be read, and what to do; the exit status. */
int talk_store_error(const struct conf *conf, enum store_status status);

#endif
