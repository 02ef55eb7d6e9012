#include "cli/learned.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/out.h"
#include "cli/talk.h"
#include "common/clock.h"
#include "common/jval.h"

struct reading {
	struct outcome_tally *tally;
	int64_t since, until;
	unsigned *bad;
};

static bool
read_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct reading *r = arg;
	struct outcome o;

	if (outcome_key_day(key, key_len) == -1)
		return true;
	if (!outcome_read(data, len, &o))
		(*r->bad)++;
	else if (o.at >= r->since && o.at < r->until)
		outcome_add(r->tally, &o);
	return true;
}

enum store_status
learned_sum(struct store *s, int64_t since, int64_t until,
    struct outcome_tally *t, unsigned *bad)
{
	struct reading r = { t, since, until, bad };

	return store_walk_items(s, STORE_OUTCOMES, read_one, &r);
}

/* "2.5 %"; "-" where there is nothing to measure. */
static void
percent(int thousandths, char out[16])
{
	if (thousandths < 0)
		(void)snprintf(out, 16, "-");
	else
		(void)snprintf(out, 16, "%d.%d %%", thousandths / 10,
		    thousandths % 10);
}

static struct jval *
count_value(const struct outcome_count *c, bool named)
{
	struct jval *o = jval_object();
	bool ok = !named || jval_put_text(o, "provider", c->provider);

	ok = ok && jval_put_int(o, "good_sent", c->good_sent) &&
	    jval_put_int(o, "good_bounced", c->good_bounced) &&
	    jval_put_int(o, "good_refused", c->good_refused) &&
	    jval_put_int(o, "bad_sent", c->bad_sent) &&
	    jval_put_int(o, "bad_bounced", c->bad_bounced) &&
	    jval_put_int(o, "open_sent", c->open_sent) &&
	    jval_put_int(o, "open_bounced", c->open_bounced) &&
	    jval_put_int(o, "deferred", c->deferred);
	if (ok && outcome_bad_accepted(c) >= 0)
		ok = jval_put_real(o, "bad_accepted_rate",
		    outcome_bad_accepted(c) / 1000.0);
	if (ok && outcome_good_refused(c) >= 0)
		ok = jval_put_real(o, "good_refused_rate",
		    outcome_good_refused(c) / 1000.0);
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

static int
print_json(const struct outcome_tally *t)
{
	struct jval *o = jval_object(), *list = jval_array();
	bool ok = list != NULL;
	size_t i;

	for (i = 0; ok && i < t->count; i++)
		ok = jval_add(list, count_value(&t->by[i], true));
	ok = jval_put_int(o, "days", OUTCOME_REPORT_DAYS) && ok;
	ok = jval_put(o, "all", count_value(&t->all, false)) && ok;
	ok = jval_put(o, "providers", list) && ok;
	out_value(ok ? o : NULL);
	jval_free(o);
	return EX_OK;
}

static void
tell_provider(const struct outcome_count *c)
{
	char bad[16], good[16];

	percent(outcome_bad_accepted(c), bad);
	percent(outcome_good_refused(c), good);
	out_fact(c->provider[0] != '\0' ? c->provider : "others",
	    "%" PRId64 " delivered, %" PRId64 " bounced; bad accepted %s, "
	    "good refused %s", c->good_sent + c->bad_sent + c->open_sent,
	    c->good_bounced + c->good_refused + c->bad_bounced +
	    c->open_bounced, bad, good);
}

static void
print_text(const struct outcome_tally *t)
{
	const struct outcome_count *c = &t->all;
	char bad[16], good[16];
	size_t i;

	percent(outcome_bad_accepted(c), bad);
	percent(outcome_good_refused(c), good);
	out_line("What became of mail to known addresses, in %d days",
	    OUTCOME_REPORT_DAYS);
	out_fact("bad accepted", "%s: of deliverable ones %" PRId64 " had no "
	    "mailbox, %" PRId64 " took mail", bad, c->good_bounced,
	    c->good_sent);
	out_fact("good refused", "%s: of undeliverable ones %" PRId64 " took "
	    "mail, %" PRId64 " bounced", good, c->bad_sent, c->bad_bounced);
	out_fact("not settled", "%" PRId64 " took mail, %" PRId64 " bounced",
	    c->open_sent, c->open_bounced);
	out_fact("otherwise", "%" PRId64 " deliverable ones refused for "
	    "another reason, %" PRId64 " deferred", c->good_refused,
	    c->deferred);
	if (t->count > 0)
		out_line("By provider");
	for (i = 0; i < t->count; i++)
		tell_provider(&t->by[i]);
}

int
learned_tell(const struct conf *conf, bool json)
{
	struct outcome_tally *t = calloc(1, sizeof *t);
	enum store_status status;
	struct store *store;
	unsigned bad = 0;
	int error = EX_OK;

	if (t == NULL)
		return out_no_memory();
	status = talk_store(conf, &store);
	if (status == STORE_OK)
		status = learned_sum(store, clock_wall_s() -
		    OUTCOME_REPORT_DAYS * INT64_C(86400), INT64_MAX, t, &bad);
	if (status != STORE_OK)
		error = talk_store_error(conf, status);
	else if (json)
		error = print_json(t);
	else
		print_text(t);
	if (bad > 0)
		out_warn("%u outcomes cannot be read", bad);
	store_close(store);
	free(t);
	return error;
}
