#include <stdlib.h>
#include <string.h>

#include "facts_table.h"
#include "probe/dnsbl.h"
#include "tests/unit/suite.h"

#define ZONES	"# ours\nbl.example ip 127.0.0.2 https://bl.example/\n" \
		"code bl.example 127.0.0.3 caught\n\n" \
		"names.example name test https://names.example/  # why\n"
#define ALIVE	"A 2.0.0.127.bl.example 127.0.0.2"
#define NAMES	"A test.names.example 127.0.1.2"

static const struct {
	const char *says;
	size_t zone;
	const char *ip;			/* or the name */
	enum dnsbl_result result;
	const char *meaning, *reason;
	const char *dns[TABLE_LINES];
} rows[] = {
	{ "not on it", 0, "192.0.2.10", DNSBL_CLEAN, "", "", { ALIVE } },
	{ "on it, with a meaning and a reason", 0, "192.0.2.10",
	    DNSBL_LISTED, "caught", "see bl",
	    { ALIVE, "A 10.2.0.192.bl.example 127.0.0.3",
	    "TXT 10.2.0.192.bl.example see bl" } },
	{ "a code of no known meaning", 0, "192.0.2.10", DNSBL_LISTED, "",
	    "", { ALIVE, "A 10.2.0.192.bl.example 127.0.0.9" } },
	{ "asked too often is no listing", 0, "192.0.2.10", DNSBL_UNKNOWN,
	    "", "", { ALIVE, "A 10.2.0.192.bl.example 127.255.255.255" } },
	{ "an answer outside of 127/8 is none", 0, "192.0.2.10",
	    DNSBL_UNKNOWN, "", "",
	    { ALIVE, "A 10.2.0.192.bl.example 192.0.2.99" } },
	{ "a zone without its control entry says nothing", 0, "192.0.2.10",
	    DNSBL_UNKNOWN, "", "", { "A 10.2.0.192.bl.example 127.0.0.3" } },
	{ "a zone that fails says nothing", 0, "192.0.2.10", DNSBL_UNKNOWN,
	    "", "", { ALIVE, "SERVFAIL A 10.2.0.192.bl.example" } },
	{ "a name on a list of names", 1, "us.example", DNSBL_LISTED, "", "",
	    { NAMES, "A us.example.names.example 127.0.1.2" } },
	{ "a name that is not", 1, "us.example", DNSBL_CLEAN, "", "",
	    { NAMES } },
};

START_TEST(test_rows)
{
	static struct dnsbl d;
	struct facts *f = facts_new();
	struct dnsbl_finding got;
	struct net_addr addr;
	const char *why;
	unsigned line;
	int rounds = 0;

	ck_assert(dnsbl_parse(&d, ZONES, &line, &why));
	ck_assert_uint_eq(d.zone_count, 2);
	net_addr_parse(rows[_i].ip, &addr);
	for (;;) {
		dnsbl_judge(&d, &d.zones[rows[_i].zone], &addr, rows[_i].ip,
		    f, &got);
		if (got.result != DNSBL_PENDING)
			break;
		ck_assert_uint_gt(facts_table_answer(f, rows[_i].dns), 0);
		ck_assert_int_lt(rounds++, 8);
	}
	ck_assert_msg(got.result == rows[_i].result, "%s", rows[_i].says);
	ck_assert_str_eq(got.meaning, rows[_i].meaning);
	ck_assert_str_eq(got.reason, rows[_i].reason);
	facts_free(f);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
} bad[] = {
	{ "bl.example ip 127.0.0.2\n", 1 },
	{ "\n\nbl.example host 127.0.0.2 https://x/\n", 3 },
	{ "bl.example ip test https://x/\n", 1 },
	{ "bl..example ip 127.0.0.2 https://x/\n", 1 },
	{ "# x\ncode bl.example 127.0.0.x what\n", 2 },
};

START_TEST(test_bad)
{
	static struct dnsbl d;
	const char *why = NULL;
	unsigned line;

	ck_assert(!dnsbl_parse(&d, bad[_i].text, &line, &why));
	ck_assert_uint_eq(line, bad[_i].line);
	ck_assert_ptr_nonnull(why);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dnsbl");
	TCase *tc = tcase_create("dnsbl");

	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
