#include <stdlib.h>
#include <string.h>

#include "common/classify.h"
#include "common/reply_text.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says, *text, *words;
} forms[] = {
	{ "case goes", "User UNKNOWN", "user unknown" },
	{ "lines become one", "User\r\nun\tknown", "user un known" },
	{ "an address is masked", "<spam@blocked.example>: User unknown",
	    "<@>: user unknown" },
	{ "an address without brackets is masked",
	    "user j.smith+x@example.com unknown", "user @ unknown" },
	{ "the dot after an address stays", "to a@example.com. Bye",
	    "to @. bye" },
	{ "an address without a domain is masked", "<user@>... Host",
	    "<@>... host" },
	{ "an IPv4 address is masked", "[192.0.2.1] listed",
	    "[<ipaddr>] listed" },
	{ "an IPv6 address is masked", "2001:db8::1 listed", "<ipaddr> listed" },
	{ "a time of day is no address", "at 12:34:56 today",
	    "at 12:34:56 today" },
	{ "a code is no address", "(#5.1.1) bad", "(#5.1.1) bad" },
	{ "a link is masked", "see http://spam.example.com/unknown?x=1 now",
	    "see <weblink> now" },
	{ "a host is masked", "mx1.spam.example.com said", "<fqdn> said" },
	{ "a domain of two labels stays", "example.com unknown",
	    "example.com unknown" },
	{ "a mailbox in quotes is masked", "User \"spam\" unknown",
	    "user @ unknown" },
	{ "a local part in quotes is masked", "no local part 'relay' here",
	    "no local part @ here" },
	{ "another word in quotes stays", "HELO 'localhost' refused",
	    "helo 'localhost' refused" },
	{ "words in quotes stay", "user 'not known' here",
	    "user 'not known' here" },
	{ "a quote without an end stays", "user 'spam unknown",
	    "user 'spam unknown" },
	{ "a session repeated is masked",
	    "unknown; from=<a@b.example> proto=ESMTP helo=<spam>",
	    "unknown; <echo> <echo> <echo>" },
	{ "a name without a value stays", "helo= x", "helo= x" },
	{ "another key stays", "spf=fail", "spf=fail" },
	{ "two sentences without a space stay", "closed.Bye now",
	    "closed.bye now" },
	{ "umlauts of UTF-8 are folded", "Empf\xc3\xa4nger",
	    "empfanger" },
	{ "umlauts of Latin-1 are folded", "Empf\xe4nger", "empfanger" },
	{ "a sharp s is two", "gr\xc3\xb6\xc3\x9f" "er", "grosser" },
	{ "Polish is folded", "U\xc5\xbcytkownik nie pe\xc5\x82ny",
	    "uzytkownik nie pelny" },
	{ "Cyrillic is lowered", "\xd0\xa0\xd0\xaf\xd0\x81",
	    "\xd1\x80\xd1\x8f\xd1\x91" },
	{ "a curly apostrophe is straight", "doesn\xe2\x80\x99t",
	    "doesn't" },
	{ "other scripts stay", "\xe7\x94\xa8\xe6\x88\xb7",
	    "\xe7\x94\xa8\xe6\x88\xb7" },
	{ "a wide space is a space", "a\xe3\x80\x80" "b", "a b" },
	{ "control octets are spaces", "a\x01\x02" "b\x7f", "a b " },
	{ "what stands before a verdict is left out",
	    "Error: 550 5.1.1 Sorry, [A12B3C] Unknown user",
	    "unknown user" },
	{ "and who said it", "Remote host said: 550-5.1.1 Unknown user",
	    "unknown user" },
	{ "where nothing else is said, it stays", "Error:", "error:" },
	{ "a word in brackets stays", "[spam] found", "[spam] found" },
	{ "an error with a name stays", "Error in DNS", "error in dns" },
	{ "a number at the end is left out", "No such user [q12-20020a170]",
	    "no such user" },
	{ "an address at the end stays", "denied [192.0.2.1]",
	    "denied [<ipaddr>]" },
	{ "a word in brackets at the end stays", "unknown [blocked]",
	    "unknown [blocked]" },
	{ "a hint at the end is left out",
	    "Unknown user; see http://example.com/x1. ", "unknown user" },
	{ "and two of them", "Unknown user. Please contact a@b.example [1a2b3c]",
	    "unknown user" },
	{ "a hint before more stays", "Unknown; see http://example.com/x1 or ask",
	    "unknown; see <weblink> or ask" },
	{ "a note of the command is left out",
	    "Unknown user (in reply to RCPT TO command)", "unknown user " },
	{ "nothing is nothing", "", "" },
};

START_TEST(words_are_fit_for_rules)
{
	static struct reply_text t;

	reply_text_make(forms[_i].text, NULL, &t);
	ck_assert_msg(strcmp(t.words, forms[_i].words) == 0, "%s: %s",
	    forms[_i].says, t.words);
	ck_assert_uint_eq(t.words_len, strlen(t.words));
}
END_TEST

static const struct {
	const char *says, *text, *words;
} named[] = {
	{ "our HELO name is the sender's", "Host MX.probe.example unknown",
	    "host <sender> unknown" },
	{ "so is the sender's domain", "probe2.example does not exist",
	    "<sender> does not exist" },
	{ "and its address", "<verify@Probe2.example>: user unknown",
	    "<<sender>>: user unknown" },
	{ "not a longer name", "xmx.probe.example mx.probe.example.org",
	    "<fqdn> <fqdn>" },
	{ "another address of the domain is an address",
	    "a@probe2.example", "@" },
	{ "the recipient's domain is its own", "Domain rcpt.example, gone",
	    "domain <rcptdomain>, gone" },
	{ "a full stop ends a name", "no rcpt.example.",
	    "no <rcptdomain>." },
};

