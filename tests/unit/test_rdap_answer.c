/* Answers of RDAP servers, right and wrong; time is passed in. */
#include <stdlib.h>
#include <string.h>

#include "probe/rdap_answer.h"
#include "tests/unit/suite.h"

#define NOW		INT64_C(1795219200)	/* 2026-11-21 */
#define DOMAIN		"{\"objectClassName\":\"domain\","
#define NAMED		DOMAIN "\"ldhName\":\"shop.example\","
#define EVENT(action, date) \
	"{\"eventAction\":\"" action "\",\"eventDate\":\"" date "\"}"
#define ONE(date)	NAMED "\"events\":[" EVENT("registration", date) "]}"

static const struct {
	const char *says;
	const char *body;
	int64_t registered;		/* 0: refused */
	const char *why;		/* is in it */
} rows[] = {
	{ "as RFC 9083 writes it", NAMED "\"events\":["
	    EVENT("registration", "1995-08-14T04:00:00Z") ","
	    EVENT("last changed", "2026-08-14T04:00:00Z") ","
	    EVENT("expiration", "2030-08-13T04:00:00Z") "],\"status\":[]}",
	    808372800, NULL },
	{ "with an offset behind UTC", ONE("2026-11-20T23:00:00-01:00"),
	    NOW, NULL },
	{ "with an offset before UTC", ONE("2026-11-21T05:30:00+05:30"),
	    NOW, NULL },
	{ "with a fraction", ONE("2026-11-20T00:00:00.123456Z"),
	    NOW - 86400, NULL },
	{ "in lower case", ONE("2026-11-20t00:00:00z"), NOW - 86400, NULL },
	{ "a name in upper case, with a dot", DOMAIN
	    "\"ldhName\":\"SHOP.Example.\",\"events\":["
	    EVENT("registration", "2026-11-20T00:00:00Z") "]}", NOW - 86400,
	    NULL },
	{ "without a name", DOMAIN "\"events\":["
	    EVENT("registration", "2026-11-20T00:00:00Z") "]}", NOW - 86400,
	    NULL },
	{ "registered again", NAMED "\"events\":["
	    EVENT("reregistration", "2026-11-20T00:00:00Z") ","
	    EVENT("registration", "1999-01-01T00:00:00Z") "]}", NOW - 86400,
	    NULL },
	{ "of this very day, by a clock ahead of ours",
	    ONE("2026-11-21T23:00:00Z"), NOW + 23 * 3600, NULL },
	{ "nothing", "", 0, "no JSON object" },
	{ "a web page", "<html>", 0, "no JSON object" },
	{ "an array", "[]", 0, "no JSON object" },
	{ "an empty object", "{}", 0, "about no domain" },
	{ "an entity", "{\"objectClassName\":\"entity\"}", 0,
	    "about no domain, but \"entity\"" },
	{ "an error", "{\"errorCode\":404}", 0, "about no domain" },
	{ "another domain", DOMAIN "\"ldhName\":\"shop.example.org\","
	    "\"events\":[" EVENT("registration", "2020-01-01T00:00:00Z") "]}",
	    0, "another domain: \"shop.example.org\"" },
	{ "a shorter name", DOMAIN "\"ldhName\":\"shop\",\"events\":["
	    EVENT("registration", "2020-01-01T00:00:00Z") "]}", 0,
	    "another domain" },
	{ "no events", NAMED "\"status\":[]}", 0, "no day of registration" },
	{ "events that are no list", NAMED "\"events\":{}}", 0,
	    "no day of registration" },
	{ "events without the one", NAMED "\"events\":["
	    EVENT("last changed", "2020-01-01T00:00:00Z") ",7,[],null]}", 0,
	    "no day of registration" },
	{ "a date of words", ONE("yesterday"), 0, "is no date: \"yesterday\"" },
	{ "a date that may not be shown", ONE("\\u001b[31m"), 0,
	    "is no date: \"\\x1B[31m\"" },
	{ "a day alone", ONE("2020-01-01"), 0, "is no date" },
	{ "a day that does not exist", ONE("2020-02-30T00:00:00Z"), 0,
	    "is no date" },
	{ "an offset of a word", ONE("2020-01-01T00:00:00+0100"), 0,
	    "is no date" },
	{ "an offset too far", ONE("2020-01-01T00:00:00+24:00"), 0,
	    "is no date" },
	{ "no offset", ONE("2020-01-01T00:00:00"), 0, "is no date" },
	{ "a date that is a number", NAMED "\"events\":[{\"eventAction\":"
	    "\"registration\",\"eventDate\":1577836800}]}", 0, "is no date" },
	{ "a day to come", ONE("2027-01-01T00:00:00Z"), 0, "is to come" },
	{ "a day before the epoch", ONE("1969-01-01T00:00:00Z"), 0,
	    "no day of registration" },
};

START_TEST(answers_are_read)
{
	int64_t at = -7;
	char why[160] = "";
	bool taken = rdap_answer_read(rows[_i].body, strlen(rows[_i].body),
	    "shop.example", NOW, &at, why, sizeof why);

	ck_assert_msg(taken == (rows[_i].registered != 0), "%s: %s",
	    rows[_i].says, why);
	ck_assert_msg(at == (taken ? rows[_i].registered : -7), "%s: %lld",
	    rows[_i].says, (long long)at);
	if (!taken)
		ck_assert_msg(strstr(why, rows[_i].why) != NULL, "%s: %s",
		    rows[_i].says, why);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rdap_answer");
	TCase *t = tcase_create("rdap_answer");

	tcase_add_loop_test(t, answers_are_read, 0, (int)COUNT(rows));
	suite_add_tcase(s, t);
	return suite_run(s);
}
