/* What the tests of the configuration share. The caller frees what returns. */
#ifndef TESTS_UNIT_CONF_UTIL_H
#define TESTS_UNIT_CONF_UTIL_H

#include "common/conf.h"

/* Line 1 of most files. */
#define WHO	"identity: { helo = \"v.example.com\"; " \
		"sender = \"p@v.example.com\"; };\n"
#define GUARD(body)	WHO "guards = ( { name = \"g\"; " body " } );\n"
/* An identity with more in it, from line 2 on. */
#define MORE(line)	"identity: { helo = \"v.example.com\"; " \
			"sender = \"p@v.example.com\";\n" line " };\n"

/* All messages, each with a newline. */
char *messages_of(const struct conf_errors *e);
/* Fails the test, with the messages, if text is refused. */
const struct conf *must_load(const char *name, const char *text);
/* Text that must be refused. */
struct bad {
	const char *says;
	const char *text;
	const char *messages;		/* each with its \n */
};
void check_refused(const struct bad *rows, size_t count);
/* What conf_print writes. */
char *printed(const struct conf *c, bool json);

#endif
