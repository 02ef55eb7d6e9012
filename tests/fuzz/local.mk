# tests/fuzz
# A target is its name in FUZZ_TARGETS, SOURCES, LDFLAGS and LDADD as below, and
# seeds in corpus/NAME for tests/fuzz/fuzz_NAME. `make check` replays the seeds;
# configure --enable-fuzzing CC=clang builds real fuzzers, which run by hand:
# tests/fuzz/fuzz_NAME -max_total_time=60 NEWDIR CORPUS.
FUZZ_TARGETS =
check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/corpus
if FUZZING
FUZZ_LIBS =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_LIBRARIES += tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
FUZZ_LIBS = tests/fuzz/libreplay.a
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += $(FUZZ_TARGETS)
endif

FUZZ_TARGETS += tests/fuzz/fuzz_reply
tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_reply_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_reply_LDADD = probe/libprobe_pure.a $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_wire
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_wire_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_wire_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_smtp
tests_fuzz_fuzz_smtp_SOURCES = tests/fuzz/fuzz_smtp.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_smtp_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_smtp_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_record
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_record_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_record_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_store_raw
tests_fuzz_fuzz_store_raw_SOURCES = tests/fuzz/fuzz_store_raw.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_store_raw_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_store_raw_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_evidence
tests_fuzz_fuzz_evidence_SOURCES = tests/fuzz/fuzz_evidence.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_evidence_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_evidence_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_mx
tests_fuzz_fuzz_mx_SOURCES = tests/fuzz/fuzz_mx.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_mx_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mx_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_address
tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz_address.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_address_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_address_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_net
tests_fuzz_fuzz_net_SOURCES = tests/fuzz/fuzz_net.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_net_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_net_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_text
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_text_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_text_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_conf_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_classify
tests_fuzz_fuzz_classify_SOURCES = tests/fuzz/fuzz_classify.c tests/fuzz/fuzz.h \
	tests/unit/rules_fixture.c tests/unit/rules_fixture.h
tests_fuzz_fuzz_classify_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_classify_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_maillog
tests_fuzz_fuzz_maillog_SOURCES = tests/fuzz/fuzz_maillog.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_maillog_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_maillog_LDADD = $(CLI_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_message
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_message_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_message_LDADD = $(CLI_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_logline
tests_fuzz_fuzz_logline_SOURCES = tests/fuzz/fuzz_logline.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_logline_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_logline_LDADD = $(CLI_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_http_answer
tests_fuzz_fuzz_http_answer_SOURCES = tests/fuzz/fuzz_http_answer.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_http_answer_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_http_answer_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_ledger
tests_fuzz_fuzz_ledger_SOURCES = tests/fuzz/fuzz_ledger.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_ledger_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_ledger_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_lists
tests_fuzz_fuzz_lists_SOURCES = tests/fuzz/fuzz_lists.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_lists_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_lists_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_rdap
tests_fuzz_fuzz_rdap_SOURCES = tests/fuzz/fuzz_rdap.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_rdap_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_rdap_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_redirect
tests_fuzz_fuzz_redirect_SOURCES = tests/fuzz/fuzz_redirect.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_redirect_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_redirect_LDADD = $(COMMON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_incident
tests_fuzz_fuzz_incident_SOURCES = tests/fuzz/fuzz_incident.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_incident_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_incident_LDADD = $(CLI_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_report
tests_fuzz_fuzz_report_SOURCES = tests/fuzz/fuzz_report.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_report_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_report_LDADD = $(CLI_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_standing
tests_fuzz_fuzz_standing_SOURCES = tests/fuzz/fuzz_standing.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_standing_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_standing_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_said
tests_fuzz_fuzz_said_SOURCES = tests/fuzz/fuzz_said.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_said_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_said_LDADD = $(CLI_LIBS) $(FUZZ_LIBS)
