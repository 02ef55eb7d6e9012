#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/hearsay.h"
#include "probe/job_internal.h"

void
job_tell(struct job *job, enum story_kind kind, const char *text)
{
	evidence_tell_text(&job->ev,
	    (uint32_t)(clock_mono_ms() - job->began_ms), kind, text,
	    strlen(text));
}

static void
job_free(struct job *job)
{
	event_del(&job->deadline);
	event_del(&job->deliver);
	event_del(&job->later);
	evidence_clear(&job->ev);
	free(job);
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;
	struct job_result result = {
		.reason = job->reason,
		.source = job->source,
		.retry_after_s = job->retry_after_s,
		.refresh_s = job->refresh_s,
		.backup_for = job->backup_for,
		.next_try_at = job->next_try_at,
		.evidence = &job->ev,
	};

	(void)fd;
	(void)what;
	job->done(job->arg, &result);
	job_free(job);
}

void
job_finish(struct job *job, enum verdict_reason reason,
    enum verdict_source source, const char *rule)
{
	if (reason == REASON_ACCEPTED)
		reason = job_accepted(job, &rule);
	evtimer_del(&job->deadline);
	job->reason = reason;
	job->source = source;
	if (rule != NULL)
		text_copy(job->ev.rule, rule, sizeof job->ev.rule);
	job->ev.took_ms = (uint32_t)(clock_mono_ms() - job->began_ms);
	job_tell(job, STORY_NOTE, verdict_reason_text(reason));
	event_active(&job->deliver, EV_TIMEOUT, 0);
}

static void
on_endpoint(void *arg, const struct http_result *r)
{
	struct job *job = arg;
	struct evidence *ev = &job->ev;

	job->question = NULL;
	ev->code = r->status;
	text_copy(ev->text, r->text, sizeof ev->text);
	text_copy(ev->ip, r->ip, sizeof ev->ip);
	text_copy(ev->tls, r->tls, sizeof ev->tls);
	job_finish(job, r->reason, SOURCE_PROBE, "http");
}

static void
ask_endpoint(struct job *job, const struct provider *p)
{
	struct http_params hp = {
		.base = job->tools->base,
		.resolver = job->tools->resolver,
		.endpoints = job->tools->endpoints,
		.provider = p->name,
		.addr = &job->addr,
		.story = &job->ev,
		.story_began_ms = job->began_ms,
		.done = on_endpoint,
		.arg = job,
	};

	/* No envelope goes to an endpoint. */
	job->ev.from[0] = job->ev.helo[0] = job->ev.source[0] = '\0';
	job->question = http_ask(&hp);
	if (job->question == NULL)
		job_finish(job, REASON_PROBE_UNAVAILABLE, SOURCE_PROBE, NULL);
}

/*
 * What a provider says without SMTP, by its rules or its endpoint. False if
 * its hosts are to be asked.
 */
static bool
provider_decides(struct job *job, const struct provider *p)
{
	text_copy(job->ev.provider, p->name, sizeof job->ev.provider);
	if (p->method == METHOD_HTTP) {
		ask_endpoint(job, p);
		return true;
	}
	if (p->accepts_everything) {
		job_finish(job, REASON_PROVIDER_ACCEPTS_EVERYTHING,
		    SOURCE_RULES, "provider.accepts-everything");
		return true;
	}
	if (p->method == METHOD_SMTP)
		return job_is_silenced(job, p);
	job_finish(job, REASON_PROVIDER_SIGNALS_ONLY, SOURCE_RULES,
	    "provider.method");
	return true;
}

/* As provider_decides, once DNS has named the hosts. */
static bool
hosts_provider_decides(struct job *job)
{
	const struct provider *p;

	if (job->route.host_count == 0)
		return false;
	p = rules_provider(job->tools->rules, job->route.hosts[0].name);
	if (p == NULL)
		return false;
	text_copy(job->ev.mx, job->route.hosts[0].name, sizeof job->ev.mx);
	return provider_decides(job, p);
}

/* What is known of an address by its name and its domain's, before DNS. */
static bool
rules_decide(struct job *job)
{
	const struct rules *rules = job->tools->rules;
	const char *rule = rules_impossible(rules, &job->addr);
	const struct provider *p;

	if (rule != NULL) {
		job_finish(job, REASON_BAD_SYNTAX, SOURCE_RULES, rule);
		return true;
	}
	if (job_lists_decide(job))
		return true;
	p = job->addr.literal ? NULL :
	    rules_provider_of(rules, job->addr.domain);
	return p != NULL && provider_decides(job, p);
}

