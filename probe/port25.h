/*
 * port25: whether connections get out at all.
 *
 * Many hosting networks close port 25 to the outside. Then nothing connects
 * anywhere, which says nothing about any address and nothing about any host.
 * Blocked: PORT25_TRIES tries at PORT25_HOSTS hosts have failed since the last
 * connection, and that one, if any, was more than PORT25_MS ago. From then on
 * one trial a minute is let through; the first connection ends it.
 *
 * It is not kept across a restart: who has had the port opened restarts, and a
 * port that is still closed is found out again. Times are ledger
 * milliseconds. Zeros are a good start. Pure; one owner at a time.
 */
#ifndef RCPTGUARD_PORT25_H
#define RCPTGUARD_PORT25_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT25_TRIES	10
#define PORT25_HOSTS	3
#define PORT25_MS	INT64_C(60000)

struct port25 {
	bool blocked;
	unsigned failed;		/* since the last connection */
	uint32_t hosts[PORT25_HOSTS];	/* hashes of names that failed */
	size_t host_count;
	int64_t connected_at;		/* 0: never */
	int64_t trial_at;		/* blocked: the next */
};

/* False: *retry is when the next trial may be. Changes nothing. */
bool port25_ask(const struct port25 *p, int64_t now, int64_t *retry);
void port25_begin(struct port25 *p, int64_t now);

/* A connection to host was made, or could not be. True: it is blocked now. */
bool port25_note(struct port25 *p, const char *host, bool connected,
    int64_t now);

#endif
