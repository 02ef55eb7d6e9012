/*
 * What is saved of a damaged file. Where each record lies is learned from the
 * whole file by LMDB itself; then pages are harmed, and all that lay on others
 * must be there again. RCPTGUARD_HARMS and RCPTGUARD_SALVAGE set how many files
 * are harmed and how many verdicts the long one has.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"
#include "tests/unit/salvage_lab.h"
#include "tests/unit/suite.h"

struct found {
	uint64_t items[SALVAGE_TABLES], live[SALVAGE_TABLES], verdicts;
};

/* must: it may not be missing. */
static bool
check_item(struct store *s, size_t t, unsigned n, bool must, bool may_return,
    const char *says)
{
	static char want[BIG + 1], old[BIG + 1];
	enum store_table table = salvage_tables[t];
	size_t want_len = salvage_item_data(table, n, "new", want), len;
	bool ok = false;
	char key[32];
	void *data;

	salvage_item_data(table, n, "old", old);
	salvage_item_key(n, key);
	if (store_get_item(s, table, key, strlen(key), &data, &len) !=
	    STORE_OK) {
		ck_assert_msg(!must, "%s: \"%s\" of table %d is lost", says,
		    key, (int)table);
		return false;
	}
	ck_assert_msg(must || !salvage_is_deleted(n) || may_return,
	    "%s: \"%s\" of table %d came back", says, key, (int)table);
	ok = len == want_len && (memcmp(data, want, len) == 0 ||
	    (may_return && memcmp(data, old, len) == 0));
	ck_assert_msg(ok, "%s: \"%s\" of table %d is \"%.24s\"", says, key,
	    (int)table, (const char *)data);
	free(data);
	return true;
}

/* whole: only one page is harmed. */
static void
check_all(struct store *s, bool whole, const char *says, struct found *found)
{
	struct address addr;
	struct verdict v;
	bool must, kept, there;
	unsigned n;
	size_t t;

	memset(found, 0, sizeof(*found));
	for (t = 0; t < SALVAGE_TABLES; t++)
		for (n = 0; n < ITEMS; n++) {
			kept = whole || salvage_tables[t] == STORE_EXCLUSIONS;
			must = kept && salvage.items[t][n].leaf != 0 &&
			    !salvage_is_harmed(&salvage.items[t][n]);
			there = check_item(s, t, n, must,
			    salvage_tables[t] == STORE_EXCLUSIONS || !whole,
			    says);
			found->items[t] += there;
			found->live[t] += there && !salvage_is_deleted(n);
		}
	for (n = 0; n < VERDICTS; n++) {
		addr = lab_address(n, LAB_DOMAIN);
		if (store_get_verdict(s, &addr, &v) != STORE_OK) {
			ck_assert_msg(!whole ||
			    salvage_is_harmed(&salvage.verdicts[n]),
			    "%s: verdict %u is lost", says, n);
			continue;
		}
		found->verdicts++;
	}
	/* Each with its own number. */
	ck_assert_msg(lab_intact(s, VERDICTS) == (long)found->verdicts,
	    "%s: a wrong verdict", says);
}

static void
check_told(struct store *s, const struct found *found, const char *says)
{
	const struct store_salvage *told = store_salvaged(s);
	uint64_t had = 0;
	unsigned n;
	size_t t;

	for (n = 0; n < ITEMS; n++)
		had += !salvage_is_deleted(n);
	ck_assert_ptr_nonnull(told);
	for (t = 0; t < SALVAGE_TABLES; t++) {
		enum store_table table = salvage_tables[t];

		ck_assert_msg(told->items[table].saved == found->items[t],
		    "%s: %lu told, %lu found", says,
		    (unsigned long)told->items[table].saved,
		    (unsigned long)found->items[t]);
		ck_assert_msg(!told->items[table].whole ||
		    (found->live[t] == had && found->items[t] == had),
		    "%s: table %d is called whole with %lu, and %lu more, of "
		    "%lu", says, (int)table, (unsigned long)found->live[t],
		    (unsigned long)(found->items[t] - found->live[t]),
		    (unsigned long)had);
	}
	ck_assert_uint_eq(told->verdicts.saved, found->verdicts);
}

