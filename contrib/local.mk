# contrib
TESTS += contrib/test_notices.py contrib/test_totals.py
EXTRA_DIST += \
	contrib/notices/rcptguard-notices \
	contrib/notices/rcptguard-notices.path \
	contrib/notices/rcptguard-notices.service \
	contrib/test_notices.py \
	.ci/run \
	contrib/demo.py \
	contrib/postfix-sendmail-command.txt \
	contrib/quickstart \
	contrib/test_totals.py \
	contrib/totals.py

# Services. What both units share stands in one file.
units = contrib/systemd/rcptguard-probe.service \
	contrib/systemd/rcptguard-milter.service
noinst_DATA = $(units)
CLEANFILES += $(units)
EXTRA_DIST += $(units:=.in) contrib/systemd/hardening \
	contrib/systemd/sysusers.d/rcptguard.conf \
	contrib/systemd/tmpfiles.d/rcptguard.conf \
	contrib/logrotate/rcptguard
SUFFIXES = .service.in .service
.service.in.service:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' \
	    -e '/^@HARDENING[@]$$/{' \
	    -e 'r $(srcdir)/contrib/systemd/hardening' -e 'd' -e '}' \
	    $< >$@.new && mv $@.new $@
$(units): contrib/systemd/hardening Makefile
if UNITS
systemdsystemunit_DATA = $(units)
endif
if SYSUSERS
sysusers_DATA = contrib/systemd/sysusers.d/rcptguard.conf
endif
if TMPFILES
tmpfiles_DATA = contrib/systemd/tmpfiles.d/rcptguard.conf
endif
# distcheck installs below a directory of its own, not into systemd's.
AM_DISTCHECK_CONFIGURE_FLAGS = \
	--with-systemdsystemunitdir='$$dc_install_base/units' \
	--with-sysusersdir='$$dc_install_base/sysusers.d' \
	--with-tmpfilesdir='$$dc_install_base/tmpfiles.d'
