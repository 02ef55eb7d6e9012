#include "probe/notices.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/notice_drop.h"

#define TEXT_MAX	500
#define COMPLAIN_S	3600
#define OCTETS_EACH	8192		/* of the store, for one to be kept */

/* Of one class: numbers from first up to, without, next are in the store. */
struct ring {
	uint64_t first, next;
};

struct notices {
	struct clerk *clerk;		/* NULL: it has ended */
	char *dir;			/* "": none */
	struct ring alarms, changes;
	uint64_t most;			/* of each class */
	/* The clerk's thread counts. */
	_Atomic uint64_t dropped, refused;
	_Atomic int64_t complain_at;	/* monotonic seconds */
};

/* One file to be written by the clerk's thread. */
struct drop {
	struct notices *owner;
	struct jval *object;		/* what notice points into */
	struct notice notice;
	char *dir, *json;
};

/* --- the store ----------------------------------------------------------- */

static struct ring *
ring_of(struct notices *n, bool alarm)
{
	return alarm ? &n->alarms : &n->changes;
}

static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct ring *r;
	uint64_t number;
	bool alarm;

	(void)data;
	(void)len;
	if (!notice_key_read(key, key_len, &alarm, &number) ||
	    number == UINT64_MAX)
		return true;
	r = ring_of(arg, alarm);
	if (r->next == 0)
		r->first = number;
	r->next = number + 1;
	return true;
}

static void
keep(struct notices *n, bool alarm, const char *json)
{
	struct ring *r = ring_of(n, alarm);
	uint8_t key[NOTICE_KEY_SIZE];

	notice_key(alarm, r->next++, key);
	clerk_item(n->clerk, STORE_NOTICES, key, sizeof key, json,
	    strlen(json));
	for (; r->next - r->first > n->most; r->first++) {
		notice_key(alarm, r->first, key);
		clerk_drop_item(n->clerk, STORE_NOTICES, key, sizeof key);
	}
}

/* --- the directory ------------------------------------------------------- */

static void
drop_free(struct drop *d)
{
	jval_free(d->object);
	free(d->dir);
	free(d->json);
	free(d);
}

static void
complain(struct drop *d, enum notice_drop result)
{
	int64_t now = clock_mono_ms() / 1000;

	atomic_fetch_add(&d->owner->refused, 1);
	if (now < atomic_load(&d->owner->complain_at))
		return;
	atomic_store(&d->owner->complain_at, now + COMPLAIN_S);
	if (result == DROP_FULL)
		log_warnx("log.notices %s has %d files already: the newest "
		    "alarm is not put there; see why nobody takes them",
		    d->dir, NOTICE_FILES_MAX);
	else
		log_warn("log.notices %s: an alarm could not be written",
		    d->dir);
}

/* In the clerk's thread. Whether the store took it does not matter here. */
static void
on_stored(void *arg, enum store_status status, uint64_t count)
{
	struct drop *d = arg;
	enum notice_drop result = notice_drop(d->dir, &d->notice, d->json);

	(void)status;
	(void)count;
	if (result == DROP_DONE)
		atomic_fetch_add(&d->owner->dropped, 1);
	else
		complain(d, result);
	drop_free(d);
}

/* Takes object. */
static void
drop(struct notices *n, struct jval *object, const char *json)
{
	struct drop *d = calloc(1, sizeof *d);

	if (d == NULL) {
		jval_free(object);
		return;
	}
	d->owner = n;
	d->object = object;
	d->dir = strdup(n->dir);
	d->json = strdup(json);
	if (d->dir == NULL || d->json == NULL ||
	    !notice_read(object, &d->notice) ||
	    !clerk_sync(n->clerk, on_stored, d)) {
		atomic_fetch_add(&n->refused, 1);
		drop_free(d);
	}
}

/* --- the public side ----------------------------------------------------- */

void
notices_tell(struct notices *n, const struct notice *about, const char *fmt,
    ...)
{
	struct notice whole = *about;
	bool alarm = notice_is_alarm(about->kind);
	char text[TEXT_MAX], *json;
	struct jval *object;
	va_list ap;

	if (n == NULL || n->clerk == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	whole.time_ms = clock_wall_ms();
	whole.text = text;
	object = notice_value(&whole);
	if ((json = jval_print(object)) == NULL) {
		log_warnx("no memory: a notice (%s) is lost",
		    notice_word(about->kind));
		jval_free(object);
		return;
	}
	keep(n, alarm, json);
	if (alarm && n->dir[0] != '\0')
		drop(n, object, json);
	else
		jval_free(object);
	free(json);
}

void
notices_reconfigured(struct notices *n, const struct conf *conf)
{
	char *dir = strdup(conf->log.notices);

	if (dir == NULL)
		return;
	free(n->dir);
	n->dir = dir;
	if (dir[0] != '\0' && access(dir, W_OK | X_OK) == -1)
		log_warn("log.notices %s: alarms cannot be put there; make it "
		    "a directory in which rcptguard-probe's user may write",
		    dir);
}

struct notices *
notices_create(struct store *store, struct clerk *clerk,
    const struct conf *conf)
{
	struct notices *n = calloc(1, sizeof *n);

	if (n == NULL)
		return NULL;
	n->clerk = clerk;
	notices_reconfigured(n, conf);
	if (n->dir == NULL) {
		free(n);
		return NULL;
	}
	n->most = (uint64_t)conf->store.max_size / OCTETS_EACH;
	if (n->most > NOTICES_KEPT)
		n->most = NOTICES_KEPT;
	if (store != NULL && store_walk_items(store, STORE_NOTICES, load_item,
	    n) != STORE_OK)
		log_warnx("the notices in the store cannot be read; rcptguard "
		    "incident may lack some");
	return n;
}

void
notices_end(struct notices *n)
{
	if (n != NULL)
		n->clerk = NULL;
}

void
notices_destroy(struct notices *n)
{
	if (n == NULL)
		return;
	free(n->dir);
	free(n);
}

struct jval *
notices_status(const struct notices *n)
{
	struct jval *o = jval_object();

	if (jval_put_text(o, "dir", n->dir) &&
	    jval_put_int(o, "dropped",
	    (int64_t)atomic_load(&n->dropped)) &&
	    jval_put_int(o, "refused",
	    (int64_t)atomic_load(&n->refused)) &&
	    jval_put_int(o, "kept", (int64_t)(n->alarms.next -
	    n->alarms.first + n->changes.next - n->changes.first)))
		return o;
	jval_free(o);
	return NULL;
}
