# tests/unit
EXTRA_DIST += tests/unit/suite.h tests/unit/told.h

check_PROGRAMS += tests/unit/test_text
TESTS += tests/unit/test_text
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_text_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_address
TESTS += tests/unit/test_address
tests_unit_test_address_SOURCES = tests/unit/test_address.c
tests_unit_test_address_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_address_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_address_forms
TESTS += tests/unit/test_address_forms
tests_unit_test_address_forms_SOURCES = tests/unit/test_address_forms.c
tests_unit_test_address_forms_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_address_forms_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_address_refused
TESTS += tests/unit/test_address_refused
tests_unit_test_address_refused_SOURCES = tests/unit/test_address_refused.c
tests_unit_test_address_refused_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(IDN2_CFLAGS)
tests_unit_test_address_refused_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=idn2_to_ascii_8z,--wrap=idn2_to_unicode_8z8z
tests_unit_test_address_refused_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_net
TESTS += tests/unit/test_net
tests_unit_test_net_SOURCES = tests/unit/test_net.c
tests_unit_test_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_net_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_clock
TESTS += tests/unit/test_clock
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_clock_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_lock
TESTS += tests/unit/test_lock
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lock_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_log
TESTS += tests/unit/test_log
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_log_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_stage
TESTS += tests/unit/test_stage
tests_unit_test_stage_SOURCES = tests/unit/test_stage.c
tests_unit_test_stage_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_stage_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_verdict
TESTS += tests/unit/test_verdict
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c
tests_unit_test_verdict_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_verdict_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_reply
TESTS += tests/unit/test_reply
tests_unit_test_reply_SOURCES = tests/unit/test_reply.c
tests_unit_test_reply_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_reply_LDADD = probe/libprobe_pure.a $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_wire
TESTS += tests/unit/test_wire
tests_unit_test_wire_SOURCES = tests/unit/test_wire.c
tests_unit_test_wire_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_wire_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_wire_client
TESTS += tests/unit/test_wire_client
tests_unit_test_wire_client_SOURCES = tests/unit/test_wire_client.c \
	tests/unit/wire_peer.c tests/unit/wire_peer.h
tests_unit_test_wire_client_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_wire_client_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_smtp
TESTS += tests/unit/test_smtp
tests_unit_test_smtp_SOURCES = tests/unit/test_smtp.c \
	tests/unit/smtp_rows.c tests/unit/smtp_rows.h
tests_unit_test_smtp_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_smtp_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_smtp_group
TESTS += tests/unit/test_smtp_group
tests_unit_test_smtp_group_SOURCES = tests/unit/test_smtp_group.c \
	tests/unit/smtp_rows.c tests/unit/smtp_rows.h
tests_unit_test_smtp_group_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_smtp_group_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_record
TESTS += tests/unit/test_record
tests_unit_test_record_SOURCES = tests/unit/test_record.c
tests_unit_test_record_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_record_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_evidence
TESTS += tests/unit/test_evidence
tests_unit_test_evidence_SOURCES = tests/unit/test_evidence.c
tests_unit_test_evidence_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_evidence_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_jval
TESTS += tests/unit/test_jval
tests_unit_test_jval_SOURCES = tests/unit/test_jval.c
tests_unit_test_jval_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_jval_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_http_url
TESTS += tests/unit/test_http_url
tests_unit_test_http_url_SOURCES = tests/unit/test_http_url.c
tests_unit_test_http_url_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_http_url_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_verdict_line
TESTS += tests/unit/test_verdict_line
tests_unit_test_verdict_line_SOURCES = tests/unit/test_verdict_line.c
tests_unit_test_verdict_line_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_verdict_line_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_mx
TESTS += tests/unit/test_mx
tests_unit_test_mx_SOURCES = tests/unit/test_mx.c
tests_unit_test_mx_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_mx_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_conf
TESTS += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_conf_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_conf_whole
TESTS += tests/unit/test_conf_whole
tests_unit_test_conf_whole_SOURCES = tests/unit/test_conf_whole.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_whole_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_conf_whole_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_conf_taken
TESTS += tests/unit/test_conf_taken
tests_unit_test_conf_taken_SOURCES = tests/unit/test_conf_taken.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_taken_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) \
	$(JANSSON_CFLAGS)
