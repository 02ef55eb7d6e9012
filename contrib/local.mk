# contrib
EXTRA_DIST += \
	.ci/run \
	contrib/demo.py \
	contrib/postfix-sendmail-command.txt \
	contrib/quickstart \
	contrib/totals.py
