/* The canonical form and the mailbox form. */
#include "common/address.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#define L10	"abcdefghij"
#define L60	L10 L10 L10 L10 L10 L10

struct form_row {
	const char *says;
	const char *in;
	const char *out;
};

static const struct form_row canonicals[] = {
	{ "case is folded", "User@Example.ORG", "user@example.org" },
	{ "case is folded in ASCII only", "\xc3\x9cser@example.org",
	    "\xc3\x9cser@example.org" },
	{ "needless quotes go", "\"a\"@x.org", "a@x.org" },
	{ "needless backslashes go", "\"a\\b\"@x.org", "ab@x.org" },
	{ "quoted dots in their places go plain", "\"a.b\"@x.org", "a.b@x.org" },
	{ "quotes around UTF-8 go", "\"\xc3\xbc\"@x.org", "\xc3\xbc@x.org" },
	{ "needed quotes stay", "\"A B\"@x.org", "\"a b\"@x.org" },
	{ "a quoted space needs no backslash", "\"a\\ b\"@x.org",
	    "\"a b\"@x.org" },
	{ "a quote keeps its backslash", "\"\\\"\"@x.org", "\"\\\"\"@x.org" },
	{ "a backslash keeps its own", "\"\\\\\\a\"@x.org",
	    "\"\\\\a\"@x.org" },
	{ "an empty quoted string stays", "\"\"@x.org", "\"\"@x.org" },
	{ "a quoted dot at an end stays quoted", "\"a.\"@x.org",
	    "\"a.\"@x.org" },
	{ "odd dots are quoted where users have them", "Taro..Y.@DoCoMo.ne.jp",
	    "\"taro..y.\"@docomo.ne.jp" },
	{ "dots in their places are plain there too", "taro.y@ezweb.ne.jp",
	    "taro.y@ezweb.ne.jp" },
	{ "the longest quoted string stays whole",
	    "\"" L60 " x\"@x.org", "\"" L60 " x\"@x.org" },
	{ "a plus tag is another mailbox here", "a+b@x.org", "a+b@x.org" },
	{ "dots are others here, at Gmail too", "a.b@gmail.com",
	    "a.b@gmail.com" },
	{ "a U-label and its A-label are one", "a@B\xc3\xbc" "cher.org",
	    "a@xn--bcher-kva.org" },
	{ "a literal has one spelling", "a@[IPv6:0:0::0:1]", "a@[IPv6:::1]" },
};

