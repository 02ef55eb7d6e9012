#include "probe/settings.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "probe/daemon_load.h"

struct settings_reader {
	const char *file;
	settings_read_fn *read;
	void *arg;
	struct event *event;		/* the thread has ended */
	int fd;
	pthread_t thread;
	bool running;			/* and not joined yet */
	bool again;
	struct settings s;		/* the thread's own while it runs */
};

void
settings_clear(struct settings *s)
{
	http_endpoints_unref(s->endpoints);
	lists_free(s->lists);
	rules_free(s->rules);
	conf_unref(s->conf);
	s->endpoints = NULL;
	s->lists = NULL;
	s->rules = NULL;
	s->conf = NULL;
}

static void
read_all(const char *file, struct settings *s)
{
	memset(s, 0, sizeof *s);
	conf_errors_init(&s->errors);
	s->conf = conf_load(file, &s->errors);
	options_log_errors(&s->errors);
	if (s->conf != NULL)
		s->rules = daemon_load_rules(s->conf, &s->errors);
	if (s->rules != NULL)
		s->lists = daemon_load_lists(s->conf, &s->errors);
	if (s->lists != NULL)
		s->endpoints = daemon_load_endpoints(s->rules, &s->errors);
	if (s->endpoints == NULL || !daemon_check_zones(s->conf, &s->errors))
		settings_clear(s);
}

static void *
run(void *arg)
{
	struct settings_reader *r = arg;
	uint64_t one = 1;

	read_all(r->file, &r->s);
	if (write(r->fd, &one, sizeof one) == -1)
		log_warn("reload: the loop cannot be told");
	return NULL;
}

static bool
start_thread(struct settings_reader *r)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}

static void
tell(struct settings_reader *r)
{
	r->read(r->arg, &r->s);
	settings_clear(&r->s);
	conf_errors_clear(&r->s.errors);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct settings_reader *r = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) == -1 || !r->running)
		return;
	pthread_join(r->thread, NULL);
	r->running = false;
	tell(r);
	if (r->again) {
		r->again = false;
		settings_read(r);
	}
}

struct settings_reader *
settings_reader_create(struct event_base *base, const char *file,
    settings_read_fn *read, void *arg)
{
	struct settings_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->file = file;
	r->read = read;
	r->arg = arg;
	r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->fd != -1)
		r->event = event_new(base, r->fd, EV_READ | EV_PERSIST,
		    on_read, r);
	if (r->event == NULL || event_add(r->event, NULL) == -1) {
		settings_reader_destroy(r);
		return NULL;
	}
	return r;
}

void
settings_reader_destroy(struct settings_reader *r)
{
	if (r == NULL)
		return;
	if (r->running) {
		pthread_join(r->thread, NULL);
		settings_clear(&r->s);
		conf_errors_clear(&r->s.errors);
	}
	if (r->event != NULL)
		event_free(r->event);
	if (r->fd != -1)
		close(r->fd);
	free(r);
}

void
settings_read(struct settings_reader *r)
{
	if (r->running) {
		r->again = true;
		return;
	}
	r->running = start_thread(r);
	if (!r->running) {
		read_all(r->file, &r->s);
		tell(r);
	}
}

bool
settings_are_read(const struct settings_reader *r)
{
	return r->running;
}
