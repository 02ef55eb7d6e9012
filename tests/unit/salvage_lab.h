/*
 * salvage_lab: a store whose every record is known by the pages it lies on, as
 * LMDB itself tells them from the whole file; and harm to pages of a copy.
 */
#ifndef RCPTGUARD_TESTS_UNIT_SALVAGE_LAB_H
#define RCPTGUARD_TESTS_UNIT_SALVAGE_LAB_H

#include "tests/unit/store_lab.h"

#define SALVAGE_TABLES	4
#define PAGE	4096
#define ITEMS	1500			/* of each table that has some */
#define VERDICTS	3000
#define BIG_EACH	50		/* so many have one that is BIG */
#define BIG	9000			/* on pages of its own */
#define PAGES_MAX	65536

/* The first and last page that a record is on; 0: there is none. */
struct place {
	uint64_t leaf, first, last;
};

extern struct salvage {
	struct lab lab;
	char good[128];			/* the whole file */
	struct place items[SALVAGE_TABLES][ITEMS];
	struct place verdicts[VERDICTS];
	uint64_t page_count;
	bool harmed[PAGES_MAX];
} salvage;

extern const enum store_table salvage_tables[SALVAGE_TABLES];

/* Of each test. The file is whole. */
void salvage_setup(void);
void salvage_teardown(void);
void salvage_restore(void);		/* whole again */

void salvage_item_key(unsigned n, char key[32]);
/* Tells its table and number, and when it was put, "old" or "new": its
 * length. */
size_t salvage_item_data(enum store_table table, unsigned n,
    const char *state, char data[BIG + 1]);
/* Deleted: what free pages still hold of them must not come back. */
bool salvage_is_deleted(unsigned n);

void salvage_harm_page(uint64_t number);	/* by rand */
void salvage_harm_any(void);			/* but the headers */
bool salvage_is_harmed(const struct place *p);

#endif