tests_unit_test_conf_taken_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_conf_printed
TESTS += tests/unit/test_conf_printed
tests_unit_test_conf_printed_SOURCES = tests/unit/test_conf_printed.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_printed_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) \
	$(JANSSON_CFLAGS)
tests_unit_test_conf_printed_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_conf_file
TESTS += tests/unit/test_conf_file
tests_unit_test_conf_file_SOURCES = tests/unit/test_conf_file.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_file_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_conf_file_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_conf_memory
TESTS += tests/unit/test_conf_memory
tests_unit_test_conf_memory_SOURCES = tests/unit/test_conf_memory.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_memory_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_conf_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup
tests_unit_test_conf_memory_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_conf_doc
TESTS += tests/unit/test_conf_doc
tests_unit_test_conf_doc_SOURCES = tests/unit/test_conf_doc.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_conf_doc_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_conf_doc_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

TESTS += tests/unit/lint_man.sh
EXTRA_DIST += tests/unit/lint_man.sh
TESTS += tests/unit/lint_practices.sh
EXTRA_DIST += tests/unit/lint_practices.sh tests/practices

STORE_LAB = tests/unit/store_lab.c tests/unit/store_lab.h
check_PROGRAMS += tests/unit/test_store
TESTS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c $(STORE_LAB)
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_store_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_store_items
TESTS += tests/unit/test_store_items
tests_unit_test_store_items_SOURCES = tests/unit/test_store_items.c $(STORE_LAB)
tests_unit_test_store_items_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_store_items_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_store_harm
TESTS += tests/unit/test_store_harm
tests_unit_test_store_harm_SOURCES = tests/unit/test_store_harm.c $(STORE_LAB)
tests_unit_test_store_harm_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_store_harm_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_store_salvage
TESTS += tests/unit/test_store_salvage
tests_unit_test_store_salvage_SOURCES = tests/unit/test_store_salvage.c \
	tests/unit/salvage_lab.c tests/unit/salvage_lab.h $(STORE_LAB)
tests_unit_test_store_salvage_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_store_salvage_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_store_story
TESTS += tests/unit/test_store_story
tests_unit_test_store_story_SOURCES = tests/unit/test_store_story.c $(STORE_LAB)
tests_unit_test_store_story_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_store_story_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_store_seal
TESTS += tests/unit/test_store_seal
tests_unit_test_store_seal_SOURCES = tests/unit/test_store_seal.c $(STORE_LAB)
tests_unit_test_store_seal_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_store_seal_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_pattern
TESTS += tests/unit/test_pattern
tests_unit_test_pattern_SOURCES = tests/unit/test_pattern.c
tests_unit_test_pattern_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_pattern_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_reply_text
TESTS += tests/unit/test_reply_text
tests_unit_test_reply_text_SOURCES = tests/unit/test_reply_text.c
tests_unit_test_reply_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_reply_text_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rules
TESTS += tests/unit/test_rules
tests_unit_test_rules_SOURCES = tests/unit/test_rules.c tests/unit/rules_fixture.c \
	tests/unit/rules_fixture.h
tests_unit_test_rules_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_rules_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rules_refused
TESTS += tests/unit/test_rules_refused
tests_unit_test_rules_refused_SOURCES = tests/unit/test_rules_refused.c \
	tests/unit/rules_fixture.c tests/unit/rules_fixture.h
tests_unit_test_rules_refused_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_rules_refused_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_grammar
TESTS += tests/unit/test_grammar
tests_unit_test_grammar_SOURCES = tests/unit/test_grammar.c tests/unit/rules_fixture.c \
	tests/unit/rules_fixture.h
tests_unit_test_grammar_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_grammar_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_classify
TESTS += tests/unit/test_classify
tests_unit_test_classify_SOURCES = tests/unit/test_classify.c tests/unit/rules_fixture.c \
	tests/unit/rules_fixture.h
tests_unit_test_classify_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_classify_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_classify_samples
TESTS += tests/unit/test_classify_samples
tests_unit_test_classify_samples_SOURCES = tests/unit/test_classify_samples.c \
	tests/unit/rules_fixture.c tests/unit/rules_fixture.h
tests_unit_test_classify_samples_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_classify_samples_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
EXTRA_DIST += tests/unit/data/replies-sample.tsv tests/unit/data/replies-more.tsv \
	tests/unit/data/replies-near.tsv
