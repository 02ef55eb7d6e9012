/*
 * Whatever is taken for an address has a wire form that is one, is itself
 * again, and carries nothing that could end a command; its other forms are
 * addresses too, and their own. What is refused leaves nothing behind.
 */
#include <string.h>

#include "common/address.h"
#include "tests/fuzz/fuzz.h"

typedef size_t form_fn(const struct address *, char [ADDRESS_MAX + 1]);

/* The last octet of text is the last that may be read. */
static enum address_status
parse(const void *text, size_t len, struct address *out)
{
	char *copy = malloc(len > 0 ? len : 1);
	enum address_status status;

	PROPERTY(copy != NULL);
	if (len > 0)
		memcpy(copy, text, len);
	memset(out, 0xa5, sizeof(*out));
	status = address_parse(copy, len, out);
	free(copy);
	PROPERTY((unsigned)status < ADDRESS_STATUS_COUNT);
	return status;
}

static void
check_octets(const char *s, size_t len)
{
	size_t i;

	PROPERTY(strlen(s) == len);
	for (i = 0; i < len; i++)
		PROPERTY((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
}

static void
check_parts(const struct address *addr)
{
	size_t i, local = strlen(addr->local), domain = strlen(addr->domain);
	bool utf8 = false;

	PROPERTY(local > 0 && local <= ADDRESS_LOCAL_MAX);
	PROPERTY(domain > 0 && domain <= ADDRESS_DOMAIN_MAX);
	PROPERTY(local + 1 + domain <= ADDRESS_MAX);
	PROPERTY((addr->domain[0] == '[') == addr->literal);
	for (i = 0; i < local; i++)
		utf8 = utf8 || (unsigned char)addr->local[i] > 127;
	PROPERTY(utf8 == addr->utf8_local);
	for (i = 0; i < domain; i++)
		PROPERTY(strchr(addr->literal ?
		    "0123456789abcdef.:[]IPv" :
		    "0123456789abcdefghijklmnopqrstuvwxyz-.",
		    addr->domain[i]) != NULL);
}

/* The form, and the address that it is. */
static void
check_form(const struct address *addr, form_fn *form, struct address *of)
{
	char out[ADDRESS_MAX + 1], again[ADDRESS_MAX + 1];
	size_t len;

	memset(out, 0xa5, sizeof(out));
	len = form(addr, out);
	PROPERTY(len <= ADDRESS_MAX);
	check_octets(out, len);
	PROPERTY(parse(out, len, of) == ADDRESS_OK);
	check_parts(of);
	PROPERTY(form(of, again) == len);
	PROPERTY(strcmp(out, again) == 0);
}

static void
check_same_wire(const struct address *a, const struct address *b)
{
	PROPERTY(strcmp(a->local, b->local) == 0);
	PROPERTY(strcmp(a->domain, b->domain) == 0);
	PROPERTY(a->literal == b->literal && a->utf8_local == b->utf8_local);
}

/* A route in front and brackets around are taken off again. */
static void
check_path(const struct address *addr)
{
	static const char route[] = "<@a.example,@b:";
	char path[sizeof(route) + ADDRESS_MAX + 2];
	struct address back;
	size_t len, n = sizeof(route) - 1;

	memcpy(path, route, n);
	len = address_wire(addr, path + n);
	path[n + len] = '>';
	if (n + len + 1 > ADDRESS_PATH_MAX) {
		PROPERTY(parse(path, n + len + 1, &back) == ADDRESS_TOO_LONG);
	} else {
		PROPERTY(parse(path, n + len + 1, &back) == ADDRESS_OK);
		check_same_wire(addr, &back);
	}
	path[n - 1] = '<';
	PROPERTY(parse(path + n - 1, len + 2, &back) == ADDRESS_OK);
	check_same_wire(addr, &back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct address none;
	struct address addr, wire, canonical, mailbox;
	char key[ADDRESS_MAX + 1], key_of_wire[ADDRESS_MAX + 1];

	if (parse(data, len, &addr) != ADDRESS_OK) {
		PROPERTY(memcmp(&addr, &none, sizeof(addr)) == 0);
		return 0;
	}
	check_parts(&addr);
	check_form(&addr, address_wire, &wire);
	check_same_wire(&addr, &wire);
	check_form(&addr, address_canonical, &canonical);
	check_form(&addr, address_mailbox, &mailbox);
	/* One mailbox has one key, whichever way it came. */
	address_mailbox(&addr, key);
	address_mailbox(&canonical, key_of_wire);
	PROPERTY(strcmp(key, key_of_wire) == 0);
	check_path(&addr);
	return 0;
}
