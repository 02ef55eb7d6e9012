/* rcptguard.conf as text: what is taken and what it means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_units.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

START_TEST(defaults_in_force)
{
	const struct conf *c = must_load("t", WHO);

	ck_assert_str_eq(c->file, "t");
	ck_assert_str_eq(c->state_dir, "/var/lib/rcptguard");
	ck_assert_str_eq(c->run_dir, "/run/rcptguard");
	ck_assert_str_eq(c->identity.helo, "v.example.com");
	ck_assert_str_eq(c->identity.sender, "p@v.example.com");
	ck_assert_uint_eq(c->identity.source_count, 0);
	ck_assert_uint_eq(c->dns.server_count, 0);
	ck_assert_int_eq(c->dns.timeout_ms, 2000);
	ck_assert_int_eq(c->dns.tries, 2);
	ck_assert_int_eq(c->smtp.port, 25);
	ck_assert_int_eq(c->smtp.connect_timeout_ms, 5000);
	ck_assert_int_eq(c->smtp.reply_timeout_ms, 10000);
	ck_assert_int_eq(c->smtp.session_timeout_ms, 30000);
	ck_assert_int_eq(c->smtp.tls, TLS_MAY);
	ck_assert_int_eq(c->smtp.per_mx, 2);
	ck_assert_int_eq(c->store.max_size, 1 << 30);
	ck_assert_int_eq(c->store.positive_refresh_s, 7 * 86400);
	ck_assert_int_eq(c->store.positive_expire_s, 31 * 86400);
	ck_assert_int_eq(c->store.negative_refresh_s, 3 * 3600);
	ck_assert_int_eq(c->store.negative_expire_s, 3 * 86400);
	ck_assert_int_eq(c->store.unknown_expire_s, 900);
	ck_assert(c->budget.enabled && c->log.addresses_clear &&
	    !c->log.debug);
	ck_assert_str_eq(c->budget.all,
	    "20/second 300/minute 5000/hour 50000/day");
	ck_assert_str_eq(c->budget.source,
	    "10/second 200/minute 3000/hour 30000/day");
	ck_assert_str_eq(c->budget.provider, "10/minute 100/hour 1000/day");
	ck_assert_str_eq(c->budget.domain, "10/minute 100/hour 500/day");
	ck_assert_str_eq(c->budget.mail_host, "20/minute 300/hour 2000/day");
	ck_assert_str_eq(c->budget.warmup,
	    "100/day 1000/week 100000/month 100000/day");
	ck_assert_int_eq(c->budget.spacing_ms, 200);
	ck_assert_int_eq(c->budget.unknown_per_domain, 5);
	ck_assert(c->budget.unknown_ratio > 0.19 &&
	    c->budget.unknown_ratio < 0.21);
	ck_assert_int_eq(c->probe.metrics.port, 9325);
	ck_assert_int_eq(c->probe.queue, 5000);
	ck_assert_int_eq(c->probe.parallel, 200);
	ck_assert_uint_eq(c->guard_count, 0);
	conf_unref(c);
}
END_TEST

START_TEST(a_guard_and_a_source)
{
	const struct conf *c = must_load("t", MORE("sources = ( "
	    "{ address = \"192.0.2.10\"; since = \"2024-02-29\"; }, "
	    "{ address = \"2001:db8::1\"; helo = \"w.example.com\"; } );")
	    "guards = ( { name = \"signup\"; match: { auth = [ \"shop\" ]; "
	    "client = [ \"10.0.0.0/8\", \"::1\" ]; "
	    "sender = ( \"a@b.example\", \"@c.example\", \".d.example\" ); };"
	    " mode = \"enforce\"; wait = \"500ms\";"
	    " actions: { undeliverable = \"reject\"; risky = \"hold\"; }; }"
	    ", { name = \"rest\"; verify = \"sender\"; } );"
	    "dns: { servers = [ \"127.0.0.1\", \"[::1]:5353\" ]; };"
	    "smtp: { tls = \"never\"; }; log: { addresses = \"domain\"; };"
	    "probe: { metrics = \"\"; };");
	const struct conf_guard *g = &c->guards[0];

	ck_assert_uint_eq(c->identity.source_count, 2);
	ck_assert_int_eq(c->identity.sources[0].address.family, AF_INET);
	ck_assert_str_eq(c->identity.sources[0].since, "2024-02-29");
	ck_assert_int_eq(c->identity.sources[1].address.family, AF_INET6);
	ck_assert_str_eq(c->identity.sources[1].helo, "w.example.com");
	ck_assert_uint_eq(c->dns.server_count, 2);
	ck_assert_int_eq(c->dns.servers[0].port, 53);
	ck_assert_int_eq(c->dns.servers[1].port, 5353);
	ck_assert_int_eq(c->smtp.tls, TLS_NEVER);
	ck_assert(!c->log.addresses_clear);
	ck_assert_int_eq(c->probe.metrics.port, 0);
	ck_assert_uint_eq(c->guard_count, 2);
	ck_assert_str_eq(g->auth.items[0], "shop");
	ck_assert_uint_eq(g->client.count, 2);
	ck_assert_uint_eq(g->client.items[1].prefix, 128);
	ck_assert_uint_eq(g->sender.count, 3);
	ck_assert_int_eq(g->mode, MODE_ENFORCE);
	ck_assert_int_eq(g->wait_ms, 500);
	ck_assert_int_eq(g->actions[STATE_UNDELIVERABLE], ACTION_REJECT);
	ck_assert_int_eq(g->actions[STATE_RISKY], ACTION_HOLD);
	g++;
	ck_assert_int_eq(g->verify, VERIFY_SENDER);
	ck_assert_int_eq(g->mode, MODE_OBSERVE);
	ck_assert_int_eq(g->wait_ms, 3000);
	for (int s = 0; s < STATE_COUNT; s++)
		ck_assert_int_eq(g->actions[s], s == STATE_UNDELIVERABLE ||
		    s == STATE_PENDING ? ACTION_TEMPFAIL : ACTION_ACCEPT);
	ck_assert(g->flood.undeliverable_ratio == 0.3);
	ck_assert_int_eq(g->flood.per_mailbox_window_s, 3600);
	conf_unref(c);
}
END_TEST

/* Every reason is a key, and rule R1 holds for each. */
START_TEST(each_reason_has_its_action)
{
	enum verdict_reason reason = verdict_reason_at((unsigned)_i), other;
	bool bad = verdict_state_of(reason) == STATE_UNDELIVERABLE;
	const char *word = verdict_reason_word(reason);
	struct conf_errors e;
	const struct conf *c;
	char text[512];
	unsigned n;

	snprintf(text, sizeof text, WHO "guards = ( { name = \"a\"; "
	    "actions: { %s = \"hold\"; }; } );", word);
	c = must_load("t", text);
	for (n = 0; (other = verdict_reason_at(n)) != 0; n++)
		ck_assert_msg((conf_guard_action(&c->guards[0], other) ==
		    ACTION_HOLD) == (other == reason), "%s", word);
	conf_unref(c);

	snprintf(text, sizeof text, WHO "guards = ( { name = \"a\"; "
	    "actions: { %s = \"reject\"; }; } );", word);
	conf_errors_init(&e);
	c = conf_load_text("t", text, strlen(text), &e);
	ck_assert_msg((c != NULL) == bad, "%s", word);
	conf_unref(c);
	conf_errors_clear(&e);
}
END_TEST

