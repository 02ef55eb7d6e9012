/*
 * keyed: what is hashed or sealed under a key, by libsodium, which is included
 * here alone.
 *
 * Pure but for keyed_random; any thread.
 */
#ifndef RCPTGUARD_KEYED_H
#define RCPTGUARD_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYED_KEY	16
#define KEYED_HASH	16
#define KEYED_SEAL_KEY	32
#define KEYED_SEAL_EXTRA	40	/* a nonce of 24 octets and a tag */

void keyed_random(void *out, size_t len);
void keyed_forget(void *secret, size_t len);	/* zeroes, for certain */

/* SipHash-2-4 with 16 octets: what who lacks the key cannot aim at. */
void keyed_hash(const uint8_t key[KEYED_KEY], const void *text, size_t len,
    uint8_t out[KEYED_HASH]);

/* A key for sealing, of its own for each purpose (BLAKE2b). */
void keyed_seal_key(const uint8_t key[KEYED_KEY], const char *purpose,
    uint8_t out[KEYED_SEAL_KEY]);
/*
 * secretbox (XSalsa20 and Poly1305), a random nonce before it: out has room
 * for len + KEYED_SEAL_EXTRA octets, or for len - KEYED_SEAL_EXTRA; it may not
 * overlap the input. False: it was not made with this key.
 */
void keyed_seal(const uint8_t key[KEYED_SEAL_KEY], const void *plain,
    size_t len, uint8_t *out);
bool keyed_unseal(const uint8_t key[KEYED_SEAL_KEY], const uint8_t *sealed,
    size_t len, void *out);

#endif
