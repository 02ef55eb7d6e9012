# tests/simnet: the simulated internet, and the test of it
TESTS += tests/simnet/test_simnet.py
EXTRA_DIST += \
	tests/simnet/README \
	tests/simnet/certificate.py \
	tests/simnet/client.py \
	tests/simnet/journal.py \
	tests/simnet/mxhost.py \
	tests/simnet/network.py \
	tests/simnet/peer.py \
	tests/simnet/scenario.py \
	tests/simnet/simnet.py \
	tests/simnet/tap.py \
	tests/simnet/test_simnet.py \
	tests/simnet/zone.py
