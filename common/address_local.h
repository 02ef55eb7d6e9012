/*
 * address_local: the part of a Mailbox before the "@" (RFC 5321, 4.1.2, with
 * RFC 6531, 3.3), as syntax and as content.
 *
 * For the address modules alone. Pure; any thread.
 */
#ifndef RCPTGUARD_ADDRESS_LOCAL_H
#define RCPTGUARD_ADDRESS_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/address.h"

#define ADDRESS_LOCAL_SIZE	(ADDRESS_LOCAL_MAX + 1)

/*
 * Finds the local part at the start of text, which is valid UTF-8 without
 * control characters. On ADDRESS_OK *used is its length and text[*used] is
 * the "@".
 */
enum address_status address_local_parse(const char *text, size_t len,
    size_t *used);

/*
 * The same for a Dot-string whose dots may stand anywhere; out is a spelling
 * of it that is valid, by quotes where they do not.
 */
enum address_status address_local_parse_dots(const char *text, size_t len,
    size_t *used, char out[ADDRESS_LOCAL_SIZE]);

/*
 * What a local part of valid syntax means: quotes and quoting backslashes
 * taken off. Returns the length.
 */
size_t address_local_content(const char *local, char out[ADDRESS_LOCAL_SIZE]);

/*
 * The shortest spelling of a content: a Dot-string where that will do, else
 * a Quoted-string that quotes only what it must. False, and out is the empty
 * string, if that is longer than ADDRESS_LOCAL_MAX.
 */
bool address_local_write(const char *content, char out[ADDRESS_LOCAL_SIZE]);

#endif
