#include "milter/callbacks.h"

#include <libmilter/mfapi.h>

#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/text.h"
#include "milter/edit.h"
#include "milter/judge.h"
#include "milter/xtext.h"

#define CROWDED_SAY_MS	60000

/*
 * libmilter passes nothing of ours to a new session, so the way to the service
 * is here; set once by callbacks_register, before any thread.
 */
static struct service *service;

/* Stop waits for the callbacks under way; libmilter itself does not. */
static void
enter(void)
{
	atomic_fetch_add(&service->running, 1);
}

static sfsistat
leave(sfsistat st)
{
	atomic_fetch_sub(&service->running, 1);
	return st;
}

static char *
macro(SMFICTX *ctx, const char *name)
{
	char buf[32];

	text_copy(buf, name, sizeof(buf));	/* it wants a char * */
	return smfi_getsymval(ctx, buf);
}

/*
 * libmilter keeps a reply's text until a reply of its class is sent, so it is
 * set immediately before the return that sends it, and the return agrees with
 * the class: another is dropped in silence.
 */
static sfsistat
answer(SMFICTX *ctx, struct judge_reply *r)
{
	char code[4], enhanced[8];

	if (r->answer == NULL)
		return SMFIS_CONTINUE;
	text_copy(code, r->answer->code, sizeof(code));
	text_copy(enhanced, r->answer->enhanced, sizeof(enhanced));
	if (smfi_setreply(ctx, code, enhanced, r->text) != MI_SUCCESS)
		log_warnx("libmilter refuses the reply %s %s", code, enhanced);
	return code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static void
ask_macros(SMFICTX *ctx)
{
	static const struct {
		int stage;
		const char *names;
	} wanted[] = {
		{ SMFIM_CONNECT, "v {daemon_name} {client_addr}" },
		{ SMFIM_ENVFROM, "i {auth_authen}" },
		{ SMFIM_ENVRCPT, "i {rcpt_mailer}" },
		/* libmilter before 8.17.2 takes one of these for the other */
		{ SMFIM_EOH, "i" },
		{ SMFIM_EOM, "i" },
	};
	char names[64];
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		text_copy(names, wanted[i].names, sizeof(names));
		(void)smfi_setsymlist(ctx, wanted[i].stage, names);
	}
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long unused0, unsigned long unused1, unsigned long *want_actions,
    unsigned long *want_steps, unsigned long *want0, unsigned long *want1)
{
	unsigned long skip = SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOEOH |
	    SMFIP_NOBODY | SMFIP_NOUNKNOWN;
	unsigned long act = SMFIF_SETSYMLIST;

	(void)unused0;
	(void)unused1;
	enter();
	if (service->may_tag)
		act |= SMFIF_ADDHDRS | SMFIF_CHGHDRS;
	else
		skip |= SMFIP_NOHDRS;
	if (service->may_hold)
		act |= SMFIF_QUARANTINE;
	*want_actions = act & actions;
	*want_steps = skip & steps;
	*want0 = 0;
	*want1 = 0;
	if ((actions & SMFIF_SETSYMLIST) != 0)
		ask_macros(ctx);
	return leave(SMFIS_CONTINUE);
}

static void
find_client(SMFICTX *ctx, struct session *s, const struct sockaddr *sa)
{
	const char *text;

	if (sa == NULL || !net_addr_from_sockaddr(sa, &s->client)) {
		text = macro(ctx, "{client_addr}");
		if (text == NULL || !net_addr_parse(text, &s->client)) {
			s->client.family = 0;
			return;
		}
	}
	net_addr_text(&s->client, s->client_text);
}

static bool
port_is_0(const struct sockaddr *sa)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (sa == NULL)
		return false;
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&sin, sa, sizeof(sin));
		return sin.sin_port == 0 &&
		    sin.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
	case AF_INET6:
		memcpy(&sin6, sa, sizeof(sin6));
		return sin6.sin6_port == 0 &&
		    IN6_IS_ADDR_LOOPBACK(&sin6.sin6_addr);
	}
	return false;
}

static void
count_session(void)
{
	long long n = atomic_fetch_add(&service->sessions, 1) + 1;

	if (n > service->most_sessions &&
	    service_may_say(&service->crowded_said_at, CROWDED_SAY_MS))
		log_warnx("%lld sessions: near the limit of open files; raise "
		    "LimitNOFILE of the service", n);
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *sa)
{
	struct session *s;
	const char *name;

	enter();
	s = session_new();
	/* No memory: the session passes, as for any fault of ours. */
	if (s == NULL || smfi_setpriv(ctx, s) != MI_SUCCESS) {
		session_free(s, service);
		log_warnx("no memory for a session: it passes unguarded");
		return leave(SMFIS_CONTINUE);
	}
	count_session();
	find_client(ctx, s, sa);
	s->local_port_0 = port_is_0(sa) && host != NULL &&
	    strcasecmp(host, "localhost") == 0;
	name = macro(ctx, "{daemon_name}");
	text_copy(s->listener, name != NULL ? name : "", sizeof(s->listener));
	s->xtext_login = xtext_is_used_by(macro(ctx, "v"));
	return leave(SMFIS_CONTINUE);
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	struct judge_reply reply = { NULL, "" };

	enter();
	if (s != NULL)
		judge_mail(service, s, argv[0], macro(ctx, "{auth_authen}"),
		    macro(ctx, "i"), &reply);
	return leave(answer(ctx, &reply));
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	struct judge_reply reply = { NULL, "" };

	enter();
	if (s != NULL)
		judge_rcpt(service, s, argv[0], macro(ctx, "{rcpt_mailer}"),
		    macro(ctx, "i"), &reply);
	return leave(answer(ctx, &reply));
}

/* Asked for only if a guard tags: how many forged copies there are. */
static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = smfi_getpriv(ctx);

	(void)value;
	enter();
	if (s != NULL && strcasecmp(name, EDIT_HEADER) == 0)
		s->message.foreign_tags++;
	return leave(SMFIS_CONTINUE);
}

static sfsistat
on_end(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);
	struct judge_reply reply = { NULL, "" };

	enter();
	if (s != NULL) {
		judge_end(service, s, macro(ctx, "i"), &reply);
		if (reply.answer == NULL && s->message.guard != NULL)
			edit_message(ctx, &s->message, service->may_tag);
		session_reset(s, service);
	}
	return leave(answer(ctx, &reply));
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	enter();
	if (s != NULL)
		session_reset(s, service);
	return leave(SMFIS_CONTINUE);
}

/*
 * May be the only callback of a session, and may run under a lock that all
 * sessions share: it only frees, and takes no lock that is held over I/O.
 */
static sfsistat
on_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	enter();
	if (s != NULL) {
		(void)smfi_setpriv(ctx, NULL);
		session_free(s, service);
		atomic_fetch_sub(&service->sessions, 1);
	}
	return leave(SMFIS_CONTINUE);
}

bool
callbacks_register(struct service *svc)
{
	static char name[] = "rcptguard";
	struct smfiDesc desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_SETSYMLIST | SMFIF_ADDHDRS |
		    SMFIF_CHGHDRS | SMFIF_QUARANTINE,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	service = svc;
	return smfi_register(desc) == MI_SUCCESS;
}
