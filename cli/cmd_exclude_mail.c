#include "cli/cmd_exclude_mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/message.h"
#include "cli/optout.h"
#include "cli/out.h"
#include "cli/talk.h"

#define NOBODY	"unknown.invalid"	/* RFC 2606: no domain was named */

/* --- has this message come before? ----------------------------------------- */

struct search {
	struct store *store;
	const char *id;			/* its Message-ID */
	char found[VERDICT_ID_SIZE];
};

static bool
search_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct search *s = arg;
	struct complaint c;

	(void)key;
	(void)key_len;
	if (!complaint_unseal(s->store, data, len, &c) ||
	    strcmp(c.message_id, s->id) != 0)
		return true;
	memcpy(s->found, c.id, sizeof s->found);
	return false;
}

/* The MTA tries again what we could not finish; and so may a cron job. */
static bool
came_before(const struct conf *conf, const struct optout *o,
    char found[VERDICT_ID_SIZE])
{
	struct search s = { .id = o->id };

	if (o->id[0] != '\0' && talk_store(conf, &s.store) == STORE_OK)
		store_walk_items(s.store, STORE_COMPLAINTS, search_one, &s);
	store_close(s.store);
	memcpy(found, s.found, VERDICT_ID_SIZE);
	return s.found[0] != '\0';
}

/* --- the ticket ------------------------------------------------------------- */

static void
join_domains(const struct optout *o, char out[COMPLAINT_NAMES_MAX + 1])
{
	size_t i, n = 0, len;

	out[0] = '\0';
	for (i = 0; i < o->domain_count; i++) {
		len = strlen(o->domains[i]) + (i > 0 ? 2 : 0);
		if (n + len > COMPLAINT_NAMES_MAX)
			return;
		(void)snprintf(out + n, COMPLAINT_NAMES_MAX + 1 - n, "%s%s",
		    i > 0 ? ", " : "", o->domains[i]);
		n += len;
	}
}

static int
open_ticket(struct wire_client *c, const struct optout *o)
{
	char key[VERDICT_ID_SIZE], names[COMPLAINT_NAMES_MAX + 1], note[64];
	const char *why, *grants = optout_grants(o, &why);
	const char *about = o->asks[0] != '\0' ? o->asks :
	    o->domain_count > 0 ? o->domains[0] : NOBODY;
	const char *const wish[] = { "do", "add", "what", about, "ticket", key,
	    "note", note, NULL };
	const char *const own[] = { "do", "add", "what", key, "from",
	    o->from[0] != '\0' ? o->from :
	    COMPLAINT_UNKNOWN, "about", about, "text",
	    o->excerpt, "exclusion", grants != NULL ? about : "",
	    "message_id", o->id, "names", names, "via", "mail", NULL };
	int error;

	verdict_id_make(key);
	join_domains(o, names);
	(void)snprintf(note, sizeof note, "asked by mail, complaint %s", key);
	if (grants != NULL && (error = talk_change(c, "exclude", wish,
	    about)) != EX_OK)
		return error;
	if ((error = talk_change(c, "complaint", own, "complaint")) != EX_OK)
		return error;
	if (grants != NULL)
		out_line("complaint %s: %s is excluded from now on", key,
		    about);
	else
		out_line("complaint %s about %s is open; not excluded by "
		    "itself: %s", key, about, why);
	return EX_OK;
}

int
exclude_mail(const struct conf *conf)
{
	struct wire_client *client;
	char found[VERDICT_ID_SIZE];
	struct optout o;
	size_t len;
	char *text = message_load(stdin, &len);
	int error;

	if (text == NULL) {
		(void)out_no_memory();
		return EX_TEMPFAIL;
	}
	optout_read(text, len, conf->identity.authserv_id, &o);
	free(text);
	if (came_before(conf, &o, found)) {
		out_line("complaint %s has this message already", found);
		return EX_OK;
	}
	if (talk_open(conf, &client) != EX_OK)
		return EX_TEMPFAIL;
	error = open_ticket(client, &o);
	wire_client_close(client);
	return error == EX_OK ? EX_OK : EX_TEMPFAIL;
}
