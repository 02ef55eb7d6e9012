# data

# The admin's file is never overwritten, and goes only if it was not changed.
dist_man_MANS += etc/rcptguard.conf.5 etc/rcptguard-rules.5
EXTRA_DIST += etc/rcptguard.conf
conf_dir = $(DESTDIR)$(sysconfdir)/rcptguard
INSTALL_LOCAL += install-conf
UNINSTALL_LOCAL += uninstall-conf
.PHONY: install-conf uninstall-conf
install-conf:
	$(MKDIR_P) "$(conf_dir)/conf.d"
	test -e "$(conf_dir)/rcptguard.conf" || $(INSTALL_DATA) \
	    $(srcdir)/etc/rcptguard.conf "$(conf_dir)/rcptguard.conf"
uninstall-conf:
	! cmp -s $(srcdir)/etc/rcptguard.conf "$(conf_dir)/rcptguard.conf" || \
	    rm -f "$(conf_dir)/rcptguard.conf"
	rmdir "$(conf_dir)/conf.d" "$(conf_dir)" 2>/dev/null || :
# Once their files are gone.
uninstall-hook:
	rmdir "$(DESTDIR)$(listsdir)" "$(DESTDIR)$(pkgdatadir)" 2>/dev/null || :
dist_pkgdata_DATA = etc/replies.conf etc/providers.conf \
	etc/dnsbl.conf

# What is known of addresses by their names; see common/lists.h.
listsdir = $(pkgdatadir)/lists
dist_lists_DATA = \
	etc/lists/alias \
	etc/lists/dead \
	etc/lists/disposable \
	etc/lists/disposable-mx \
	etc/lists/free-mail \
	etc/lists/parked-mx \
	etc/lists/parked-ns \
	etc/lists/role \
	etc/lists/trap \
	etc/lists/typo
