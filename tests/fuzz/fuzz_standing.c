/*
 * What the store knows of listings, retired sources and notices: any JSON is
 * refused, or says the same when it is written and read again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/notice.h"
#include "probe/listing.h"
#include "probe/retired.h"
#include "tests/fuzz/fuzz.h"

/* Written, read, and written again is the same text. Takes o. */
static char *
printed(struct jval *o)
{
	char *json = jval_print(o);

	PROPERTY(json != NULL);
	jval_free(o);
	return json;
}

static void
check_notice(const struct jval *in)
{
	struct notice n, again;
	struct jval *o;
	char *first, *second;

	if (!notice_read(in, &n))
		return;
	first = printed(notice_value(&n));
	o = jval_parse(first, strlen(first));
	PROPERTY(notice_read(o, &again) && again.kind == n.kind);
	second = printed(notice_value(&again));
	PROPERTY(strcmp(first, second) == 0);
	jval_free(o);
	free(first);
	free(second);
}

static void
check_listing(const struct jval *in)
{
	struct listing l, again;
	struct jval *o;
	char *json;

	if (!listing_read(in, &l))
		return;
	json = printed(listing_value(&l));
	o = jval_parse(json, strlen(json));
	PROPERTY(listing_read(o, &again));
	PROPERTY(strcmp(l.what, again.what) == 0 &&
	    strcmp(l.zone, again.zone) == 0 && l.since == again.since &&
	    l.gone_at == again.gone_at && l.ticket == again.ticket &&
	    strcmp(l.note, again.note) == 0);
	jval_free(o);
	free(json);
}

static void
check_retirement(const struct jval *in)
{
	struct retirement r, again;
	struct jval *o;
	char *json;

	if (!retirement_read(in, &r))
		return;
	json = printed(retirement_value(&r));
	o = jval_parse(json, strlen(json));
	PROPERTY(retirement_read(o, &again));
	PROPERTY(net_addr_equal(&r.addr, &again.addr) &&
	    net_addr_equal(&r.by, &again.by) &&
	    strcmp(r.cause, again.cause) == 0 && r.at == again.at &&
	    r.step == again.step && r.user == again.user);
	jval_free(o);
	free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jval *o = jval_parse((const char *)data, size);

	check_notice(o);
	check_listing(o);
	check_retirement(o);
	jval_free(o);
	return 0;
}