check_PROGRAMS += tests/unit/test_guard
TESTS += tests/unit/test_guard
tests_unit_test_guard_SOURCES = tests/unit/test_guard.c
tests_unit_test_guard_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_guard_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_answer
TESTS += tests/unit/test_answer
tests_unit_test_answer_SOURCES = tests/unit/test_answer.c
tests_unit_test_answer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_answer_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_breaker
TESTS += tests/unit/test_breaker
tests_unit_test_breaker_SOURCES = tests/unit/test_breaker.c
tests_unit_test_breaker_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_breaker_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_xtext
TESTS += tests/unit/test_xtext
tests_unit_test_xtext_SOURCES = tests/unit/test_xtext.c
tests_unit_test_xtext_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_xtext_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_ring
TESTS += tests/unit/test_ring
tests_unit_test_ring_SOURCES = tests/unit/test_ring.c
tests_unit_test_ring_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ring_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_logfmt
TESTS += tests/unit/test_logfmt
tests_unit_test_logfmt_SOURCES = tests/unit/test_logfmt.c
tests_unit_test_logfmt_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_logfmt_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_listener
TESTS += tests/unit/test_listener
tests_unit_test_listener_SOURCES = tests/unit/test_listener.c
tests_unit_test_listener_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_listener_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_walk
TESTS += tests/unit/test_walk
tests_unit_test_walk_SOURCES = tests/unit/test_walk.c \
	tests/unit/route_text.c tests/unit/route_text.h
