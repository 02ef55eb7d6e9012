# rcptguard-milter. What does not know libmilter is in a library of its own,
# so that tests link it alone.
noinst_LIBRARIES += milter/libmilter_core.a
milter_libmilter_core_a_SOURCES = \
	milter/answer.c milter/answer.h \
	milter/ask.c milter/ask.h \
	milter/breaker.c milter/breaker.h \
	milter/flood.c milter/flood.h \
	milter/guard.c milter/guard.h \
	milter/judge.c milter/judge.h \
	milter/link.c milter/link.h \
	milter/listener.c milter/listener.h \
	milter/logfmt.c milter/logfmt.h \
	milter/lookup.c milter/lookup.h \
	milter/mailboxes.c milter/mailboxes.h \
	milter/note.c milter/note.h \
	milter/pool.c milter/pool.h \
	milter/recent.c milter/recent.h \
	milter/reload.c milter/reload.h \
	milter/ring.c milter/ring.h \
	milter/scribe.c milter/scribe.h \
	milter/service.c milter/service.h \
	milter/session.c milter/session.h \
	milter/settings.c milter/settings.h \
	milter/suspect.c milter/suspect.h \
	milter/suspects.c milter/suspects.h \
	milter/xtext.c milter/xtext.h

sbin_PROGRAMS += milter/rcptguard-milter
milter_rcptguard_milter_SOURCES = \
	milter/callbacks.c milter/callbacks.h \
	milter/edit.c milter/edit.h \
	milter/main.c \
	milter/tender.c milter/tender.h
milter_rcptguard_milter_LDADD = milter/libmilter_core.a $(COMMON_LIBS) $(MILTER_LIBS)
dist_man_MANS += milter/rcptguard-milter.8
