/*
 * settings: the configuration in force, replaced whole by a reload.
 *
 * A message keeps the one it began with, so that its recipients are judged by
 * one policy.
 */
#ifndef RCPTGUARD_SETTINGS_H
#define RCPTGUARD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/address.h"
#include "common/conf.h"

struct setting {
	const struct conf *conf;
	struct address own;		/* identity.sender, never judged */
	bool has_own;
};

struct settings;

/* Takes over the caller's count of c. NULL: no memory. */
struct settings *settings_new(const struct conf *c);

/* Any thread. What is taken never changes and lives until it is given back. */
const struct setting *settings_take(struct settings *s);
void settings_give(struct settings *s, const struct setting *set);

/* Takes over the caller's count of c. False: no memory, nothing changed. */
bool settings_replace(struct settings *s, const struct conf *c);

/* What a guard of c does at the end of a message. */
bool settings_use_action(const struct conf *c, enum guard_action action);

/*
 * The first key, in words, whose change from old to next does not take effect
 * by a reload; NULL: none. *refuse: a part of next could not work at all.
 */
const char *settings_need_restart(const struct conf *old,
    const struct conf *next, bool *refuse);

#endif
