/*
 * catchall: whether a mail host takes any name of a domain, so that its "yes"
 * to one address means little.
 *
 * A random recipient is asked in a session of its own, after a real one was
 * accepted (some servers punish the second recipient), once for a domain and
 * host, and remembered for CATCHALL_KEEP_S. An answer that is temporary, or
 * about us, shows nothing and is tried again after CATCHALL_UNCLEAR_S; where
 * it was greylisting, by the same name once its wait is over, since another
 * name would be put off like the first.
 *
 * The loop's thread only. done is called from the loop, never from within.
 */
#ifndef RCPTGUARD_CATCHALL_H
#define RCPTGUARD_CATCHALL_H

#include <event2/event.h>

#include "common/classify.h"
#include "common/store.h"
#include "probe/clerk.h"
#include "probe/gate.h"
#include "probe/peers.h"

#define CATCHALL_KEEP_S		(7 * 86400)
#define CATCHALL_UNCLEAR_S	3600
#define CATCHALL_LOCAL_S	60	/* a fault of ours was in the way */
#define CATCHALL_MAX		10000	/* domains remembered in memory */

enum catchall_finding {
	CATCHALL_NO = 1,		/* written to the store: append only */
	CATCHALL_YES = 2,
	CATCHALL_UNCLEAR = 3
};

struct catchall;
struct catchall_wait;

typedef void catchall_done_fn(void *arg, enum catchall_finding finding);

struct catchall_params {
	const char *domain;		/* copied */
	const char *host;		/* the MX that accepted; copied */
	struct net_addr addr;
	const char *machine;		/* mx_host_machine; copied */
	const char *submitter;		/* whose probe it is; copied */
	const struct provider *provider;	/* read now; may be NULL */
	struct evidence *story;		/* as in ask_params */
	int64_t story_began_ms;
	catchall_done_fn *done;
	void *arg;
};

/*
 * rules: where to find the rule set in force. Store may be NULL. The random
 * recipient is a probe like any other: the gate is asked for it.
 */
struct catchall *catchall_create(struct event_base *base, struct peers *peers,
    struct gate *gate, const struct rules *const *rules, struct store *store,
    struct clerk *clerk);
void catchall_destroy(struct catchall *c);	/* nobody is called any more */

/* NULL: no memory. */
struct catchall_wait *catchall_ask(struct catchall *c,
    const struct catchall_params *p);
void catchall_cancel(struct catchall_wait *w);	/* NULL is fine */

/*
 * What is known of a domain, and what a test of it under way will show. NULL:
 * no domain's, but all that is under way.
 */
void catchall_forget(struct catchall *c, const char *domain);

/* --- pure, catchall_item.c ------------------------------------------------ */

/* What the reply to the random recipient shows. */
enum catchall_finding catchall_judge(enum verdict_reason meaning);

/* The same as a sentence of the story. */
const char *catchall_text(enum catchall_finding finding);

#define CATCHALL_KEY_MAX	(2 * 256 + 16)

/* domain NUL "catchall" NUL host; its length. Both: at most 255 octets. */
size_t catchall_key(const char *domain, const char *host,
    char key[CATCHALL_KEY_MAX]);

#define CATCHALL_ITEM_SIZE	9	/* in the store */

void catchall_item_put(uint8_t item[CATCHALL_ITEM_SIZE],
    enum catchall_finding finding, int64_t at);

/* False: it is no such item, or too old, or of a time to come. */
bool catchall_item_get(const uint8_t *item, size_t len, int64_t now,
    enum catchall_finding *finding, int64_t *expires_at);

#endif
