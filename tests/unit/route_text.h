/*
 * route_text: a route, and what is known of its hosts, as a row of a test
 * writes them.
 */
#ifndef RCPTGUARD_TESTS_UNIT_ROUTE_TEXT_H
#define RCPTGUARD_TESTS_UNIT_ROUTE_TEXT_H

#include <stdint.h>

#include "probe/hostmem.h"
#include "probe/mx.h"

/*
 * Hosts separated by ";", each "name addr addr ..."; "a?" or "aaaa?" for a
 * question that DNS left open, "..." for hosts or addresses that were left
 * out, "bad" for a name that is none. Each host is less preferred than the one
 * before it, but for one named "=".
 */
void route_text_make(const char *text, struct mx_route *route);

/*
 * "ADDR WHAT ..."; WHAT is dead, silent or refused, and was so at now_ms. NULL:
 * nothing is known. The caller destroys it.
 */
struct hostmem *route_text_rests(const char *text, int64_t now_ms);

#endif
