/* The book of lists that name us, round by round; and who is retired. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "probe/listing.h"
#include "probe/retired.h"
#include "tests/unit/suite.h"

#define NOW		INT64_C(1795219200)
#define HOUR		3600
#define DAY		86400
#define IP		"192.0.2.10"
#define ZONE		"bl.example"

static struct listing_book book;

static enum listing_change
note_at(const char *what, const char *zone, enum dnsbl_result result,
    int64_t now)
{
	struct listing_result r = { what, zone, result, "127.0.0.3",
	    "caught", "see us", "https://bl.example/" };
	const struct listing *out;
	enum listing_change change = listings_note(&book, &r, now, &out);

	ck_assert((out != NULL) == (change != LISTING_SAME));
	return change;
}

static unsigned left;

static void
count_left(void *arg, const struct listing *l)
{
	(void)arg;
	(void)l;
	left++;
}

static enum listing_change
a_round(enum dnsbl_result result, int64_t now)
{
	enum listing_change change;

	listings_begin(&book);
	change = note_at(IP, ZONE, result, now);
	listings_end(&book, now, count_left, NULL);
	return change;
}

static void
setup(void)
{
	memset(&book, 0, sizeof book);
	left = 0;
}

/* Rounds by letter: L listed, C clean, U no usable answer. */
static const struct {
	const char *says, *rounds;
	enum listing_change last;
	bool on;
} rows[] = {
	{ "clean from the start", "C", LISTING_SAME, false },
	{ "listed", "L", LISTING_NEW, true },
	{ "listed still", "LL", LISTING_SAME, true },
	{ "off it", "LC", LISTING_GONE, false },
	{ "off it still", "LCC", LISTING_SAME, false },
	{ "on it again is new", "LCL", LISTING_NEW, true },
	{ "a list that is silent does not let go", "LU", LISTING_SAME, true },
	{ "nor after many rounds", "LUUUUUUUU", LISTING_SAME, true },
	{ "a silent list lists nobody", "U", LISTING_SAME, false },
	{ "silent, and off it after that", "LUC", LISTING_GONE, false },
};

