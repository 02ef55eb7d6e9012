/*
 * settings: all that the probe reads again at a reload, in a thread of its
 * own: to parse the settings, compile the rules and read the lists takes more
 * than the loop may (loop.h).
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_SETTINGS_H
#define RCPTGUARD_SETTINGS_H

#include <event2/event.h>

#include "common/classify.h"
#include "common/conf.h"
#include "common/lists.h"
#include "probe/http_endpoints.h"

/* All of it, or, if something cannot be used, NULLs and what was wrong. */
struct settings {
	const struct conf *conf;
	struct rules *rules;
	struct lists *lists;
	struct http_endpoints *endpoints;
	struct conf_errors errors;
};

/* Takes over what s holds, all but its errors. NULLs are fine. */
void settings_clear(struct settings *s);

struct settings_reader;

/*
 * read is told when all was read, or cannot be used: it takes over what it
 * wants to keep of s, the rest is cleared. file is borrowed. NULL: no memory
 * or no descriptor.
 */
typedef void settings_read_fn(void *arg, struct settings *s);
struct settings_reader *settings_reader_create(struct event_base *base,
    const char *file, settings_read_fn *read, void *arg);
/* Waits for the thread. NULL is fine. */
void settings_reader_destroy(struct settings_reader *r);

/*
 * Begins to read; read is called in a later turn. If that is under way it
 * comes again after that, for the file may have changed meanwhile. Without
 * memory for a thread it is read at once.
 */
void settings_read(struct settings_reader *r);
/* Whether that is under way. */
bool settings_are_read(const struct settings_reader *r);

#endif