tests_unit_test_walk_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_walk_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_hostmem
TESTS += tests/unit/test_hostmem
tests_unit_test_hostmem_SOURCES = tests/unit/test_hostmem.c
tests_unit_test_hostmem_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_hostmem_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_lifetime
TESTS += tests/unit/test_lifetime
tests_unit_test_lifetime_SOURCES = tests/unit/test_lifetime.c
tests_unit_test_lifetime_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lifetime_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_start
TESTS += tests/unit/test_start
tests_unit_test_start_SOURCES = tests/unit/test_start.c
tests_unit_test_start_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_start_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_notify
TESTS += tests/unit/test_notify
tests_unit_test_notify_SOURCES = tests/unit/test_notify.c
tests_unit_test_notify_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_notify_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_recent
TESTS += tests/unit/test_recent
tests_unit_test_recent_SOURCES = tests/unit/test_recent.c
tests_unit_test_recent_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_recent_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_cli_times
TESTS += tests/unit/test_cli_times
tests_unit_test_cli_times_SOURCES = tests/unit/test_cli_times.c
tests_unit_test_cli_times_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cli_times_LDADD = $(CLI_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_cli_out
TESTS += tests/unit/test_cli_out
tests_unit_test_cli_out_SOURCES = tests/unit/test_cli_out.c
tests_unit_test_cli_out_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cli_out_LDADD = $(CLI_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_cli_logfile
TESTS += tests/unit/test_cli_logfile
tests_unit_test_cli_logfile_SOURCES = tests/unit/test_cli_logfile.c
tests_unit_test_cli_logfile_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cli_logfile_LDADD = $(CLI_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_cli_logline
TESTS += tests/unit/test_cli_logline
tests_unit_test_cli_logline_SOURCES = tests/unit/test_cli_logline.c
tests_unit_test_cli_logline_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cli_logline_LDADD = $(CLI_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_store_open
TESTS += tests/unit/test_store_open
tests_unit_test_store_open_SOURCES = tests/unit/test_store_open.c $(STORE_LAB)
tests_unit_test_store_open_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_store_open_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_store_damage
TESTS += tests/unit/test_store_damage
tests_unit_test_store_damage_SOURCES = tests/unit/test_store_damage.c $(STORE_LAB)
tests_unit_test_store_damage_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_store_damage_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_store_full
TESTS += tests/unit/test_store_full
tests_unit_test_store_full_SOURCES = tests/unit/test_store_full.c $(STORE_LAB)
tests_unit_test_store_full_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_store_full_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_store_threads
TESTS += tests/unit/test_store_threads
tests_unit_test_store_threads_SOURCES = tests/unit/test_store_threads.c \
	$(STORE_LAB)
tests_unit_test_store_threads_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_store_threads_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_store_faults
TESTS += tests/unit/test_store_faults
tests_unit_test_store_faults_SOURCES = tests/unit/test_store_faults.c \
	$(STORE_LAB)
tests_unit_test_store_faults_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_store_faults_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_http_answer
TESTS += tests/unit/test_http_answer
tests_unit_test_http_answer_SOURCES = tests/unit/test_http_answer.c
tests_unit_test_http_answer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_http_answer_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rate
TESTS += tests/unit/test_rate
tests_unit_test_rate_SOURCES = tests/unit/test_rate.c
tests_unit_test_rate_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_rate_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_window
TESTS += tests/unit/test_window
tests_unit_test_window_SOURCES = tests/unit/test_window.c
tests_unit_test_window_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_window_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_probe_breaker
TESTS += tests/unit/test_probe_breaker
tests_unit_test_probe_breaker_SOURCES = tests/unit/test_probe_breaker.c
tests_unit_test_probe_breaker_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_probe_breaker_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_warmup
TESTS += tests/unit/test_warmup
tests_unit_test_warmup_SOURCES = tests/unit/test_warmup.c
tests_unit_test_warmup_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_warmup_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_dns_channel
TESTS += tests/unit/test_dns_channel
tests_unit_test_dns_channel_SOURCES = tests/unit/test_dns_channel.c \
	probe/dns_channel.c probe/dns_channel.h \
	probe/dns_same.c probe/dns_same.h probe/turns.c probe/turns.h
tests_unit_test_dns_channel_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) \
	$(LIBEVENT_CFLAGS)
tests_unit_test_dns_channel_LDADD = $(COMMON_LIBS) $(LIBEVENT_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_parking
TESTS += tests/unit/test_parking
tests_unit_test_parking_SOURCES = tests/unit/test_parking.c \
	probe/parking.c probe/parking.h
tests_unit_test_parking_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LIBEVENT_CFLAGS)
tests_unit_test_parking_LDADD = $(COMMON_LIBS) $(LIBEVENT_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_session_tls
TESTS += tests/unit/test_session_tls
tests_unit_test_session_tls_SOURCES = tests/unit/test_session_tls.c \
	tests/unit/tls_host.c tests/unit/tls_host.h \
	probe/connect.c probe/dial.c probe/loop.c \
	probe/parking.c probe/session.c probe/session_input.c \
	probe/session_output.c probe/session_tls.c probe/tickets.c probe/tls.c
tests_unit_test_session_tls_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LIBEVENT_CFLAGS)
tests_unit_test_session_tls_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) \
	$(LIBEVENT_OPENSSL_LIBS) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_tls
TESTS += tests/unit/test_tls
tests_unit_test_tls_SOURCES = tests/unit/test_tls.c \
	tests/unit/tls_host.c tests/unit/tls_host.h \
	probe/tickets.c probe/tls.c
tests_unit_test_tls_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LIBEVENT_CFLAGS)
tests_unit_test_tls_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) \
	$(LIBEVENT_OPENSSL_LIBS) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_turns
TESTS += tests/unit/test_turns
tests_unit_test_turns_SOURCES = tests/unit/test_turns.c \
	probe/turns.c probe/turns.h
tests_unit_test_turns_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LIBEVENT_CFLAGS)
tests_unit_test_turns_LDADD = $(COMMON_LIBS) $(LIBEVENT_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_recheck
TESTS += tests/unit/test_recheck
tests_unit_test_recheck_SOURCES = tests/unit/test_recheck.c
tests_unit_test_recheck_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LIBEVENT_CFLAGS)
tests_unit_test_recheck_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_rules_doc
TESTS += tests/unit/test_rules_doc
tests_unit_test_rules_doc_SOURCES = tests/unit/test_rules_doc.c \
	tests/unit/rules_fixture.c tests/unit/rules_fixture.h
tests_unit_test_rules_doc_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_rules_doc_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_spf
TESTS += tests/unit/test_spf
tests_unit_test_spf_SOURCES = tests/unit/test_spf.c \
	tests/unit/facts_table.c tests/unit/facts_table.h