static const struct {
	const char *says, *given, *kept;	/* kept NULL: refused */
} sockets[] = {
	{ "unix", "unix:/run/m.sock", "unix:/run/m.sock" },
	{ "local", "local:/run/m.sock", "local:/run/m.sock" },
	{ "inet as libmilter", "inet:8891@127.0.0.1", "inet:8891@127.0.0.1" },
	{ "inet as Postfix", "inet:127.0.0.1:8891", "inet:8891@127.0.0.1" },
	{ "inet by name", "inet:localhost:8891", "inet:8891@localhost" },
	{ "inet6", "inet6:8891@::1", "inet6:8891@[::1]" },
	{ "inet6 in brackets", "inet6:8891@[::1]", "inet6:8891@[::1]" },
	{ "inet6 as Postfix", "inet6:[::1]:8891", "inet6:8891@[::1]" },
	{ "a relative path", "unix:m.sock", NULL },
	{ "no path", "unix:", NULL },
	{ "no port", "inet:localhost", NULL },
	{ "no host: all the world", "inet:8891", NULL },
	{ "an empty host", "inet:8891@", NULL },
	{ "port 0", "inet:0@localhost", NULL },
	{ "port 65536", "inet:65536@localhost", NULL },
	{ "a service name", "inet:smtp@localhost", NULL },
	{ "IPv6 as inet", "inet:8891@::1", NULL },
	{ "IPv4 as inet6", "inet6:8891@127.0.0.1", NULL },
	{ "a path over 107 octets", "unix:/2345678901234567890123456789012345"
	    "6789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789", NULL },
};

