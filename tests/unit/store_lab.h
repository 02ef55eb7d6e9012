/*
 * store_lab: a store in a directory of its own, for the store's tests. Each
 * test is a process (libcheck forks), and so is each further peer: LMDB wants
 * one environment a process.
 */
#ifndef RCPTGUARD_STORE_LAB_H
#define RCPTGUARD_STORE_LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/store.h"

#define MIB		(1u << 20)
#define LAB_DAY		86400
#define LAB_WAIT_MS	20000		/* longer than a sane machine needs */

struct lab {
	char dir[64];
	char data[96], lock[104], key[96];
	struct store_params p;
};

#define LAB_DISK	"/tmp"
#define LAB_MEMORY	"/dev/shm"	/* for tests of very many commits */
void lab_make(struct lab *lab, const char *where, uint64_t max_size);
void lab_remove(struct lab *lab);
/* Opens or fails the test. */
struct store *lab_writer(struct lab *lab);

/* userN at the domain; the address is parsed as the programs do it. */
struct address lab_address(unsigned long n, const char *domain);
/* Checked now, with so much life. */
struct verdict lab_verdict(enum verdict_reason reason, int64_t life_s);

/* Or they fail the test. */
void lab_begin(struct store *s);
void lab_commit(struct store *s);

/* Evidence that is a text; the caller frees *text, NULL unless STORE_OK. */
void lab_offer(struct store *s, const struct address *addr,
    const struct verdict *v, const char *text, int64_t now);
/* Whatever was there before. */
void lab_put(struct store *s, const struct address *addr,
    const struct verdict *v, const char *text);
/* userN at the domain, without evidence. */
void lab_put_user(struct store *s, unsigned long n, const char *domain,
    struct verdict v);
enum store_status lab_get_user(struct store *s, unsigned long n,
    const char *domain, struct verdict *v);
enum store_status lab_get_evidence(struct store *s, const struct address *addr,
    char **text);

void lab_put_item(struct store *s, enum store_table table, const char *key,
    const char *data);
/* Fails the test if it is there and says something else. */
enum store_status lab_item(struct store *s, enum store_table table,
    const char *key, const char *expected);
/* "key" in each table, which says "table N"; and whether they are there. */
void lab_put_items(struct store *s);
void lab_check_items(struct store *s, enum store_status expected,
    const char *when);

/*
 * LAB_BATCH verdicts with evidence, userN at LAB_DOMAIN from first on, each
 * with its number in checked_at.
 */
#define LAB_DOMAIN	"example.org"
#define LAB_BATCH	20
enum store_status lab_put_batch(struct store *s, unsigned long first);
/* How many of the first count are there; -1: one is not what was put. */
long lab_intact(struct store *s, unsigned long count);
/* Opens a writer, puts so many, closes it. */
void lab_fill(struct lab *lab, unsigned long count);

/* Over what is there. */
void lab_copy_file(const char *from, const char *to);

/* A number from the environment, or the normal one. */
int lab_count(const char *name, int normal);

/* Runs fn(lab, arg) in a child, which exits with what it returns. */
pid_t lab_fork(int (*fn)(struct lab *, void *), struct lab *lab, void *arg);
/* The exit code; 1000 + the signal if one ended it. */
int lab_wait(pid_t pid);

/* Waits until fn says true; false: it never did. */
bool lab_until(bool (*fn)(void *arg), void *arg);
bool lab_until_set(_Atomic int *flag);	/* by another process */
void lab_sleep_ms(int ms);

/* Memory that parent and children share. */
void *lab_shared(size_t size);

#endif
