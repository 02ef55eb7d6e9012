/*
 * xtext: text in which a "+" and two hexadecimal digits stand for an octet
 * (RFC 3461 section 4). Sendmail writes the login in {auth_authen} so, Postfix
 * as it is.
 */
#ifndef RCPTGUARD_XTEXT_H
#define RCPTGUARD_XTEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes in, cut to fit into out[size]; false: it is no xtext, or hides a
 * control octet, and out has it as it is.
 */
bool xtext_decode(const char *in, char *out, size_t size);

/* Whether the MTA whose macro "v" (its version) this is writes logins so. */
bool xtext_is_used_by(const char *version);

#endif
