/*
 * store: the verdict store, one LMDB environment in one file.
 *
 * One process writes (the probe, from one thread); any number of processes and
 * threads read. Keys are a keyed hash of the canonical address: 6 octets from
 * its domain, 10 from the whole address, so a domain's records lie side by
 * side and can be purged, and a stolen file names no mailbox. The hash key is
 * in a file of its own (STORE_KEY_FILE in the state directory), made by the
 * writer at first start, 0640.
 *
 * Tables: "verdicts" (record.h), "evidence" (sealed, in an envelope, in the
 * order of its coming; own cap), "meta", and those of enum store_table (items
 * in an envelope).
 *
 * Every failure of the file is a status: the caller goes on without a store.
 * With STORE_SYSTEM errno says more; an unsafe key file or directory is also
 * told to the log, with what to do.
 *
 * The state directory belongs to the writer's user and no group or other may
 * write in it: 2750 with the readers' group is right, since readers create
 * nothing. Files: PATH 0640, PATH-lock 0660 (readers register in it), key file
 * 0640. Not on a network file system.
 *
 * Left to the machine: a process that cuts the file while another reads it
 * ends that other one (SIGBUS); a reader notices a cut within a second, and
 * before it opens. Whoever may write the lock file, that is a reader, can stop
 * the writer by cutting it; the writer starts again clean.
 *
 * A handle is for the process that opened it: open after fork. Once per file
 * and process, as LMDB asks.
 */
#ifndef RCPTGUARD_STORE_H
#define RCPTGUARD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/verdict.h"

#define STORE_KEY_FILE	"store.key"
#define STORE_READERS	512		/* slots, at least */

struct store;

enum store_status {
	STORE_OK,
	STORE_MISS,			/* no such record, or a damaged one */
	STORE_FULL,			/* at max_size; eviction did not help */
	STORE_DAMAGED,			/* the file is not usable */
	STORE_ABSENT,			/* no file or key yet (readers) */
	STORE_DENIED,			/* permission, or an unsafe key file */
	STORE_SYSTEM,			/* errno: disk full, I/O ... */
	STORE_REFUSED,			/* a put was not taken; errno: why */
	STORE_STATUS_COUNT
};

const char *store_status_text(enum store_status status);

struct store_params {
	const char *state_dir;
	const char *path;		/* relative to state_dir, or absolute */
	uint64_t max_size;		/* of the map; at least 1 MiB */
	bool verify;			/* readers: see store_open_reader */
};

/*
 * Opens for reading; never creates, repairs or changes anything but the lock
 * file's reader slots. *out is NULL only without memory. With every other
 * status it is a handle to keep: each call looks once a second whether the
 * file has come, was replaced, or is whole again, and answers the same status
 * until then. So a reader may start before the writer and outlive it.
 *
 * verify: a throw-away child walks the file first, and one that it cannot walk
 * is not read until it has been replaced. For a daemon, which would otherwise
 * die of it again and again; must be called before threads are made.
 */
enum store_status store_open_reader(const struct store_params *p,
    struct store **out);

/*
 * Opens for writing; before threads are made. Creates key and files as needed,
 * not the directory. A file that a throw-away child cannot walk whole, or that
 * was made with another key, is renamed to "PATH.damaged-TIME" (the last two
 * such are kept) and a new one begun; *set_aside (256 octets) then holds that
 * name, else "". Each sound record is taken over into the new one, and
 * store_salvaged tells what that came to. *out is NULL unless STORE_OK.
 *
 * The walk reads every record: about 0.2 s for a million, 2 s for ten million
 * (tests/bench). To take over verdicts and evidence may take ten seconds more,
 * then the rest of them is given up.
 */
enum store_status store_open_writer(const struct store_params *p,
    struct store **out, char set_aside[256]);

/*
 * Walks the file in a throw-away child, read-only, and changes nothing
 * (`--check`); a live store may be checked. STORE_OK, STORE_ABSENT,
 * STORE_DAMAGED, STORE_DENIED or STORE_SYSTEM.
 */
enum store_status store_check(const struct store_params *p);

void store_close(struct store *s);	/* NULL is fine */

/*
 * Any thread. STORE_OK fills *out even if it has expired: the caller judges
 * times. Under 2 microseconds when warm; takes no lock that a writer holds.
 */
enum store_status store_get_verdict(struct store *s,
    const struct address *addr, struct verdict *out);

/*
 * What the owner put (evidence_pack). The caller frees *data, which has a NUL
 * behind it that *len does not count; NULL unless STORE_OK.
 */
enum store_status store_get_evidence(struct store *s,
    const struct address *addr, void **data, size_t *len);

/*
 * Tables of items, whose keys and data are their owner's and lie in clear in
 * the file: what names a person goes through store_seal first, or a hash. Only
 * domain facts are a cache that a full map may evict; the others are an admin's
 * word or a ledger, and stay until they are deleted.
 */
enum store_table {
	STORE_DOMAINS,			/* key: "domain" or "domain\0more" */
	STORE_WAITING,
	STORE_OVERRIDES,
	STORE_EXCLUSIONS,
	STORE_LEDGERS,
	STORE_COMPLAINTS,
	STORE_OUTCOMES,
	STORE_SENT,
	STORE_GUARDS,
	STORE_NOTICES,
	STORE_LISTINGS,			/* a new one goes behind */
	STORE_TABLE_COUNT
};

#define STORE_ITEM_KEY_MAX	255		/* octets, at least 1 */
#define STORE_ITEM_MAX		(16u << 10)	/* octets of data, 0 will do */

