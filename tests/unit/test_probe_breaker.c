/* The probe's breakers, and port 25. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/breaker.h"
#include "probe/port25.h"
#include "tests/unit/suite.h"

#define MINUTE		INT64_C(60000)
#define HOUR		(60 * MINUTE)

static const struct breaker_rule five = { 5, 0, SPAN_HOUR, HOUR, 4 * HOUR };
static const struct breaker_rule ratio = { 3, 50, SPAN_HOUR, 10 * MINUTE,
    HOUR };

/*
 * A script: b and g are outcomes, "?" is whether one may be asked: the answers
 * are compared as a string of y and n. "!" begins a probe, "." is a minute,
 * ":" an hour, "v" an end without an answer, "p" a limit of two minutes that
 * the server names.
 */
static const struct {
	const char *says;
	const struct breaker_rule *rule;
	const char *script, *want;
} rows[] = {
	{ "four bad ones are let pass", &five, "bbbb?", "y" },
	{ "the fifth opens it", &five, "bbbbb?", "n" },
	{ "bad ones of long ago do not count", &five, "bbbb::b?", "y" },
	{ "good ones between do not help where only the number counts",
	    &five, "bgbgbgbgggggggb?", "n" },
	{ "a share: two of two are too few", &ratio, "bb?", "y" },
	{ "a share: three of three", &ratio, "bbb?", "n" },
	{ "a share: three of six are half", &ratio, "gggbbb?", "n" },
	{ "a share: three of seven are less than half", &ratio, "ggggbbb?",
	    "y" },
	{ "the pause ends, and one trial goes", &ratio,
	    "bbb?..........?!?", "nyn" },
	{ "a good trial closes it", &ratio, "bbb..........!g??", "yy" },
	{ "and forgets", &ratio, "bbb..........!gbb?", "y" },
	{ "a bad trial doubles the pause", &ratio,
	    "bbb..........!b..........?..........?", "ny" },
	{ "up to the longest", &ratio,
	    "bbb:!b:!b:!b:!b:!b:?", "y" },
	{ "a lost trial is given up after two minutes", &ratio,
	    "bbb..........!.?.?", "ny" },
	{ "a trial that says nothing makes room for the next", &ratio,
	    "bbb..........!v?", "y" },
	{ "what ends late, from before it opened, does not close it", &ratio,
	    "bbbgg?", "n" },
	{ "nor make the pause longer", &ratio, "bbbbbb..........?", "y" },
	{ "a limit that the server names opens it at once", &five, "gp?.?.?",
	    "nny" },
	{ "and is half-open after it", &five, "p..?!?", "yn" },
	{ "a shorter one does not shorten a pause", &ratio, "bbbp..?", "n" },
};

static void
run(struct breaker *b, const struct breaker_rule *rule, const char *script,
    char *got)
{
	int64_t now = 1000000, retry;

	for (; *script != '\0'; script++) {
		switch (*script) {
		case 'b':
		case 'g':
			breaker_note(b, rule, *script == 'b', now);
			break;
		case '?':
			retry = 0;
			*got = breaker_ask(b, now, &retry) ? 'y' : 'n';
			ck_assert(*got++ == 'y' || retry > now);
			break;
		case '!':
			breaker_begin(b, now);
			break;
		case 'v':
			breaker_void(b);
			break;
		case 'p':
			breaker_pause(b, 2 * MINUTE, now);
			break;
		default:
			now += *script == ':' ? HOUR : MINUTE;
		}
	}
	*got = '\0';
}

START_TEST(a_script)
{
	struct breaker b = { 0 };
	char got[32];

	run(&b, rows[_i].rule, rows[_i].script, got);
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s: %s",
	    rows[_i].says, got);
}
END_TEST

START_TEST(a_restart_keeps_it_open)
{
	struct breaker b = { 0 }, again;
	uint8_t raw[512];
	int64_t now = 1700000000000, retry;
	int i;

	for (i = 0; i < 5; i++)
		breaker_note(&b, &five, true, now + i);
	struct packer p = { raw, raw + sizeof raw, false };
	breaker_pack(&b, &p);
	ck_assert(!p.full);
	struct unpacker u = { raw, p.at, false };
	breaker_unpack(&again, five.span, &u);
	ck_assert(!u.bad && u.at == u.end);
	ck_assert(!breaker_ask(&again, now + HOUR / 2, &retry));
	ck_assert_int_eq(retry, now + 4 + HOUR);
	ck_assert(!breaker_idle(&again, SPAN_HOUR, now));
	ck_assert(breaker_ask(&again, now + 2 * HOUR, &retry));
}
END_TEST

/* "x", "y", "z": a failure at that host; "c" a connection; "?", ".", "!". */
static const struct {
	const char *says, *script, *want;
} ports[] = {
	{ "nine failures are no proof", "xyzxyzxyz?", "y" },
	{ "ten, at three hosts", "xyzxyzxyzx?", "n" },
	{ "ten at two hosts may be those two", "xyxyxyxyxyxyxyxy?", "y" },
	{ "one trial a minute", "xyzxyzxyzx?.?!?.?", "nyny" },
	{ "a connection ends it", "xyzxyzxyzx.!c??", "yy" },
	{ "a connection begins the count anew", "xyzxyzxyzc....x?", "y" },
	{ "a connection of less than a minute ago is an answer to it",
	    "cxyzxyzxyzxyz?", "y" },
	{ "a minute later it is not", "c..xyzxyzxyzx?", "n" },
};

START_TEST(port_25)
{
	struct port25 p = { 0 };
	const char *at;
	char got[32], host[2] = "", *out = got;
	int64_t now = 1000000, retry = 0;

	for (at = ports[_i].script; *at != '\0'; at++) {
		host[0] = *at;
		if (*at == '.')
			now += MINUTE;
		else if (*at == '?')
			*out++ = port25_ask(&p, now, &retry) ? 'y' : 'n';
		else if (*at == '!')
			port25_begin(&p, now);
		else
			port25_note(&p, host, *at == 'c', now);
	}
	*out = '\0';
	ck_assert_msg(strcmp(got, ports[_i].want) == 0, "%s: %s",
	    ports[_i].says, got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("probe breaker");
	TCase *t = tcase_create("breaker");

	tcase_add_loop_test(t, a_script, 0, (int)COUNT(rows));
	tcase_add_test(t, a_restart_keeps_it_open);
	tcase_add_loop_test(t, port_25, 0, (int)COUNT(ports));
	suite_add_tcase(s, t);
	return suite_run(s);
}
