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
