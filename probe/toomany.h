/*
 * toomany: whether a reply to a recipient is to its being one too many of a
 * session, and not to itself.
 *
 * Pure.
 */
#ifndef RCPTGUARD_TOOMANY_H
#define RCPTGUARD_TOOMANY_H

#include <stdbool.h>

/*
 * By the codes 4.5.3 and 5.5.3 (RFC 3463: too many recipients), by 452 with
 * words that say so, and by those of single providers. A mailbox that is full
 * has 452 too and is no such case; nor is a limit on connections, which
 * another one would only make worse.
 */
bool toomany_recipients(unsigned code, const char *enhanced,
    const char *text);

#endif
