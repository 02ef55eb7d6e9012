/*
 * ring: decisions on their way from the callbacks to the log and the probe.
 *
 * A bounded ring with two readers. Whoever puts never waits: when a reader is
 * a whole ring behind, its oldest entry is lost and counted, for that reader
 * alone. So a stuck syslog costs lines, and a dead probe costs notes, and
 * neither costs the other.
 *
 * Pure; the owner locks.
 */
#ifndef RCPTGUARD_RING_H
#define RCPTGUARD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/attack.h"
#include "common/conf.h"
#include "common/net.h"
#include "common/verdict_line.h"

enum ring_kind {
	RING_DECISION,			/* one address was judged */
	RING_QUEUED,			/* its message has a queue id */
	RING_ATTACK			/* a bounce attack began, or is over */
};

#define RING_QID_SIZE	32
#define RING_AUTH_SIZE	128
#define RING_GUARD_SIZE	64

/* What a limit of guards.flood made of a decision. */
enum ring_flood {
	FLOOD_NONE,			/* nothing */
	FLOOD_ATTACK,			/* deferred under a bounce attack */
	FLOOD_BOMB			/* deferred as a mail bomb */
};
/* The word of the logs; NULL for FLOOD_NONE. */
const char *ring_flood_word(enum ring_flood flood);

/* The rest of struct attack; id, guard, auth and client are the entry's. */
struct ring_attack {
	enum attack_phase phase;
	int64_t began, until, judged, undeliverable, put_off;
};

/*
 * Foreign text, not yet escaped, cut to these sizes; nothing here decides, it
 * is only told. Texts are last, from id on: the ring keeps them packed.
 */
struct ring_entry {
	enum ring_kind kind;
	int64_t time_ms;		/* wall clock */
	enum guard_origin origin;
	enum guard_verify role;
	enum verdict_reason reason;
	enum verdict_source source;
	enum guard_action action;
	enum guard_mode mode;
	uint16_t code;			/* answered; 0: passed */
	bool simulated;			/* Postfix's non_smtpd_milters */
	bool refresh;			/* ask the probe behind the answer */
	enum ring_flood flood;
	int64_t age_s, took_ms;
	struct ring_attack attack;	/* of RING_ATTACK */
	char id[VERDICT_ID_SIZE];
	char qid[RING_QID_SIZE];	/* "" : not known yet */
	char client[NET_TEXT_SIZE];	/* IP address, or "" */
	char guard[RING_GUARD_SIZE];
	char auth[RING_AUTH_SIZE];
	char address[ADDRESS_MAX + 1];	/* the one judged */
	char sender[ADDRESS_MAX + 1];
};

enum ring_reader { RING_LOG, RING_NOTES, RING_READERS };

struct ring_slot;
struct ring {
	struct ring_slot *slots;
	size_t size;
	uint64_t head;			/* entries ever put */
	uint64_t at[RING_READERS];	/* next entry to read */
	uint64_t lost[RING_READERS];
};

/* False: no memory. */
bool ring_init(struct ring *r, size_t size);
void ring_clear(struct ring *r);	/* frees */

/* What an entry of RING_ATTACK is about. */
void ring_attack(const struct ring_entry *e, struct attack *out);

void ring_put(struct ring *r, const struct ring_entry *e);

/*
 * Copies up to most entries, oldest first, and returns their number; *mark is
 * for ring_done once they are dealt with. Until then they stay, and may be
 * lost like any other.
 */
size_t ring_peek(const struct ring *r, enum ring_reader who,
    struct ring_entry *out, size_t most, uint64_t *mark);
void ring_done(struct ring *r, enum ring_reader who, uint64_t mark);

size_t ring_behind(const struct ring *r, enum ring_reader who);

#endif
