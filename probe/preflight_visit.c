#include "probe/preflight_visit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/fault.h"

static void
visit_ends(struct visit *v)
{
	struct visits *all = v->all;

	if (--all->open == 0)
		all->p.done(all->p.arg);
}

static void
visit_result(struct visit *v, enum check_result result, const char *text)
{
	v->contact->result = result;
	text_copy(v->contact->text, text, sizeof v->contact->text);
}

static struct visit *
visit_new(struct visits *all, enum contact_kind kind, const char *what)
{
	struct visit *v = &all->items[all->count];

	if (all->count == VISITS_MAX)
		return NULL;
	memset(v, 0, sizeof *v);
	v->all = all;
	v->contact = &all->contacts[all->count++];
	v->contact->kind = kind;
	text_copy(v->contact->what, what, sizeof v->contact->what);
	visit_result(v, CHECK_SKIPPED, "could not be tried");
	return v;
}

/* --- mailboxes of ours --------------------------------------------------- */

/* Only what the mailbox's own host says of it counts against us. */
static void
on_mailbox(void *arg, const struct job_result *result)
{
	struct visit *v = arg;
	enum check_result res = CHECK_SKIPPED;
	char text[160];

	v->job = NULL;
	switch (verdict_state_of(result->reason)) {
	case STATE_DELIVERABLE:
	case STATE_RISKY:
		res = CHECK_OK;
		break;
	case STATE_UNDELIVERABLE:
		res = CHECK_FAIL;
		break;
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	snprintf(text, sizeof text, res == CHECK_OK ? "accepted" :
	    res == CHECK_FAIL ? "refused (%s)" : "could not be told (%s)",
	    verdict_reason_word(result->reason));
	visit_result(v, res, text);
	visit_ends(v);
}

static bool
is_visited(const struct visits *all, const char *mailbox)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (strcasecmp(all->contacts[i].what, mailbox) == 0)
			return true;
	return false;
}

static void
visit_mailbox(struct visits *all, const char *mailbox)
{
	struct address addr;
	struct job_params jp = {
		.addr = &addr,
		.submitter = "",
		.attempt = 1,
		.ours = true,
		.done = on_mailbox,
	};
	struct visit *v;

	if (is_visited(all, mailbox) ||
	    address_parse(mailbox, strlen(mailbox), &addr) != ADDRESS_OK ||
	    (v = visit_new(all, CONTACT_MAILBOX, mailbox)) == NULL)
		return;
	jp.arg = v;
	v->job = job_start(all->p.tools, &jp);
	if (v->job != NULL)
		all->open++;
}

/* --- hosts of the admin's choice ----------------------------------------- */

static void
host_idle(void *arg)
{
	struct visit *v = arg;

	visit_result(v, CHECK_OK, "answers");
	session_leave(v->session);
}

static void
host_refused(void *arg, enum stage stage, const struct reply *reply)
{
	(void)stage;
	(void)reply;
	visit_result(arg, CHECK_OK, "answers, but refuses us");
}

static void
host_failed(void *arg, enum stage stage, enum fault fault)
{
	char text[160];

	snprintf(text, sizeof text, "at %s the host %s", stage_word(stage),
	    fault_text(fault));
	visit_result(arg, stage == STAGE_CONNECT ? CHECK_FAIL : CHECK_WARN,
	    text);
}

static void
host_over(void *arg)
{
	struct visit *v = arg;

	session_free(v->session);
	v->session = NULL;
	visit_ends(v);
}

/* These belong to recipients, and none is given. */
static void
host_answer(void *arg, const struct reply *reply)
{
	(void)arg;
	(void)reply;
}

static void
host_unasked(void *arg, enum fault fault)
{
	(void)arg;
	(void)fault;
}

static void
host_tell(void *arg, enum story_kind kind, const char *text)
{
	(void)arg;
	(void)kind;
	(void)text;
}

static const struct session_events host_events = {
	.idle = host_idle,
	.answer = host_answer,
	.unasked = host_unasked,
	.refused = host_refused,
	.failed = host_failed,
	.over = host_over,
	.tell = host_tell,
};

