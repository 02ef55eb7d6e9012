#include "probe/hosts.h"

#include <string.h>

#include "common/text.h"

struct listing {
	struct jval *list;
	size_t left;
	int64_t now_ms, now;
	bool ok;
};

static int64_t
wall(const struct listing *l, int64_t ms)
{
	return l->now + (ms - l->now_ms + 999) / 1000;
}

static bool
put_rest(const struct listing *l, struct jval *o, const struct host_did *did)
{
	char text[4 * sizeof did->text];
	bool ok = jval_put_int(o, "rests_until", wall(l, did->until_ms)) &&
	    jval_put_text(o, "stage", stage_word(did->stage)) &&
	    jval_put_text(o, "reason", verdict_reason_word(did->reason));

	if (did->fault != FAULT_NONE)
		return ok && jval_put_text(o, "fault", fault_text(did->fault));
	text_escape_utf8(did->text, strlen(did->text), text, sizeof text);
	return ok && jval_put_text(o, "rule", did->rule) &&
	    jval_put_int(o, "code", did->code) &&
	    jval_put_text(o, "enhanced", did->enhanced) &&
	    jval_put_text(o, "text", text);
}

static bool
put_limits(const struct listing *l, struct jval *o,
    const struct host_limits *h)
{
	static const char *const words[HABIT_COUNT] = {
		[HABIT_NO_TLS] = "no_tls_until",
		[HABIT_FEW_RCPTS] = "recipients_until",
		[HABIT_ONE_SESSION] = "one_session_until",
		[HABIT_NO_GROUPS] = "no_groups_until",
	};
	bool ok = h->until[HABIT_FEW_RCPTS] == 0 ||
	    jval_put_int(o, "recipients", h->rcpts);
	int i;

	for (i = 0; i < HABIT_COUNT; i++)
		if (h->until[i] != 0)
			ok = jval_put_int(o, words[i], wall(l, h->until[i])) &&
			    ok;
	return ok;
}

static bool
add(void *arg, const struct host_limits *h)
{
	struct listing *l = arg;
	char ip[NET_TEXT_SIZE], name[256];
	struct jval *o;

	if (l->left == 0)
		return false;
	l->left--;
	o = jval_object();
	net_addr_text(h->addr, ip);
	text_escape_utf8(h->name, strlen(h->name), name, sizeof name);
	l->ok = jval_put_text(o, "ip", ip) &&
	    jval_put_text(o, "host", name) &&
	    (h->rest == NULL || put_rest(l, o, h->rest)) &&
	    put_limits(l, o, h);
	if (l->ok)
		l->ok = jval_add(l->list, o);
	else
		jval_free(o);
	return l->ok;
}

struct jval *
hosts_json(const struct hostmem *m, size_t max, int64_t now_ms, int64_t now)
{
	struct listing l = { .list = jval_array(), .left = max,
	    .now_ms = now_ms, .now = now, .ok = true };
	size_t limited = hostmem_limits(m, now_ms, add, &l);
	struct jval *o = jval_object();
	bool ok = jval_put_int(o, "limited", (int64_t)limited);

	if (jval_put(o, "hosts", l.list) && ok && l.ok)
		return o;
	jval_free(o);
	return NULL;
}
