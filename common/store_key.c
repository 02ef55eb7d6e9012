#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/keyed.h"
#include "common/log.h"
#include "common/store_internal.h"

_Static_assert(STORE_HASH_KEY == KEYED_KEY, "the key file holds one key");
_Static_assert(STORE_SEAL_EXTRA == KEYED_SEAL_EXTRA,
    "what a sealed text has more");
_Static_assert(STORE_SEAL_KEY == KEYED_SEAL_KEY, "what seals is a key");
_Static_assert(RECORD_KEY_SIZE == KEYED_HASH &&
    STORE_ADDRESS_KEY == RECORD_KEY_SIZE,
    "a record's key is no longer than one hash");

static int
write_key(int fd)
{
	uint8_t key[STORE_HASH_KEY];
	ssize_t n;

	store_key_random(key, sizeof(key));
	do
		n = write(fd, key, sizeof(key));
	while (n == -1 && errno == EINTR);
	keyed_forget(key, sizeof(key));
	if (n != STORE_HASH_KEY) {
		if (n != -1)
			errno = ENOSPC;
		return -1;
	}
	if (fchmod(fd, 0640) == -1 || fsync(fd) == -1)
		return -1;
	return 0;
}

/*
 * Written whole under another name first: a crash half-way must not leave a
 * short key that every later start refuses. link does not replace a key that
 * is there after all. Returns 0 or -1 with errno.
 */
static int
create_key(const char *path)
{
	char tmp[PATH_MAX];
	int fd, rc, saved;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return -1;
	rc = write_key(fd);
	saved = errno;
	close(fd);
	if (rc == 0 && link(tmp, path) == -1) {
		saved = errno;
		rc = errno == EEXIST ? 0 : -1;
	}
	unlink(tmp);
	errno = saved;
	return rc;
}

/* Errno's value; 0: a safe key file of the right length. */
static int
check_key(int fd, const char *path, bool loud)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return errno;
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
		if (loud)
			log_warnx("store key %s: mode %04o is not safe; "
			    "it must be a plain file of mode 0640: chmod 0640",
			    path, (unsigned)(st.st_mode & 07777));
		return EPERM;
	}
	if (st.st_size != STORE_HASH_KEY) {
		if (loud)
			log_warnx("store key %s: %lld octets instead of %d; "
			    "remove it, and the writer begins a new store",
			    path, (long long)st.st_size, STORE_HASH_KEY);
		return EINVAL;
	}
	return 0;
}

static enum store_status
status_of(int error)
{
	errno = error;
	if (error == ENOENT || error == ENOTDIR)
		return STORE_ABSENT;
	if (error == EACCES || error == EPERM || error == ELOOP ||
	    error == EINVAL)
		return STORE_DENIED;
	return STORE_SYSTEM;
}

static int
open_key(const char *path)
{
	return open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

int
store_key_open(const char *path, bool create, bool loud,
    uint8_t key[STORE_HASH_KEY], enum store_status *status)
{
	int fd, error;

	fd = open_key(path);
	if (fd == -1 && errno == ENOENT && create && create_key(path) == 0)
		fd = open_key(path);
	if (fd == -1) {
		*status = status_of(errno);
		return -1;
	}
	error = check_key(fd, path, loud);
	if (error == 0 && pread(fd, key, STORE_HASH_KEY, 0) != STORE_HASH_KEY)
		error = EIO;
	if (error != 0) {
		close(fd);
		*status = status_of(error);
		return -1;
	}
	*status = STORE_OK;
	return fd;
}

void
store_key_prefix(const uint8_t key[STORE_HASH_KEY], const char *domain,
    uint8_t out[STORE_PREFIX])
{
	uint8_t hash[KEYED_HASH];

	keyed_hash(key, domain, strlen(domain), hash);
	memcpy(out, hash, STORE_PREFIX);
}

/* A domain has no "@" and an address has, so one key serves both. */
void
store_key_address(const uint8_t key[STORE_HASH_KEY],
    const struct address *addr, uint8_t out[RECORD_KEY_SIZE])
{
	uint8_t hash[KEYED_HASH];
	char text[ADDRESS_MAX + 1];
	size_t len;

	len = address_canonical(addr, text);
	keyed_hash(key, text, len, hash);
	memcpy(out + STORE_PREFIX, hash, RECORD_KEY_SIZE - STORE_PREFIX);
	store_key_prefix(key, addr->domain, out);
}

void
store_key_check(const uint8_t key[STORE_HASH_KEY],
    uint8_t out[RECORD_KEY_SIZE])
{
	static const uint8_t text[] = "\0rcptguard key check";

	keyed_hash(key, text, sizeof(text), out);
}

void
store_key_random(void *out, size_t len)
{
	keyed_random(out, len);
}

void
store_key_seal(const uint8_t key[STORE_HASH_KEY], uint8_t out[STORE_SEAL_KEY])
{
	keyed_seal_key(key, "rcptguard waiting", out);
}

/* False: a reader without a store. Its key may be read anew meanwhile. */
static bool
known_key(struct store *s, uint8_t out[STORE_HASH_KEY])
{
	bool known;

	pthread_mutex_lock(&s->lock);
	while (s->switching)
		pthread_cond_wait(&s->quiet, &s->lock);
	known = s->writer || s->state == STORE_OK;
	if (known)
		memcpy(out, s->hash_key, STORE_HASH_KEY);
	pthread_mutex_unlock(&s->lock);
	return known;
}

/*
 * The writer has had its key since it was opened, and seals every verdict's
 * evidence.
 */
static bool
seal_key(struct store *s, uint8_t out[STORE_SEAL_KEY])
{
	uint8_t key[STORE_HASH_KEY];

	if (s->writer) {
		memcpy(out, s->seal_key, STORE_SEAL_KEY);
		return true;
	}
	if (!known_key(s, key))
		return false;
	store_key_seal(key, out);
	keyed_forget(key, sizeof(key));
	return true;
}

bool
store_address_key(struct store *s, const struct address *addr,
    uint8_t out[STORE_ADDRESS_KEY])
{
	uint8_t key[STORE_HASH_KEY];

	if (!known_key(s, key))
		return false;
	store_key_address(key, addr, out);
	keyed_forget(key, sizeof(key));
	return true;
}

bool
store_seal(struct store *s, const void *plain, size_t len, uint8_t *out,
    size_t *out_len)
{
	uint8_t key[STORE_SEAL_KEY];

	*out_len = 0;
	if (!seal_key(s, key))
		return false;
	keyed_seal(key, plain, len, out);
	keyed_forget(key, sizeof(key));
	*out_len = len + STORE_SEAL_EXTRA;
	return true;
}

_Static_assert(STORE_NAME_SIZE == KEYED_HASH, "a name is a hash");

bool
store_name(struct store *s, const void *text, size_t len,
    uint8_t out[STORE_NAME_SIZE])
{
	uint8_t key[STORE_HASH_KEY];

	if (!known_key(s, key))
		return false;
	keyed_hash(key, text, len, out);
	keyed_forget(key, sizeof(key));
	return true;
}

bool
store_unseal(struct store *s, const uint8_t *sealed, size_t len, void *out,
    size_t *out_len)
{
	uint8_t key[STORE_SEAL_KEY];
	bool whole;

	*out_len = 0;
	if (len < STORE_SEAL_EXTRA || !seal_key(s, key))
		return false;
	whole = keyed_unseal(key, sealed, len, out);
	keyed_forget(key, sizeof(key));
	if (whole)
		*out_len = len - STORE_SEAL_EXTRA;
	return whole;
}
