/*
 * ledger_clock: the time that budgets are counted in.
 *
 * Neither of the machine's clocks will do. The wall clock is set, back and
 * forward, and each step forward would refill every budget; the monotonic one
 * begins anew with each boot. Ledger time is milliseconds that only go on: it
 * begins at the wall clock's value when the first ledger is made, and from
 * then on runs with the monotonic clock. A mark in the store says where it
 * stood:
 *   - a restart within one boot goes on by the monotonic clock, exactly;
 *   - after a reboot only the wall clock knows how long the machine was off:
 *     it is believed up to LEDGER_TRUST_MS, and not at all if it went back;
 *   - with no mark, or a damaged one, it goes on at the newest entry of the
 *     ledgers: no time has passed for them.
 * So at worst a budget refills late, never early by more than that trust. Time
 * in suspend counts for nothing.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_LEDGER_CLOCK_H
#define RCPTGUARD_LEDGER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_TRUST_MS		INT64_C(86400000)
#define LEDGER_BOOT_SIZE	40
#define LEDGER_MARK_SIZE	96	/* octets at most */

struct ledger_mark {
	int64_t ledger_ms;		/* 0 in a reading of the clocks alone */
	int64_t mono_ms, wall_ms;
	char boot[LEDGER_BOOT_SIZE];	/* id of this boot, or "" */
};

/*
 * Ledger time for now, a reading of the clocks. saved: the mark, or NULL.
 * newest: the newest time in any ledger, 0 if there is none.
 */
int64_t ledger_resume(const struct ledger_mark *saved,
    const struct ledger_mark *now, int64_t newest);

/* Octets written, at most LEDGER_MARK_SIZE. */
size_t ledger_mark_pack(const struct ledger_mark *m, uint8_t *out);
bool ledger_mark_unpack(const void *data, size_t len, struct ledger_mark *m);

#endif