START_TEST(names_of_the_session_are_known)
{
	const struct reply_names names = { "mx.probe.example",
	    "verify@probe2.example", "rcpt.example" };
	const struct reply_names same = { "rcpt.example", "a@rcpt.example",
	    "rcpt.example" };
	static struct reply_text t;

	reply_text_make(named[_i].text, &names, &t);
	ck_assert_msg(strcmp(t.words, named[_i].words) == 0, "%s: %s",
	    named[_i].says, t.words);
	reply_text_make("rcpt.example a@rcpt.example", &same, &t);
	ck_assert_str_eq(t.words, "<rcptdomain> <sender>");
}
END_TEST

START_TEST(raw_keeps_all_but_addresses)
{
	static struct reply_text t;

	reply_text_make("<OFR_416@example.com> See\nhttp://a.example/?p=X@y "
	    "[BL21] 192.0.2.1", NULL, &t);
	ck_assert_str_eq(t.raw, "<@> See http://a.example/?p=X@y [BL21] "
	    "192.0.2.1");
}
END_TEST

START_TEST(long_text_is_cut)
{
	static struct reply_text t;
	char *text = malloc(100000);

	memset(text, 'x', 99999);
	text[99999] = '\0';
	reply_text_make(text, NULL, &t);
	ck_assert_uint_eq(t.words_len, REPLY_FORM_SIZE - 1);
	ck_assert_uint_eq(t.raw_len, REPLY_FORM_SIZE - 1);
	memset(text, '@', 99999);
	reply_text_make(text, NULL, &t);
	ck_assert_uint_eq(t.words_len, REPLY_FORM_SIZE - 1);
	free(text);
}
END_TEST

static const struct {
	const char *says, *reply;
	unsigned code;			/* 0: no reply */
	const char *enhanced, *text;
} splits[] = {
	{ "code and text", "250 ok", 250, "", "ok" },
	{ "an enhanced code", "550 5.1.1 User unknown", 550, "5.1.1",
	    "User unknown" },
	{ "an enhanced code alone", "550 5.1.1", 550, "5.1.1", "" },
	{ "a code alone", "250", 250, "", "" },
	{ "a hyphen and a blank", "250-", 250, "", "" },
	{ "all lines count", "550-5.1.1 No\n550-5.1.1 such\n550 5.1.1 user",
	    550, "5.1.1", "No\nsuch\nuser" },
	{ "CRLF ends lines too", "550-a\r\n550 b\r\n", 550, "", "a\nb" },
	{ "a line without a code keeps its text", "550-a\nb", 550, "", "a\nb" },
	{ "the second line's code is found", "550-hm\n550 5.7.1 no", 550,
	    "5.7.1", "hm\nno" },
	{ "an address is no enhanced code", "550 5.1.1.7 listed", 550, "",
	    "5.1.1.7 listed" },
	{ "a code that contradicts is kept", "550 4.1.1 hm", 550, "4.1.1",
	    "hm" },
	{ "a mark before it stays in the text", "550 #5.1.0 Address", 550, "",
	    "#5.1.0 Address" },
	{ "two digits", "55 no", 0, "", "" },
	{ "no digits", "no such user", 0, "", "" },
	{ "four digits", "5500 no", 0, "", "" },
	{ "a code out of range", "650 no", 0, "", "" },
	{ "nothing", "", 0, "", "" },
};

START_TEST(replies_are_split)
{
	char text[256], enhanced[16];
	unsigned code;
	bool whole;

	whole = reply_split(splits[_i].reply, strlen(splits[_i].reply), &code,
	    enhanced, text);
	ck_assert_msg(whole == (splits[_i].code != 0), "%s", splits[_i].says);
	if (!whole)
		return;
	ck_assert_msg(code == splits[_i].code, "%s", splits[_i].says);
	ck_assert_msg(strcmp(enhanced, splits[_i].enhanced) == 0, "%s: %s",
	    splits[_i].says, enhanced);
	ck_assert_msg(strcmp(text, splits[_i].text) == 0, "%s: %s",
	    splits[_i].says, text);
}
END_TEST

START_TEST(a_nul_is_no_reply)
{
	char text[256], enhanced[16];
	unsigned code;

	ck_assert(!reply_split("250 a\0b", 7, &code, enhanced, text));
}
END_TEST

START_TEST(codes_in_the_text_are_found)
{
	char code[16];

	ck_assert(reply_enhanced_find("no mailbox (#5.1.1)", 5, code));
	ck_assert_str_eq(code, "5.1.1");
	ck_assert(reply_enhanced_find("#5.1.0 Address rejected", 5, code));
	ck_assert_str_eq(code, "5.1.0");
	ck_assert(!reply_enhanced_find("5.1.1.4 is listed", 5, code));
	ck_assert(!reply_enhanced_find("version 5.1.1b", 5, code));
	ck_assert(!reply_enhanced_find("x5.1.1", 5, code));
	ck_assert(!reply_enhanced_find("(#4.7.1)", 5, code));
	ck_assert(reply_enhanced_find("4.7.1 first", 5, code));
	ck_assert_str_eq(code, "4.7.1");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reply_text");
	TCase *t = tcase_create("reply_text");

	tcase_add_loop_test(t, words_are_fit_for_rules, 0, COUNT(forms));
	tcase_add_loop_test(t, names_of_the_session_are_known, 0,
	    COUNT(named));
	tcase_add_test(t, raw_keeps_all_but_addresses);
	tcase_add_test(t, long_text_is_cut);
	tcase_add_loop_test(t, replies_are_split, 0, COUNT(splits));
	tcase_add_test(t, a_nul_is_no_reply);
	tcase_add_test(t, codes_in_the_text_are_found);
	suite_add_tcase(s, t);
	return suite_run(s);
}
