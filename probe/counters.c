#include <string.h>

#include "common/jval.h"
#include "common/text.h"
#include "probe/counters.h"
#include "probe/repute.h"

#define ANY	"any"
#define OTHER	"other"

const char *
counter_word(enum counter counter)
{
	static const char *const words[COUNTER_COUNT] = {
		[COUNT_CONNECTS] = "connects",
		[COUNT_RCPTS] = "rcpts",
		[COUNT_ACCEPTED] = "accepted",
		[COUNT_UNKNOWN_USER] = "unknown_user",
		[COUNT_REFUSED] = "refused",
		[COUNT_TEMPFAIL] = "tempfail",
		[COUNT_REFUSED_US] = "refused_us",
		[COUNT_TIMEOUT] = "timeout",
		[COUNT_CLOSED] = "closed",
		[COUNT_NO_CONNECT] = "no_connect",
		[COUNT_BROKEN] = "broken",
	};

	return counter < COUNTER_COUNT ? words[counter] : "?";
}

static struct counters_row *
row_of(struct counters *c, const char *source, const char *provider)
{
	struct counters_row *row;
	size_t i;

	for (i = 0; i < c->count; i++)
		if (strcmp(c->rows[i].source, source) == 0 &&
		    strncmp(c->rows[i].provider, provider,
		    COUNTERS_NAME - 1) == 0)
			return &c->rows[i];
	if (c->count == COUNTERS_ROWS)
		return &c->rows[COUNTERS_ROWS - 1];
	row = &c->rows[c->count++];
	if (c->count == COUNTERS_ROWS)
		source = provider = OTHER;
	text_copy(row->source, source, sizeof row->source);
	text_copy(row->provider, provider, sizeof row->provider);
	return row;
}

void
counters_add(struct counters *c, const char *source, const char *provider,
    enum counter counter, uint64_t n)
{
	if (source[0] == '\0')
		source = ANY;
	if (provider == NULL || provider[0] == '\0')
		provider = OTHER;
	if (n > 0)
		row_of(c, source, provider)->n[counter] += n;
}

static enum counter
of_reply(const struct reply_meaning *meaning)
{
	if (repute_refuses_us(meaning->reason))
		return COUNT_REFUSED_US;
	if (meaning->code < 300)
		return COUNT_ACCEPTED;
	if (meaning->code < 500)
		return COUNT_TEMPFAIL;
	return meaning->reason == REASON_NO_SUCH_USER ? COUNT_UNKNOWN_USER :
	    COUNT_REFUSED;
}

enum counter
counters_outcome(enum fault fault, const struct reply_meaning *meaning)
{
	switch (fault) {
	case FAULT_NONE:
		return meaning != NULL ? of_reply(meaning) : COUNTER_COUNT;
	case FAULT_CONNECT:
		return COUNT_NO_CONNECT;
	case FAULT_TIMEOUT:
		return COUNT_TIMEOUT;
	case FAULT_CLOSED:
		return COUNT_CLOSED;
	case FAULT_PROTOCOL:
	case FAULT_TLS:
		return COUNT_BROKEN;
	case FAULT_NO_SMTPUTF8:
	case FAULT_LOCAL:
		break;
	}
	return COUNTER_COUNT;
}

static struct jval *
row_json(const struct counters_row *row)
{
	struct jval *o = jval_object();
	bool ok = jval_put_text(o, "source", row->source) &&
	    jval_put_text(o, "provider", row->provider);
	int i;

	for (i = 0; ok && i < COUNTER_COUNT; i++)
		ok = jval_put_int(o, counter_word((enum counter)i),
		    (int64_t)row->n[i]);
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

static struct counters_row
sum_from(const struct counters *c, size_t first)
{
	struct counters_row sum = { .source = OTHER, .provider = OTHER };
	size_t i;
	int k;

	for (i = first; i < c->count; i++)
		for (k = 0; k < COUNTER_COUNT; k++)
			sum.n[k] += c->rows[i].n[k];
	return sum;
}

struct jval *
counters_json(const struct counters *c, size_t max)
{
	size_t n = c->count <= max ? c->count : max - 1, i;
	struct jval *list = jval_array();
	struct counters_row rest;
	bool ok = list != NULL;

	for (i = 0; ok && i < n; i++)
		ok = jval_add(list, row_json(&c->rows[i]));
	if (ok && n < c->count) {
		rest = sum_from(c, n);
		ok = jval_add(list, row_json(&rest));
	}
	if (ok)
		return list;
	jval_free(list);
	return NULL;
}
