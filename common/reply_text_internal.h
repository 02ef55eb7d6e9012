/*
 * reply_text_internal: what reply_text.c, which makes the forms of a reply, and
 * reply_mask.c, which finds what they mask, share.
 */
#ifndef RCPTGUARD_REPLY_TEXT_INTERNAL_H
#define RCPTGUARD_REPLY_TEXT_INTERNAL_H

#include "common/reply_text.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_high(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

static inline bool
is_space(char c)
{
	return (unsigned char)c <= ' ' || c == 127;
}

/*
 * reply_mask.c. Each is the length of what it finds at that place, or 0. All
 * but the quoted name are looked for at the start of a word.
 */
size_t reply_address_at(const char *in);
size_t reply_link_at(const char *in);
/* A mailbox by its local part, as in: user "sales" unknown. */
size_t reply_quoted_at(const char *text, size_t i);
/* What a mask stands for; names may be NULL. *mask is its word. */
size_t reply_mask_at(const char *in, const struct reply_names *names,
    const char **mask);

#endif
