#include "probe/mx.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX	8

/* A zone's MX records, and the hosts to be asked, or the verdict. */
struct plan_row {
	const char *says;
	enum dns_status status;
	struct mx_record records[RECORDS_MAX];
	const char *hosts;		/* "preference name" each; NULL: none */
	enum verdict_reason reason;
	bool bad_names, incomplete;
};

#define LABEL_21	"abcdefghijklmnopqrstu"
#define LABEL_63	LABEL_21 LABEL_21 LABEL_21

static const struct plan_row plans[] = {
	{ "hosts go by preference", DNS_OK,
	    { { 20, "b.example" }, { 10, "a.example" }, { 30, "c.example" } },
	    "10 a.example, 20 b.example, 30 c.example", REASON_MAX, 0, 0 },
	{ "a host name loses its case and its final dot", DNS_OK,
	    { { 10, "MX.Example." } }, "10 mx.example", REASON_MAX, 0, 0 },
	{ "no more than three hosts are kept, the best", DNS_OK,
	    { { 40, "d.example" }, { 10, "a.example" }, { 30, "c.example" },
	      { 20, "b.example" } },
	    "10 a.example, 20 b.example, 30 c.example", REASON_MAX, 0, 1 },
	{ "a name that occurs twice is one host", DNS_OK,
	    { { 20, "a.example" }, { 10, "A.example." }, { 30, "a.example" } },
	    "10 a.example", REASON_MAX, 0, 0 },
	{ "a better preference moves a host up", DNS_OK,
	    { { 10, "a.example" }, { 20, "b.example" }, { 30, "c.example" },
	      { 5, "c.example" } },
	    "5 c.example, 10 a.example, 20 b.example", REASON_MAX, 0, 0 },
	{ "preference 0 and 65535 are numbers like others", DNS_OK,
	    { { 65535, "b.example" }, { 0, "a.example" } },
	    "0 a.example, 65535 b.example", REASON_MAX, 0, 0 },
	{ "a name of one label is asked", DNS_OK,
	    { { 10, "mail" } }, "10 mail", REASON_MAX, 0, 0 },

	{ "no MX is the domain itself", DNS_NODATA, { { 0 } },
	    "0 shop.example", REASON_MAX, 0, 0 },
	{ "no name is no domain", DNS_NXDOMAIN, { { 0 } },
	    NULL, REASON_NO_SUCH_DOMAIN, 0, 0 },
	{ "no answer is no knowledge", DNS_FAILED, { { 0 } },
	    NULL, REASON_DNS_FAILURE, 0, 0 },
	{ "an answer without records is no knowledge", DNS_OK, { { 0 } },
	    NULL, REASON_DNS_FAILURE, 0, 0 },

	{ "a null MX takes no mail", DNS_OK,
	    { { 0, "." } }, NULL, REASON_NULL_MX, 0, 0 },
	{ "said twice, it takes none either", DNS_OK,
	    { { 0, "." }, { 10, "." } }, NULL, REASON_NULL_MX, 0, 0 },
	{ "a null MX beside a host is ignored", DNS_OK,
	    { { 0, "." }, { 10, "a.example" } }, "10 a.example", REASON_MAX,
	    0, 0 },
	{ "localhost takes no mail", DNS_OK,
	    { { 10, "localhost." } }, NULL, REASON_NO_MAIL_HOST, 0, 0 },
	{ "localhost.localdomain takes no mail", DNS_OK,
	    { { 10, "LocalHost.LocalDomain" } }, NULL, REASON_NO_MAIL_HOST,
	    0, 0 },
	{ "nothing below localhost takes mail", DNS_OK,
	    { { 10, "mx.localhost" } }, NULL, REASON_NO_MAIL_HOST, 0, 0 },
	{ "localhost is part of many a name", DNS_OK,
	    { { 10, "localhost.example" }, { 20, "mylocalhost" } },
	    "10 localhost.example, 20 mylocalhost", REASON_MAX, 0, 0 },
	{ "localhost beside a host is ignored", DNS_OK,
	    { { 0, "localhost" }, { 10, "a.example" } }, "10 a.example",
	    REASON_MAX, 0, 0 },
	{ "localhost and null MX together take no mail", DNS_OK,
	    { { 0, "localhost" }, { 10, "." } }, NULL, REASON_NO_MAIL_HOST,
	    0, 0 },

	{ "an underscore is let through", DNS_OK,
	    { { 10, "_mx_1_.example" } }, "10 _mx_1_.example", REASON_MAX,
	    0, 0 },
	{ "an IPv4 address is no name", DNS_OK,
	    { { 10, "192.0.2.1" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "nor is it with a final dot", DNS_OK,
	    { { 10, "192.0.2.1." } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "an IPv6 address is no name", DNS_OK,
	    { { 10, "2001:db8::1" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "an address literal is no name", DNS_OK,
	    { { 10, "[192.0.2.1]" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "a space is in no name", DNS_OK,
	    { { 10, "a b.example" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "an escaped octet is in no name", DNS_OK,
	    { { 10, "a\\010b.example" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "a per cent sign is in no name", DNS_OK,
	    { { 10, "%n.example" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "a line end is in no name", DNS_OK,
	    { { 10, "a\nb.example" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "eight-bit text is in no name", DNS_OK,
	    { { 10, "m\xc3\xbcller.example" } }, NULL, REASON_DNS_FAILURE,
	    1, 0 },
	{ "a label may not be empty", DNS_OK,
	    { { 10, "a..example" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "one final dot is enough", DNS_OK,
	    { { 10, "a.example.." } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "63 octets make a label", DNS_OK,
	    { { 10, LABEL_63 ".example" } }, "10 " LABEL_63 ".example",
	    REASON_MAX, 0, 0 },
	{ "64 do not", DNS_OK,
	    { { 10, LABEL_63 "a.example" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "a bad name beside a host is passed over", DNS_OK,
	    { { 10, "a b" }, { 20, "b.example" } }, "20 b.example",
	    REASON_MAX, 1, 0 },
	{ "a bad name beside a null MX leaves doubt", DNS_OK,
	    { { 0, "." }, { 10, "a b" } }, NULL, REASON_DNS_FAILURE, 1, 0 },
	{ "a bad name beside localhost leaves doubt", DNS_OK,
	    { { 0, "localhost" }, { 10, "a b" } }, NULL, REASON_DNS_FAILURE,
	    1, 0 },
};

/* An unused place has an empty name and no preference, so null MX is ".". */
static size_t
records_count(const struct mx_record *records)
{
	size_t n;

	for (n = 0; n < RECORDS_MAX && records[n].host[0] != '\0'; n++)
		;
	return n;
}

static void
render_hosts(const struct mx_route *route, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < route->host_count; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%u %s",
		    i > 0 ? ", " : "", route->hosts[i].preference,
		    route->hosts[i].name);
}

START_TEST(plan_is_as_the_table_says)
{
	const struct plan_row *row = &plans[_i];
	struct mx_record records[RECORDS_MAX];
	struct mx_answer answer = { .status = row->status,
	    .records = records, .count = records_count(row->records) };
	enum verdict_reason reason;
	struct mx_route route;
	char hosts[1024];
	size_t i;

	memcpy(records, row->records, sizeof(records));
	ck_assert_msg(mx_plan("Shop.Example", &answer, 7, &route, &reason) ==
	    (row->hosts == NULL ? MX_VERDICT : MX_ASK_HOSTS), "%s", row->says);
	render_hosts(&route, hosts, sizeof(hosts));
	ck_assert_msg(strcmp(hosts, row->hosts == NULL ? "" : row->hosts) == 0,
	    "%s: %s", row->says, hosts);
	ck_assert_msg(reason == row->reason, "%s: reason %d", row->says,
	    reason);
	ck_assert_msg(route.bad_names == row->bad_names, "%s", row->says);
	ck_assert_msg(route.incomplete == row->incomplete, "%s", row->says);
	for (i = 0; i < route.host_count; i++) {
		ck_assert(route.hosts[i].implicit ==
		    (row->status == DNS_NODATA));
		ck_assert_uint_eq(route.hosts[i].addr_count, 0);
		ck_assert_int_eq(route.hosts[i].a, DNS_FAILED);
		ck_assert_int_eq(route.hosts[i].aaaa, DNS_FAILED);
	}
}
END_TEST

START_TEST(null_mx_may_have_come_as_nothing)
{
	struct mx_record rec = { .preference = 0, .host = "" };
	struct mx_answer answer = { .status = DNS_OK, .records = &rec,
	    .count = 1 };
	enum verdict_reason reason;
	struct mx_route route;

	ck_assert_int_eq(mx_plan("d.example", &answer, 0, &route, &reason),
	    MX_VERDICT);
	ck_assert_int_eq(reason, REASON_NULL_MX);
	answer.incomplete = true;
	ck_assert_int_eq(mx_plan("d.example", &answer, 0, &route, &reason),
	    MX_VERDICT);
	ck_assert_int_eq(reason, REASON_DNS_FAILURE);
}
END_TEST

START_TEST(records_past_the_limit_leave_doubt)
{
	struct mx_record *records = calloc(MX_RECORDS_MAX, sizeof(*records));
	struct mx_answer answer = { .status = DNS_OK, .records = records,
	    .count = MX_RECORDS_MAX };
	enum verdict_reason reason;
	struct mx_route route;
	int i;

	ck_assert_ptr_nonnull(records);
	for (i = 0; i < MX_RECORDS_MAX; i++)
		strcpy(records[i].host, "localhost");
	mx_plan("d.example", &answer, 0, &route, &reason);
	ck_assert_int_eq(reason, REASON_NO_MAIL_HOST);
	answer.count++;
	mx_plan("d.example", &answer, 0, &route, &reason);
	ck_assert_int_eq(reason, REASON_DNS_FAILURE);
	free(records);
}
END_TEST

/* Every host of six equal ones comes first about as often as any other. */
START_TEST(equal_hosts_are_shuffled_by_the_seed)
{
	struct mx_record records[6], rotated[6];
	struct mx_answer answer = { .status = DNS_OK, .count = 6 };
	unsigned first[6] = { 0 };
	enum verdict_reason reason;
	struct mx_route route, again;
	uint32_t seed;
	int i;

	for (i = 0; i < 6; i++) {
		records[i].preference = 10;
		sprintf(records[i].host, "mx%d.example", i);
		rotated[(i + 2) % 6] = records[i];
	}
	for (seed = 0; seed < 6000; seed++) {
		answer.records = records;
		mx_plan("d.example", &answer, seed, &route, &reason);
		answer.records = rotated;
		mx_plan("d.example", &answer, seed, &again, &reason);
		for (i = 0; i < MX_HOSTS_MAX; i++)
			ck_assert_str_eq(route.hosts[i].name,
			    again.hosts[i].name);
		first[route.hosts[0].name[2] - '0']++;
	}
	for (i = 0; i < 6; i++) {
		ck_assert_uint_gt(first[i], 800);
		ck_assert_uint_lt(first[i], 1200);
	}
}
END_TEST

struct judge_row {
	const char *says;
	enum dns_status mx;
	struct {
		enum dns_status a, aaaa;
		size_t addresses;
	} hosts[2];
	size_t count;
	bool bad_names, incomplete;
	enum verdict_reason reason;
};

#define NODATA_BOTH	{ DNS_NODATA, DNS_NODATA, 0 }
#define NXDOMAIN_BOTH	{ DNS_NXDOMAIN, DNS_NXDOMAIN, 0 }

static const struct judge_row judgements[] = {
	{ "an address will do", DNS_OK,
	    { { DNS_OK, DNS_NODATA, 1 } }, 1, 0, 0, REASON_MAX },
	{ "an address will do, whatever else failed", DNS_OK,
	    { { DNS_FAILED, DNS_FAILED, 0 }, { DNS_FAILED, DNS_OK, 1 } }, 2,
	    1, 1, REASON_MAX },
	{ "hosts without addresses take no mail", DNS_OK,
	    { NODATA_BOTH, NXDOMAIN_BOTH }, 2, 0, 0, REASON_NO_MAIL_HOST },
	{ "hosts that do not exist take no mail", DNS_OK,
	    { NXDOMAIN_BOTH, NXDOMAIN_BOTH }, 2, 0, 0, REASON_NO_MAIL_HOST },
	{ "a host unknown leaves doubt", DNS_OK,
	    { NODATA_BOTH, { DNS_NODATA, DNS_FAILED, 0 } }, 2, 0, 0,
	    REASON_DNS_FAILURE },
	{ "a host unknown leaves doubt, in either family", DNS_OK,
	    { { DNS_FAILED, DNS_NXDOMAIN, 0 }, NODATA_BOTH }, 2, 0, 0,
	    REASON_DNS_FAILURE },
	{ "an answer of which no address was kept leaves doubt", DNS_OK,
	    { { DNS_OK, DNS_NODATA, 0 } }, 1, 0, 0, REASON_DNS_FAILURE },
	{ "a bad name leaves doubt", DNS_OK,
	    { NODATA_BOTH }, 1, 1, 0, REASON_DNS_FAILURE },
	{ "a host left out leaves doubt", DNS_OK,
	    { NODATA_BOTH }, 1, 0, 1, REASON_DNS_FAILURE },
	{ "a domain without MX and address takes no mail", DNS_NODATA,
	    { NODATA_BOTH }, 1, 0, 0, REASON_NO_MAIL_HOST },
	{ "a domain of which one family knows takes no mail", DNS_NODATA,
	    { { DNS_NXDOMAIN, DNS_NODATA, 0 } }, 1, 0, 0,
	    REASON_NO_MAIL_HOST },
	{ "a domain that no address question knows is none", DNS_NODATA,
	    { NXDOMAIN_BOTH }, 1, 0, 0, REASON_NO_SUCH_DOMAIN },
	{ "without the MX answer nothing is known", DNS_FAILED,
	    { NODATA_BOTH }, 1, 0, 0, REASON_DNS_FAILURE },
	{ "without hosts nothing is known", DNS_OK,
	    { { DNS_OK, DNS_OK, 0 } }, 0, 0, 0, REASON_DNS_FAILURE },
};

START_TEST(judgement_is_as_the_table_says)
{
	const struct judge_row *row = &judgements[_i];
	struct mx_route route;
	size_t i;

	memset(&route, 0, sizeof(route));
	route.host_count = row->count;
	route.bad_names = row->bad_names;
	route.incomplete = row->incomplete;
	for (i = 0; i < row->count; i++) {
		route.hosts[i].implicit = row->mx == DNS_NODATA;
		route.hosts[i].a = row->hosts[i].a;
		route.hosts[i].aaaa = row->hosts[i].aaaa;
		route.hosts[i].addr_count = row->hosts[i].addresses;
	}
	ck_assert_msg(mx_judge(&route, row->mx) == row->reason, "%s: %d",
	    row->says, mx_judge(&route, row->mx));
}
END_TEST

static const struct {
	const char *says;
	unsigned v4, v6;
	const char *order;		/* the families, in turn */
	bool whole;
} folds[] = {
	{ "none", 0, 0, "", true },
	{ "one family alone", 2, 0, "44", true },
	{ "the other alone", 0, 2, "66", true },
	{ "in turn, IPv4 first", 2, 2, "4646", true },
	{ "the rest of the longer one behind", 1, 4, "46666", true },
	{ "as many as are kept", 5, 0, "44444", true },
	{ "one too many", 4, 2, "46464", false },
	{ "far too many, and both are there", 5, 5, "46464", false },
};

START_TEST(families_take_turns)
{
	struct net_addr v4[MX_ADDRS_MAX], v6[MX_ADDRS_MAX];
	struct mx_host h;
	char order[MX_ADDRS_MAX + 1] = "";
	size_t i;

	memset(&h, 0, sizeof h);
	for (i = 0; i < MX_ADDRS_MAX; i++) {
		net_addr_parse("192.0.2.1", &v4[i]);
		net_addr_parse("2001:db8::1", &v6[i]);
	}
	ck_assert_msg(mx_host_fold(&h, v4, folds[_i].v4, v6, folds[_i].v6) ==
	    folds[_i].whole, "%s", folds[_i].says);
	for (i = 0; i < h.addr_count; i++)
		order[i] = h.addrs[i].family == AF_INET ? '4' : '6';
	ck_assert_msg(strcmp(order, folds[_i].order) == 0, "%s: %s",
	    folds[_i].says, order);
}
END_TEST

START_TEST(a_failure_at_any_host_is_one_of_the_route)
{
	static const enum dns_status told[] = { DNS_OK, DNS_NODATA,
	    DNS_NXDOMAIN };
	struct mx_route r;
	size_t i;

	memset(&r, 0, sizeof r);
	r.host_count = 2;
	for (i = 0; i < COUNT(told); i++) {
		r.hosts[0].a = r.hosts[1].a = told[i];
		r.hosts[0].aaaa = r.hosts[1].aaaa = told[i];
		ck_assert(!mx_route_has_failed(&r));
		r.hosts[1].aaaa = DNS_FAILED;
		ck_assert(mx_route_has_failed(&r));
		r.hosts[1].aaaa = told[i];
		r.hosts[0].a = DNS_FAILED;
		ck_assert(mx_route_has_failed(&r));
	}
}
END_TEST

START_TEST(a_machine_is_one_whichever_address_is_first)
{
	static const char *const addresses[] = { "2001:db8::1", "192.0.2.9",
	    "192.0.2.10", "192.0.2.80" };
	struct mx_host h;
	char machine[NET_TEXT_SIZE];
	size_t first, i;

	for (first = 0; first < 4; first++) {
		memset(&h, 0, sizeof(h));
		for (i = 0; i < 4; i++)
			ck_assert(net_addr_parse(addresses[(first + i) % 4],
			    &h.addrs[h.addr_count++]));
		mx_host_machine(&h, machine);
		ck_assert_str_eq(machine, "192.0.2.9");
	}
	h.addr_count = 1;
	mx_host_machine(&h, machine);
	ck_assert_str_eq(machine, "192.0.2.80");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mx");
	TCase *t = tcase_create("mx");

	tcase_add_loop_test(t, plan_is_as_the_table_says, 0, COUNT(plans));
	tcase_add_test(t, null_mx_may_have_come_as_nothing);
	tcase_add_test(t, records_past_the_limit_leave_doubt);
	tcase_add_test(t, equal_hosts_are_shuffled_by_the_seed);
	tcase_add_loop_test(t, families_take_turns, 0, COUNT(folds));
	tcase_add_test(t, a_failure_at_any_host_is_one_of_the_route);
	tcase_add_test(t, a_machine_is_one_whichever_address_is_first);
	tcase_add_loop_test(t, judgement_is_as_the_table_says, 0,
	    COUNT(judgements));
	suite_add_tcase(s, t);
	return suite_run(s);
}
