#include "cli/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/out.h"
#include "common/clock.h"
#include "common/lock.h"

#define STORED_MS	60000

void
talk_conf_errors(const struct conf_errors *e)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		out_warn_line("%s", e->lines[i]);
	if (e->left_out > 0)
		out_warn_line("and %zu more", e->left_out);
}

const struct conf *
talk_conf(const char *file)
{
	struct conf_errors errors;
	const struct conf *conf;

	conf_errors_init(&errors);
	conf = conf_load(file, &errors);
	if (conf == NULL) {
		talk_conf_errors(&errors);
		out_warn("the settings cannot be used; correct them, or name "
		    "others with --config FILE");
	}
	conf_errors_clear(&errors);
	return conf;
}

/* --- the probe ---------------------------------------------------------- */

int
talk_client_error(enum client_status status)
{
	switch (status) {
	case CLIENT_OK:
		return EX_OK;
	case CLIENT_NO_MEMORY:
		return EX_OSERR;
	case CLIENT_DENIED:
		return EX_NOPERM;
	case CLIENT_DEAD:
	case CLIENT_BUSY:
	case CLIENT_TIMEOUT:
	case CLIENT_STOPPED:
	case CLIENT_GARBAGE:
	case CLIENT_STATUS_COUNT:
		break;
	}
	return EX_UNAVAILABLE;
}

static const char *
advice(enum client_status status)
{
	switch (status) {
	case CLIENT_DEAD:
		return "; start it, and look at its log if it does not stay";
	case CLIENT_BUSY:
		return "; try again, and restart it if that does not end";
	case CLIENT_TIMEOUT:
		return "; it hangs or is stopped: look at its log, restart it";
	case CLIENT_GARBAGE:
		return "; is probe.socket the right one, and is the same "
		    "version running?";
	case CLIENT_DENIED:
		return "; run this as root or as a member of its group";
	case CLIENT_OK:
	case CLIENT_STOPPED:
	case CLIENT_NO_MEMORY:
	case CLIENT_STATUS_COUNT:
		break;
	}
	return "";
}

int
talk_open(const struct conf *conf, struct wire_client **out)
{
	char *path = conf_probe_socket(conf);
	enum client_status status;

	*out = NULL;
	if (path == NULL)
		return out_no_memory();
	status = wire_client_open(path, out);
	if (status != CLIENT_OK)
		out_warn("%s: %s%s", path, client_status_text(status),
		    advice(status));
	free(path);
	return talk_client_error(status);
}

int
talk_open_by(const char *file, struct wire_client **out)
{
	const struct conf *conf = talk_conf(file);
	int status;

	if (conf == NULL)
		return EX_CONFIG;
	status = talk_open(conf, out);
	conf_unref(conf);
	return status;
}

void
talk_begin(struct wire_writer *w, char *buf, size_t size, const char *request,
    const char *id)
{
	wire_begin(w, buf, size);
	wire_put(w, "request", request);
	wire_put(w, "wire", WIRE_VERSION);
	wire_put(w, "id", id);
}

int
talk_answer_error(const struct wire_message *answer)
{
	const char *error = wire_get(answer, "error");
	const char *text = wire_get(answer, "text");

	if (error == NULL)
		return EX_OK;
	out_warn("rcptguard-probe refuses (%s): %s", error,
	    text != NULL ? text : "it does not say why");
	if (strcmp(error, "denied") == 0)
		return EX_NOPERM;
	if (strcmp(error, "usage") == 0)
		return EX_DATAERR;
	return EX_UNAVAILABLE;
}

int
talk_call(struct wire_client *c, struct wire_writer *w, const char *id,
    int64_t timeout_ms, struct wire_message *answer)
{
	size_t len = wire_end(w);
	enum client_status status;
	const char *echo;

	if (len == 0) {
		out_warn("the request does not fit the probe's protocol");
		return EX_DATAERR;
	}
	status = wire_client_call(c, w->buf, len, clock_mono_ms() + timeout_ms,
	    -1, answer);
	if (status != CLIENT_OK) {
		out_warn("%s%s", client_status_text(status), advice(status));
		return talk_client_error(status);
	}
	echo = wire_get(answer, "id");
	if (wire_get(answer, "error") == NULL &&
	    (echo == NULL || strcmp(echo, id) != 0)) {
		out_warn("%s%s", client_status_text(CLIENT_GARBAGE),
		    advice(CLIENT_GARBAGE));
		return EX_UNAVAILABLE;
	}
	return talk_answer_error(answer);
}

int
talk_change(struct wire_client *c, const char *request,
    const char *const *attrs, const char *what)
{
	char buf[WIRE_REQUEST_MAX], id[TALK_ID_SIZE];
	struct wire_message answer;
	struct wire_writer w;
	const char *result, *text;
	int error;

	(void)snprintf(id, sizeof id, "%llu",
	    (unsigned long long)wire_client_next_id(c));
	talk_begin(&w, buf, sizeof buf, request, id);
	for (; attrs[0] != NULL; attrs += 2)
		if (attrs[1] != NULL)
			wire_put(&w, attrs[0], attrs[1]);
	if ((error = talk_call(c, &w, id, STORED_MS, &answer)) != EX_OK)
		return error;
	result = wire_get(&answer, "result");
	text = wire_get(&answer, "text");
	if (result != NULL && strcmp(result, "ok") == 0)
		return EX_OK;
	/* The clerk still tries, but a restart would forget it. */
	out_warn("%s: not stored: %s; it is lost when rcptguard-probe ends "
	    "before it could be", what, text != NULL ? text : "the probe does "
	    "not say why");
	return EX_IOERR;
}

int
talk_ask(struct wire_client *c, const char *request, int64_t timeout_ms,
    struct wire_message *answer)
{
	char buf[256], id[TALK_ID_SIZE];
	struct wire_writer w;

	(void)snprintf(id, sizeof id, "%llu",
	    (unsigned long long)wire_client_next_id(c));
	talk_begin(&w, buf, sizeof buf, request, id);
	return talk_call(c, &w, id, timeout_ms, answer);
}

/* --- the store ---------------------------------------------------------- */

/* The probe has looked at what it holds open. */
static bool
probe_runs(const struct conf *conf)
{
	char *path = conf_probe_lock(conf);
	bool runs = path != NULL && lock_holder(path) > 0;

	free(path);
	return runs;
}

enum store_status
talk_store(const struct conf *conf, struct store **out)
{
	struct store_params p = {
		.state_dir = conf->state_dir,
		.path = conf->store.path,
		.max_size = (uint64_t)conf->store.max_size,
		.verify = !probe_runs(conf),
	};

	return store_open_reader(&p, out);
}

int
talk_store_error(const struct conf *conf, enum store_status status)
{
	char *path = conf_store_path(conf);
	const char *what = "", *why = store_status_text(status);
	int exit_status = EX_UNAVAILABLE;

	switch (status) {
	case STORE_DENIED:
		what = "; run this as root or as a member of its group";
		exit_status = EX_NOPERM;
		break;
	case STORE_DAMAGED:
		what = "; rcptguard-probe sets it aside when it starts and "
		    "begins a new one";
		break;
	case STORE_SYSTEM:
		why = strerror(errno);
		exit_status = EX_OSERR;
		break;
	case STORE_OK:
	case STORE_MISS:
	case STORE_ABSENT:
	case STORE_FULL:
	case STORE_REFUSED:
	case STORE_STATUS_COUNT:
		break;
	}
	out_warn("store %s: %s%s", path != NULL ? path : conf->store.path, why,
	    what);
	free(path);
	return exit_status;
}
