# rcptguard-probe. The decisions are in a library of their own, without I/O, so
# that tests and fuzz targets link them alone.
noinst_LIBRARIES += probe/libprobe_pure.a
probe_libprobe_pure_a_SOURCES = \
	probe/breaker.c probe/breaker.h \
	probe/budget.c probe/budget.h \
	probe/counters.c probe/counters.h \
	probe/exposition.c probe/exposition.h \
	probe/health.c probe/health.h \
	probe/metrics.c probe/metrics.h \
	probe/repute.c probe/repute.h \
	probe/tally.c probe/tally.h \
	probe/canary_judge.c probe/canary_judge.h \
	probe/ledger_clock.c probe/ledger_clock.h \
	probe/pack.c probe/pack.h \
	probe/port25.c probe/port25.h \
	probe/warmup.c probe/warmup.h \
	probe/window.c probe/window.h \
	probe/domain_age.c probe/domain_age.h \
	probe/dormant_judge.c probe/dormant_judge.h \
	probe/facts.c probe/facts.h \
	probe/mail_record.c probe/mail_record.h \
	probe/spf.c probe/spf.h \
	probe/spf_macro.c \
	probe/spf_term.c probe/spf_term.h \
	probe/exclusion.c probe/exclusion.h \
	probe/http_answer.c probe/http_answer.h \
	probe/fault.c probe/fault.h \
	probe/hostmem.c probe/hostmem.h \
	probe/hosts.c probe/hosts.h \
	probe/ledgers.c probe/ledgers.h \
	probe/lifetime.c probe/lifetime.h \
	probe/limits.c probe/limits_ended.c probe/limits.h \
	probe/mx.c probe/mx.h \
	probe/notice_drop.c probe/notice_drop.h \
	probe/preflight.c probe/preflight.h probe/preflight_internal.h \
	probe/preflight_domain.c \
	probe/preflight_json.c \
	probe/preflight_names.c \
	probe/preflight_reach.c \
	probe/preflight_source.c \
	probe/source.c probe/source.h \
	probe/retired.c probe/retired.h \
	probe/listing.c probe/listing.h \
	probe/dnsbl.c probe/dnsbl.h \
	probe/rdap_answer.c probe/rdap_answer.h \
	probe/recheck_delay.c probe/recheck.h \
	probe/refusal.c probe/refusal.h \
	probe/reply.c probe/reply.h \
	probe/signals.c probe/signals.h \
	probe/smtp.c probe/smtp.h \
	probe/submitter.c probe/submitter.h \
	probe/target.c probe/target.h \
	probe/teach.c probe/teach.h \
	probe/toomany.c probe/toomany.h \
	probe/walk.c probe/walk.h

sbin_PROGRAMS += probe/rcptguard-probe
probe_rcptguard_probe_SOURCES = \
	probe/attacks.c probe/attacks.h \
	probe/clerk.c probe/clerk.h probe/clerk_internal.h \
	probe/clerk_thread.c \
	probe/canary.c probe/canary.h \
	probe/catchall.c probe/catchall.h probe/catchall_item.c \
	probe/connect.c probe/connect.h \
	probe/daemon.c probe/daemon.h \
	probe/daemon_internal.h \
	probe/daemon_load.c probe/daemon_load.h \
	probe/daemon_reload.c \
	probe/daemon_tell.c \
	probe/saved.c probe/saved.h \
	probe/complain.c \
	probe/exclude.c \
	probe/override.c \
	probe/dial.c probe/dial.h \
	probe/dns_channel.c probe/dns_channel.h \
	probe/dns_same.c probe/dns_same.h \
	probe/dns_shard.c probe/dns_shard.h \
	probe/dns_parse.c probe/dns_text.c probe/dns_parse.h \
	probe/dormant.c probe/dormant.h \
	probe/hearsay.c probe/hearsay.h \
	probe/gate.c probe/gate_keep.c probe/gate_status.c probe/gate.h probe/gate_internal.h \
	probe/held.c probe/held.h \
	probe/http_ask.c probe/http_ask.h \
	probe/http_endpoints.c probe/http_endpoints.h \
	probe/http_fetch.c probe/http_fetch.h \
	probe/job.c probe/job_gate.c probe/job_lists.c probe/job_walk.c \
	probe/job.h probe/job_internal.h \
	probe/journal.c probe/journal.h \
	probe/line.c probe/line_again.c probe/line_events.c \
	probe/line_open.c probe/line_internal.h \
	probe/learn.c probe/learn.h \
	probe/learn_items.c probe/learn_items.h \
	probe/listen.c probe/listen.h \
	probe/loop.c probe/loop.h \
	probe/lookup.c probe/lookup.h \
	probe/preflight_run.c probe/preflight_run.h \
	probe/preflight_visit.c probe/preflight_visit.h \
	probe/preflight_act.c probe/preflight_act.h \
	probe/listing_keep.c probe/listing_keep.h \
	probe/orders.c probe/orders.h \
	probe/identity.c probe/identity.h \
	probe/source_claim.c \
	probe/watch.c probe/watch.h \
	probe/source_keep.c probe/source_keep.h \
	probe/main.c \
	probe/notices.c probe/notices.h \
	probe/parking.c probe/parking.h \
	probe/peers.c probe/peers_close.c probe/peers_fail.c \
	probe/peers.h probe/peers_internal.h \
	probe/purge.c \
	probe/reload.c \
	probe/requests.c \
	probe/random_name.c probe/random_name.h \
	probe/ages.c probe/ages.h \
	probe/rdap.c probe/rdap.h \
	probe/rdap_fetch.c probe/rdap_fetch.h \
	probe/reading.c probe/reading.h \
	probe/recheck.c \
	probe/resolver.c probe/resolver.h \
	probe/resolver_hosts.c probe/resolver_internal.h \
	probe/routes.c probe/routes.h \
	probe/client.c \
	probe/server.c probe/server.h probe/server_internal.h \
	probe/session.c probe/session.h probe/session_internal.h \
	probe/session_input.c \
	probe/session_output.c \
	probe/session_tls.c \
	probe/status.c probe/status.h \
	probe/settings.c probe/settings.h \
	probe/sweep.c probe/sweep.h \
	probe/tickets.c probe/tickets.h \
	probe/tls.c probe/tls.h \
	probe/turns.c probe/turns.h \
	probe/flight.c \
	probe/verifier.c probe/verifier.h probe/verifier_internal.h \
	probe/web.c probe/web_answer.c probe/web.h probe/web_internal.h \
	probe/wishes.c probe/wishes.h
probe_rcptguard_probe_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS) \
	$(LIBEVENT_OPENSSL_CFLAGS) $(CARES_CFLAGS) $(OPENSSL_CFLAGS)
probe_rcptguard_probe_LDADD = probe/libprobe_pure.a $(COMMON_LIBS) \
	$(LIBEVENT_OPENSSL_LIBS) $(LIBEVENT_LIBS) $(CARES_LIBS) $(OPENSSL_LIBS) \
	$(RESOLV_LIBS)
dist_man_MANS += probe/rcptguard-probe.8