static const struct form_row mailboxes[] = {
	{ "an ordinary address is its own mailbox", "User@example.org",
	    "user@example.org" },
	{ "a plus tag is cut everywhere", "user+tag@example.org",
	    "user@example.org" },
	{ "at the first plus", "user+a+b@example.org", "user@example.org" },
	{ "an empty tag is cut", "user+@example.org", "user@example.org" },
	{ "a plus first is no tag", "+user@example.org", "+user@example.org" },
	{ "a second plus is one, then", "+user+a@example.org",
	    "+user@example.org" },
	{ "a tag in quotes is cut too", "\"us er+tag\"@example.org",
	    "\"us er\"@example.org" },
	{ "quotes that only the tag wanted go", "\"user+t g\"@example.org",
	    "user@example.org" },
	{ "quotes do not hide a mailbox", "\"user+tag\"@example.org",
	    "user@example.org" },
	{ "a dot before the tag wants quotes", "user.+tag@example.org",
	    "\"user.\"@example.org" },
	{ "which are not added where they would lengthen it",
	    "user.+@example.org", "user.+@example.org" },
	{ "an empty local part stays", "\"\"@example.org",
	    "\"\"@example.org" },
	{ "a hyphen is part of a name", "anna-maria@example.org",
	    "anna-maria@example.org" },
	{ "dots are, but for Gmail", "a.b@example.org", "a.b@example.org" },

	{ "Gmail ignores dots", "u.s.er@gmail.com", "user@gmail.com" },
	{ "and tags", "U.Ser+News.Letter@GMail.com", "user@gmail.com" },
	{ "and has a second name", "u.ser@googlemail.com", "user@gmail.com" },
	{ "a quoted dot is ignored too", "\"user.\"@gmail.com",
	    "user@gmail.com" },
	{ "dots alone are no mailbox of Gmail's", "\"..\"@gmail.com",
	    "\"..\"@gmail.com" },
	{ "a host under gmail.com is not Gmail", "u.s@x.gmail.com",
	    "u.s@x.gmail.com" },
	{ "a look-alike is not Gmail", "u.s@notgmail.com",
	    "u.s@notgmail.com" },

	{ "Outlook has tags", "user+tag@outlook.com", "user@outlook.com" },
	{ "Outlook and Hotmail are two", "a.b@hotmail.com",
	    "a.b@hotmail.com" },
	{ "Apple's three domains are one", "user+a@me.com",
	    "user@icloud.com" },
	{ "the oldest too", "user@mac.com", "user@icloud.com" },
	{ "and the first", "user@icloud.com", "user@icloud.com" },
	{ "Apple minds dots", "us.er@icloud.com", "us.er@icloud.com" },

	{ "Fastmail has tags", "user+tag@fastmail.com", "user@fastmail.com" },
	{ "Fastmail has users' hosts", "shop@user.fastmail.com",
	    "user@fastmail.com" },
	{ "and they may be longer than what was before the at sign",
	    "a@longer-name.fastmail.fm", "longer-name@fastmail.fm" },
	{ "but no hosts below those", "a@b.user.fastmail.com",
	    "a@b.user.fastmail.com" },
	{ "its two domains are two", "user@fastmail.fm", "user@fastmail.fm" },

	{ "Proton ignores dots, hyphens and underscores",
	    "a.b-c_d+tag@proton.me", "abcd@proton.me" },
	{ "under its old name", "a.bcd@protonmail.com", "abcd@proton.me" },
	{ "and its oldest", "ab.cd@protonmail.ch", "abcd@proton.me" },
	{ "and its short one", "abcd@pm.me", "abcd@proton.me" },

	{ "Yandex takes a dot for a hyphen", "anna.maria@ya.ru",
	    "anna-maria@yandex.ru" },
	{ "in every domain", "anna-maria@yandex.com", "anna-maria@yandex.ru" },
	{ "but does not ignore it", "annamaria@yandex.kz",
	    "annamaria@yandex.ru" },
	{ "and has tags", "anna.maria+x@yandex.by", "anna-maria@yandex.ru" },

	{ "Yahoo's hyphen is left alone", "base-keyword@yahoo.com",
	    "base-keyword@yahoo.com" },
};

static void
check_form(const struct form_row *row,
    size_t (*form)(const struct address *, char [ADDRESS_MAX + 1]))
{
	char out[ADDRESS_MAX + 1], again[ADDRESS_MAX + 1];
	struct address addr;

	ck_assert_msg(address_parse(row->in, strlen(row->in), &addr) ==
	    ADDRESS_OK, "%s: %s", row->says, row->in);
	ck_assert_uint_eq(form(&addr, out), strlen(row->out));
	ck_assert_msg(strcmp(out, row->out) == 0, "%s: %s", row->says, out);
	ck_assert_msg(address_parse(out, strlen(out), &addr) == ADDRESS_OK,
	    "%s: ill-formed: %s", row->says, out);
	form(&addr, again);
	ck_assert_msg(strcmp(again, out) == 0, "%s: again: %s", row->says,
	    again);
}

START_TEST(canonical)
{
	check_form(&canonicals[_i], address_canonical);
}
END_TEST

START_TEST(mailbox)
{
	check_form(&mailboxes[_i], address_mailbox);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address_forms");
	TCase *tc = tcase_create("address_forms");

	tcase_add_loop_test(tc, canonical, 0, (int)COUNT(canonicals));
	tcase_add_loop_test(tc, mailbox, 0, (int)COUNT(mailboxes));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
