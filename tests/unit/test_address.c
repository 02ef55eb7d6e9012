#include "common/address.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(s)	s, sizeof(s) - 1

#define L10	"abcdefghij"
#define L60	L10 L10 L10 L10 L10 L10
#define L63	L60 "klm"
#define L64	L60 "klmn"
#define D189	L60 "kl." L60 "kl." L63		/* 62 + 1 + 62 + 1 + 63 */

struct good_row {
	const char *says;
	const char *in;
	const char *wire;
};

static const struct good_row goods[] = {
	{ "an ordinary address", "user@example.org", "user@example.org" },
	{ "one letter each", "a@b.c", "a@b.c" },
	{ "a domain of one label", "postmaster@Localhost",
	    "postmaster@localhost" },
	{ "one U-label", "a@b\xc3\xbc" "cher", "a@xn--bcher-kva" },
	{ "angle brackets are not part of it", "<user@example.org>",
	    "user@example.org" },
	{ "the local part keeps its case, the domain does not",
	    "User.Name@Example.ORG", "User.Name@example.org" },
	{ "every special that an atom may hold",
	    "!#$%&'*+-/=?^_`{|}~@example.org",
	    "!#$%&'*+-/=?^_`{|}~@example.org" },
	{ "digits only before the at sign", "123@example.org",
	    "123@example.org" },
	{ "a hyphen at both ends of an atom", "-a-@example.org",
	    "-a-@example.org" },
	{ "atoms and dots", "a.b.c@example.org", "a.b.c@example.org" },
	{ "64 octets before the at sign", L64 "@example.org",
	    L64 "@example.org" },

	{ "a quoted string", "\"a b\"@example.org", "\"a b\"@example.org" },
	{ "a needlessly quoted one is sent as written",
	    "\"ab\"@example.org", "\"ab\"@example.org" },
	{ "an empty quoted string", "\"\"@example.org", "\"\"@example.org" },
	{ "a quoted at sign", "\"a@b\"@example.org", "\"a@b\"@example.org" },
	{ "quoted dots at the ends and together", "\".a..b.\"@example.org",
	    "\".a..b.\"@example.org" },
	{ "a quoted pair of a letter", "\"\\a\"@example.org",
	    "\"\\a\"@example.org" },
	{ "a quoted quote", "\"\\\"\"@example.org", "\"\\\"\"@example.org" },
	{ "a quoted pair for each", "\"\\e\\s\\\"\\@\"@example.org",
	    "\"\\e\\s\\\"\\@\"@example.org" },
	{ "a quoted backslash", "\"\\\\\"@example.org",
	    "\"\\\\\"@example.org" },
	{ "a quoted space", "\"\\ \"@example.org", "\"\\ \"@example.org" },
	{ "what looks like a comment, quoted", "\"(a)\"@example.org",
	    "\"(a)\"@example.org" },
	{ "what looks like a path, quoted", "\"<a@b>\"@example.org",
	    "\"<a@b>\"@example.org" },
	{ "a shell's characters, quoted", "\"`id`;$(id)|\"@example.org",
	    "\"`id`;$(id)|\"@example.org" },
	{ "a quoted string of 64 octets", "\"" L60 "kl\"@example.org",
	    "\"" L60 "kl\"@example.org" },

	{ "a digit first in a label", "a@3com.example", "a@3com.example" },
	{ "hyphens within a label", "a@a--b.ex-ample.org",
	    "a@a--b.ex-ample.org" },
	{ "a last label of digits (the DNS will say)", "a@example.123",
	    "a@example.123" },
	{ "a label of 63", "a@" L63 ".org", "a@" L63 ".org" },
	{ "an A-label", "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example" },
	{ "an ASCII label that IDNA refuses is in the DNS all the same",
	    "a@xn--i-7iq.ws", "a@xn--i-7iq.ws" },
	{ "254 octets in all", L64 "@" D189, L64 "@" D189 },
	{ "254 octets in all, in brackets", "<" L64 "@" D189 ">",
	    L64 "@" D189 },

	{ "an IPv4 literal", "a@[192.0.2.1]", "a@[192.0.2.1]" },
	{ "leading zeros in it are decimal", "a@[010.001.000.08]",
	    "a@[10.1.0.8]" },
	{ "an IPv6 literal", "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]" },
	{ "its tag in any case, its hexadecimal too", "a@[ipV6:2001:DB8::1]",
	    "a@[IPv6:2001:db8::1]" },
	{ "IPv6 in full", "a@[IPv6:1:2:3:4:5:6:7:8]",
	    "a@[IPv6:1:2:3:4:5:6:7:8]" },
	{ "IPv6 with leading zeros", "a@[IPv6:2001:0db8:0:0:0:0:0:0001]",
	    "a@[IPv6:2001:db8::1]" },
	{ "IPv6 of nothing but zeros", "a@[IPv6:::]", "a@[IPv6:::]" },
	{ "six groups and a gap", "a@[IPv6:1:2:3:4:5::8]",
	    "a@[IPv6:1:2:3:4:5::8]" },
	{ "a gap at the end", "a@[IPv6:1:2:3:4:5:6::]",
	    "a@[IPv6:1:2:3:4:5:6::]" },
	{ "IPv6 that ends in IPv4", "a@[IPv6:::ffff:192.0.2.1]",
	    "a@[IPv6:::ffff:192.0.2.1]" },
	{ "IPv6 in full that ends in IPv4", "a@[IPv6:1:2:3:4:5:6:1.2.3.4]",
	    "a@[IPv6:1:2:3:4:5:6:102:304]" },
	{ "a gap first, and six groups", "a@[IPv6:::3:4:5:6:7:8]",
	    "a@[IPv6:::3:4:5:6:7:8]" },
	{ "a gap first, and IPv4", "a@[IPv6:::12.34.56.78]",
	    "a@[IPv6:::12.34.56.78]" },
	{ "four groups, a gap and IPv4", "a@[IPv6:1:2::3:4:1.2.3.4]",
	    "a@[IPv6:1:2::3:4:102:304]" },
	{ "IPv4 at its end with leading zeros",
	    "a@[IPv6:1:2:3:4::001.002.003.004]",
	    "a@[IPv6:1:2:3:4::102:304]" },

	{ "a source route is dropped", "<@a.example:user@example.org>",
	    "user@example.org" },
	{ "a route of two", "<@a.example,@b:user@example.org>",
	    "user@example.org" },
	{ "a route before a quoted string", "<@a.example:\"a:b\"@example.org>",
	    "\"a:b\"@example.org" },
	{ "a route before a literal", "<@a.example:b@[IPv6:::1]>",
	    "b@[IPv6:::1]" },

	{ "a U-label becomes an A-label", "a@b\xc3\xbc" "cher.example",
	    "a@xn--bcher-kva.example" },
	{ "capitals in a U-label", "a@B\xc3\x9c" "CHER.example",
	    "a@xn--bcher-kva.example" },
	{ "Cyrillic capitals", "a@\xd0\x9f\xd0\xa0.example",
	    "a@xn--o1ac.example" },
	{ "sharp s stays itself (not transitional)",
	    "a@stra\xc3\x9f" "e.example", "a@xn--strae-oqa.example" },
	{ "a final sigma stays itself",
	    "a@\xce\xb2\xcf\x8c\xce\xbb\xce\xbf\xcf\x82.example",
	    "a@xn--nxasmm1c.example" },
	{ "a joiner where Persian has one",
	    "a@\xd9\x86\xd8\xa7\xd9\x85\xd9\x87\xe2\x80\x8c\xd8\xa7\xdb\x8c"
	    ".example", "a@xn--mgba3gch31f060k.example" },
	{ "a U-label before an ASCII label with hyphens",
	    "a@\xc3\xbc.a--b.example", "a@xn--tda.a--b.example" },
	{ "UTF-8 before the at sign", "\xc3\xbcser@example.org",
	    "\xc3\xbcser@example.org" },
	{ "UTF-8 in a quoted string", "\"\xe4\xb8\xad \xe6\x96\x87\"@a.example",
	    "\"\xe4\xb8\xad \xe6\x96\x87\"@a.example" },
	{ "four octets of UTF-8", "\xf0\x9f\x98\x80@example.org",
	    "\xf0\x9f\x98\x80@example.org" },
	{ "U+00A0 is no control", "a\xc2\xa0@example.org",
	    "a\xc2\xa0@example.org" },
};

