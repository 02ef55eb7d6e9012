#include "common/attack.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

static const struct attack example = {
	.id = "0123456789abcdef",
	.guard = "signup",
	.auth = "DOMAIN\\sh\xc3\xb6p",
	.client = "10.1.2.3",
	.began = 1700000000,
	.until = 1700001800,
	.judged = 21,
	.undeliverable = 14,
	.put_off = 3,
};

static void
same(const struct attack *a, const struct attack *b)
{
	ck_assert_str_eq(a->id, b->id);
	ck_assert_str_eq(a->guard, b->guard);
	ck_assert_str_eq(a->auth, b->auth);
	ck_assert_str_eq(a->client, b->client);
	ck_assert_int_eq(a->began, b->began);
	ck_assert_int_eq(a->until, b->until);
	ck_assert_int_eq(a->judged, b->judged);
	ck_assert_int_eq(a->undeliverable, b->undeliverable);
	ck_assert_int_eq(a->put_off, b->put_off);
}

/* The message that says: the example, or with one attribute another. */
static bool
over_the_wire(const char *name, const char *value, struct attack *out,
    enum attack_phase *phase)
{
	char buf[WIRE_REQUEST_MAX], changed[WIRE_REQUEST_MAX];
	struct wire_message msg;
	struct wire_writer w, v;
	size_t len, used, i;

	wire_begin(&w, buf, sizeof(buf));
	attack_put(&example, ATTACK_GOES_ON, &w);
	len = wire_end(&w);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(wire_parse(buf, len, sizeof(buf), &msg, &used),
	    WIRE_OK);
	wire_begin(&v, changed, sizeof(changed));
	for (i = 0; i < msg.count; i++) {
		if (name == NULL || strcmp(msg.attrs[i].name, name) != 0)
			wire_put(&v, msg.attrs[i].name, msg.attrs[i].value);
		else if (value != NULL)
			wire_put(&v, name, value);
	}
	len = wire_end(&v);
	ck_assert_int_eq(wire_parse(changed, len, sizeof(changed), &msg,
	    &used), WIRE_OK);
	return attack_get(&msg, out, phase);
}

START_TEST(an_attack_crosses_the_wire_whole)
{
	enum attack_phase phase;
	struct attack got;

	ck_assert(over_the_wire(NULL, NULL, &got, &phase));
	same(&got, &example);
	ck_assert_int_eq(phase, ATTACK_GOES_ON);
}
END_TEST

static const struct {
	const char *says, *name, *value;	/* NULL: it is missing */
} wrong[] = {
	{ "without an id", "id", NULL },
	{ "an id that is none", "id", "0123456789abcdeF" },
	{ "an id that is longer", "id", "0123456789abcdef0" },
	{ "without a guard", "guard", NULL },
	{ "a guard without a name", "guard", "" },
	{ "a guard that is too long", "guard", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "without a time", "until", NULL },
	{ "a time that is none", "until", "soon" },
	{ "a time below zero", "until", "-1" },
	{ "a number that cannot be counted on", "put_off",
	    "9223372036854775807" },
	{ "without a phase", "phase", NULL },
	{ "a phase that is none", "phase", "paused" },
};

START_TEST(what_is_no_attack_is_not_taken)
{
	enum attack_phase phase;
	struct attack got;

	ck_assert_msg(!over_the_wire(wrong[_i].name, wrong[_i].value, &got,
	    &phase), "%s", wrong[_i].says);
}
END_TEST

static const struct {
	const char *says;
	int64_t until, bound;		/* after now */
} ends[] = {
	{ "that is over", -1, -1 },
	{ "half an hour", 1800, 1800 },
	{ "the longest hold", ATTACK_HOLD_MAX_S, ATTACK_HOLD_MAX_S },
	{ "a second more", ATTACK_HOLD_MAX_S + 1, ATTACK_HOLD_MAX_S },
	{ "years, by a clock that was wrong", INT32_MAX, ATTACK_HOLD_MAX_S },
};

START_TEST(it_lasts_no_longer_than_a_hold_may)
{
	struct attack a = example;
	int64_t now = example.began;

	a.until = now + ends[_i].until;
	attack_bound(&a, now);
	ck_assert_msg(a.until == now + ends[_i].bound, "%s: %lld",
	    ends[_i].says, (long long)(a.until - now));
}
END_TEST

static bool
take(void *arg, const struct attack *a)
{
	*(struct attack *)arg = *a;
	return true;
}

START_TEST(the_store_keeps_it_sealed_until_it_is_over)
{
	struct attack got = { 0 };
	struct store *s;
	struct lab lab;
	uint8_t *sealed;
	size_t len;

	lab_make(&lab, LAB_MEMORY, 4 * MIB);
	s = lab_writer(&lab);
	sealed = attack_seal(s, &example, &len);
	ck_assert_ptr_nonnull(sealed);
	ck_assert_ptr_null(memmem(sealed, len, "signup", 6));
	lab_begin(s);
	store_put_item(s, STORE_GUARDS, example.id, strlen(example.id),
	    sealed, len);
	store_put_item(s, STORE_GUARDS, "damaged", 7, "rubbish", 7);
	lab_commit(s);
	ck_assert_int_eq(attack_walk(s, example.until - 1, take, &got),
	    STORE_OK);
	same(&got, &example);
	memset(&got, 0, sizeof(got));
	ck_assert_int_eq(attack_walk(s, example.until, take, &got), STORE_OK);
	ck_assert_str_eq(got.id, "");
	sealed[len - 1] ^= 1;
	ck_assert(!attack_unseal(s, sealed, len, &got));
	free(sealed);
	store_close(s);
	lab_remove(&lab);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attack");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, an_attack_crosses_the_wire_whole);
	tcase_add_loop_test(tc, what_is_no_attack_is_not_taken, 0,
	    COUNT(wrong));
	tcase_add_loop_test(tc, it_lasts_no_longer_than_a_hold_may, 0,
	    COUNT(ends));
	tcase_add_test(tc, the_store_keeps_it_sealed_until_it_is_over);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
