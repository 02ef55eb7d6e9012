#!/bin/sh
# tests/practices has each of P1 to P50 once, and names only tests that exist.
# A row: Pn | capability | FILE: CASE, CASE; FILE: CASE | what is not built
# CASE is a function or START_TEST name, or the "says" text of a table's row.
# "-" for the tests: none shows it, and the last field says why.
cd "${srcdir:-.}" || exit 1
awk -F ' *[|] *' '
function wrong(why)
{
	printf "tests/practices:%d: %s\n", NR, why
	faults++
}

function text_of(file,    line, text, got)
{
	if (file in texts)
		return texts[file]
	while ((got = (getline line < ("tests/" file))) > 0)
		text = text line "\n"
	close("tests/" file)
	if (text == "")
		wrong("there is no tests/" file)
	texts[file] = text
	return text
}

# Commas stand in quoted texts as well, so the cases are taken one by one.
function look(file, cases,    text, name, want, n)
{
	text = text_of(file)
	while (cases != "") {
		if (!match(cases, /^"[^"]+"/) &&
		    !match(cases, /^[A-Za-z_0-9]+/)) {
			wrong("no case: " cases)
			return
		}
		name = want = substr(cases, 1, RLENGTH)
		cases = substr(cases, RLENGTH + 1)
		if (name !~ /^"/ && file ~ /[.]py$/)
			want = "def " name "("
		else if (name !~ /^"/)
			want = "START_TEST(" name ")"
		if (text != "" && !index(text, want))
			wrong("tests/" file " has no " name)
		if (cases != "" && (!sub(/^, */, "", cases) || cases == "")) {
			wrong("no case between commas, after " name)
			return
		}
		n++
	}
	if (n == 0)
		wrong("no case of " file)
}

/^#/ || /^$/ { next }
NF != 4 || $1 !~ /^P[0-9]+$/ || $2 == "" {
	wrong("not: Pn | capability | tests | not built")
	next
}
$1 in seen { wrong($1 " stands here twice") }
{ seen[$1] = 1 }
$3 == "-" {
	if ($4 !~ /^(not built|only by hand)/)
		wrong("without a test: \"not built\" or \"only by hand\"")
	next
}
{
	n = split($3, files, / *; */)
	for (i = 1; i <= n; i++) {
		at = index(files[i], ": ")
		if (at == 0)
			wrong("not FILE: CASE: " files[i])
		else
			look(substr(files[i], 1, at - 1),
			    substr(files[i], at + 2))
	}
}
END {
	for (i = 1; i <= 50; i++)
		if (!("P" i in seen))
			wrong("P" i " is missing")
	exit faults > 0
}' tests/practices
