/*
 * address_domain: the part of a Mailbox after the "@": a Domain or an
 * address-literal (RFC 5321, 4.1.2 and 4.1.3), or U-labels (RFC 6531, 3.3).
 *
 * For the address modules alone. Pure but for libidn2's allocation; any thread.
 */
#ifndef RCPTGUARD_ADDRESS_DOMAIN_H
#define RCPTGUARD_ADDRESS_DOMAIN_H

#include <stddef.h>

#include "common/address.h"

#define ADDRESS_DOMAIN_SIZE	(ADDRESS_DOMAIN_MAX + 1)

/*
 * Takes all of text, which is valid UTF-8 without control characters. On
 * ADDRESS_OK out holds the wire form, else the empty string. One label alone is
 * a Domain (RFC 5321, 4.1.2); whether it takes mail is for the DNS to say.
 */
enum address_status address_domain_parse(const char *text, size_t len,
    char out[ADDRESS_DOMAIN_SIZE]);

/* The same for "[...]", brackets included. */
enum address_status address_literal_parse(const char *text, size_t len,
    char out[ADDRESS_DOMAIN_SIZE]);

#endif
