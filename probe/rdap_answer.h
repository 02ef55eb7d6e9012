/*
 * rdap_answer: when a domain was registered, as RDAP says (RFC 9083).
 *
 * A JSON object with objectClassName "domain" (RFC 9083, 5.3) whose ldhName,
 * if it is there, is the domain that was asked for. Of its events (4.5) those
 * with eventAction "registration" and "reregistration" count (RFC 9083,
 * 10.2.3), and of several the latest: who dropped a domain and has it again
 * has a young one. eventDate is RFC 3339, with any offset.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_RDAP_ANSWER_H
#define RCPTGUARD_RDAP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * domain: lower case, A-labels. *registered: wall seconds, from 1 to now and a
 * day. False, and *registered untouched, for anything else: why says what is
 * wrong, in words that may be shown.
 */
bool rdap_answer_read(const char *body, size_t len, const char *domain,
    int64_t now, int64_t *registered, char *why, size_t size);

#endif
