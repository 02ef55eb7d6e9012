/*
 * facts: answers of DNS that a decision needs, and those it still lacks.
 *
 * A decision asks for facts by type and name, as if all were known. What is
 * not known is noted as wanted; the decision then ends as "pending", whoever
 * runs it asks DNS, puts the answers, and runs it again from the start. So the
 * decision stays a pure function, and tests give it a table.
 *
 * Names are A-labels and compared without regard to case. One thread.
 */
#ifndef RCPTGUARD_FACTS_H
#define RCPTGUARD_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/net.h"
#include "probe/mx.h"

#define FACTS_MAX		512	/* of one decision */
#define FACTS_ITEMS_MAX		64	/* of one answer */
#define FACTS_TEXT_MAX		4096	/* octets of one TXT record */
#define FACTS_NAME_SIZE		256

/* RFC 1035, RFC 3596 */
enum fact_type {
	FACT_A = 1,
	FACT_NS = 2,
	FACT_PTR = 12,
	FACT_MX = 15,
	FACT_TXT = 16,
	FACT_AAAA = 28
};

struct fact_item {
	struct net_addr addr;		/* A, AAAA */
	unsigned preference;		/* MX */
	char *text;			/* TXT; the name of MX and PTR */
};

/* DNS_OK: items of the type. No more than FACTS_ITEMS_MAX; owns its texts. */
struct fact_answer {
	enum dns_status status;
	size_t count;
	struct fact_item items[FACTS_ITEMS_MAX];
};

/* Adds a copy of what is given; false: full, or no memory. */
bool fact_add_addr(struct fact_answer *a, const struct net_addr *addr);
bool fact_add_text(struct fact_answer *a, unsigned preference,
    const char *text, size_t len);
void fact_answer_free(struct fact_answer *a);	/* NULL is fine */

struct facts;

struct facts *facts_new(void);		/* NULL: no memory */
void facts_free(struct facts *f);	/* NULL is fine */

/*
 * NULL: not known yet, and wanted now. A name that DNS cannot hold, and more
 * than FACTS_MAX questions, are answered with DNS_FAILED at once. What is
 * returned lives as long as f.
 */
const struct fact_answer *facts_get(struct facts *f, enum fact_type type,
    const char *name);

/*
 * The next question that is wanted and was not handed out before. False: none.
 * name lives as long as f.
 */
bool facts_next(struct facts *f, enum fact_type *type, const char **name);

/*
 * Takes a, which may be NULL (no memory: a failure). False: no memory to note
 * it at all.
 */
bool facts_put(struct facts *f, enum fact_type type, const char *name,
    struct fact_answer *a);

/*
 * "4.3.2.1" or nibbles (RFC 3596), before a zone; the zones of PTR are below.
 * False: it does not fit.
 */
bool facts_reverse(const struct net_addr *addr, const char *zone,
    char out[FACTS_NAME_SIZE]);
const char *facts_reverse_zone(const struct net_addr *addr);

#endif
