/*
 * classify: replies on standard input, their meaning on standard output. No
 * daemon and no settings are needed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/classify.h"

#define LINE_MAX_LEN	65536

/* What stands for a line that is no reply: lines in and out stay in step. */
#define NO_REPLY	"unknown\tambiguous_refusal\tnone"

enum { REPLIES, PROVIDERS, PROVIDER };
static const struct option_row rows[] = {
	[REPLIES] = { "replies", 'r', "FILE",
	    "rules instead of the installed" },
	[PROVIDERS] = { "providers", 'p', "FILE",
	    "providers instead of the installed" },
	[PROVIDER] = { "provider", 'n', "NAME", "whose replies these are" },
	{ NULL, 0, NULL, NULL }
};

/* False: no reply, and said so. */
static bool
one_line(const struct rules *r, const char *provider, const char *line,
    size_t len, uintmax_t number)
{
	char out[CLASSIFY_LINE_SIZE];

	if (len > LINE_MAX_LEN || strlen(line) != len) {
		out_warn("line %ju: %s", number, len > LINE_MAX_LEN ?
		    "longer than 64 KiB" : "it has a NUL octet");
		out_raw(NO_REPLY "\n");
		return false;
	}
	if (!classify_line(r, provider, line, out, sizeof out)) {
		out_warn("line %ju: %s", number, out);
		out_raw(NO_REPLY "\n");
		return false;
	}
	out_raw(out);
	out_raw("\n");
	return true;
}

static int
classify(const struct rules *r, const char *provider)
{
	char *line = NULL;
	size_t size = 0;
	uintmax_t number = 0;
	int status = EX_OK;
	ssize_t len;

	errno = 0;
	while ((len = getline(&line, &size, stdin)) != -1) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (!one_line(r, provider, line, (size_t)len, ++number))
			status = EX_DATAERR;
	}
	if (ferror(stdin) || errno == ENOMEM) {
		out_warn("standard input: %s", strerror(errno));
		status = EX_IOERR;
	}
	free(line);
	return status;
}

static int
run(const struct args *a)
{
	const char *provider = a->values[PROVIDER];
	struct conf_errors errors;
	struct rules *r;
	int status;

	conf_errors_init(&errors);
	r = rules_load(a->values[REPLIES], a->values[PROVIDERS], &errors);
	talk_conf_errors(&errors);
	conf_errors_clear(&errors);
	if (r == NULL) {
		out_warn("the rules cannot be used; correct them, or name "
		    "others with --replies and --providers");
		return EX_CONFIG;
	}
	if (provider != NULL && rules_provider_named(r, provider) == NULL) {
		out_warn("the rules know no provider \"%s\"", provider);
		status = EX_USAGE;
	} else {
		status = classify(r, provider);
	}
	rules_free(r);
	return status;
}

const struct command cmd_classify = {
	.name = "classify",
	.synopsis = "[--replies FILE] [--providers FILE] [--provider NAME]",
	.help = "say what servers' replies mean, from standard input",
	.more = "A line in is STAGE, TAB, REPLY; lines of one reply are joined "
	    "by the two\ncharacters \\n. A line out is state, TAB, reason, "
	    "TAB, rule. 65: not all were replies.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
