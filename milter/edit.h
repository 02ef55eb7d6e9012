/*
 * edit: what a decision does to a message at its end, in libmilter's words.
 */
#ifndef RCPTGUARD_EDIT_H
#define RCPTGUARD_EDIT_H

#include <libmilter/mfapi.h>

#include <stdbool.h>

#include "milter/session.h"

#define EDIT_HEADER	"X-Rcptguard"

/*
 * In the end-of-message callback only. Holds the message, and tags it if
 * headers were agreed on (may_tag): then copies of our header that came with
 * it go, whether it gets one or not.
 */
void edit_message(SMFICTX *ctx, const struct session_message *m, bool may_tag);

#endif
