/*
 * conf_check: what a value must be, and which values cannot stand together.
 *
 * Private to common/conf*.c. Pure; any thread.
 */
#ifndef RCPTGUARD_CONF_CHECK_H
#define RCPTGUARD_CONF_CHECK_H

#include "common/conf_schema.h"

conf_check_fn conf_check_path;		/* absolute */
conf_check_fn conf_check_any_path;	/* may be relative */
conf_check_fn conf_check_helo;
conf_check_fn conf_check_sender;
conf_check_fn conf_check_mailbox;
conf_check_fn conf_check_url;
conf_check_fn conf_check_rdap;		/* a URL that ends in "/" */
conf_check_fn conf_check_date;
conf_check_fn conf_check_authserv_id;
conf_check_fn conf_check_label;		/* one or more, of a DNS name */
conf_check_fn conf_check_host;		/* a name or an IP address */
conf_check_fn conf_check_address;	/* an IP address */
conf_check_fn conf_check_facility;
conf_check_fn conf_check_group;
conf_check_fn conf_check_milter_socket;
conf_check_fn conf_check_not_shared;
conf_check_fn conf_check_word;
conf_check_fn conf_check_version;	/* of the terms */
conf_check_fn conf_check_consent;	/* as consent_parse reads it */
conf_check_fn conf_check_login;
conf_check_fn conf_check_sender_pattern;
conf_check_fn conf_check_rates;		/* as rates_parse reads them */
conf_check_fn conf_check_steps;
conf_check_fn conf_check_mild_action;	/* never reject */

/*
 * "unix:/path", "inet:port@host" and so on, as libmilter reads them; Postfix's
 * "inet:host:port" becomes "inet:port@host". False if it is none of these.
 */
bool conf_milter_socket_normal(const char *text, char *out, size_t size);

/* Adds a message for each required key of the file that was not set at all. */
void conf_check_required(const struct conf *c, struct conf_errors *e);

/* Adds a message for each combination that cannot work. */
void conf_check_whole(const struct conf *c, struct conf_errors *e);

#endif
