# tests/bench

EXTRA_PROGRAMS += tests/bench/bench_probe
tests_bench_bench_probe_SOURCES = tests/bench/bench_probe.c \
	tests/bench/sink.c tests/bench/sink.h
tests_bench_bench_probe_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
tests_bench_bench_probe_LDADD = $(COMMON_LIBS) $(LIBEVENT_LIBS)
