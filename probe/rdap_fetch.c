#include "probe/rdap_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"

struct rdap_fetch {
	struct rdap_fetch_params p;
	struct http_endpoints *set;	/* asked now; a reference */
	struct tls *tls;		/* a reference */
	struct http_fetch *fetch;
	int64_t until_ms;		/* monotonic */
	unsigned hops;
	char note[RDAP_NOTE_SIZE];
};

static void
fetch_free(struct rdap_fetch *f)
{
	http_endpoints_unref(f->set);
	tls_destroy(f->tls);
	free(f);
}

static void
on_tell(void *arg, enum story_kind kind, const char *text)
{
	struct rdap_fetch *f = arg;

	if (kind == STORY_CONNECT || kind == STORY_NOTE)
		text_copy(f->note, text, sizeof f->note);
}

static bool
is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

static void on_fetched(void *arg, const struct http_fetched *got);

/* targets: NULL where the admin has named the host. False: no memory. */
static bool
ask(struct rdap_fetch *f, const char *target,
    const struct target_rules *targets)
{
	struct http_fetch_params fp = {
		.base = f->p.base,
		.resolver = f->p.resolver,
		.endpoints = f->set,
		.ep = http_endpoints_find(f->set, ""),
		.targets = targets,
		.target = target,
		.tell = on_tell,
		.done = on_fetched,
		.arg = f,
	};

	f->fetch = http_fetch(&fp);
	return f->fetch != NULL;
}

/* False: it cannot be followed, and note says why. */
static bool
follow(struct rdap_fetch *f, const char *location)
{
	const struct http_endpoint *ep = http_endpoints_find(f->set, "");
	int64_t left_ms = f->until_ms - clock_mono_ms();
	struct http_endpoints *next;
	const char *why = NULL;

	if (f->hops == RDAP_HOPS_MAX || left_ms <= 0) {
		snprintf(f->note, sizeof f->note, f->hops == RDAP_HOPS_MAX ?
		    "the RDAP server redirects more than %d times" :
		    "the RDAP server and %d redirects took too long",
		    RDAP_HOPS_MAX);
		return false;
	}
	next = http_endpoints_follow(ep, location, left_ms, f->tls, &why);
	if (next == NULL) {
		snprintf(f->note, sizeof f->note, "the RDAP server answers "
		    "with a redirect that %s", why);
		return false;
	}
	f->hops++;
	http_endpoints_unref(f->set);
	f->set = next;
	ep = http_endpoints_find(next, "");
	if (ask(f, ep->target, f->p.targets))
		return true;
	text_copy(f->note, "no memory", sizeof f->note);
	return false;
}

static void
on_fetched(void *arg, const struct http_fetched *got)
{
	static const struct http_fetched nothing = { .body = "", .ip = "",
	    .tls = "", .location = "" };
	struct rdap_fetch *f = arg;

	f->fetch = NULL;
	if (!is_redirect(got->status)) {
		f->p.done(f->p.arg, got, f->note);
	} else if (follow(f, got->location)) {
		return;
	} else {
		f->p.done(f->p.arg, &nothing, f->note);
	}
	fetch_free(f);
}

struct rdap_fetch *
rdap_fetch(const struct rdap_fetch_params *p)
{
	const struct http_endpoint *ep = http_endpoints_find(p->endpoints, "");
	struct rdap_fetch *f = calloc(1, sizeof *f);
	char target[2048];

	if (f == NULL)
		return NULL;
	f->p = *p;
	f->set = http_endpoints_ref(p->endpoints);
	f->tls = tls_ref(p->tls);
	f->until_ms = clock_mono_ms() + ep->timeout_ms;
	snprintf(target, sizeof target, "%s%s", ep->target, p->domain);
	if (ask(f, target, NULL))
		return f;
	fetch_free(f);
	return NULL;
}

void
rdap_fetch_cancel(struct rdap_fetch *f)
{
	if (f == NULL)
		return;
	http_fetch_cancel(f->fetch);
	fetch_free(f);
}
