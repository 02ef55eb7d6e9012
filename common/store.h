/*
 * store: the verdict store, one LMDB environment in one file.
 *
 * One process writes (the probe, from one thread); any number of processes and
 * threads read. Keys are a keyed hash of the canonical address: 6 octets from
 * its domain, 10 from the whole address, so a domain's records lie side by
 * side and can be purged, and a stolen file names nobody. The hash key is in a
 * file of its own (STORE_KEY_FILE in the state directory), made by the writer
 * at first start, 0640.
 *
 * Tables: "verdicts" (record.h), "evidence" (JSON in an envelope, own cap),
 * "domains" (domain facts in clear, envelope), "meta".
 *
 * Every failure of the file is a status: the caller goes on without a store.
 */
#ifndef RCPTGUARD_STORE_H
#define RCPTGUARD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/verdict.h"

#define STORE_KEY_FILE	"store.key"
#define STORE_READERS	512		/* slots; both programs ask for the same */

struct store;

enum store_status {
	STORE_OK,
	STORE_MISS,			/* no such record, or a damaged one */
	STORE_FULL,			/* at max_size, and eviction did not help */
	STORE_DAMAGED,			/* the file is not usable */
	STORE_ABSENT,			/* no file or key yet (readers) */
	STORE_DENIED,			/* permission, or an unsafe key file */
	STORE_SYSTEM,			/* errno says more: disk full, I/O ... */
	STORE_STATUS_COUNT
};

const char *store_status_text(enum store_status status);

struct store_params {
	const char *state_dir;
	const char *path;		/* relative to state_dir, or absolute */
	uint64_t max_size;		/* octets; the map's hard cap */
};

/*
 * Opens for reading; never creates, repairs or changes anything but the lock
 * file's reader slots. *out is NULL unless STORE_OK. Once per process and file.
 */
enum store_status store_open_reader(const struct store_params *p,
    struct store **out);

/*
 * Opens for writing. Creates directory entries, key and file as needed. A file
 * that a throw-away child cannot walk whole is renamed to "PATH.damaged-TIME"
 * and a new one begun; *set_aside (256 octets) then holds that name, else "".
 */
enum store_status store_open_writer(const struct store_params *p,
    struct store **out, char set_aside[256]);

/*
 * Walks the file in a throw-away child, read-only, and changes nothing
 * (`--check`). STORE_OK, STORE_ABSENT, STORE_DAMAGED, STORE_DENIED.
 */
enum store_status store_check(const struct store_params *p);

void store_close(struct store *s);	/* NULL is fine */

/*
 * Any thread. STORE_OK fills *out even if it has expired: the caller judges
 * times. Under 2 microseconds when warm; takes no lock that a writer holds.
 */
enum store_status store_get_verdict(struct store *s,
    const struct address *addr, struct verdict *out);

/* The caller frees *json. */
enum store_status store_get_evidence(struct store *s,
    const struct address *addr, char **json);

/* Facts of a domain, in clear; the format is the probe's. The caller frees. */
enum store_status store_get_domain(struct store *s, const char *domain,
    void **data, size_t *len);

struct store_stats {
	uint64_t verdicts, evidence, domains;	/* records */
	uint64_t used, mapped, max_size;	/* octets */
	uint64_t evicted;			/* since the store was made */
	unsigned readers, reader_slots;
};
enum store_status store_stats(struct store *s, struct store_stats *out);

/*
 * Calls each for every verdict until it returns false; short transactions, so
 * a walk neither sees one instant nor blocks the writer's reuse of pages.
 */
enum store_status store_walk(struct store *s,
    bool (*each)(void *arg, const struct verdict *v), void *arg);

/*
 * Writing: one thread. Begin, put or delete any number, commit. The first
 * error is latched and returned by store_commit, which then has changed
 * nothing. When the map is full it grows to max_size; then the expired, then
 * the oldest records of a random sample go.
 */
enum store_status store_begin(struct store *s);
void store_put_verdict(struct store *s, const struct address *addr,
    const struct verdict *v);
/* R7 at the last gate: puts unless verdict_may_replace says no. */
void store_offer_verdict(struct store *s, const struct address *addr,
    const struct verdict *v, int64_t now);
void store_put_evidence(struct store *s, const struct address *addr,
    const char *json);
void store_put_domain(struct store *s, const char *domain, const void *data,
    size_t len);
void store_delete(struct store *s, const struct address *addr);
/* Every verdict and evidence of the domain, and its facts. */
void store_delete_domain(struct store *s, const char *domain,
    uint64_t *deleted);
enum store_status store_commit(struct store *s);
void store_abort(struct store *s);

/* Writer, every ten seconds: clears readers that died. */
void store_tidy(struct store *s);

#endif
