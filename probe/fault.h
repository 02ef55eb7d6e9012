/*
 * fault: how asking one mail host ended, where it gave no reply.
 */
#ifndef RCPTGUARD_FAULT_H
#define RCPTGUARD_FAULT_H

#include "common/verdict.h"

/* How asking one host ended. */
enum fault {
	FAULT_NONE,			/* it answered; the reply says what */
	FAULT_CONNECT,			/* refused, unreachable, or no answer to SYN */
	FAULT_TIMEOUT,
	FAULT_CLOSED,			/* closed or reset before the answer */
	FAULT_PROTOCOL,			/* what came is no SMTP, or too much of it */
	FAULT_TLS,			/* the handshake failed */
	FAULT_NO_SMTPUTF8,
	FAULT_LOCAL			/* ours: no memory, no descriptor */
};

/* Completes "the host ..."; static. */
const char *fault_text(enum fault fault);

/* Of FAULT_NONE, ambiguous_refusal. */
enum verdict_reason fault_reason(enum fault fault);

#endif
