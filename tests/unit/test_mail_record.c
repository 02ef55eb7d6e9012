#include <stdlib.h>

#include "probe/mail_record.h"
#include "tests/unit/suite.h"

#define KEY	"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const struct {
	const char *text;
	const char *fault;		/* NULL: good */
} dkim[] = {
	{ "v=DKIM1; k=rsa; p=" KEY, NULL },
	{ "k=ed25519 ;p= " KEY, NULL },
	{ "p=" KEY ";", NULL },
	{ "v=DKIM2; p=" KEY, "its version is not DKIM1" },
	{ "v=DKIM1; k=dsa; p=" KEY,
	    "its key type (k=) is neither rsa nor ed25519" },
	{ "v=DKIM1; p=", "its key is revoked (p= is empty)" },
	{ "v=DKIM1; k=rsa", "it has no key (p=)" },
	{ "v=DKIM1; p=!!!", "its key (p=) is not base64" },
	{ "hello", "it is no list of tags" },
	{ "v=DKIM1; v=DKIM1; p=" KEY, "it is no list of tags" },
};

START_TEST(test_dkim)
{
	const char *fault = dkim_record_fault(dkim[_i].text);

	if (dkim[_i].fault == NULL)
		ck_assert_msg(fault == NULL, "%s: %s", dkim[_i].text, fault);
	else
		ck_assert_pstr_eq(fault, dkim[_i].fault);
}
END_TEST

static const struct {
	const char *text;
	bool is;
	const char *fault;
} dmarc[] = {
	{ "v=DMARC1; p=none", true, NULL },
	{ "v = DMARC1 ; p = reject; rua=mailto:a@example.com;", true, NULL },
	{ "v=DMARC1; rua=mailto:a@example.com", true, "it has no policy (p=)" },
	{ "v=DMARC1; p=maybe", true,
	    "its policy (p=) is not none, quarantine or reject" },
	{ "p=none; v=DMARC1", false, NULL },
	{ "v=spf1 -all", false, NULL },
};

START_TEST(test_dmarc)
{
	ck_assert_int_eq(dmarc_record_is(dmarc[_i].text), dmarc[_i].is);
	if (dmarc[_i].is)
		ck_assert_pstr_eq(dmarc_record_fault(dmarc[_i].text),
		    dmarc[_i].fault);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mail_record");
	TCase *tc = tcase_create("mail_record");

	tcase_add_loop_test(tc, test_dkim, 0, COUNT(dkim));
	tcase_add_loop_test(tc, test_dmarc, 0, COUNT(dmarc));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
