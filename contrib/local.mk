# contrib
TESTS += contrib/test_totals.py
EXTRA_DIST += \
	.ci/run \
	contrib/demo.py \
	contrib/postfix-sendmail-command.txt \
	contrib/quickstart \
	contrib/test_totals.py \
	contrib/totals.py
