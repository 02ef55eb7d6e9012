/* What is not an address, and why not. */
#include "common/address.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#define BYTES(s)	s, sizeof(s) - 1

#define L10	"abcdefghij"
#define L50	L10 L10 L10 L10 L10
#define L60	L50 L10
#define L63	L60 "klm"
#define L64	L60 "klmn"
#define D189	L60 "kl." L60 "kl." L63		/* 62 + 1 + 62 + 1 + 63 */

struct bad_row {
	const char *says;
	const char *in;
	size_t len;
	enum address_status status;
};

static const struct bad_row bads[] = {
	{ "nothing", BYTES(""), ADDRESS_EMPTY },
	{ "the null reverse-path", BYTES("<>"), ADDRESS_EMPTY },

	{ "a line end", BYTES("a@example.org\r\n"), ADDRESS_CONTROL },
	{ "a command after it", BYTES("a@example.org\r\nDATA"),
	    ADDRESS_CONTROL },
	{ "a bare line feed", BYTES("a\n@example.org"), ADDRESS_CONTROL },
	{ "NUL in the local part", BYTES("a\0b@example.org"),
	    ADDRESS_CONTROL },
	{ "NUL in the domain", BYTES("a@example.org\0.example"),
	    ADDRESS_CONTROL },
	{ "a tab in a quoted string", BYTES("\"a\tb\"@example.org"),
	    ADDRESS_CONTROL },
	{ "a quoted NUL", BYTES("\"\\\0\"@example.org"), ADDRESS_CONTROL },
	{ "DEL", BYTES("a\x7f@example.org"), ADDRESS_CONTROL },
	{ "a C1 control", BYTES("a\xc2\x85@example.org"), ADDRESS_CONTROL },
	{ "the last C1 control", BYTES("a@\xc2\x9f.org"), ADDRESS_CONTROL },
	{ "a line separator", BYTES("a\xe2\x80\xa8@example.org"),
	    ADDRESS_CONTROL },
	{ "a paragraph separator", BYTES("\"\xe2\x80\xa9\"@example.org"),
	    ADDRESS_CONTROL },
	{ "a noncharacter", BYTES("a\xef\xb7\x90@example.org"),
	    ADDRESS_CONTROL },
	{ "the last noncharacter", BYTES("a\xf4\x8f\xbf\xbf@example.org"),
	    ADDRESS_CONTROL },

	{ "Latin-1", BYTES("\xfc" "ser@example.org"), ADDRESS_NOT_UTF8 },
	{ "an overlong at sign", BYTES("a\xc1\x80" "b.example"),
	    ADDRESS_NOT_UTF8 },
	{ "an overlong line feed", BYTES("a\xc0\x8a@example.org"),
	    ADDRESS_NOT_UTF8 },
	{ "a surrogate", BYTES("a\xed\xa0\x80@example.org"),
	    ADDRESS_NOT_UTF8 },
	{ "a character cut off by the at sign", BYTES("a\xe2\x82@example.org"),
	    ADDRESS_NOT_UTF8 },
	{ "a character cut off at the end", BYTES("a@b\xc3"),
	    ADDRESS_NOT_UTF8 },

	{ "no at sign", BYTES("user"), ADDRESS_NO_AT },
	{ "a path without a domain", BYTES("<Postmaster>"), ADDRESS_NO_AT },
	{ "a quoted string alone", BYTES("\"user@example.org\""),
	    ADDRESS_NO_AT },
	{ "a wide at sign", BYTES("a\xef\xbc\xa0" "example.org"),
	    ADDRESS_NO_AT },

	{ "nothing before the at sign", BYTES("@example.org"),
	    ADDRESS_LOCAL_EMPTY },
	{ "an at sign alone", BYTES("@"), ADDRESS_LOCAL_EMPTY },
	{ "the same in brackets", BYTES("<@example.org>"),
	    ADDRESS_LOCAL_EMPTY },
	{ "65 octets before the at sign", BYTES(L64 "x@example.org"),
	    ADDRESS_LOCAL_TOO_LONG },
	{ "65 octets, the quotes counted",
	    BYTES("\"" L63 "\"@example.org"), ADDRESS_LOCAL_TOO_LONG },
	{ "65 octets of UTF-8", BYTES(L63 "\xc3\xbc@example.org"),
	    ADDRESS_LOCAL_TOO_LONG },

	{ "a dot first", BYTES(".a@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a dot last", BYTES("a.@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "two dots", BYTES("a..b@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a dot alone", BYTES(".@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "two dots below a domain that takes them",
	    BYTES("a..b@x.docomo.ne.jp"), ADDRESS_LOCAL_SYNTAX },
	{ "more than dots where those may be odd", BYTES("a..(b)@docomo.ne.jp"),
	    ADDRESS_LOCAL_SYNTAX },
	{ "odd dots, and no ASCII", BYTES("\xc3\xbc..b@docomo.ne.jp"),
	    ADDRESS_LOCAL_SYNTAX },
	{ "odd dots, and too long in quotes",
	    BYTES(L60 "..a@docomo.ne.jp"), ADDRESS_LOCAL_SYNTAX },
	{ "a space within", BYTES("a b@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a space first", BYTES(" a@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a space before the at sign", BYTES("a @example.org"),
	    ADDRESS_LOCAL_SYNTAX },
	{ "a comment", BYTES("(a)b@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a comment after", BYTES("b(a)@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a display name", BYTES("A B <a@example.org>"),
	    ADDRESS_LOCAL_SYNTAX },
	{ "an open bracket only", BYTES("<a@example.org"),
	    ADDRESS_LOCAL_SYNTAX },
	{ "brackets twice", BYTES("<<a@example.org>>"), ADDRESS_LOCAL_SYNTAX },
	{ "a backslash out of quotes", BYTES("a\\@b@example.org"),
	    ADDRESS_LOCAL_SYNTAX },
	{ "a comma", BYTES("a,b@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a colon", BYTES("a:b@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "a group", BYTES("g:a@example.org;"), ADDRESS_LOCAL_SYNTAX },
	{ "a quote within", BYTES("a\"b@example.org"), ADDRESS_LOCAL_SYNTAX },
	{ "words, one of them quoted (obsolete)",
	    BYTES("a.\"b\"@example.org"), ADDRESS_LOCAL_SYNTAX },

	{ "an open quote", BYTES("\"a@example.org"), ADDRESS_QUOTE_SYNTAX },
	{ "an odd quote", BYTES("\"\"\"@example.org"), ADDRESS_QUOTE_SYNTAX },
	{ "a quoted last quote", BYTES("\"\\\"@example.org"),
	    ADDRESS_QUOTE_SYNTAX },
	{ "a word after the quotes", BYTES("\"a\"b@example.org"),
	    ADDRESS_QUOTE_SYNTAX },
	{ "a dot after the quotes (obsolete)",
	    BYTES("\"a\".b@example.org"), ADDRESS_QUOTE_SYNTAX },
	{ "a space after the quotes", BYTES("\"a\" @example.org"),
	    ADDRESS_QUOTE_SYNTAX },
	{ "quotes side by side", BYTES("\"a\"\"b\"@example.org"),
	    ADDRESS_QUOTE_SYNTAX },
	{ "a backslash before UTF-8", BYTES("\"\\\xc3\xbc\"@example.org"),
	    ADDRESS_QUOTE_SYNTAX },
	{ "a backslash at the end", BYTES("\"a\\"), ADDRESS_QUOTE_SYNTAX },
	{ "a quote alone", BYTES("\""), ADDRESS_QUOTE_SYNTAX },

	{ "nothing after the at sign", BYTES("a@"), ADDRESS_DOMAIN_EMPTY },
	{ "the same in brackets", BYTES("<a@>"), ADDRESS_DOMAIN_EMPTY },
	{ "a domain of 256",
	    BYTES("a@" L63 "." L63 "." L63 "." L63 ".org"),
	    ADDRESS_DOMAIN_TOO_LONG },
	{ "two at signs", BYTES("a@b@example.org"), ADDRESS_DOMAIN_SYNTAX },
	{ "a closing bracket only", BYTES("a@example.org>"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a trailing dot", BYTES("a@example.org."), ADDRESS_DOMAIN_SYNTAX },
	{ "a leading dot", BYTES("a@.example.org"), ADDRESS_DOMAIN_SYNTAX },
	{ "two dots in the domain", BYTES("a@example..org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a dot alone as domain", BYTES("a@."), ADDRESS_DOMAIN_SYNTAX },
	{ "a label of 64", BYTES("a@" L64 ".org"), ADDRESS_DOMAIN_SYNTAX },
	{ "a hyphen first in a label", BYTES("a@-b.org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a hyphen last in a label", BYTES("a@b-.org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a hyphen last of all", BYTES("a@b.org-"), ADDRESS_DOMAIN_SYNTAX },
	{ "an underscore", BYTES("a@b_c.org"), ADDRESS_DOMAIN_SYNTAX },
	{ "a space in the domain", BYTES("a@b c.org"), ADDRESS_DOMAIN_SYNTAX },
	{ "a space last", BYTES("a@example.org "), ADDRESS_DOMAIN_SYNTAX },
	{ "a comment in the domain", BYTES("a@(c)example.org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a port", BYTES("a@example.org:25"), ADDRESS_DOMAIN_SYNTAX },
	{ "a parameter", BYTES("a@example.org SIZE=1"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a second address", BYTES("a@example.org,b@example.org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "a slash", BYTES("a@b/c.org"), ADDRESS_DOMAIN_SYNTAX },
	{ "an IPv4 address without brackets", BYTES("a@192.0.2.1"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "one number", BYTES("a@2130706433"), ADDRESS_DOMAIN_SYNTAX },
	{ "a quoted domain", BYTES("a@\"example.org\""),
	    ADDRESS_DOMAIN_SYNTAX },

	{ "a heart, which IDNA2008 has no place for",
	    BYTES("a@i\xe2\x9d\xa4.ws"), ADDRESS_DOMAIN_IDN },
	{ "a zero-width space", BYTES("a@exam\xe2\x80\x8bple.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a zero-width space beside a letter that may stand",
	    BYTES("a@\xc3\xbc\xe2\x80\x8b.org"), ADDRESS_DOMAIN_IDN },
	{ "a soft hyphen", BYTES("a@exam\xc2\xadple.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a joiner between Latin letters", BYTES("a@b\xe2\x80\x8c" "c.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a right-to-left override", BYTES("a@\xe2\x80\xae\xc3\xbc.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a byte order mark", BYTES("a@\xef\xbb\xbf" "b.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "wide letters", BYTES("a@\xef\xbd\x85\xef\xbd\x98.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "an ideographic full stop", BYTES("a@example\xe3\x80\x82org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a wide full stop", BYTES("a@example\xef\xbc\x8eorg"),
	    ADDRESS_DOMAIN_IDN },
	{ "a circled letter", BYTES("a@\xe2\x93\x94xample.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a long s", BYTES("a@\xc5\xbfhop.org"), ADDRESS_DOMAIN_IDN },
	{ "a Kelvin sign", BYTES("a@\xe2\x84\xaa.org"), ADDRESS_DOMAIN_IDN },
	{ "a ligature", BYTES("a@\xef\xac\x81.org"), ADDRESS_DOMAIN_IDN },
	{ "a letter not composed", BYTES("a@bu\xcc\x88" "cher.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a mark first", BYTES("a@\xcc\x81\xc3\xbc.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "both directions in a label", BYTES("a@\xd7\x90" "a.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "an unassigned character", BYTES("a@\xcd\xb8.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a false A-label that is not ASCII", BYTES("a@xn--\xc3\xbc.org"),
	    ADDRESS_DOMAIN_IDN },
	{ "a hyphen beside a U-label's end", BYTES("a@\xc3\xbc-.org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "an underscore in a U-label", BYTES("a@\xc3\xbc_b.org"),
	    ADDRESS_DOMAIN_SYNTAX },
	{ "an A-label over 63",
	    BYTES("a@" L50 L10 "\xc3\xbc.org"), ADDRESS_DOMAIN_IDN },

	{ "a literal without its end", BYTES("a@[192.0.2.1"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "an empty literal", BYTES("a@[]"), ADDRESS_LITERAL_SYNTAX },
	{ "a bracket alone", BYTES("a@["), ADDRESS_LITERAL_SYNTAX },
	{ "text after the literal", BYTES("a@[192.0.2.1].org"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "three numbers", BYTES("a@[192.0.2]"), ADDRESS_LITERAL_SYNTAX },
	{ "five numbers", BYTES("a@[192.0.2.1.1]"), ADDRESS_LITERAL_SYNTAX },
	{ "a dot last in the literal", BYTES("a@[127.0.0.1.]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a dot after the literal", BYTES("a@[127.0.0.1]."),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a dot first in the literal", BYTES("a@[.12.34.56.78]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a literal in a literal", BYTES("a@[[192.0.2.1]]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a number of four digits", BYTES("a@[192.0.2.0001]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a number over 255", BYTES("a@[192.0.2.256]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a space in the literal", BYTES("a@[ 192.0.2.1]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a name in the literal", BYTES("a@[example.org]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "IPv6 without its tag", BYTES("a@[2001:db8::1]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a tag alone", BYTES("a@[IPv6:]"), ADDRESS_LITERAL_SYNTAX },
	{ "IPv4 behind the IPv6 tag", BYTES("a@[IPv6:192.0.2.1]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a tag that nobody registered", BYTES("a@[x400:c=us]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a gap for one group", BYTES("a@[IPv6:1:2:3:4:5:6::8]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a gap for no group", BYTES("a@[IPv6:1:2:3:4::5:6:7:8]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a gap for one group before IPv4",
	    BYTES("a@[IPv6:1:2:3:4:5::1.2.3.4]"), ADDRESS_LITERAL_SYNTAX },
	{ "a tag of another version", BYTES("a@[IPv5:::12.34.56.78]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "five groups and IPv4", BYTES("a@[IPv6:1:2:3:4:5:1.2.3.4]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "IPv4 over 255 behind groups",
	    BYTES("a@[IPv6:1:2:3:4:5:6:1.2.3.256]"), ADDRESS_LITERAL_SYNTAX },
	{ "IPv4 before a gap", BYTES("a@[IPv6:1.2.3.4::]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a colon last behind a gap", BYTES("a@[IPv6:1::2:]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "two gaps", BYTES("a@[IPv6:1::2::3]"), ADDRESS_LITERAL_SYNTAX },
	{ "three colons", BYTES("a@[IPv6:1:::3]"), ADDRESS_LITERAL_SYNTAX },
	{ "seven groups", BYTES("a@[IPv6:1:2:3:4:5:6:7]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "nine groups", BYTES("a@[IPv6:1:2:3:4:5:6:7:8:9]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "five digits in a group", BYTES("a@[IPv6:00001::]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "no hexadecimal", BYTES("a@[IPv6:g::1]"), ADDRESS_LITERAL_SYNTAX },
	{ "a colon first", BYTES("a@[IPv6::1:2:3:4:5:6:7:8]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a colon last", BYTES("a@[IPv6:1:2:3:4:5:6:7:8:]"),
	    ADDRESS_LITERAL_SYNTAX },
	{ "a zone", BYTES("a@[IPv6:fe80::1%eth0]"), ADDRESS_LITERAL_SYNTAX },
	{ "a literal longer than any",
	    BYTES("a@[IPv6:0000:0000:0000:0000:0000:0000:0000:0000:000000]"),
	    ADDRESS_LITERAL_SYNTAX },

	{ "255 octets in all", BYTES(L64 "@" D189 "x"), ADDRESS_DOMAIN_SYNTAX },
	{ "255 octets in all, no label too long",
	    BYTES(L64 "@a." D189), ADDRESS_TOO_LONG },
	{ "a route that makes the path too long",
	    BYTES("<@" D189 ":" L64 "@example.org>"), ADDRESS_TOO_LONG },

	{ "a route without brackets", BYTES("@a.example:b@example.org"),
	    ADDRESS_ROUTE_SYNTAX },
	{ "a route without an at sign", BYTES("<@a.example,b:c@example.org>"),
	    ADDRESS_ROUTE_SYNTAX },
	{ "a route that ends in a comma", BYTES("<@a.example,:c@example.org>"),
	    ADDRESS_ROUTE_SYNTAX },
	{ "a route of two with a space",
	    BYTES("<@a.example, @b.example:c@example.org>"),
	    ADDRESS_ROUTE_SYNTAX },
	{ "an empty route", BYTES("<@:c@example.org>"), ADDRESS_ROUTE_SYNTAX },
	{ "a route over a literal", BYTES("<@[192.0.2.1]:c@example.org>"),
	    ADDRESS_ROUTE_SYNTAX },
	{ "a route to nobody", BYTES("<@a.example:>"), ADDRESS_NO_AT },
	{ "a route twice", BYTES("<@a.example:@b.example:c@example.org>"),
	    ADDRESS_LOCAL_EMPTY },
};

START_TEST(bad)
{
	static const struct address none;
	const struct bad_row *row = &bads[_i];
	struct address addr;
	enum address_status status;

	memset(&addr, '#', sizeof(addr));
	status = address_parse(row->in, row->len, &addr);
	ck_assert_msg(status == row->status, "%s: %s: %s", row->says, row->in,
	    address_status_text(status));
	ck_assert_msg(memcmp(&addr, &none, sizeof(addr)) == 0, "%s: not zero",
	    row->says);
}
END_TEST

/* No control octet passes, wherever it stands and however it is quoted. */
START_TEST(every_control)
{
	static const char *const forms[] = {
		"%@example.org", "a%@example.org", "\"%\"@example.org",
		"\"\\%\"@example.org", "a@%example.org", "a@example.org%",
		"a@[%192.0.2.1]", "<@a%.example:b@example.org>", "%<a@b.c>",
	};
	struct address addr;
	char text[40];
	size_t i, len;
	int octet;

	for (octet = 0; octet < 0x21; octet++) {
		for (i = 0; i < COUNT(forms); i++) {
			len = strlen(forms[i]);
			memcpy(text, forms[i], len);
			*(char *)memchr(text, '%', len) =
			    (char)(octet == 0x20 ? 0x7f : octet);
			ck_assert_msg(address_parse(text, len, &addr) ==
			    ADDRESS_CONTROL, "%d in %s", octet, forms[i]);
		}
	}
}
END_TEST

/* libidn2, which the linker leads here, without memory when asked to be. */
static bool no_ascii, no_unicode;

int __real_idn2_to_ascii_8z(const char *, char **, int);
int __real_idn2_to_unicode_8z8z(const char *, char **, int);
int __wrap_idn2_to_ascii_8z(const char *, char **, int);
int __wrap_idn2_to_unicode_8z8z(const char *, char **, int);

int
__wrap_idn2_to_ascii_8z(const char *in, char **out, int flags)
{
	return no_ascii ? IDN2_MALLOC :
	    __real_idn2_to_ascii_8z(in, out, flags);
}

int
__wrap_idn2_to_unicode_8z8z(const char *in, char **out, int flags)
{
	return no_unicode ? IDN2_MALLOC :
	    __real_idn2_to_unicode_8z8z(in, out, flags);
}

/* A fault of ours is never a fault of the address (rule R1). */
START_TEST(no_memory)
{
	struct address addr;

	no_ascii = _i == 0;
	no_unicode = _i == 1;
	ck_assert_int_eq(address_parse(BYTES("a@b\xc3\xbc.org"), &addr),
	    ADDRESS_NO_MEMORY);
	ck_assert_int_eq(address_parse(BYTES("<@b\xc3\xbc.org:a@b.org>"),
	    &addr), ADDRESS_NO_MEMORY);
	ck_assert_int_eq(address_parse(BYTES("\xc3\xbc@example.org"), &addr),
	    ADDRESS_OK);
	no_ascii = no_unicode = false;
	ck_assert_int_eq(address_parse(BYTES("a@b\xc3\xbc.org"), &addr),
	    ADDRESS_OK);
}
END_TEST

/* 64 KiB of anything ends in a status, and each length has its own. */
START_TEST(long_text)
{
	static char text[65536];
	struct address addr;

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(address_parse(text, sizeof(text), &addr),
	    ADDRESS_NO_AT);
	text[sizeof(text) - 2] = '@';
	ck_assert_int_eq(address_parse(text, sizeof(text), &addr),
	    ADDRESS_LOCAL_TOO_LONG);
	text[1] = '@';
	ck_assert_int_eq(address_parse(text, sizeof(text), &addr),
	    ADDRESS_DOMAIN_TOO_LONG);
	text[2] = '[';
	ck_assert_int_eq(address_parse(text, sizeof(text), &addr),
	    ADDRESS_LITERAL_SYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address_refused");
	TCase *tc = tcase_create("address_refused");

	tcase_add_loop_test(tc, bad, 0, (int)COUNT(bads));
	tcase_add_test(tc, every_control);
	tcase_add_loop_test(tc, no_memory, 0, 2);
	tcase_add_test(tc, long_text);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
