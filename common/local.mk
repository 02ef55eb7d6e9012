# What the three programs share.
noinst_LIBRARIES += common/libcommon.a
common_libcommon_a_SOURCES = \
	common/address.c common/address.h \
	common/address_domain.c common/address_domain.h \
	common/address_literal.c \
	common/address_local.c common/address_local.h \
	common/address_mailbox.c \
	common/attack.c common/attack.h \
	common/classify.c common/classify_line.c common/classify.h \
	common/clock.c common/clock.h \
	common/complaint.c common/complaint.h \
	common/conf.c common/conf.h \
	common/consent.c common/consent.h \
	common/conf_canary.c \
	common/conf_check.c common/conf_check.h \
	common/conf_defaults.c \
	common/conf_errors.c \
	common/conf_guard.c \
	common/conf_identity.c \
	common/conf_key.c \
	common/conf_path.c \
	common/conf_print.c \
	common/conf_read.c common/conf_read.h \
	common/conf_reasons.h \
	common/conf_rows.c common/conf_rows.h \
	common/conf_scan.c common/conf_scan.h \
	common/conf_schema.c common/conf_schema.h \
	common/conf_tree.c common/conf_tree.h \
	common/conf_units.c common/conf_units.h \
	common/conf_value.c common/conf_value.h \
	common/conf_value_print.c \
	common/conf_whole.c \
	common/evidence.c common/evidence.h \
	common/evidence_internal.h \
	common/evidence_json.c common/evidence_pack.c \
	common/html.c common/html.h \
	common/http_url.c common/http_url.h \
	common/jval.c common/jval.h \
	common/dnsbl_file.c common/dnsbl_file.h \
	common/list_parse.c common/lists.c common/lists.h \
	common/lists_internal.h \
	common/keyed.c common/keyed.h \
	common/lock.c common/lock.h \
	common/log.c common/log.h \
	common/net.c common/net.h \
	common/outcome.c common/outcome.h \
	common/override.c common/override.h \
	common/pattern.c common/pattern.h \
	common/policy.c common/policy.h \
	common/notice.c common/notice.h \
	common/notify.c common/notify.h \
	common/options.c common/options.h \
	common/psl.c common/psl.h \
	common/rate.c common/rate.h \
	common/record.c common/record.h \
	common/reply_mask.c \
	common/reply_text.c common/reply_text.h \
	common/reply_text_internal.h \
	common/rolling.c common/rolling.h \
	common/rules.c common/rules_grammar.c common/rules_parse.c \
	common/rules_pattern.c common/rules_provider.c \
	common/rules_internal.h \
	common/stage.c common/stage.h \
	common/store.c common/store.h common/store_internal.h \
	common/store_aside.c common/store_batch.c common/store_check.c \
	common/store_child.c common/store_raw.c common/store_raw.h \
	common/store_salvage.c \
	common/store_env.c common/store_evict.c common/store_gate.c \
	common/store_empty.c \
	common/store_items.c common/store_key.c common/store_pages.c \
	common/store_read.c common/store_stats.c common/store_story.c \
	common/store_write.c \
	common/sealed.c common/sealed.h \
	common/start.c common/start.h \
	common/table.h \
	common/text.c common/text.h \
	common/verdict.c common/verdict.h \
	common/verdict_line.c common/verdict_line.h \
	common/wire.c common/wire.h \
	common/wire_client.c common/wire_client.h
common_libcommon_a_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS) $(LMDB_CFLAGS) \
	$(IDN2_CFLAGS) $(PCRE2_CFLAGS) $(PSL_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) $(ZLIB_CFLAGS)
COMMON_LIBS = common/libcommon.a $(LIBCONFIG_LIBS) $(LMDB_LIBS) $(IDN2_LIBS) \
	$(PCRE2_LIBS) $(PSL_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS) $(ZLIB_LIBS)