START_TEST(milter_sockets)
{
	char text[512];

	for (size_t i = 0; i < COUNT(sockets); i++) {
		struct conf_errors e;
		const struct conf *c;

		conf_errors_init(&e);
		snprintf(text, sizeof text, WHO "milter: { socket = \"%s\"; };",
		    sockets[i].given);
		c = conf_load_text("t", text, strlen(text), &e);
		ck_assert_msg((c != NULL) == (sockets[i].kept != NULL),
		    "%s", sockets[i].says);
		if (c != NULL)
			ck_assert_str_eq(c->milter.socket, sockets[i].kept);
		conf_unref(c);
		conf_errors_clear(&e);
	}
}
END_TEST

static const struct {
	const char *says, *text;
	int64_t want;			/* -1: refused */
} durations[] = {
	{ "milliseconds", "500ms", 500 },
	{ "seconds", "5s", 5000 },
	{ "minutes", "15m", 900000 },
	{ "hours", "3h", 10800000 },
	{ "days", "31d", INT64_C(2678400000) },
	{ "weeks", "2w", INT64_C(1209600000) },
	{ "nothing", "0s", 0 },
	{ "leading zeros", "007s", 7000 },
	{ "no text", "", -1 },
	{ "no number", "s", -1 },
	{ "no unit", "5", -1 },
	{ "a blank", "5 s", -1 },
	{ "a sign", "-5s", -1 },
	{ "a fraction", "1.5s", -1 },
	{ "capitals", "5S", -1 },
	{ "more after it", "5s ", -1 },
	{ "a product over 63 bits", "9223372036854775807w", -1 },
	{ "a number over 63 bits", "9223372036854775808ms", -1 },
	{ "the most of 63 bits", "9223372036854775807ms", INT64_MAX },
}, size_rows[] = {
	{ "octets", "1B", 1 },
	{ "kibi", "1KiB", 1024 },
	{ "mebi", "64MiB", INT64_C(64) << 20 },
	{ "gibi", "1GiB", INT64_C(1) << 30 },
	{ "tebi", "2TiB", INT64_C(2) << 40 },
	{ "kilo", "1kB", -1 },
	{ "no unit", "1024", -1 },
	{ "a size over 63 bits", "8388608TiB", -1 },
};

START_TEST(units)
{
	for (size_t i = 0; i < COUNT(durations); i++) {
		int64_t got = -1;
		bool ok = conf_parse_duration_ms(durations[i].text, &got);

		ck_assert_msg(ok == (durations[i].want != -1) &&
		    got == durations[i].want, "%s", durations[i].says);
	}
	for (size_t i = 0; i < COUNT(size_rows); i++) {
		int64_t got = -1;
		bool ok = conf_read_size(size_rows[i].text, &got) == NULL;

		ck_assert_msg(ok == (size_rows[i].want != -1) &&
		    (!ok || got == size_rows[i].want), "%s",
		    size_rows[i].says);
	}
}
END_TEST