START_TEST(rounds)
{
	enum listing_change last = LISTING_SAME;
	const char *r;
	int64_t now = NOW, gone;

	for (r = rows[_i].rounds; *r != '\0'; r++, now += HOUR)
		last = a_round(*r == 'L' ? DNSBL_LISTED : *r == 'C' ?
		    DNSBL_CLEAN : DNSBL_UNKNOWN, now);
	ck_assert_msg(last == rows[_i].last, "%s", rows[_i].says);
	ck_assert_msg(listings_has(&book, IP, &gone) == rows[_i].on, "%s",
	    rows[_i].says);
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(what_is_not_asked_for_leaves)
{
	int64_t gone;

	a_round(DNSBL_LISTED, NOW);
	listings_begin(&book);
	note_at(IP, "other.example", DNSBL_CLEAN, NOW + HOUR);
	listings_end(&book, NOW + HOUR, count_left, NULL);
	ck_assert_uint_eq(left, 1);
	ck_assert(!listings_has(&book, IP, &gone));
	ck_assert_int_eq(gone, 0);
}
END_TEST

START_TEST(what_is_gone_is_kept_for_a_while)
{
	int64_t gone;

	a_round(DNSBL_LISTED, NOW);
	a_round(DNSBL_CLEAN, NOW + HOUR);
	a_round(DNSBL_CLEAN, NOW + HOUR + LISTING_KEPT_S - 1);
	ck_assert(!listings_has(&book, IP, &gone));
	ck_assert_int_eq(gone, NOW + HOUR);
	a_round(DNSBL_CLEAN, NOW + HOUR + LISTING_KEPT_S);
	ck_assert_uint_eq(left, 1);
	ck_assert_uint_eq(book.count, 0);
}
END_TEST

START_TEST(a_ticket_ends_with_its_listing)
{
	struct listing *l;

	a_round(DNSBL_LISTED, NOW);
	l = listings_find(&book, IP, ZONE);
	l->ticket = TICKET_REQUESTED;
	l->ticket_at = NOW;
	text_copy(l->note, "17", sizeof l->note);
	a_round(DNSBL_CLEAN, NOW + HOUR);
	ck_assert_int_eq(l->ticket, TICKET_CLOSED);
	a_round(DNSBL_LISTED, NOW + DAY);	/* another one: no ticket yet */
	ck_assert_int_eq(l->ticket, TICKET_NONE);
	ck_assert_str_eq(l->note, "");
	ck_assert_int_eq(l->since, NOW + DAY);
}
END_TEST

/* The next round, after one at NOW. */
static const struct {
	const char *says;
	enum ticket_state ticket;
	int64_t ticket_at, now, wait;
} waits[] = {
	{ "hourly", TICKET_NONE, 0, NOW, HOUR },
	{ "the rest of the hour", TICKET_NONE, 0, NOW + 600, HOUR - 600 },
	{ "overdue", TICKET_NONE, 0, NOW + 9999, 1 },
	{ "sooner after a request", TICKET_REQUESTED, NOW + 60, NOW + 60,
	    LISTING_SOON_S },
	{ "not later than the hour", TICKET_REQUESTED, NOW + 3000,
	    NOW + 3000, 600 },
	{ "once only", TICKET_REQUESTED, NOW - LISTING_SOON_S, NOW, HOUR },
	{ "not when it is closed", TICKET_CLOSED, NOW + 60, NOW + 60,
	    HOUR - 60 },
	{ "a clock set back does not put it off", TICKET_NONE, 0,
	    NOW - 30 * DAY, HOUR },
};

START_TEST(the_next_round)
{
	struct listing *l;

	a_round(DNSBL_LISTED, NOW);
	l = listings_find(&book, IP, ZONE);
	l->ticket = waits[_i].ticket;
	l->ticket_at = waits[_i].ticket_at;
	ck_assert_msg(listings_wait(&book, NOW, waits[_i].now) ==
	    waits[_i].wait, "%s: %lld", waits[_i].says,
	    (long long)listings_wait(&book, NOW, waits[_i].now));
}
END_TEST

START_TEST(a_list_breaks_after_rounds_in_a_row)
{
	static const struct {
		enum dnsbl_result result;
		enum list_change change;
	} steps[] = {
		{ DNSBL_UNKNOWN, LIST_SAME }, { DNSBL_CLEAN, LIST_SAME },
		{ DNSBL_UNKNOWN, LIST_SAME }, { DNSBL_UNKNOWN, LIST_BROKE },
		{ DNSBL_UNKNOWN, LIST_SAME }, { DNSBL_LISTED, LIST_WORKS },
		{ DNSBL_CLEAN, LIST_SAME },
	};
	size_t i;

	for (i = 0; i < COUNT(steps); i++) {
		a_round(steps[i].result, NOW + (int64_t)i * HOUR);
		ck_assert_uint_eq(book.list_count, 1);
		ck_assert_msg(listings_health(&book, 0) == steps[i].change,
		    "step %zu", i);
	}
}
END_TEST

START_TEST(a_full_book_forgets_the_oldest_that_is_gone)
{
	char ip[32];
	unsigned i;

	listings_begin(&book);
	for (i = 0; i < LISTINGS_MAX; i++) {
		snprintf(ip, sizeof ip, "192.0.2.%u", i);
		ck_assert_int_eq(note_at(ip, ZONE, DNSBL_LISTED, NOW),
		    LISTING_NEW);
	}
	ck_assert_int_eq(note_at("192.0.2.200", ZONE, DNSBL_LISTED, NOW),
	    LISTING_SAME);
	note_at("192.0.2.3", ZONE, DNSBL_CLEAN, NOW + 2);
	note_at("192.0.2.5", ZONE, DNSBL_CLEAN, NOW + 1);
	ck_assert_int_eq(note_at("192.0.2.200", ZONE, DNSBL_LISTED, NOW),
	    LISTING_NEW);
	ck_assert_ptr_null(listings_find(&book, "192.0.2.5", ZONE));
	ck_assert_ptr_nonnull(listings_find(&book, "192.0.2.3", ZONE));
}
END_TEST

START_TEST(a_listing_there_and_back)
{
	struct listing back, *l;
	struct jval *o;

	a_round(DNSBL_LISTED, NOW);
	l = listings_find(&book, IP, ZONE);
	l->ticket = TICKET_REQUESTED;
	l->ticket_at = NOW + 5;
	l->ticket_by = 1000;
	l->gone_at = NOW + 9;
	text_copy(l->note, "ticket 17", sizeof l->note);
	o = listing_value(l);
	ck_assert(listing_read(o, &back));
	back.round = l->round;
	ck_assert_mem_eq(&back, l, sizeof back);
	jval_free(o);
	o = jval_parse("{}", 2);
	ck_assert(!listing_read(o, &back));
	jval_free(o);
}
END_TEST

/* --- a source's rest ------------------------------------------------------ */

static const struct {
	const char *says;
	int64_t gone_at, listed_at, now;
	bool on, clean;
} cleans[] = {
	{ "on a list", 0, 0, NOW + 99 * DAY, true, false },
	{ "just off it", NOW, NOW, NOW + 60, false, false },
	{ "almost a week", NOW, NOW, NOW + 7 * DAY - 1, false, false },
	{ "a week", NOW, NOW, NOW + 7 * DAY, false, true },
	{ "after a restart, by the book", NOW, 0, NOW + 7 * DAY, false,
	    true },
	{ "after a restart, and the book was lost", 0, 0, NOW + 99 * DAY,
	    false, false },
	{ "off another one of late", NOW + 6 * DAY, NOW, NOW + 7 * DAY,
	    false, false },
};

START_TEST(a_rest_ends_when_clean)
{
	struct source s = { .rests = REST_LISTED,
	    .listed_at = cleans[_i].listed_at };

	ck_assert_msg(source_is_clean(&s, cleans[_i].on, cleans[_i].gone_at,
	    7 * DAY, cleans[_i].now) == cleans[_i].clean, "%s",
	    cleans[_i].says);
	s.rests = REST_ADMIN;
	ck_assert(!source_is_clean(&s, false, 1, 7 * DAY, NOW));
}
END_TEST

/* --- retired -------------------------------------------------------------- */

static struct retirement
retirement(const char *addr, const char *by)
{
	struct retirement r = { .at = NOW, .user = 3, .step = 4,
	    .recovering = true };

	text_copy(r.cause, "listed for good", sizeof r.cause);
	ck_assert(net_addr_parse(addr, &r.addr));
	if (by != NULL)
		ck_assert(net_addr_parse(by, &r.by));
	return r;
}

static const struct {
	const char *says, *addr, *by;
	enum retired_status status;
} adds[] = {
	{ "one more", "192.0.2.9", NULL, RETIRED_OK },
	{ "and what replaces it", "192.0.2.9", "192.0.2.8", RETIRED_OK },
	{ "the replacement, later", "192.0.2.2", "192.0.2.3", RETIRED_OK },
	{ "twice", "192.0.2.1", NULL, RETIRED_ALREADY },
	{ "by itself", "192.0.2.9", "192.0.2.9", RETIRED_SELF },
	{ "by a retired one", "192.0.2.9", "192.0.2.1", RETIRED_BY_RETIRED },
	{ "by one that replaces another", "192.0.2.9", "192.0.2.2",
	    RETIRED_TAKEN },
};

START_TEST(who_may_be_retired)
{
	static struct retired set;
	struct retirement r = retirement("192.0.2.1", "192.0.2.2");
	size_t n;

	set.count = 0;
	ck_assert_int_eq(retired_add(&set, &r), RETIRED_OK);
	n = set.count;
	r = retirement(adds[_i].addr, adds[_i].by);
	ck_assert_msg(retired_add(&set, &r) == adds[_i].status, "%s",
	    adds[_i].says);
	ck_assert_uint_eq(set.count, n + (adds[_i].status == RETIRED_OK));
	ck_assert((retired_text(adds[_i].status)[0] == '\0') ==
	    (adds[_i].status == RETIRED_OK));
}
END_TEST

START_TEST(a_replacement_proves_itself_once)
{
	static struct source_pool pool;
	static struct retired set;
	struct retirement r = retirement("192.0.2.1", "192.0.2.2");
	struct source_choice c;

	set.count = 0;
	memset(&pool, 0, sizeof pool);
	pool.count = 2;
	pool.items[0].addr = r.addr;
	pool.items[1].addr = r.by;
	ck_assert_int_eq(retired_add(&set, &r), RETIRED_OK);
	retired_apply(&set, &pool);
	ck_assert_uint_eq(pool.items[0].rests, REST_RETIRED);
	ck_assert_uint_eq(pool.items[1].rests, REST_PREFLIGHT);
	ck_assert(pool.items[1].proving);
	ck_assert(!source_choose(&pool, "p", AF_INET, NOW, &c));
	ck_assert_ptr_nonnull(retired_proves(&set, &pool.items[1]));
	ck_assert(!pool.items[1].proving);
	ck_assert_ptr_null(retired_proves(&set, &pool.items[1]));
	pool.items[1].rests = 0;
	retired_apply(&set, &pool);
	ck_assert_uint_eq(pool.items[1].rests, 0);
	ck_assert(source_choose(&pool, "p", AF_INET, NOW, &c));
	ck_assert_ptr_eq(c.source, &pool.items[1]);
	ck_assert(retired_remove(&set, &r.addr));
	ck_assert(!retired_remove(&set, &r.addr));
	retired_apply(&set, &pool);
	ck_assert_uint_eq(pool.items[0].rests, 0);
}
END_TEST

/* It is given up: going on from the next address is what the admin wants. */
START_TEST(a_listed_one_that_is_retired_holds_nobody)
{
	static struct source_pool pool;
	struct retirement r = retirement("192.0.2.1", NULL);
	static struct retired set;
	struct source_choice c;
	char name[16];
	int i;

	set.count = 0;
	memset(&pool, 0, sizeof pool);
	pool.count = 2;
	pool.items[0].addr = r.addr;
	ck_assert(net_addr_parse("192.0.2.2", &pool.items[1].addr));
	source_rest(&pool.items[0], REST_LISTED, NOW, "bl");
	ck_assert_int_eq(retired_add(&set, &r), RETIRED_OK);
	retired_apply(&set, &pool);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "p%d", i);
		ck_assert(source_choose(&pool, name, AF_INET, NOW + 1, &c));
		ck_assert_ptr_eq(c.source, &pool.items[1]);
	}
}
END_TEST

