#include "probe/parking.h"
#include "tests/unit/suite.h"
#include "tests/unit/told.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECES	3
#define MANY	9

struct car {
	struct parked parked;
	char name;
	int fd, far;			/* far: the peer's end */
	struct car *drives_off;		/* when this one is ready */
	bool comes_back;
};

static struct event_base *base;
static struct parking *parking;
static struct car cars[MANY];
/* Told: names; "|": a turn of the loop. */

static void
enter(struct car *c)
{
	ck_assert(parking_enter(parking, &c->parked, c->fd));
	ck_assert_ptr_eq(c->parked.parking, parking);
}

static void
on_ready(void *arg)
{
	struct car *c = arg;

	ck_assert_ptr_null(c->parked.parking);
	tell(c->name);
	if (c->drives_off != NULL)
		parking_leave(&c->drives_off->parked);
	if (c->comes_back) {
		c->comes_back = false;
		enter(c);
	}
}

static void
setup(void)
{
	size_t i;
	int ends[2];

	base = event_base_new();
	parking = parking_create(base, PIECES);
	ck_assert_ptr_nonnull(parking);
	memset(cars, 0, sizeof cars);
	for (i = 0; i < MANY; i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM |
		    SOCK_NONBLOCK, 0, ends), 0);
		cars[i].parked.ready = on_ready;
		cars[i].parked.arg = &cars[i];
		cars[i].name = (char)('a' + i);
		cars[i].fd = ends[0];
		cars[i].far = ends[1];
		enter(&cars[i]);
	}
	told[0] = '\0';
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		parking_leave(&cars[i].parked);
		close(cars[i].fd);
		close(cars[i].far);
	}
	parking_destroy(parking);
	event_base_free(base);
}

static void
say(struct car *c)
{
	ck_assert_int_eq((int)write(c->far, "220", 3), 3);
}

static void
say_all(void)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		say(&cars[i]);
}

/* What is told in so many turns. */
static void
turns(unsigned n, const char *expected)
{
	while (n-- > 0) {
		event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		tell('|');
	}
	told_is(expected);
}

START_TEST(only_so_many_are_told_of_in_one_turn)
{
	say_all();
	turns(4, "abc|def|ghi||");
}
END_TEST

START_TEST(who_was_told_is_not_told_again_though_nobody_has_read)
{
	say(&cars[1]);
	turns(2, "b||");
	say(&cars[1]);
	turns(1, "|");
}
END_TEST

START_TEST(who_parks_again_with_something_unread_is_told_again)
{
	cars[1].comes_back = true;
	say(&cars[1]);
	turns(2, "bb||");
}
END_TEST

START_TEST(who_left_is_not_told)
{
	say_all();
	parking_leave(&cars[1].parked);
	parking_leave(&cars[1].parked);
	turns(3, "acd|efg|hi|");
}
END_TEST

START_TEST(who_leaves_for_another_in_the_same_turn_is_not_told)
{
	say_all();
	cars[0].drives_off = &cars[1];
	turns(1, "acd|");
}
END_TEST

START_TEST(that_the_peer_has_gone_is_told_too)
{
	shutdown(cars[2].far, SHUT_WR);
	turns(1, "c|");
	close(cars[3].far);
	cars[3].far = dup(cars[2].far);
	turns(1, "d|");
}
END_TEST

START_TEST(what_is_no_descriptor_is_refused)
{
	struct parked k = { .ready = on_ready };

	ck_assert(!parking_enter(parking, &k, -1));
	ck_assert_ptr_null(k.parking);
	parking_leave(&k);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parking");
	TCase *tc = tcase_create("parking");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, only_so_many_are_told_of_in_one_turn);
	tcase_add_test(tc,
	    who_was_told_is_not_told_again_though_nobody_has_read);
	tcase_add_test(tc,
	    who_parks_again_with_something_unread_is_told_again);
	tcase_add_test(tc, who_left_is_not_told);
	tcase_add_test(tc,
	    who_leaves_for_another_in_the_same_turn_is_not_told);
	tcase_add_test(tc, that_the_peer_has_gone_is_told_too);
	tcase_add_test(tc, what_is_no_descriptor_is_refused);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
