/*
 * bare_smtp: the yardstick of bench_probe, a client that writes EHLO, MAIL,
 * RCPT and QUIT, counts the replies, and reads nothing in them.
 */
#ifndef RCPTGUARD_BENCH_BARE_SMTP_H
#define RCPTGUARD_BENCH_BARE_SMTP_H

#include "tests/bench/rounds.h"

struct round bare_smtp_round(struct run run);

#endif