START_TEST(good)
{
	const struct good_row *row = &goods[_i];
	char out[ADDRESS_MAX + 1];
	struct address addr;
	enum address_status status;

	memset(out, '#', sizeof(out));
	status = address_parse(row->in, strlen(row->in), &addr);
	ck_assert_msg(status == ADDRESS_OK, "%s: %s: %s", row->says, row->in,
	    address_status_text(status));
	ck_assert_uint_eq(address_wire(&addr, out), strlen(row->wire));
	ck_assert_msg(strcmp(out, row->wire) == 0, "%s: %s", row->says, out);
	ck_assert_int_eq(addr.literal, strchr(row->in, '[') != NULL);
}
END_TEST

START_TEST(needs_smtputf8)
{
	struct address addr;

	ck_assert_int_eq(address_parse(BYTES("a@b\xc3\xbc.org"), &addr), 0);
	ck_assert(!addr.utf8_local);
	ck_assert_int_eq(address_parse(BYTES("\"\xc3\xbc\"@b.org"), &addr), 0);
	ck_assert(addr.utf8_local);
}
END_TEST

START_TEST(status_texts)
{
	const char *text;
	int i, j;

	for (i = 0; i < ADDRESS_STATUS_COUNT; i++) {
		text = address_status_text((enum address_status)i);
		ck_assert(text[0] != '\0' && text[strlen(text) - 1] != '.');
		for (j = 0; j < i; j++)
			ck_assert_str_ne(text,
			    address_status_text((enum address_status)j));
	}
	ck_assert_ptr_nonnull(address_status_text(ADDRESS_STATUS_COUNT));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address");
	TCase *tc = tcase_create("address");

	tcase_add_loop_test(tc, good, 0, (int)COUNT(goods));
	tcase_add_test(tc, needs_smtputf8);
	tcase_add_test(tc, status_texts);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