/*
 * Any thread. True if nothing is in the table now: cheaper than to look for
 * what is not there. False: something may be, or a reader has no store.
 */
bool store_is_empty(struct store *s, enum store_table table);

/*
 * Any thread. The caller frees *data, which has a NUL behind it that *len does
 * not count. A damaged item is a miss, told to the log once an hour; so is a
 * key of no or too many octets, and an item of a table that a file of an older
 * program lacks (the writer makes it when it opens).
 */
enum store_status store_get_item(struct store *s, enum store_table table,
    const void *key, size_t key_len, void **data, size_t *len);

/*
 * A key for the item of a mailbox: the keyed hash under which the verdicts
 * have it. False: a reader has no store (see store_open_reader). Any thread.
 */
#define STORE_ADDRESS_KEY	16
bool store_address_key(struct store *s, const struct address *addr,
    uint8_t out[STORE_ADDRESS_KEY]);

/* Of a damaged file: what it had, if that is known, and what is in the new. */
struct store_salvaged {
	bool known;			/* had is */
	bool whole;			/* all were saved, as they were last */
	uint64_t had, saved;
};

struct store_salvage {
	struct store_salvaged verdicts, evidence, items[STORE_TABLE_COUNT];
};

/* NULL: no file was set aside, or no memory. Lives as long as s. */
const struct store_salvage *store_salvaged(const struct store *s);
/*
 * The file that was set aside when exclusions may have been lost with it, as
 * long as it is there; else "".
 */
void store_lost_exclusions(struct store *s, char path[256]);

const char *store_table_name(enum store_table table);

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
 * The same for the items of a table, in the order of their keys (memcmp, the
 * shorter first). key and data are valid during the call. each may use the
 * store, and a batch may delete what the walk has come by.
 */
enum store_status store_walk_items(struct store *s, enum store_table table,
    bool (*each)(void *arg, const void *key, size_t key_len,
    const void *data, size_t len), void *arg);

/*
 * A text that nobody reads or makes without the key file: secretbox of
 * libsodium (XSalsa20 and Poly1305), a random nonce of 24 octets before it,
 * under a key derived from the store's. Any thread.
 *
 * out has room for len + STORE_SEAL_EXTRA octets, or for len -
 * STORE_SEAL_EXTRA; it may not overlap the input. False, and *out_len 0: a
 * reader has no store (see store_open_reader), or the sealed text is not one
 * that this store's key has made.
 */
#define STORE_SEAL_EXTRA	40
#define STORE_NAME_SIZE		16
bool store_seal(struct store *s, const void *plain, size_t len, uint8_t *out,
    size_t *out_len);
bool store_unseal(struct store *s, const uint8_t *sealed, size_t len,
    void *out, size_t *out_len);

/*
 * A name for a key, in the place of a text that names a person: the same for
 * the same text, and nobody finds the text without the key file. A text that
 * is an address or a domain has that one's key. False: a reader has no store.
 * Any thread.
 */
bool store_name(struct store *s, const void *text, size_t len,
    uint8_t out[STORE_NAME_SIZE]);

/*
 * Writing: one thread, which may be another than the readers'. Begin, put or
 * delete any number, commit; all or nothing lands, in one transaction, durable
 * when store_commit returns STORE_OK.
 *
 * Until then the batch is kept in memory. After any other status nothing has
 * changed in the file, readers go on, and the caller either commits the same
 * batch again (disk full, STORE_FULL while a stuck reader holds pages back),
 * adds to it, or aborts it. A put that could not be taken is latched: every
 * commit says STORE_REFUSED until the batch is aborted. errno is then ENOMEM
 * (the same puts may do later), EINVAL (a reason that is never stored, a key
 * or domain of no or too many octets, no batch begun), EMSGSIZE (evidence over
 * 64 KiB, an item over 16 KiB) or E2BIG (over a million operations).
 *
 * When the map is full it grows to max_size; then the oldest evidence goes, and
 * when little is left of it verdicts: of a sample the expired, then those with
 * the least life left. Evidence has a quarter of max_size, domain facts an
 * eighth. All other items together have a half: a batch that would make them
 * more is STORE_FULL until some were deleted, so whoever keeps items gives them
 * a bound, or puts them in a batch that it can abort. A batch should stay far
 * below max_size / 16 KiB operations.
 */
enum store_status store_begin(struct store *s);	/* SYSTEM, EBUSY: begun */
/*
 * R7 at the last gate: puts unless verdict_may_replace says no; then the old
 * one stays, as verdict_kept has it. data is the verdict's evidence and shares
 * its fate; with NULL a verdict that is put has none, and what an earlier one
 * left goes.
 */
void store_offer_verdict(struct store *s, const struct address *addr,
    const struct verdict *v, const void *data, size_t len, int64_t now);
void store_put_item(struct store *s, enum store_table table, const void *key,
    size_t key_len, const void *data, size_t len);
void store_delete(struct store *s, const struct address *addr);
void store_delete_item(struct store *s, enum store_table table,
    const void *key, size_t key_len);
/*
 * Every verdict and evidence of the domain (and of one in 2^48 others), and
 * its items in STORE_DOMAINS. *deleted, unless NULL, is set to the number of
 * verdicts by store_commit and must live until then.
 */
void store_delete_domain(struct store *s, const char *domain,
    uint64_t *deleted);
enum store_status store_commit(struct store *s);
void store_abort(struct store *s);		/* without a batch: nothing */

/* Writer, every ten seconds: clears readers that died. */
void store_tidy(struct store *s);

#endif
