# tests/bench
# `make bench` builds and runs all; each bench adds a target of its own to it.
# BENCH_STORE="10000 1000000 10000000" also measures ten million records.
.PHONY: bench bench-many bench-milter bench-probe bench-rtt bench-store

EXTRA_PROGRAMS += tests/bench/bench_probe
CLEANFILES += tests/bench/bench_probe
tests_bench_bench_probe_SOURCES = tests/bench/bench_probe.c \
	tests/bench/bare_smtp.c tests/bench/bare_smtp.h \
	tests/bench/rounds.c tests/bench/rounds.h \
	tests/bench/sink.c tests/bench/sink.h
tests_bench_bench_probe_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
tests_bench_bench_probe_LDADD = $(COMMON_LIBS) $(LIBEVENT_LIBS)
# Cached recipients through the milter, beside a bare libmilter program.
bench_milter_tools = tests/bench/bare_milter tests/bench/milter_driver
EXTRA_PROGRAMS += $(bench_milter_tools)
CLEANFILES += $(bench_milter_tools)
EXTRA_DIST += tests/bench/bench_milter.py tests/bench/bench_many.py
tests_bench_bare_milter_SOURCES = tests/bench/bare_milter.c
tests_bench_bare_milter_LDADD = $(MILTER_LIBS)
tests_bench_milter_driver_SOURCES = tests/bench/milter_driver.c
bench-milter: $(bench_milter_tools) milter/rcptguard-milter \
    tests/integration/put_verdicts
	@PYTHONDONTWRITEBYTECODE=1 RCPTGUARD_BUILD='$(abs_top_builddir)' \
	    $(srcdir)/tests/bench/bench_milter.py

# Fresh addresses beside a bare SMTP client, and by round trips.
EXTRA_DIST += tests/bench/bench_rtt.py
bench-probe: tests/bench/bench_probe probe/rcptguard-probe
	@RCPTGUARD_LOG=stderr RCPTGUARD_REPLIES='$(abs_top_srcdir)/etc/replies.conf' \
	    tests/bench/bench_probe probe/rcptguard-probe 2>/dev/null
bench-rtt: all
	@PYTHONDONTWRITEBYTECODE=1 RCPTGUARD_BUILD='$(abs_top_builddir)' \
	    $(srcdir)/tests/bench/bench_rtt.py
bench: bench-milter bench-probe bench-rtt

EXTRA_PROGRAMS += tests/bench/bench_store
tests_bench_bench_store_SOURCES = tests/bench/bench_store.c
tests_bench_bench_store_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_bench_bench_store_LDADD = $(COMMON_LIBS)
bench: bench-store
bench-store: tests/bench/bench_store
	tests/bench/bench_store $(BENCH_STORE)
bench-many: probe/rcptguard-probe milter/rcptguard-milter cli/rcptguard
	@PYTHONDONTWRITEBYTECODE=1 RCPTGUARD_BUILD='$(abs_top_builddir)' \
	    $(srcdir)/tests/bench/bench_many.py
bench: bench-many
