#!/bin/sh
# The manual pages have no mdoc faults.
command -v mandoc >/dev/null || { echo 'mandoc is not installed'; exit 77; }
cd "${srcdir:-.}" || exit 1
out=$(mandoc -T lint -W warning etc/*.5 */*.8 2>&1)
printf '%s' "$out"
test -z "$out"
