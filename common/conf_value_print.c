#include <inttypes.h>
#include <string.h>

#include "common/conf_units.h"
#include "common/conf_value.h"

/* Both syntaxes take UTF-8 and escape the quote and the backslash alike. */
void
conf_value_print_string(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fputc('\\', out);
		fputc(c, out);
	}
	fputc('"', out);
}

static void
print_endpoint(const struct conf_endpoint *end, FILE *out)
{
	char ip[NET_TEXT_SIZE];

	if (end->port == 0) {
		fputs("\"\"", out);
		return;
	}
	net_addr_text(&end->address, ip);
	fprintf(out, end->address.family == AF_INET6 ? "\"[%s]:%u\"" :
	    "\"%s:%u\"", ip, (unsigned)end->port);
}

static void
print_item(const struct conf_key *k, const void *item, FILE *out)
{
	const struct net_cidr *net = item;
	char ip[NET_TEXT_SIZE], *text;

	if (k->kind == KIND_STRINGS) {
		memcpy(&text, item, sizeof text);
		conf_value_print_string(text, out);
	} else if (k->kind == KIND_ENDPOINTS) {
		print_endpoint(item, out);
	} else {
		net_addr_text(&net->addr, ip);
		fprintf(out, "\"%s/%u\"", ip, net->prefix);
	}
}

static void
print_items(const struct conf_key *k, const void *record, FILE *out)
{
	size_t count = conf_value_count(k, record);

	fputs("[ ", out);
	for (size_t i = 0; i < count; i++) {
		print_item(k, conf_value_row(k, record, i), out);
		fputs(i + 1 < count ? ", " : " ", out);
	}
	fputc(']', out);
}

static void
print_number(const struct conf_key *k, int64_t n, FILE *out)
{
	char text[CONF_UNIT_TEXT_SIZE];

	conf_value_bound(k, n, text, sizeof text);
	if (k->kind == KIND_INT)
		fputs(text, out);
	else
		conf_value_print_string(text, out);
}

void
conf_value_print(const struct conf_key *k, const void *record, FILE *out)
{
	const void *at = (const char *)record + k->at;
	char text[CONF_UNIT_TEXT_SIZE];
	const char *string;
	unsigned choice;

	switch (k->kind) {
	case KIND_STRING:
		memcpy(&string, at, sizeof string);
		conf_value_print_string(string, out);
		return;
	case KIND_INT:
	case KIND_MS:
	case KIND_SECONDS:
	case KIND_SIZE:
		print_number(k, *(const int64_t *)at, out);
		return;
	case KIND_FLOAT:
		conf_float_text(*(const double *)at, text);
		fputs(text, out);
		return;
	case KIND_BOOL:
		fputs(*(const bool *)at ? "true" : "false", out);
		return;
	case KIND_CHOICE:
		memcpy(&choice, at, sizeof choice);
		conf_value_print_string(k->words[choice], out);
		return;
	case KIND_EITHER:
		conf_value_print_string(k->words[*(const bool *)at], out);
		return;
	case KIND_ENDPOINT:
		print_endpoint(at, out);
		return;
	case KIND_STRINGS:
	case KIND_NETWORKS:
	case KIND_ENDPOINTS:
		print_items(k, record, out);
		return;
	case KIND_GROUPS:
		return;
	}
}