static void
walk_hosts(struct job *job)
{
	const struct hostmem *memory = peers_memory(job->tools->peers);
	int64_t now = clock_mono_ms();
	struct walk_step first;

	if (job_lists_decide_hosts(job) || hosts_provider_decides(job))
		return;
	job_want_age(job);
	hearsay_tell(memory, &job->route, now,
	    (uint32_t)(now - job->began_ms), &job->ev);
	walk_begin(&job->walk, &job->route, &job->tools->targets, memory, now,
	    &first);
	if (first.act == WALK_END && first.did == NULL)
		job_tell(job, STORY_NOTE, "no address of its mail hosts may be "
		    "dialled (see smtp.allow_networks)");
	job_step(job, &first);
}

static void
on_dns_line(void *arg, int64_t at_ms, const char *line)
{
	struct job *job = arg;

	evidence_tell_text(&job->ev, (uint32_t)(at_ms - job->began_ms),
	    STORY_DNS, line, strlen(line));
}

static void
on_route(void *arg, enum verdict_reason reason, const struct mx_route *route)
{
	struct job *job = arg;

	job->query = NULL;
	job_note_route(job, reason);
	if (reason != REASON_MAX) {
		job->ev.stage = STAGE_DNS;
		job_finish(job, reason, SOURCE_DNS, "dns.route");
		return;
	}
	job->route = *route;
	walk_hosts(job);
}

/* What we cut off teaches nothing about a host. */
void
job_let_go(struct job *job)
{
	job_settle(job, FAULT_LOCAL, STAGE_NONE, NULL);
	evtimer_del(&job->later);
	route_cancel(job->query);
	ask_cancel(job->ask);
	http_ask_cancel(job->question);
	catchall_cancel(job->catchall);
	job->query = NULL;
	job->ask = NULL;
	job->question = NULL;
	job->catchall = NULL;
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;
	/* That all sessions were in use is no silence of theirs. */
	enum verdict_reason why = ask_is_crowded_out(job->ask) ?
	    REASON_PROBE_UNAVAILABLE : REASON_TIMEOUT;
	bool accepted = job->catchall != NULL;
	struct walk_step last;

	(void)fd;
	(void)what;
	job_let_go(job);
	if (accepted) {
		job_on_catchall(job, CATCHALL_UNCLEAR);
		return;
	}
	job_tell(job, STORY_NOTE, "the time for this address is over");
	walk_give_up(&job->walk, why, &last);
	job_step(job, &last);
}

/* An address literal is its own mail host (RFC 5321, 4.1.3). */
static bool
route_to_literal(struct job *job)
{
	struct mx_host *h = &job->route.hosts[0];
	char text[ADDRESS_DOMAIN_MAX + 1];
	const char *from = job->addr.domain + 1;
	size_t len;

	if (strncasecmp(from, "IPv6:", 5) == 0)
		from += 5;
	text_copy(text, from, sizeof text);
	len = strlen(text);
	if (len == 0)
		return false;
	text[len - 1] = '\0';
	if (!net_addr_parse(text, &h->addrs[0]))
		return false;
	text_copy(h->name, job->addr.domain, sizeof h->name);
	h->addr_count = 1;
	job->route.host_count = 1;
	return true;
}

static bool
begin(struct job *job)
{
	if (rules_decide(job))
		return true;
	if (!job->addr.literal) {
		job->query = routes_mail(job->tools->routes,
		    job->addr.domain, on_dns_line, on_route, job);
		return job->query != NULL;
	}
	if (route_to_literal(job))
		walk_hosts(job);
	else
		job_finish(job, REASON_BAD_SYNTAX, SOURCE_RULES, "literal");
	return true;
}

static void
evidence_begin(struct job *job, unsigned attempt)
{
	const struct conf *c = job->tools->conf;

	evidence_init(&job->ev);
	job->ev.attempt = attempt;
	text_copy(job->ev.from, c->identity.sender, sizeof job->ev.from);
	text_copy(job->ev.helo, c->identity.helo, sizeof job->ev.helo);
	text_copy(job->ev.policy, job->tools->policy, sizeof job->ev.policy);
}

struct job *
job_start(const struct job_tools *tools, const struct job_params *p)
{
	int64_t limit = 2 * tools->conf->smtp.session_timeout_ms;
	struct timeval tv = { .tv_sec = limit / 1000,
	    .tv_usec = limit % 1000 * 1000 };
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return NULL;
	job->tools = tools;
	job->addr = *p->addr;
	text_copy(job->submitter, p->submitter, sizeof job->submitter);
	job->ours = p->ours;
	job->done = p->done;
	job->arg = p->arg;
	job->began_ms = clock_mono_ms();
	evidence_begin(job, p->attempt);
	evtimer_assign(&job->deadline, tools->base, on_deadline, job);
	event_assign(&job->deliver, tools->base, -1, 0, on_deliver, job);
	evtimer_assign(&job->later, tools->base, job_on_later, job);
	if (evtimer_add(&job->deadline, &tv) == -1 || !begin(job)) {
		job_free(job);
		return NULL;
	}
	return job;
}

void
job_cancel(struct job *job)
{
	if (job == NULL)
		return;
	job_let_go(job);
	job_free(job);
}
