#include "tests/unit/route_text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add_word(struct mx_route *route, struct mx_host *h, const char *word)
{
	if (strcmp(word, "a?") == 0)
		h->a = DNS_FAILED;
	else if (strcmp(word, "aaaa?") == 0)
		h->aaaa = DNS_FAILED;
	else if (strcmp(word, "...") == 0)
		route->incomplete = true;
	else if (strcmp(word, "bad") == 0)
		route->bad_names = true;
	else
		ck_assert(net_addr_parse(word, &h->addrs[h->addr_count++]));
}

static void
add_host(struct mx_route *route, char *words)
{
	struct mx_host *h = &route->hosts[route->host_count++];
	char *save = NULL, *word = strtok_r(words, " ", &save);

	snprintf(h->name, sizeof h->name, "%s.example", word);
	/* Each is worse than the one before, but for "=". */
	h->preference = (uint16_t)(10 * route->host_count);
	if (strcmp(word, "=") == 0)
		h->preference = h[-1].preference;
	while ((word = strtok_r(NULL, " ", &save)) != NULL)
		add_word(route, h, word);
}

void
route_text_make(const char *text, struct mx_route *route)
{
	char *copy = strdup(text), *save = NULL, *host;

	memset(route, 0, sizeof *route);
	for (host = strtok_r(copy, ";", &save); host != NULL;
	    host = strtok_r(NULL, ";", &save))
		add_host(route, host);
	free(copy);
}

static void
rest_one(struct hostmem *m, const char *ip, const char *what, int64_t now_ms)
{
	struct host_did did = { .fault = FAULT_NONE, .stage = STAGE_EHLO,
	    .reason = REASON_BLOCKED_HELO, .code = 550, .rule = "rule.helo" };
	struct net_addr addr;

	ck_assert(net_addr_parse(ip, &addr));
	if (strcmp(what, "refused") != 0) {
		did.fault = strcmp(what, "dead") == 0 ? FAULT_CONNECT :
		    FAULT_TIMEOUT;
		did.reason = fault_reason(did.fault);
		did.rule[0] = '\0';
	}
	hostmem_rest(m, &addr, &did, now_ms);
}

struct hostmem *
route_text_rests(const char *text, int64_t now_ms)
{
	struct hostmem *m = hostmem_create();
	char *copy = strdup(text == NULL ? "" : text), *save = NULL, *ip;

	for (ip = strtok_r(copy, " ", &save); ip != NULL;
	    ip = strtok_r(NULL, " ", &save))
		rest_one(m, ip, strtok_r(NULL, " ", &save), now_ms);
	free(copy);
	return m;
}
