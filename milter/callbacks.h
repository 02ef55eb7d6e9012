/*
 * callbacks: the only module that knows libmilter's sessions. Each callback
 * fetches what the MTA said, lets judge decide, and passes the answer on.
 */
#ifndef RCPTGUARD_CALLBACKS_H
#define RCPTGUARD_CALLBACKS_H

#include <stdbool.h>

#include "milter/service.h"

/*
 * Registers with libmilter. Main thread, once, before smfi_main; svc lives as
 * long as the process.
 */
bool callbacks_register(struct service *svc);

#endif
