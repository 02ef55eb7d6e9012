/*
 * domain_age: what the age of our own sender's domain allows (practice P35).
 *
 * Receivers distrust a domain of the first days whatever it does. Below
 * DOMAIN_BLOCKED_DAYS no probe leaves (preflight's hard check); below
 * DOMAIN_HELD_DAYS every source is held to the first step of its ramp. What is
 * not known stops nothing.
 *
 * Pure; wall seconds.
 */
#ifndef RCPTGUARD_DOMAIN_AGE_H
#define RCPTGUARD_DOMAIN_AGE_H

#include <stdint.h>

#define DOMAIN_BLOCKED_DAYS	7
#define DOMAIN_HELD_DAYS	14

enum domain_age {
	DOMAIN_AGE_UNKNOWN,
	DOMAIN_AGE_BLOCKED,
	DOMAIN_AGE_HELD,
	DOMAIN_AGE_GROWN
};

/* since: when it was registered; 0: not known. The future is no age at all. */
enum domain_age domain_age(int64_t since, int64_t now);

/* Whole days; less than none is 0. */
int64_t domain_age_days(int64_t since, int64_t now);

#endif
