/* Quantiles of durations, within 1.6 %. */

#include "cli/histogram.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says;
	int64_t values[6];
	size_t count;
	unsigned at;
	int64_t quantile;
} rows[] = {
	{ "of nothing there is none", { 0 }, 0, 500, -1 },
	{ "of one it is that one", { 42 }, 1, 500, 42 },
	{ "the median of an odd number", { 3, 1, 2 }, 3, 500, 2 },
	{ "the median of an even number is the lower one", { 4, 1, 2, 3 }, 4,
	    500, 2 },
	{ "the smallest", { 4, 1, 2, 3 }, 4, 0, 1 },
	{ "the largest", { 4, 1, 2, 3 }, 4, 1000, 4 },
	{ "one outlier is beyond three quarters", { 1, 1, 1, 5000 }, 4, 750,
	    1 },
	{ "below 0 is 0", { -5 }, 1, 500, 0 },
	{ "the last exact value", { 127, 200 }, 2, 500, 127 },
	{ "a bucket is told by its largest value", { 128, 9000 }, 2, 500,
	    129 },
	{ "nothing is larger than the largest", { 1000000 }, 1, 500, 1000000 },
	{ "beyond the scale is its end", { INT64_MAX }, 1, 990,
	    HISTOGRAM_MAX },
};

START_TEST(quantiles)
{
	struct histogram h = { 0 };
	size_t i;

	for (i = 0; i < rows[_i].count; i++)
		histogram_add(&h, rows[_i].values[i]);
	ck_assert_msg(histogram_quantile(&h, rows[_i].at) ==
	    rows[_i].quantile, "%s: %lld", rows[_i].says,
	    (long long)histogram_quantile(&h, rows[_i].at));
}
END_TEST

/* Each value beside a larger one, so that its bucket's end is what is told. */
START_TEST(no_value_is_far_off)
{
	int64_t v, told;

	for (v = 0; v < HISTOGRAM_MAX / 2; v = v + v / 50 + 1) {
		struct histogram h = { 0 };

		histogram_add(&h, v);
		histogram_add(&h, HISTOGRAM_MAX);
		told = histogram_quantile(&h, 500);
		ck_assert_int_ge(told, v);
		ck_assert_int_le(told - v, v / 64);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("histogram");
	TCase *c = tcase_create("histogram");

	tcase_add_loop_test(c, quantiles, 0, COUNT(rows));
	tcase_add_test(c, no_value_is_far_off);
	suite_add_tcase(s, c);
	return suite_run(s);
}
