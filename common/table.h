/*
 * table: uthash as this program uses it. Out of memory is not the end of the
 * process: after HASH_ADD whoever adds asks TABLE_HAS, and frees the element
 * if it was not taken.
 */
#ifndef RCPTGUARD_TABLE_H
#define RCPTGUARD_TABLE_H

#define HASH_NONFATAL_OOM	1
#include <uthash.h>

#define TABLE_HAS(element)	((element)->hh.tbl != NULL)

#endif
