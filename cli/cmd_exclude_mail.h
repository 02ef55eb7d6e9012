/*
 * exclude --mail: one message on standard input, from our contact address,
 * becomes a complaint; and an exclusion, where who asks has shown that he may.
 */
#ifndef RCPTGUARD_CMD_EXCLUDE_MAIL_H
#define RCPTGUARD_CMD_EXCLUDE_MAIL_H

#include "common/conf.h"

/*
 * EX_OK, or EX_TEMPFAIL with a message whatever went wrong: the mail server
 * keeps the message then, and tries again.
 */
int exclude_mail(const struct conf *conf);

#endif