struct harm {
	int seed, pages;
	bool aside, all_exclusions;
};

/* Told as long as the admin has not removed the file. */
static void
check_lost(struct store *s, const char *aside, bool whole, const char *says)
{
	char path[256];

	store_lost_exclusions(s, path);
	ck_assert_msg(strcmp(path, whole ? "" : aside) == 0, "%s: lost \"%s\"",
	    says, path);
	if (whole)
		return;
	ck_assert_int_eq(unlink(aside), 0);
	store_lost_exclusions(s, path);
	ck_assert_str_eq(path, "");
}

static int
open_and_check(struct lab *l, void *arg)
{
	struct harm *h = arg;
	struct found found;
	char aside[256], says[64];
	struct store *s;

	snprintf(says, sizeof(says), "%d pages, seed %d", h->pages, h->seed);
	if (store_open_writer(&l->p, &s, aside) != STORE_OK)
		return 1;
	h->aside = aside[0] != '\0';
	check_all(s, h->pages == 1, says, &found);
	if (h->aside) {
		check_told(s, &found, says);
		h->all_exclusions =
		    store_salvaged(s)->items[STORE_EXCLUSIONS].whole;
		check_lost(s, aside, h->all_exclusions, says);
	}
	lab_begin(s);
	lab_put_item(s, STORE_SENT, "after", "it");
	lab_commit(s);
	store_close(s);
	return store_check(&l->p) == STORE_OK ? 0 : 2;
}

static int
in_child(struct harm *h)
{
	return lab_wait(lab_fork(open_and_check, &salvage.lab, h));
}

START_TEST(what_lay_elsewhere_survives)
{
	int i, code, count = lab_count("RCPTGUARD_HARMS", 40), aside = 0;
	struct harm *h = lab_shared(sizeof(*h));
	int all = 0;

	for (i = 0; i < count; i++) {
		salvage_restore();
		srand((unsigned)i);
		h->seed = i;
		h->pages = i % 3 == 2 ? 2 + rand() % 20 : 1;
		for (int n = 0; n < h->pages; n++)
			salvage_harm_any();
		code = in_child(h);
		ck_assert_msg(code == 0, "file %d: code %d", i, code);
		aside += h->aside;
		all += h->aside && h->all_exclusions;
	}
	ck_assert_msg(aside > count / 3, "%d of %d set aside", aside, count);
	ck_assert_msg(all > 0, "no damage left all exclusions whole");
}
END_TEST

/* Each branch page of its own: all leaves below it must be found without. */
START_TEST(a_lost_branch_loses_no_leaf)
{
	struct harm *h = lab_shared(sizeof(*h));
	unsigned char page[PAGE];
	int fd, branches = 0;
	uint64_t n;

	ck_assert_int_ne(fd = open(salvage.good, O_RDONLY), -1);
	for (n = 2; n < salvage.page_count; n++) {
		ck_assert_int_eq(pread(fd, page, PAGE, (off_t)n * PAGE), PAGE);
		if (memcmp(page, &n, sizeof(n)) != 0 || page[10] != 1)
			continue;
		salvage_restore();
		srand((unsigned)n);
		h->seed = (int)n;
		h->pages = 1;
		salvage_harm_page(n);
		ck_assert_int_eq(in_child(h), 0);
		branches++;
	}
	close(fd);
	ck_assert_int_ge(branches, (int)SALVAGE_TABLES);
}
END_TEST

static void
harm_first_header(void)
{
	salvage_harm_page(0);
}

static void
harm_second_header(void)
{
	salvage_harm_page(1);
}

static void
cut_half(void)
{
	uint64_t n;

	ck_assert_int_eq(truncate(salvage.lab.data,
	    (off_t)salvage.page_count / 2 * PAGE), 0);
	for (n = salvage.page_count / 2; n < salvage.page_count; n++)
		salvage.harmed[n] = true;
}