START_TEST(a_retirement_there_and_back)
{
	struct retirement r = retirement("192.0.2.1", "2001:db8::1"), back;
	struct jval *o = retirement_value(&r);

	ck_assert(retirement_read(o, &back));
	ck_assert(net_addr_equal(&back.addr, &r.addr));
	ck_assert(net_addr_equal(&back.by, &r.by));
	ck_assert_str_eq(back.cause, r.cause);
	ck_assert_int_eq(back.at, r.at);
	ck_assert_uint_eq(back.user, 3);
	ck_assert_uint_eq(back.step, 4);
	ck_assert(back.recovering && !back.proven);
	jval_free(o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listing");
	TCase *tc = tcase_create("listing");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, rounds, 0, COUNT(rows));
	tcase_add_test(tc, what_is_not_asked_for_leaves);
	tcase_add_test(tc, what_is_gone_is_kept_for_a_while);
	tcase_add_test(tc, a_ticket_ends_with_its_listing);
	tcase_add_loop_test(tc, the_next_round, 0, COUNT(waits));
	tcase_add_test(tc, a_list_breaks_after_rounds_in_a_row);
	tcase_add_test(tc, a_full_book_forgets_the_oldest_that_is_gone);
	tcase_add_test(tc, a_listing_there_and_back);
	tcase_add_loop_test(tc, a_rest_ends_when_clean, 0, COUNT(cleans));
	tcase_add_loop_test(tc, who_may_be_retired, 0, COUNT(adds));
	tcase_add_test(tc, a_replacement_proves_itself_once);
	tcase_add_test(tc, a_listed_one_that_is_retired_holds_nobody);
	tcase_add_test(tc, a_retirement_there_and_back);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