tests_unit_test_spf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_spf_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_mail_record
TESTS += tests/unit/test_mail_record
tests_unit_test_mail_record_SOURCES = tests/unit/test_mail_record.c
tests_unit_test_mail_record_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_mail_record_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_exclusion
TESTS += tests/unit/test_exclusion
tests_unit_test_exclusion_SOURCES = tests/unit/test_exclusion.c
tests_unit_test_exclusion_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_exclusion_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_limits
TESTS += tests/unit/test_limits
tests_unit_test_limits_SOURCES = tests/unit/test_limits.c \
	tests/unit/limits_lab.h tests/unit/conf_util.c \
	tests/unit/conf_util.h
tests_unit_test_limits_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_limits_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_limits_breakers
TESTS += tests/unit/test_limits_breakers
tests_unit_test_limits_breakers_SOURCES = tests/unit/test_limits_breakers.c \
	tests/unit/limits_lab.h tests/unit/conf_util.c \
	tests/unit/conf_util.h
tests_unit_test_limits_breakers_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_limits_breakers_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_limits_kept
TESTS += tests/unit/test_limits_kept
tests_unit_test_limits_kept_SOURCES = tests/unit/test_limits_kept.c \
	tests/unit/limits_lab.h tests/unit/conf_util.c \
	tests/unit/conf_util.h
tests_unit_test_limits_kept_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_limits_kept_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_lists
TESTS += tests/unit/test_lists
tests_unit_test_lists_SOURCES = tests/unit/test_lists.c tests/unit/lists_util.c \
	tests/unit/lists_util.h \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_lists_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lists_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_lists_shipped
TESTS += tests/unit/test_lists_shipped
tests_unit_test_lists_shipped_SOURCES = tests/unit/test_lists_shipped.c \
	tests/unit/lists_util.c tests/unit/lists_util.h
