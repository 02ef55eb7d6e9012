# tests/integration: the programs between a real Postfix or Sendmail and a simnet
INTEGRATION_TESTS = \
	tests/integration/test_answers.py \
	tests/integration/test_budget.py \
	tests/integration/test_canary.py \
	tests/integration/test_cli.py \
	tests/integration/test_rotated.py \
	tests/integration/test_dormant.py \
	tests/integration/test_confined.py \
	tests/integration/test_consent.py \
	tests/integration/test_cost.py \
	tests/integration/test_faults.py \
	tests/integration/test_flood.py \
	tests/integration/test_group.py \
	tests/integration/test_harness.py \
	tests/integration/test_hostile.py \
	tests/integration/test_hostile_shared.py \
	tests/integration/test_hostile_steps.py \
	tests/integration/test_http.py \
	tests/integration/test_hosts.py \
	tests/integration/test_listings.py \
	tests/integration/test_learn.py \
	tests/integration/test_lists.py \
	tests/integration/test_milter_driver.py \
	tests/integration/test_optout.py \
	tests/integration/test_preflight.py \
	tests/integration/test_rdap.py \
	tests/integration/test_report.py \
	tests/integration/test_salvage.py \
	tests/integration/test_probe_stress.py \
	tests/integration/test_milter_postfix.py \
	tests/integration/test_override.py \
	tests/integration/test_second_look.py \
	tests/integration/test_sendmail.py \
	tests/integration/test_sendmail_command.py \
	tests/integration/test_signup.py \
	tests/integration/test_units.py \
	tests/integration/test_web.py \
	tests/integration/test_wishes.py
TESTS += $(INTEGRATION_TESTS)
EXTRA_DIST += $(INTEGRATION_TESTS) \
	tests/integration/confine.py \
	tests/integration/endpoint.py \
	tests/integration/fail_malloc.c \
	tests/integration/preload.h \
	tests/integration/fetch_sendmail \
	tests/integration/guard.py \
	tests/integration/harness.py \
	tests/integration/milter_client.py \
	tests/integration/milter_probe.py \
	tests/integration/postfix.py \
	tests/integration/private_host.c \
	tests/integration/probe_site.py \
	tests/integration/shift_clock.c \
	tests/integration/processes.py \
	tests/integration/tool.py \
	tests/integration/sendmail.py \
	tests/integration/smtpclient.py

# Fills a store as the probe would, for tests and benches of its readers.
check_PROGRAMS += tests/integration/put_verdicts
tests_integration_put_verdicts_SOURCES = tests/integration/put_verdicts.c
tests_integration_put_verdicts_LDADD = $(COMMON_LIBS)
