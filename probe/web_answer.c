#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "probe/web_internal.h"

#define TEXT	"text/plain; charset=utf-8"
#define METRICS	"text/plain; version=0.0.4; charset=utf-8"
#define HTML	"text/html; charset=utf-8"

static void
put_header(struct evhttp_request *req, const char *name, const char *value)
{
	(void)evhttp_add_header(evhttp_request_get_output_headers(req), name,
	    value);
}

/* body may be NULL. Nothing is kept open: see web.h. */
static void
reply(struct evhttp_request *req, int code, const char *reason,
    const char *type, const char *body)
{
	struct evbuffer *out = body != NULL ? evbuffer_new() : NULL;

	put_header(req, "Connection", "close");
	put_header(req, "X-Content-Type-Options", "nosniff");
	if (out != NULL && evbuffer_add(out, body, strlen(body)) == 0)
		put_header(req, "Content-Type", type);
	evhttp_send_reply(req, code, reason, out);
	if (out != NULL)
		evbuffer_free(out);
}

static void
refuse(struct evhttp_request *req, int code, const char *reason,
    const char *body)
{
	put_header(req, "Cache-Control", "no-store");
	reply(req, code, reason, TEXT, body);
}

static void
send_metrics(struct evhttp_request *req, const struct web *w)
{
	char *text = w->p.metrics(w->p.arg);

	if (text == NULL) {
		refuse(req, HTTP_SERVUNAVAIL, "Service Unavailable",
		    "no memory\n");
		return;
	}
	put_header(req, "Cache-Control", "no-store");
	reply(req, HTTP_OK, "OK", METRICS, text);
	free(text);
}

/*
 * If-None-Match (RFC 9110, 13.1.2) is "*", or a list of tags, of which a weak
 * one does as well. A tag is in quotes, which no tag of ours has inside.
 */
static bool
is_known(struct evhttp_request *req, const char *etag)
{
	const char *tags = evhttp_find_header(
	    evhttp_request_get_input_headers(req), "If-None-Match");

	return tags != NULL && (strcmp(tags, "*") == 0 ||
	    strstr(tags, etag) != NULL);
}

static void
send_page(struct evhttp_request *req, const struct web *w)
{
	if (w->page == NULL) {
		refuse(req, HTTP_SERVUNAVAIL, "Service Unavailable",
		    "no memory\n");
		return;
	}
	put_header(req, "ETag", w->etag);
	put_header(req, "Cache-Control", "max-age=3600");
	if (is_known(req, w->etag)) {
		reply(req, HTTP_NOTMODIFIED, "Not Modified", NULL, NULL);
		return;
	}
	/* The page has a style of its own, and nothing from anywhere. */
	put_header(req, "Content-Security-Policy", "default-src 'none'; "
	    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'none'");
	put_header(req, "Referrer-Policy", "no-referrer");
	put_header(req, "X-Frame-Options", "DENY");
	reply(req, HTTP_OK, "OK", HTML, w->page);
}

void
web_answer(struct evhttp_request *req, void *arg)
{
	const struct site *s = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : "*";
	enum evhttp_cmd_type method = evhttp_request_get_command(req);

	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		put_header(req, "Allow", "GET, HEAD");
		refuse(req, HTTP_BADMETHOD, "Method Not Allowed",
		    "only GET and HEAD\n");
	} else if (path[0] == '\0' || strcmp(path, "/") == 0 ||
	    strcmp(path, "/policy") == 0) {
		send_page(req, s->web);
	} else if (!s->page_only && strcmp(path, "/metrics") == 0) {
		send_metrics(req, s->web);
	} else if (!s->page_only && strcmp(path, "/healthz") == 0) {
		put_header(req, "Cache-Control", "no-store");
		reply(req, HTTP_OK, "OK", TEXT, "ok\n");
	} else {
		refuse(req, HTTP_NOTFOUND, "Not Found", "not found\n");
	}
}
