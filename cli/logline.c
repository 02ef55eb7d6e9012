#include "config.h"

#include "cli/logline.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

/* How our own lines begin; others are parsed whole. */
static const char begins[] = "{\"time\":\"";
#define BEGINS_LEN	(sizeof begins - 1)

bool
logline_read(const char *text, size_t len, struct logline *out)
{
	out->object = jval_parse(text, len);
	if (out->object == NULL)
		return false;
	if (verdict_line_read(out->object, &out->verdict))
		return true;
	jval_free(out->object);
	out->object = NULL;
	return false;
}

void
logline_clear(struct logline *l)
{
	jval_free(l->object);
	l->object = NULL;
}

bool
logfilter_address(struct logfilter *f, const char *text)
{
	char whole[ADDRESS_DOMAIN_MAX + 8];
	struct address addr;

	f->by_address = true;
	if (text[0] != '@') {
		if (address_parse(text, strlen(text), &addr) != ADDRESS_OK)
			return false;
		address_canonical(&addr, f->address);
		return true;
	}
	if (strlen(text) >= sizeof whole - 1)
		return false;
	(void)snprintf(whole, sizeof whole, "x%s", text);
	if (address_parse(whole, strlen(whole), &addr) != ADDRESS_OK)
		return false;
	(void)snprintf(f->address, sizeof f->address, "@%.*s", ADDRESS_MAX - 1,
	    addr.domain);
	return true;
}

static bool
same(const char *wanted, const char *have)
{
	return wanted == NULL || (have != NULL && strcmp(wanted, have) == 0);
}

static bool
from_client(const struct logfilter *f, const char *client)
{
	struct net_addr addr;

	return client != NULL && net_addr_parse(client, &addr) &&
	    net_cidr_contains(&f->client, &addr);
}

/* What was logged as a domain alone, or did not parse, is compared as text. */
static bool
about(const char *wanted, const char *logged)
{
	char canonical[ADDRESS_MAX + 1];
	struct address addr;
	const char *at;

	if (address_parse(logged, strlen(logged), &addr) != ADDRESS_OK) {
		at = strrchr(logged, '@');
		return strcmp(logged, wanted) == 0 ||
		    (wanted[0] == '@' && at != NULL && strcmp(at, wanted) == 0);
	}
	if (wanted[0] == '@')
		return strcmp(addr.domain, wanted + 1) == 0;
	address_canonical(&addr, canonical);
	return strcmp(canonical, wanted) == 0;
}

bool
logfilter_match(const struct logfilter *f, const struct verdict_line *v)
{
	return (f->since_ms == 0 || v->time_ms >= f->since_ms) &&
	    (f->until_ms == 0 || v->time_ms < f->until_ms) &&
	    same(f->guard, v->guard) && same(f->action, v->action) &&
	    same(f->id, v->id) &&
	    (!f->by_state || f->state == verdict_state_of(v->reason)) &&
	    (!f->by_reason || f->reason == v->reason) &&
	    (!f->by_client || from_client(f, v->client)) &&
	    (!f->by_address || about(f->address, v->address));
}

bool
logfilter_may_match(const struct logfilter *f, const char *text, size_t len)
{
	char time[CLOCK_TEXT_SIZE];
	const char *end;
	int64_t ms;
	size_t n;

	/* An id needs no escapes, so it stands there as it is. */
	if (f->id != NULL && memchr(text, '\\', len) == NULL &&
	    memmem(text, len, f->id, strlen(f->id)) == NULL)
		return false;
	if (len < BEGINS_LEN || memcmp(text, begins, BEGINS_LEN) != 0)
		return true;
	text += BEGINS_LEN;
	len -= BEGINS_LEN;
	end = memchr(text, '"', len);
	n = end != NULL ? (size_t)(end - text) : 0;
	if (n == 0 || n >= sizeof time)
		return true;
	memcpy(time, text, n);
	time[n] = '\0';
	if (!clock_parse(time, &ms))
		return true;
	return (f->since_ms == 0 || ms >= f->since_ms) &&
	    (f->until_ms == 0 || ms < f->until_ms);
}
