#include "common/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

static struct lab lab;
static struct store *s;
static uint8_t block[STORE_ITEM_MAX];

static void
setup(void)
{
	lab_make(&lab, LAB_MEMORY, 4 * MIB);
	s = lab_writer(&lab);
}

static void
teardown(void)
{
	store_close(s);
	lab_remove(&lab);
}

static const struct {
	const char *says;
	size_t len;
} texts[] = {
	{ "nothing", 0 },
	{ "one octet", 1 },
	{ "an address", 40 },
	{ "a long one", 9000 },
};

START_TEST(a_sealed_text_is_unsealed)
{
	static uint8_t sealed[2][10000], plain[10000];
	size_t len = texts[_i].len, sealed_len, i, n;

	memset(block, 'a', sizeof(block));
	for (i = 0; i < 2; i++) {
		ck_assert(store_seal(s, block, len, sealed[i], &sealed_len));
		ck_assert_uint_eq(sealed_len, len + STORE_SEAL_EXTRA);
	}
	ck_assert_msg(memcmp(sealed[0], sealed[1], sealed_len) != 0,
	    "%s: no two are alike", texts[_i].says);
	for (i = 0; i + 8 <= sealed_len; i++)
		ck_assert(memcmp(sealed[0] + i, "aaaaaaaa", 8) != 0);
	store_close(s);
	s = lab_writer(&lab);
	ck_assert_msg(store_unseal(s, sealed[0], sealed_len, plain, &n),
	    "%s, after a restart", texts[_i].says);
	ck_assert_uint_eq(n, len);
	ck_assert(len == 0 || memcmp(plain, block, len) == 0);
	for (i = 0; i < sealed_len; i += 1 + i / 8) {
		sealed[0][i] ^= 4;
		ck_assert_msg(!store_unseal(s, sealed[0], sealed_len, plain,
		    &n) && n == 0, "%s: octet %zu", texts[_i].says, i);
		sealed[0][i] ^= 4;
		ck_assert_msg(!store_unseal(s, sealed[0], i, plain, &n) &&
		    n == 0, "%s: cut at %zu", texts[_i].says, i);
	}
}
END_TEST

static int
unseal_in_reader(struct lab *l, void *arg)
{
	uint8_t plain[8], again[8 + STORE_SEAL_EXTRA];
	struct store *r;
	size_t n;

	if (store_open_reader(&l->p, &r) != STORE_OK)
		return 1;
	if (!store_unseal(r, arg, 4 + STORE_SEAL_EXTRA, plain, &n) || n != 4 ||
	    memcmp(plain, "text", 4) != 0)
		return 2;
	if (!store_seal(r, "text", 4, again, &n))
		return 3;
	store_close(r);
	return 0;
}

static int
no_store_no_seal(struct lab *l, void *arg)
{
	uint8_t plain[8];
	struct store *r;
	size_t n;

	if (store_open_reader(&l->p, &r) != STORE_ABSENT)
		return 1;
	if (store_unseal(r, arg, 4 + STORE_SEAL_EXTRA, plain, &n) ||
	    store_seal(r, "", 0, arg, &n))
		return 2;
	store_close(r);
	return 0;
}

START_TEST(the_key_is_what_unseals)
{
	uint8_t sealed[4 + STORE_SEAL_EXTRA], plain[8];
	char aside[256];
	size_t n;

	ck_assert(store_seal(s, "text", 4, sealed, &n));
	ck_assert_int_eq(lab_wait(lab_fork(unseal_in_reader, &lab, sealed)),
	    0);
	store_close(s);
	ck_assert_int_eq(unlink(lab.key), 0);
	ck_assert_int_eq(lab_wait(lab_fork(no_store_no_seal, &lab, sealed)),
	    0);
	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_msg(!store_unseal(s, sealed, sizeof(sealed), plain, &n),
	    "another key does not");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_seal");
	TCase *tc = tcase_create("store_seal");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_sealed_text_is_unsealed, 0, COUNT(texts));
	tcase_add_test(tc, the_key_is_what_unseals);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
