/*
 * dns_text: answers of DNS in words, for the story.
 */
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "probe/dns_parse.h"

#define MX_TEXT_MAX	160	/* of one record, with what stands around it */

const char *
dns_status_text(enum dns_status status)
{
	switch (status) {
	case DNS_OK:
		return "found";
	case DNS_NODATA:
		return "no such record";
	case DNS_NXDOMAIN:
		return "no such name";
	case DNS_FAILED:
		return "no usable answer";
	}
	return "?";
}

void
dns_addresses_text(const struct dns_addresses *got, char *out, size_t size)
{
	char text[NET_TEXT_SIZE];
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < got->count && len < size; i++) {
		net_addr_text(&got->items[i], text);
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    i > 0 ? ", " : "", text);
	}
}

void
dns_mx_text(const struct mx_answer *a, char *out, size_t size)
{
	char host[128];
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < a->count && len + MX_TEXT_MAX < size; i++) {
		text_escape(a->records[i].host, strlen(a->records[i].host),
		    host, sizeof host);
		len += (size_t)snprintf(out + len, size - len, "%s%u %s",
		    i > 0 ? ", " : "", a->records[i].preference,
		    host[0] != '\0' ? host : ".");
	}
	if (i < a->count)
		(void)snprintf(out + len, size - len, ", ...");
}
