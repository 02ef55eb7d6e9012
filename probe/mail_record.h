/*
 * mail_record: DKIM key records (RFC 6376, 3.6.1) and DMARC policy records
 * (RFC 7489, 6.3), as far as it must be told whether they are of use.
 *
 * Pure.
 */
#ifndef RCPTGUARD_MAIL_RECORD_H
#define RCPTGUARD_MAIL_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: good; else what is wrong, static. */
const char *dkim_record_fault(const char *text);

/* Whether a TXT record is meant for DMARC at all. */
bool dmarc_record_is(const char *text);
const char *dmarc_record_fault(const char *text);

/*
 * The value of a tag of "a=b; c=d", without blanks around it. False: there is
 * none, or it is longer than size. *list_ok is false if the list is ill-formed
 * or names a tag twice.
 */
bool mail_record_tag(const char *text, const char *tag, char *out, size_t size,
    bool *list_ok);

#endif