static void
harm_headers_and_more(void)
{
	salvage_harm_page((uint64_t)rand() % 2);
	for (int i = 0; i < 10; i++)
		salvage_harm_any();
}

static const struct {
	const char *says;
	void (*harm)(void);
} harms[] = {
	{ "without the first header", harm_first_header },
	{ "without the second header", harm_second_header },
	{ "cut in half", cut_half },
	{ "without a header and ten pages", harm_headers_and_more },
};

/* What is called whole must be, and exclusions are there all the same. */
START_TEST(without_a_header_exclusions_survive)
{
	struct harm *h = lab_shared(sizeof(*h));

	for (int i = 0; i < 6; i++) {
		salvage_restore();
		srand((unsigned)i);
		harms[_i].harm();
		h->seed = i;
		h->pages = 0;
		ck_assert_msg(in_child(h) == 0, "%s, %d", harms[_i].says, i);
	}
}
END_TEST

/* Verdicts under another key are of no use, an exclusion is in clear. */
START_TEST(another_key_leaves_what_is_in_clear)
{
	struct address addr = lab_address(1, LAB_DOMAIN);
	const struct store_salvage *told;
	char aside[256];
	struct verdict v;
	struct store *s;

	ck_assert_int_eq(unlink(salvage.lab.key), 0);
	ck_assert_int_eq(store_open_writer(&salvage.lab.p, &s, aside),
	    STORE_OK);
	ck_assert_str_ne(aside, "");
	told = store_salvaged(s);
	ck_assert(told->items[STORE_EXCLUSIONS].whole);
	ck_assert(told->items[STORE_LEDGERS].whole);
	ck_assert(!told->items[STORE_WAITING].whole);
	ck_assert_uint_eq(told->verdicts.saved, 0);
	ck_assert_uint_eq(told->verdicts.had, VERDICTS);
	ck_assert_int_eq(store_get_verdict(s, &addr, &v), STORE_MISS);
	store_close(s);
}
END_TEST

/* Not a bound of speed: that it ends, and what it takes is shown. */
START_TEST(many_verdicts)
{
	unsigned long n, count = (unsigned long)lab_count("RCPTGUARD_SALVAGE",
	    60000), i;
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
	const struct store_salvage *told;
	struct address addr;
	char aside[256];
	struct store *s;
	int64_t began;
	struct stat st;

	salvage_teardown();
	lab_make(&salvage.lab, LAB_MEMORY, 1024 * (uint64_t)MIB);
	s = lab_writer(&salvage.lab);
	for (n = 0; n < count; n += 10000) {
		lab_begin(s);
		for (i = n; i < n + 10000; i++) {
			addr = lab_address(i, LAB_DOMAIN);
			lab_put(s, &addr, &v, NULL);
		}
		lab_commit(s);
	}
	store_close(s);
	ck_assert_int_eq(stat(salvage.lab.data, &st), 0);
	srand(1);
	salvage.page_count = (uint64_t)st.st_size / PAGE;
	/* Some are free, and harm nothing. */
	for (i = 0; i < 40; i++)
		salvage_harm_any();
	began = clock_mono_ms();
	ck_assert_int_eq(store_open_writer(&salvage.lab.p, &s, aside),
	    STORE_OK);
	began = clock_mono_ms() - began;
	told = store_salvaged(s);
	ck_assert_ptr_nonnull(told);
	printf("# %lu verdicts: %lu saved in %lld ms\n", count,
	    (unsigned long)told->verdicts.saved, (long long)began);
	ck_assert_uint_ge(told->verdicts.saved, count / 2);
	store_close(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_salvage");
	TCase *tc = tcase_create("store_salvage");

	tcase_add_checked_fixture(tc, salvage_setup, salvage_teardown);
	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, what_lay_elsewhere_survives);
	tcase_add_test(tc, a_lost_branch_loses_no_leaf);
	tcase_add_loop_test(tc, without_a_header_exclusions_survive, 0,
	    COUNT(harms));
	tcase_add_test(tc, another_key_leaves_what_is_in_clear);
	tcase_add_test(tc, many_verdicts);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
