#include "common/keyed.h"

#include <sodium.h>
#include <string.h>

_Static_assert(KEYED_KEY == crypto_shorthash_siphashx24_KEYBYTES &&
    KEYED_HASH == crypto_shorthash_siphashx24_BYTES, "SipHash's sizes");
_Static_assert(KEYED_SEAL_KEY == crypto_secretbox_KEYBYTES &&
    KEYED_SEAL_EXTRA == crypto_secretbox_NONCEBYTES +
    crypto_secretbox_MACBYTES, "secretbox's sizes");

void
keyed_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void
keyed_forget(void *secret, size_t len)
{
	sodium_memzero(secret, len);
}

void
keyed_hash(const uint8_t key[KEYED_KEY], const void *text, size_t len,
    uint8_t out[KEYED_HASH])
{
	crypto_shorthash_siphashx24(out, text, len, key);
}

void
keyed_seal_key(const uint8_t key[KEYED_KEY], const char *purpose,
    uint8_t out[KEYED_SEAL_KEY])
{
	crypto_generichash(out, KEYED_SEAL_KEY, (const uint8_t *)purpose,
	    strlen(purpose), key, KEYED_KEY);
}

void
keyed_seal(const uint8_t key[KEYED_SEAL_KEY], const void *plain, size_t len,
    uint8_t *out)
{
	randombytes_buf(out, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, plain, len,
	    out, key);
}

bool
keyed_unseal(const uint8_t key[KEYED_SEAL_KEY], const uint8_t *sealed,
    size_t len, void *out)
{
	return len >= KEYED_SEAL_EXTRA && crypto_secretbox_open_easy(out,
	    sealed + crypto_secretbox_NONCEBYTES,
	    len - crypto_secretbox_NONCEBYTES, sealed, key) == 0;
}
