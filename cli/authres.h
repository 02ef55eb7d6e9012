/*
 * authres: Authentication-Results (RFC 8601), strictly.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_AUTHRES_H
#define RCPTGUARD_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

struct authres {			/* what one field says; domain: below */
	bool has_dmarc, dmarc_pass;
	bool has_dkim, dkim_pass;
};

/*
 * True if the field, unfolded, is of this authserv-id and well-formed. A pass
 * is one only for that very domain: dmarc with header.from, dkim with
 * header.d. Comments are passed over; a quoted string, a version that is not
 * 1, and anything that is not of the grammar make the field none.
 */
bool authres_read(const char *field, const char *authserv_id,
    const char *domain, struct authres *out);

#endif
