# contrib
EXTRA_DIST += \
	.ci/run \
	contrib/demo.py \
	contrib/quickstart \
	contrib/totals.py
