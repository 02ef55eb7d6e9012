# rcptguard-probe. The decisions are in a library of their own, without I/O, so
# that tests and fuzz targets link them alone.
noinst_LIBRARIES += probe/libprobe_pure.a
probe_libprobe_pure_a_SOURCES = \
	probe/mx.c probe/mx.h \
	probe/reply.c probe/reply.h \
	probe/smtp.c probe/smtp.h