static void
host_dial(struct visit *v, const struct net_addr *addr,
    const struct source *s)
{
	const struct visits_params *p = &v->all->p;
	struct session_params sp = {
		.base = p->tools->base,
		.host = v->contact->what,
		.addr = *addr,
		.port = (uint16_t)p->conf->smtp.port,
		.source = s->implied ? NULL : &v->source,
		.rules = &p->tools->targets,
		.helo = v->helo,
		.sender = p->conf->identity.sender,
		.connect_timeout_ms = p->conf->smtp.connect_timeout_ms,
		.reply_timeout_ms = p->conf->smtp.reply_timeout_ms,
		.session_timeout_ms = p->conf->smtp.session_timeout_ms,
	};

	v->source = s->addr;
	text_copy(v->helo, s->helo, sizeof v->helo);
	v->session = session_open(&sp, &host_events, v);
	if (v->session != NULL)
		v->all->open++;
	else
		visit_result(v, CHECK_WARN, strerror(errno));
}

/*
 * One address of the host: who asked to be left alone is, and what is no
 * mail host of the world is not dialled. False: the result says why.
 */
static bool
host_may(struct visit *v, const struct net_addr *addr,
    struct source_choice *c)
{
	const struct visits_params *p = &v->all->p;
	const char *host = v->contact->what, *why;
	int64_t now = clock_wall_s();
	char text[160];

	if (exclusions_domain(p->tools->exclusions, host, now) != NULL ||
	    exclusions_host(p->tools->exclusions, host, addr, now) != NULL) {
		visit_result(v, CHECK_SKIPPED, "not tried: it is excluded on "
		    "request");
		return false;
	}
	if (target_check(&p->tools->targets, addr, &why) != TARGET_OK) {
		snprintf(text, sizeof text, "not tried: it is %s", why);
		visit_result(v, CHECK_SKIPPED, text);
		return false;
	}
	if (source_choose(p->pool, host, addr->family, now, c))
		return true;
	visit_result(v, CHECK_SKIPPED, "not tried: all sources rest");
	return false;
}

/* The first address that may be dialled, IPv4 before IPv6. */
static void
host_visit(struct visit *v)
{
	static const enum fact_type types[] = { FACT_A, FACT_AAAA };
	const char *host = v->contact->what;
	const struct fact_answer *a;
	struct source_choice c;
	struct net_addr addr;
	size_t i;

	if (net_addr_parse(host, &addr)) {
		if (host_may(v, &addr, &c))
			host_dial(v, &addr, c.source);
		return;
	}
	visit_result(v, CHECK_FAIL, "DNS gave no address");
	for (i = 0; i < 2; i++) {
		a = facts_get(v->all->p.facts, types[i], host);
		if (a == NULL || a->count == 0 ||
		    !host_may(v, &a->items[0].addr, &c))
			continue;
		host_dial(v, &a->items[0].addr, c.source);
		return;
	}
}

static void
visit_host(struct visits *all, const char *name)
{
	char host[FACTS_NAME_SIZE];
	struct visit *v;

	text_copy(host, name, sizeof host);
	text_lower(host);
	if ((v = visit_new(all, CONTACT_PORT, host)) != NULL)
		host_visit(v);
}

/* --- all ----------------------------------------------------------------- */

void
visits_begin(struct visits *all, const struct visits_params *p)
{
	const struct conf_strings *hosts = &p->conf->identity.check_hosts;
	struct preflight_mailbox boxes[PREFLIGHT_MAILBOXES_MAX];
	size_t n = preflight_mailboxes(p->conf, boxes), i;

	all->p = *p;
	all->count = 0;
	all->open = 1;			/* this function */
	for (i = 0; i < n; i++)
		visit_mailbox(all, boxes[i].address);
	for (i = 0; i < hosts->count; i++)
		visit_host(all, hosts->items[i]);
	if (--all->open == 0)
		p->done(p->arg);
}

void
visits_clear(struct visits *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->items[i].job != NULL)
			job_cancel(all->items[i].job);
		session_free(all->items[i].session);
	}
	all->count = 0;
	all->open = 0;
}
