/*
 * stage: where in a verification something was said or went wrong. What is
 * said before RCPT speaks about us, never about the address.
 */
#ifndef RCPTGUARD_STAGE_H
#define RCPTGUARD_STAGE_H

#include <stdbool.h>

enum stage {
	STAGE_NONE,			/* nothing was asked (syntax, store, rules) */
	STAGE_DNS,
	STAGE_CONNECT,
	STAGE_BANNER,
	STAGE_EHLO,			/* also HELO */
	STAGE_STARTTLS,			/* the command and the handshake */
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_RSET,
	STAGE_QUIT,
	STAGE_COUNT
};

/*
 * "none", "dns", "connect", ... "quit"; static. NULL for a number that is no
 * stage. The words are part of the log and the store: never renamed.
 */
const char *stage_word(enum stage stage);

/* False, and *out untouched, for a word that is none of them. */
bool stage_from_word(const char *word, enum stage *out);

#endif
