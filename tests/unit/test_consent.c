/* consent: who has agreed to the terms in force, and what is said of others. */
#include <stdlib.h>
#include <string.h>

#include "common/consent.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

#define NOW		1795219200	/* 2026-11-21 00:00 UTC */

static const struct {
	const char *says, *text;
	const char *day, *version, *by;	/* day NULL: refused */
} forms[] = {
	{ "a day and a version", "2026-01-15 v1", "2026-01-15", "v1", "" },
	{ "and who agreed", "2026-01-15 v1.2 by Jo Doe", "2026-01-15", "v1.2",
	    "Jo Doe" },
	{ "a name in UTF-8", "2026-01-15 1 by J\xc3\xb6rg", "2026-01-15", "1",
	    "J\xc3\xb6rg" },
	{ "no version", "2026-01-15", NULL, NULL, NULL },
	{ "no version behind a blank", "2026-01-15 ", NULL, NULL, NULL },
	{ "the version first", "v1 2026-01-15", NULL, NULL, NULL },
	{ "a day that is none", "2026-02-30 v1", NULL, NULL, NULL },
	{ "two blanks", "2026-01-15  v1", NULL, NULL, NULL },
	{ "a name without by", "2026-01-15 v1 Jo", NULL, NULL, NULL },
	{ "by nobody", "2026-01-15 v1 by ", NULL, NULL, NULL },
	{ "a version with a slash", "2026-01-15 v/1", NULL, NULL, NULL },
	{ "a version of 33 octets", "2026-01-15 "
	    "123456789012345678901234567890123", NULL, NULL, NULL },
	{ "nothing", "", NULL, NULL, NULL },
};

START_TEST(what_a_consent_looks_like)
{
	struct consent c;
	bool good = consent_parse(forms[_i].text, &c);

	ck_assert_msg(good == (forms[_i].day != NULL), "%s", forms[_i].says);
	if (!good)
		return;
	ck_assert_str_eq(c.day, forms[_i].day);
	ck_assert_str_eq(c.version, forms[_i].version);
	ck_assert_str_eq(c.by, forms[_i].by);
}
END_TEST

#define TERMS	"identity: { helo = \"v.example.com\"; sender = " \
		"\"p@v.example.com\"; terms = \"v2\"; };\n"

static const struct {
	const char *says, *conf, *name;
	enum consent_status status;
	const char *text;		/* in what is told; NULL: nothing */
} rows[] = {
	{ "without terms nobody is asked",
	    WHO "guards = ( { name = \"g\"; } );", "g",
	    CONSENT_NOT_NEEDED, NULL },
	{ "without terms a stranger is welcome", WHO, "anybody",
	    CONSENT_NOT_NEEDED, NULL },
	{ "a guard that agreed", TERMS "guards = ( { name = \"g\"; "
	    "consent = \"2026-11-20 v2\"; } );", "g", CONSENT_GIVEN, NULL },
	{ "today is early enough", TERMS "guards = ( { name = \"g\"; "
	    "consent = \"2026-11-21 v2\"; } );", "g", CONSENT_GIVEN, NULL },
	{ "a guard without", TERMS "guards = ( { name = \"g\"; } );", "g",
	    CONSENT_NONE, "\"g\" has not agreed to the terms v2" },
	{ "an older version is another one", TERMS "guards = ( { name = "
	    "\"g\"; consent = \"2026-01-15 v1\"; } );", "g", CONSENT_OTHER,
	    "agreed to the terms v1 on 2026-01-15, but v2 are in force" },
	{ "v2 is not V2", TERMS "guards = ( { name = \"g\"; "
	    "consent = \"2026-01-15 V2\"; } );", "g", CONSENT_OTHER,
	    "agreed to the terms V2" },
	{ "a day to come", TERMS "guards = ( { name = \"g\"; "
	    "consent = \"2027-01-15 v2\"; } );", "g", CONSENT_LATER,
	    "from 2027-01-15 on" },
	{ "another guard's is not one's own", TERMS "guards = ( { name = "
	    "\"g\"; }, { name = \"h\"; consent = \"2026-01-15 v2\"; } );",
	    "g", CONSENT_NONE, "has not agreed" },
	{ "a guard has its submitter's", TERMS "submitters = ( { name = "
	    "\"shop\"; consent = \"2026-01-15 v2\"; } ); guards = ( { name = "
	    "\"g\"; submitter = \"shop\"; } );", "g", CONSENT_GIVEN, NULL },
	{ "but its own goes first", TERMS "submitters = ( { name = "
	    "\"shop\"; consent = \"2026-01-15 v2\"; } ); guards = ( { name = "
	    "\"g\"; submitter = \"shop\"; consent = \"2026-01-15 v1\"; } );",
	    "g", CONSENT_OTHER, "agreed to the terms v1" },
	{ "a submitter that is no guard", TERMS "submitters = ( { name = "
	    "\"crm\"; consent = \"2026-01-15 v2\"; } );", "crm",
	    CONSENT_GIVEN, NULL },
	{ "a submitter without", TERMS "submitters = ( { name = \"crm\"; } );",
	    "crm", CONSENT_NONE, "has not agreed" },
	{ "a stranger", TERMS, "x\ny", CONSENT_STRANGER,
	    "\"x\\x0Ay\" is no guard and no entry of submitters" },
};

START_TEST(who_has_agreed)
{
	const struct conf *c = must_load("t", rows[_i].conf);
	char text[CONSENT_TEXT_SIZE];
	enum consent_status got = consent_of(c, rows[_i].name, NOW);

	ck_assert_msg(got == rows[_i].status, "%s: %d", rows[_i].says,
	    (int)got);
	ck_assert_msg(consent_allows(got) == (rows[_i].text == NULL), "%s",
	    rows[_i].says);
	consent_text(c, rows[_i].name, NOW, text);
	if (rows[_i].text == NULL)
		ck_assert_str_eq(text, "");
	else
		ck_assert_msg(strstr(text, rows[_i].text) != NULL, "%s: %s",
		    rows[_i].says, text);
	conf_unref(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("consent");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, what_a_consent_looks_like, 0, COUNT(forms));
	tcase_add_loop_test(t, who_has_agreed, 0, COUNT(rows));
	suite_add_tcase(s, t);
	return suite_run(s);
}
