# rcptguard. All but main is in a library, so that tests link it alone.
noinst_LIBRARIES += cli/libcli.a
cli_libcli_a_SOURCES = \
	cli/authres.c cli/authres.h \
	cli/cmd_cache.c \
	cli/cmd_canary.c \
	cli/cmd_check.c \
	cli/cmd_classify.c \
	cli/cmd_complaint.c \
	cli/cmd_config.c \
	cli/cmd_exclude.c \
	cli/counts.c cli/counts.h \
	cli/dsn.c cli/dsn.h \
	cli/cmd_override.c \
	cli/entry_file.c cli/entry_file.h \
	cli/cmd_exclude_mail.c cli/cmd_exclude_mail.h \
	cli/cmd_explain.c \
	cli/cmd_incident.c \
	cli/cmd_learn.c \
	cli/cmd_list.c \
	cli/cmd_listing.c \
	cli/cmd_log.c \
	cli/cmd_policy_page.c \
	cli/cmd_preflight.c \
	cli/cmd_source.c \
	cli/cmd_reload.c \
	cli/cmd_report.c \
	cli/cmd_status.c \
	cli/follow.c cli/follow.h \
	cli/histogram.c cli/histogram.h \
	cli/hosts.c cli/hosts.h \
	cli/incident.c cli/incident.h cli/incident_internal.h \
	cli/incident_review.c \
	cli/incident_rows.c \
	cli/incident_show.c \
	cli/known.c cli/known.h \
	cli/learned.c cli/learned.h \
	cli/logfile.c cli/logfile.h \
	cli/logline.c cli/logline.h \
	cli/logread.c cli/logread.h \
	cli/logset.c cli/logset.h \
	cli/maillog.c cli/maillog.h \
	cli/message.c cli/message.h \
	cli/optout.c cli/optout.h \
	cli/options.c cli/options.h \
	cli/out.c cli/out.h \
	cli/override_tell.c cli/override_tell.h \
	cli/out_text.c \
	cli/out_value.c \
	cli/pursuit.c cli/pursuit.h \
	cli/report.c cli/report.h \
	cli/report_sheet.c cli/report_sheet.h \
	cli/report_tables.c \
	cli/sheet.c cli/sheet.h \
	cli/sheet_html.c \
	cli/sheet_text.c \
	cli/sources.c cli/sources.h \
	cli/stats.c cli/stats.h \
	cli/talk.c cli/talk.h \
	cli/times.c cli/times.h \
	cli/topk.c cli/topk.h \
	cli/val.c cli/val.h
CLI_LIBS = cli/libcli.a $(COMMON_LIBS)

bin_PROGRAMS += cli/rcptguard
cli_rcptguard_SOURCES = cli/main.c
cli_rcptguard_LDADD = $(CLI_LIBS)
dist_man_MANS += cli/rcptguard.8
completiondir = $(datadir)/bash-completion/completions
dist_completion_DATA = cli/completion/rcptguard
