#include "probe/http_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/text.h"
#include "common/verdict_line.h"
#include "probe/http_answer.h"
#include "probe/http_fetch.h"

struct http_ask {
	struct http_fetch *fetch;
	struct evidence *story;
	int64_t story_began_ms;
	http_done_fn *done;
	void *arg;
};

static void
tell(void *arg, enum story_kind kind, const char *text)
{
	struct http_ask *a = arg;

	evidence_tell_text(a->story,
	    (uint32_t)(clock_mono_ms() - a->story_began_ms), kind, text,
	    strlen(text));
}

/* What came is escaped once, by the story. */
static void
tell_received(struct http_ask *a, const struct http_fetched *got)
{
	char line[EVIDENCE_TEXT_MAX];
	size_t head, len;

	head = (size_t)snprintf(line, sizeof line, "HTTP %u ", got->status);
	len = got->len < sizeof line - head ? got->len : sizeof line - head;
	memcpy(line + head, got->body, len);
	evidence_tell_text(a->story,
	    (uint32_t)(clock_mono_ms() - a->story_began_ms), STORY_RECEIVED,
	    line, head + len);
}

static void
read_answer(struct http_ask *a, const struct http_fetched *got,
    struct http_result *r, char text[EVIDENCE_TEXT_MAX + 1])
{
	char why[160], note[256];

	text_escape_utf8(got->body, got->len, text, EVIDENCE_TEXT_MAX + 1);
	tell_received(a, got);
	if (got->status != 200)
		snprintf(note, sizeof note, "HTTP %u from the endpoint is no "
		    "verdict", got->status);
	else if (http_answer_read(got->body, got->len, &r->reason, why,
	    sizeof why))
		snprintf(note, sizeof note, "the endpoint says %s",
		    verdict_reason_word(r->reason));
	else
		snprintf(note, sizeof note, "the endpoint's answer is not "
		    "understood: %s", why);
	tell(a, STORY_NOTE, note);
}

static void
on_fetched(void *arg, const struct http_fetched *got)
{
	struct http_ask *a = arg;
	char text[EVIDENCE_TEXT_MAX + 1] = "";
	struct http_result r = {
		.reason = REASON_TEMPORARY_ERROR,
		.status = got->status,
		.text = text,
		.ip = got->ip,
		.tls = got->tls,
	};

	if (got->status != 0)
		read_answer(a, got, &r, text);
	a->done(a->arg, &r);
	free(a);
}

static char *
question(const struct address *addr)
{
	char wire[ADDRESS_MAX + 1], id[VERDICT_ID_SIZE], *text = NULL;
	struct jval *o = jval_object();

	address_wire(addr, wire);
	verdict_id_make(id);
	if (jval_put_text(o, "address", wire) && jval_put_text(o, "id", id))
		text = jval_print(o);
	jval_free(o);
	return text;
}

struct http_ask *
http_ask(const struct http_params *p)
{
	struct http_endpoint *ep = http_endpoints_find(p->endpoints,
	    p->provider);
	struct http_ask *a = ep != NULL ? calloc(1, sizeof *a) : NULL;
	char *body = a != NULL ? question(p->addr) : NULL;
	struct http_fetch_params fp = {
		.base = p->base,
		.resolver = p->resolver,
		.endpoints = p->endpoints,
		.ep = ep,
		.target = ep != NULL ? ep->target : NULL,
		.body = body,
		.tell = tell,
		.done = on_fetched,
		.arg = a,
	};

	if (a == NULL || body == NULL) {
		free(a);
		return NULL;
	}
	a->story = p->story;
	a->story_began_ms = p->story_began_ms;
	a->done = p->done;
	a->arg = p->arg;
	a->fetch = http_fetch(&fp);
	free(body);
	if (a->fetch != NULL)
		return a;
	free(a);
	return NULL;
}

void
http_ask_cancel(struct http_ask *a)
{
	if (a == NULL)
		return;
	http_fetch_cancel(a->fetch);
	free(a);
}
