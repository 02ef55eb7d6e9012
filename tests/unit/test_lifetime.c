#include <stdlib.h>

#include "probe/lifetime.h"
#include "tests/unit/suite.h"

#define NOW		1800000000

static const struct conf conf = {
	.store = {
		.positive_refresh_s = 7 * 86400,
		.positive_expire_s = 31 * 86400,
		.negative_refresh_s = 3 * 3600,
		.negative_expire_s = 3 * 86400,
		.unknown_expire_s = 900,
	},
};

static const struct {
	const char *says;
	enum verdict_reason reason;
	uint32_t retry_after_s;
	int64_t refresh_least, refresh_most, expire_least, expire_most;
} rows[] = {
	{ "what is good lives as the admin says", REASON_ACCEPTED, 0,
	    7 * 86400, 7 * 86400, 31 * 86400, 31 * 86400 },
	{ "a refused mailbox lives no longer than the admin says",
	    REASON_NO_SUCH_USER, 0, 1, 3 * 3600, 3600, 3 * 86400 },
	{ "what DNS alone says lives for an hour at most",
	    REASON_NO_SUCH_DOMAIN, 0, 1, 3600, 60, 3600 },
	{ "what is unknown is soon forgotten", REASON_TIMEOUT, 0,
	    0, 900, 60, 900 },
	{ "a time that the server named is kept", REASON_GREYLISTED, 3600,
	    3600, 3600, 3600, 3600 },
	{ "but not for more than a day", REASON_RATE_LIMITED, 1000000,
	    86400, 86400, 86400, 86400 },
	{ "a time named with a verdict does not stretch it",
	    REASON_NO_SUCH_USER, 1000000, 1, 3 * 3600, 3600, 3 * 86400 },
	{ "our own failure is never stored", REASON_PROBE_UNAVAILABLE, 0,
	    0, 0, 0, 0 },
	{ "nor is an exclusion, which must act at once both ways",
	    REASON_EXCLUDED_BY_REQUEST, 0, 0, 0, 0, 0 },
	{ "nor a running probe", REASON_PROBE_RUNNING, 0, 0, 0, 0, 0 },
};

START_TEST(lifetimes)
{
	struct verdict v = lifetime_verdict(rows[_i].reason, &conf, NOW,
	    rows[_i].retry_after_s, 550, 2);
	int64_t refresh = v.refresh_at - NOW, expire = v.expire_at - NOW;

	ck_assert_msg(refresh >= rows[_i].refresh_least &&
	    refresh <= rows[_i].refresh_most, "%s: refresh %lld",
	    rows[_i].says, (long long)refresh);
	ck_assert_msg(expire >= rows[_i].expire_least &&
	    expire <= rows[_i].expire_most, "%s: expire %lld",
	    rows[_i].says, (long long)expire);
	ck_assert_int_eq(v.checked_at, NOW);
	ck_assert_uint_eq(v.code, 550);
	ck_assert_uint_eq(v.attempt, 2);
}
END_TEST

/* The record's codec refuses what is refreshed after it has expired. */
START_TEST(refresh_is_never_after_expire)
{
	unsigned i;
	enum verdict_reason reason;

	for (i = 0; (reason = verdict_reason_at(i)) != 0; i++) {
		struct verdict v = lifetime_verdict(reason, &conf, NOW, 7200,
		    0, 1000);

		ck_assert_msg(v.refresh_at <= v.expire_at, "%s",
		    verdict_reason_word(reason));
		ck_assert_uint_eq(v.attempt, 255);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lifetime");
	TCase *tc = tcase_create("lifetime");

	tcase_add_loop_test(tc, lifetimes, 0, (int)COUNT(rows));
	tcase_add_test(tc, refresh_is_never_after_expire);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