static const struct {
	const char *says, *text, *warnings;
} warned[] = {
	{ "no guard", WHO,
	    "t: there is no guard, so nothing is verified; add one to "
	    "guards\n" },
	{ "a guard that hides others", WHO "guards = (\n{ name = \"a\"; },\n"
	    "{ name = \"b\"; } );",
	    "t:3: the guard \"a\" matches everything, so those after it never "
	    "apply; put it last\n" },
	{ "every network allowed", GUARD("") "smtp: { allow_networks = [ "
	    "\"0.0.0.0/0\" ]; };",
	    "t:3: smtp.allow_networks lets probes go to every private "
	    "address; name only your own relays\n" },
	{ "nothing odd", GUARD(""), "" },
};

START_TEST(warnings)
{
	for (size_t i = 0; i < COUNT(warned); i++) {
		const struct conf *c = must_load("t", warned[i].text);
		struct conf_errors w;
		char *got;

		conf_errors_init(&w);
		conf_warnings(c, &w);
		got = messages_of(&w);
		ck_assert_msg(strcmp(got, warned[i].warnings) == 0,
		    "%s: %s", warned[i].says, got);
		free(got);
		conf_errors_clear(&w);
		conf_unref(c);
	}
}
END_TEST

START_TEST(paths)
{
	const struct conf *c = must_load("t", WHO), *d = must_load("t", WHO
	    "probe: { socket = \"/p/s\"; }; store: { path = \"/q/v.mdb\"; };"
	    "milter: { socket = \"inet:1@localhost\"; };");
	struct {
		char *got;
		const char *want;
	} rows[] = {
		{ conf_probe_socket(c), "/run/rcptguard/probe.sock" },
		{ conf_probe_socket(d), "/p/s" },
		{ conf_store_path(c), "/var/lib/rcptguard/verdicts.mdb" },
		{ conf_store_path(d), "/q/v.mdb" },
		{ conf_probe_lock(c), "/var/lib/rcptguard/probe.lock" },
		{ conf_probe_lock(d), "/q/probe.lock" },
		{ conf_milter_lock(c),
		    "/var/spool/postfix/rcptguard/milter.sock.lock" },
		{ conf_milter_lock(d), "/run/rcptguard/milter.lock" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_str_eq(rows[i].got, rows[i].want);
		free(rows[i].got);
	}
	conf_unref(c);
	conf_unref(d);
}
END_TEST

START_TEST(a_comment_may_end_the_file)
{
	conf_unref(must_load("t", WHO "# the end"));
	conf_unref(must_load("t", WHO "// the end"));
	conf_unref(must_load("t", WHO "/* the end */"));
}
END_TEST

START_TEST(counted)
{
	const struct conf *c = must_load("t", WHO);

	ck_assert_ptr_eq(conf_ref(c), c);
	conf_unref(c);
	ck_assert_str_eq(c->identity.helo, "v.example.com");
	conf_unref(c);
	conf_unref(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_taken");
	TCase *t = tcase_create("text");
	int n;

	tcase_set_timeout(t, 30);
	tcase_add_test(t, defaults_in_force);
	tcase_add_test(t, a_guard_and_a_source);
	for (n = 0; verdict_reason_at((unsigned)n) != 0; n++)
		continue;
	tcase_add_loop_test(t, each_reason_has_its_action, 0, n);
	tcase_add_test(t, milter_sockets);
	tcase_add_test(t, units);
	tcase_add_test(t, warnings);
	tcase_add_test(t, paths);
	tcase_add_test(t, a_comment_may_end_the_file);
	tcase_add_test(t, counted);
	suite_add_tcase(s, t);
	return suite_run(s);
}