tests_unit_test_lists_shipped_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lists_shipped_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_consent
TESTS += tests/unit/test_consent
tests_unit_test_consent_SOURCES = tests/unit/test_consent.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_consent_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_consent_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_maillog
TESTS += tests/unit/test_maillog
tests_unit_test_maillog_SOURCES = tests/unit/test_maillog.c
tests_unit_test_maillog_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_maillog_LDADD = $(CLI_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_optout
TESTS += tests/unit/test_optout
tests_unit_test_optout_SOURCES = tests/unit/test_optout.c
tests_unit_test_optout_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_optout_LDADD = $(CLI_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_teach
TESTS += tests/unit/test_teach
tests_unit_test_teach_SOURCES = tests/unit/test_teach.c
tests_unit_test_teach_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_teach_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_submitter
TESTS += tests/unit/test_submitter
tests_unit_test_submitter_SOURCES = tests/unit/test_submitter.c
tests_unit_test_submitter_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_submitter_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_canary
TESTS += tests/unit/test_canary
tests_unit_test_canary_SOURCES = tests/unit/test_canary.c
tests_unit_test_canary_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_canary_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_preflight
TESTS += tests/unit/test_preflight
tests_unit_test_preflight_SOURCES = tests/unit/test_preflight.c \
	tests/unit/facts_table.c tests/unit/facts_table.h
tests_unit_test_preflight_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_preflight_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_source
TESTS += tests/unit/test_source
tests_unit_test_source_SOURCES = tests/unit/test_source.c
tests_unit_test_source_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_source_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_dnsbl
TESTS += tests/unit/test_dnsbl
tests_unit_test_dnsbl_SOURCES = tests/unit/test_dnsbl.c \
	tests/unit/facts_table.c tests/unit/facts_table.h
tests_unit_test_dnsbl_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dnsbl_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_clerk
TESTS += tests/unit/test_clerk
tests_unit_test_clerk_SOURCES = tests/unit/test_clerk.c $(STORE_LAB) \
	probe/clerk.c probe/clerk_thread.c probe/held.c probe/journal.c
tests_unit_test_clerk_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(LMDB_CFLAGS)
tests_unit_test_clerk_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_held
TESTS += tests/unit/test_held
tests_unit_test_held_SOURCES = tests/unit/test_held.c probe/held.c
tests_unit_test_held_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_held_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=free
tests_unit_test_held_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_domain_age
TESTS += tests/unit/test_domain_age
tests_unit_test_domain_age_SOURCES = tests/unit/test_domain_age.c
tests_unit_test_domain_age_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_domain_age_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_notice
TESTS += tests/unit/test_notice
tests_unit_test_notice_SOURCES = tests/unit/test_notice.c
tests_unit_test_notice_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_notice_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_listing
TESTS += tests/unit/test_listing
tests_unit_test_listing_SOURCES = tests/unit/test_listing.c
tests_unit_test_listing_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_listing_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_rdap_answer
TESTS += tests/unit/test_rdap_answer
tests_unit_test_rdap_answer_SOURCES = tests/unit/test_rdap_answer.c
tests_unit_test_rdap_answer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_rdap_answer_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_suspect
TESTS += tests/unit/test_suspect
tests_unit_test_suspect_SOURCES = tests/unit/test_suspect.c
tests_unit_test_suspect_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_suspect_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_mailboxes
TESTS += tests/unit/test_mailboxes
tests_unit_test_mailboxes_SOURCES = tests/unit/test_mailboxes.c
tests_unit_test_mailboxes_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_mailboxes_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_flood
TESTS += tests/unit/test_flood
tests_unit_test_flood_SOURCES = tests/unit/test_flood.c tests/unit/flood_lab.h
tests_unit_test_flood_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_flood_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=clock_mono_ms,--wrap=clock_wall_ms,--wrap=clock_wall_s \
	-Wl,--wrap=scribe_put,--wrap=lookup_attacks
tests_unit_test_flood_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_flood_mailbox
TESTS += tests/unit/test_flood_mailbox
tests_unit_test_flood_mailbox_SOURCES = tests/unit/test_flood_mailbox.c \
	tests/unit/flood_lab.h
tests_unit_test_flood_mailbox_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_flood_mailbox_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=clock_mono_ms,--wrap=clock_wall_ms,--wrap=clock_wall_s \
	-Wl,--wrap=scribe_put,--wrap=lookup_attacks
tests_unit_test_flood_mailbox_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_attack
TESTS += tests/unit/test_attack
tests_unit_test_attack_SOURCES = tests/unit/test_attack.c $(STORE_LAB)
tests_unit_test_attack_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_attack_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_incident
TESTS += tests/unit/test_incident
tests_unit_test_incident_SOURCES = tests/unit/test_incident.c
tests_unit_test_incident_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_incident_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_topk
TESTS += tests/unit/test_topk
tests_unit_test_topk_SOURCES = tests/unit/test_topk.c
tests_unit_test_topk_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_topk_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_histogram
TESTS += tests/unit/test_histogram
tests_unit_test_histogram_SOURCES = tests/unit/test_histogram.c
tests_unit_test_histogram_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_histogram_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_pursuit
TESTS += tests/unit/test_pursuit
tests_unit_test_pursuit_SOURCES = tests/unit/test_pursuit.c
tests_unit_test_pursuit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_pursuit_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_report
TESTS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/test_report.c
tests_unit_test_report_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_report_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_logread
TESTS += tests/unit/test_logread
tests_unit_test_logread_SOURCES = tests/unit/test_logread.c \
	tests/unit/log_lab.c tests/unit/log_lab.h
tests_unit_test_logread_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_logread_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_logset
TESTS += tests/unit/test_logset
tests_unit_test_logset_SOURCES = tests/unit/test_logset.c \
	tests/unit/log_lab.c tests/unit/log_lab.h
tests_unit_test_logset_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_logset_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_dormant
TESTS += tests/unit/test_dormant
tests_unit_test_dormant_SOURCES = tests/unit/test_dormant.c
tests_unit_test_dormant_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dormant_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_override
TESTS += tests/unit/test_override
tests_unit_test_override_SOURCES = tests/unit/test_override.c $(STORE_LAB)
tests_unit_test_override_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_override_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_entry_file
TESTS += tests/unit/test_entry_file
tests_unit_test_entry_file_SOURCES = tests/unit/test_entry_file.c
tests_unit_test_entry_file_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_entry_file_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_metrics
TESTS += tests/unit/test_metrics
tests_unit_test_metrics_SOURCES = tests/unit/test_metrics.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_metrics_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_metrics_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_repute
TESTS += tests/unit/test_repute
tests_unit_test_repute_SOURCES = tests/unit/test_repute.c \
	tests/unit/conf_util.c tests/unit/conf_util.h
tests_unit_test_repute_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_repute_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(CHECK_LIBS)
