/* Domains that die and rise; the days are passed in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/dormant_judge.h"
#include "tests/unit/suite.h"

#define T0		INT64_C(1700000000)

/*
 * A life: "dN" dead and "aN" alive on day N, in order; then whether it is
 * suspect on the last of them.
 */
static const struct {
	const char *says;
	const char *life;
	bool suspect;
} rows[] = {
	{ "always alive", "a0 a100 a200", false },
	{ "dead for a day", "d0 a1", false },
	{ "dead once, alive months later", "d0 a120", false },
	{ "a month unpaid", "d0 d10 d20 d30 a31", false },
	{ "a day less than three months", "d0 d40 d80 d89 a90", false },
	{ "three months", "d0 d40 d80 d90 a91", true },
	{ "seen too seldom", "d0 d46 d92 d138 a139", false },
	{ "half a year, risen months later", "d0 d40 d80 d120 d160 d180 a300",
	    true },
	{ "still suspect after most of a year", "d0 d40 d80 d90 a91 a455",
	    true },
	{ "no more after a year", "d0 d40 d80 d90 a91 a456", false },
	{ "dead again: it begins anew", "d0 d40 d80 d90 a91 d92 a93", false },
	{ "dead again for months", "d0 d40 d80 d90 a91 d92 d130 d170 d182 a183",
	    true },
	{ "while it is dead nobody asks", "d0 d40 d80 d120", false },
	{ "a clock set back while it is dead", "d10 d50 d90 d40 d100 a101",
	    true },
	{ "a clock set back when it rises", "d10 d50 d90 d100 a95", true },
};

START_TEST(a_life_is_judged)
{
	struct dormant_record r = { 0, 0, 0 }, again;
	const char *at = rows[_i].life;
	uint8_t item[DORMANT_ITEM_MAX];
	int64_t now = T0;
	size_t len;

	for (; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
		now = T0 + strtol(at + 1, NULL, 10) * DORMANT_DAY_S;
		if (*at == 'd')
			r = dormant_dead(&r, now);
		else if (r.dead_since != 0)
			r = dormant_alive(&r, now);
		if (r.dead_since == 0)
			continue;
		len = dormant_pack(&r, item);
		ck_assert_uint_gt(len, 0);
		ck_assert(dormant_unpack(item, len, &again));
		ck_assert_mem_eq(&r, &again, sizeof r);
	}
	ck_assert_msg(dormant_is_suspect(&r, now) == rows[_i].suspect, "%s",
	    rows[_i].says);
	ck_assert(!dormant_is_suspect(&r, now) || !dormant_is_over(&r, now));
}
END_TEST

START_TEST(what_is_over)
{
	struct dormant_record brief = { T0, T0 + DORMANT_DAY_S, 0 };
	struct dormant_record lasting = { T0, T0 + DORMANT_DEAD_S, 0 };
	int64_t last = T0 + DORMANT_DEAD_S;

	ck_assert(!dormant_is_over(&brief, T0 + DORMANT_GAP_S));
	ck_assert(dormant_is_over(&brief, T0 + 2 * DORMANT_GAP_S));
	ck_assert(!dormant_is_over(&lasting, last + DORMANT_SUSPECT_S));
	ck_assert(dormant_is_over(&lasting, last + DORMANT_SUSPECT_S + 1));
}
END_TEST

START_TEST(damage_is_nothing_known)
{
	struct dormant_record r = { T0, T0 + 7, T0 + 9 }, out;
	uint8_t item[DORMANT_ITEM_MAX + 1], bad[DORMANT_ITEM_MAX + 1];
	size_t len = dormant_pack(&r, item), i;
	unsigned bit;

	for (i = 0; i < len; i++)
		ck_assert(!dormant_unpack(item, i, &out));
	item[len] = 0;
	ck_assert(!dormant_unpack(item, len + 1, &out));
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(bad, item, len);
			bad[i] = (uint8_t)(bad[i] ^ (1u << bit));
			if (dormant_unpack(bad, len, &out))
				ck_assert(out.dead_since > 0 &&
				    out.dead_last >= out.dead_since &&
				    out.alive_since >= 0);
			else
				ck_assert(out.dead_since == 0);
		}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dormant");
	TCase *t = tcase_create("dormant");

	tcase_add_loop_test(t, a_life_is_judged, 0, (int)COUNT(rows));
	tcase_add_test(t, what_is_over);
	tcase_add_test(t, damage_is_nothing_known);
	suite_add_tcase(s, t);
	return suite_run(s);
}
