#!/bin/sh
# The manual page of the configuration has no mdoc faults.
command -v mandoc >/dev/null || exit 77
out=$(mandoc -T lint -W warning "${srcdir:-.}/etc/rcptguard.conf.5" 2>&1)
printf '%s' "$out"
test -z "$out"
