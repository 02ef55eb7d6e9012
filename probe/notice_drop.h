/*
 * notice_drop: a file for each alarm, for somebody else's program to take: a
 * systemd path unit, cron. The probe runs nothing itself.
 *
 * The name is TIME-WORD-ID.json, so that names sort by time; until it is whole
 * the file has another one, which begins with a dot. Whoever takes it removes
 * it. The directory is bounded: with NOTICE_FILES_MAX files in it no more are
 * put there, and the oldest stay.
 *
 * Blocks on the disk. Any thread.
 */
#ifndef RCPTGUARD_NOTICE_DROP_H
#define RCPTGUARD_NOTICE_DROP_H

#include "common/notice.h"

#define NOTICE_FILES_MAX	1000

enum notice_drop {
	DROP_DONE,
	DROP_FULL,			/* nobody takes them */
	DROP_FAILED			/* errno */
};

/* json is n as text, without LF. */
enum notice_drop notice_drop(const char *dir, const struct notice *n,
    const char *json);

#endif
