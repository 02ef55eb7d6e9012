/* xtext: logins as Sendmail writes them (RFC 3461 section 4). */
#include <stdlib.h>

#include "milter/xtext.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says;
	const char *in;
	bool decoded;
	const char *out;
} rows[] = {
	{ "a plain name stays", "shop", true, "shop" },
	{ "an empty one too", "", true, "" },
	{ "a plus and an equals sign", "web+2Bshop+3D1@shop.example", true,
	    "web+shop=1@shop.example" },
	{ "an octet beyond ASCII", "m+C3+BCller", true, "m\303\274ller" },
	{ "a plus at the end", "web+", false, "web+" },
	{ "half an octet", "web+2", false, "web+2" },
	{ "lower-case digits are none", "web+2b", false, "web+2b" },
	{ "no digits", "web+shop", false, "web+shop" },
	{ "a NUL", "web+00x", false, "web+00x" },
	{ "a line feed", "web+0Ax", false, "web+0Ax" },
	{ "DEL", "web+7Fx", false, "web+7Fx" },
	{ "one that is too long is cut", "0123456789012345678901234567890123",
	    true, "0123456789012345678901234567890" },
};

START_TEST(decoded)
{
	char out[32];

	ck_assert_msg(xtext_decode(rows[_i].in, out, sizeof(out)) ==
	    rows[_i].decoded, "%s", rows[_i].says);
	ck_assert_str_eq(out, rows[_i].out);
}
END_TEST

START_TEST(sendmail_alone_writes_it)
{
	ck_assert(xtext_is_used_by("8.17.1.9"));
	ck_assert(!xtext_is_used_by("Postfix 3.7.11"));
	ck_assert(!xtext_is_used_by(""));
	ck_assert(!xtext_is_used_by(NULL));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("xtext");
	TCase *tc = tcase_create("xtext");

	tcase_add_loop_test(tc, decoded, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, sendmail_alone_writes_it);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
