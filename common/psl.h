/*
 * psl: where a domain ends that somebody registered, by the Public Suffix
 * List. The only user of libpsl; the list is the one it was built with.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_PSL_H
#define RCPTGUARD_PSL_H

/*
 * The registrable part of a domain (A-labels, lower case): "a.b.co.uk" gives
 * "b.co.uk". Points into domain. A public suffix itself, and a name that has
 * none, is its own.
 */
const char *registrable_part(const char *domain);

#endif
