#include "probe/handshakes.h"
#include "tests/unit/suite.h"
#include "tests/unit/told.h"

#include <string.h>

#define PLACES	2
#define MANY	9
#define LONG_MS	60000
#define SHORT_MS 20

struct session {
	struct handshake handshake;
	char name;
	struct session *ends;		/* when this one begins */
	bool ends_itself;
};

static struct event_base *base;
static struct handshakes *handshakes;
static struct session sessions[MANY];
/* Told: names; "|": a turn of the loop. */

static void
on_begin(void *arg)
{
	struct session *s = arg;

	tell(s->name);
	ck_assert_int_eq(s->handshake.place, HANDSHAKE_HAS_ONE);
	if (s->ends != NULL)
		handshakes_leave(&s->ends->handshake);
	if (s->ends_itself)
		handshakes_leave(&s->handshake);
}

static void
enter(size_t i)
{
	if (handshakes_enter(handshakes, &sessions[i].handshake))
		on_begin(&sessions[i]);
}

static void
leave(size_t i)
{
	handshakes_leave(&sessions[i].handshake);
}

static void
begin_with(int64_t place_ms)
{
	size_t i;

	handshakes = handshakes_create(base, PLACES, place_ms);
	ck_assert_ptr_nonnull(handshakes);
	for (i = 0; i < MANY; i++)
		enter(i);
}

static void
setup(void)
{
	size_t i;

	base = event_base_new();
	memset(sessions, 0, sizeof sessions);
	told[0] = '\0';
	for (i = 0; i < MANY; i++) {
		sessions[i].handshake.begin = on_begin;
		sessions[i].handshake.arg = &sessions[i];
		sessions[i].name = (char)('a' + i);
	}
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		leave(i);
	handshakes_destroy(handshakes);
	event_base_free(base);
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	tell('|');
}

START_TEST(as_many_begin_as_have_a_place)
{
	begin_with(LONG_MS);
	turn();
	told_is("ab|");
}
END_TEST

START_TEST(who_ends_makes_room_for_the_next_in_order)
{
	begin_with(LONG_MS);
	leave(1);
	turn();
	leave(0);
	leave(2);
	turn();
	told_is("abc|de|");
}
END_TEST

START_TEST(nobody_overtakes_who_waits)
{
	begin_with(LONG_MS);
	leave(8);
	leave(0);
	enter(8);
	turn();
	told_is("abc|");
	ck_assert_int_eq(sessions[8].handshake.place, HANDSHAKE_WAITS);
}
END_TEST

START_TEST(who_waits_no_more_is_passed_over)
{
	begin_with(LONG_MS);
	leave(2);
	leave(0);
	turn();
	told_is("abd|");
}
END_TEST

START_TEST(one_that_begins_may_end_another_that_waits)
{
	sessions[2].ends = &sessions[3];
	begin_with(LONG_MS);
	leave(0);
	leave(1);
	turn();
	told_is("abce|");
}
END_TEST

static void
on_other_work(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	tell('.');
}

START_TEST(a_few_begin_and_then_other_work_has_its_turn)
{
	struct event *other = event_new(base, -1, 0, on_other_work, NULL);
	size_t i;

	for (i = 2; i < MANY; i++)
		sessions[i].ends_itself = true;
	begin_with(LONG_MS);
	leave(0);
	event_active(other, EV_TIMEOUT, 0);
	turn();
	told_is("abcdef.ghi|");
	event_free(other);
}
END_TEST

START_TEST(slow_ones_give_their_places_up)
{
	begin_with(SHORT_MS);
	while (strlen(told) < MANY)
		event_base_loop(base, EVLOOP_ONCE);
	told_is("abcdefghi");
}
END_TEST

START_TEST(to_leave_twice_is_to_leave_once)
{
	begin_with(LONG_MS);
	leave(0);
	leave(0);
	turn();
	told_is("abc|");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("handshakes");
	TCase *tc = tcase_create("handshakes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, as_many_begin_as_have_a_place);
	tcase_add_test(tc, who_ends_makes_room_for_the_next_in_order);
	tcase_add_test(tc, nobody_overtakes_who_waits);
	tcase_add_test(tc, who_waits_no_more_is_passed_over);
	tcase_add_test(tc, one_that_begins_may_end_another_that_waits);
	tcase_add_test(tc, a_few_begin_and_then_other_work_has_its_turn);
	tcase_add_test(tc, slow_ones_give_their_places_up);
	tcase_add_test(tc, to_leave_twice_is_to_leave_once);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
