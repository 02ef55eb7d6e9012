/*
 * bench_store: looking a verdict up in the store, next to bare LMDB calls on
 * the same file and the same records in the same run.
 *
 * bench_store [RECORDS ...]        default: 10000 1000000
 *
 * "renewed": renew a transaction, mdb_get, reset it, which is what a reader
 * must do that does not hold pages back. "held": only mdb_get, all in one
 * transaction; no program may keep that up beside a writer.
 */
#include <sys/stat.h>

#include <err.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"

#define SAMPLE		100000		/* lookups in one round */
#define ROUNDS		11
#define BATCH		20000
#define GOAL_RATE	0.8
#define GOAL_FROM	1000000		/* records; fewer fit in a cache */
#define GOAL_OCTETS	160

struct bench {
	char dir[64];
	struct store_params p;
	unsigned long records;
	unsigned long *sample;		/* SAMPLE of their numbers */
	uint8_t (*key)[RECORD_KEY_SIZE];
};

enum way { BARE_RENEWED, BARE_HELD, OURS, WAYS };

/* --- the records --------------------------------------------------------- */

#define DIGITS	8

static void
write_number(char *out, unsigned long n)
{
	int i;

	for (i = DIGITS; i-- > 0; n /= 10)
		out[i] = (char)('0' + n % 10);
}

/*
 * A third in one domain, the rest in domains of ten. The numbers are written
 * into a parsed address, in each way alike, so that a lookup costs what it
 * costs a session, which has its address at hand.
 */
static void
address_of(unsigned long n, struct address *addr)
{
	write_number(addr->local + 5, n);
	write_number(addr->domain + 4, n % 3 == 0 ? 0 : n / 10);
}

static struct address
address_frame(void)
{
	static const char text[] = "user.00000000@shop00000000.example";
	struct address addr;

	if (address_parse(text, strlen(text), &addr) != ADDRESS_OK)
		errx(1, "address_parse: %s", text);
	return addr;
}

static struct verdict
verdict_of(unsigned long n)
{
	const struct verdict v = {
		.reason = REASON_ACCEPTED, .attempt = 1, .code = 250,
		.checked_at = 1700000000 + (int64_t)n,
		.refresh_at = 4000000000, .expire_at = 4100000000,
	};

	return v;
}

static void
fill(struct bench *b)
{
	int64_t began = clock_mono_ms();
	struct address addr = address_frame();
	struct store_stats st;
	char aside[256], path[128];
	struct stat file;
	unsigned long n;
	struct store *s;
	double seconds;

	if (store_open_writer(&b->p, &s, aside) != STORE_OK)
		err(1, "store_open_writer");
	for (n = 0; n < b->records; n++) {
		struct verdict v = verdict_of(n);

		address_of(n, &addr);
		if (n % BATCH == 0)
			store_begin(s);
		store_offer_verdict(s, &addr, &v, NULL, 0, INT64_MAX);
		if ((n % BATCH == BATCH - 1 || n == b->records - 1) &&
		    store_commit(s) != STORE_OK)
			err(1, "store_commit");
	}
	seconds = (double)(clock_mono_ms() - began) / 1000;
	if (store_stats(s, &st) != STORE_OK || st.verdicts != b->records)
		errx(1, "%lu records, but %llu are there", b->records,
		    (unsigned long long)st.verdicts);
	store_close(s);
	snprintf(path, sizeof(path), "%s/%s", b->dir, b->p.path);
	if (stat(path, &file) == -1)
		err(1, "%s", path);
	printf("%-34s %11.0f %11s %8s\n", "  put in batches of 20000, a second",
	    (double)b->records / seconds, "-", "-");
	printf("%-34s %11.1f %11d %8.2f\n", "  octets a verdict, in use",
	    (double)st.used / (double)b->records, GOAL_OCTETS,
	    (double)st.used / (double)b->records / GOAL_OCTETS);
	printf("%-34s %11.1f %11d %8.2f\n", "  octets a verdict, of the file",
	    (double)file.st_size / (double)b->records, GOAL_OCTETS,
	    (double)file.st_size / (double)b->records / GOAL_OCTETS);
}

static void
take_sample(struct bench *b)
{
	uint8_t hash_key[STORE_HASH_KEY];
	struct address addr = address_frame();
	enum store_status status;
	char path[128];
	size_t i;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", b->dir, STORE_KEY_FILE);
	fd = store_key_open(path, false, true, hash_key, &status);
	if (fd == -1)
		err(1, "%s", path);
	close(fd);
	srandom(1);
	for (i = 0; i < SAMPLE; i++) {
		b->sample[i] = (unsigned long)random() % b->records;
		address_of(b->sample[i], &addr);
		store_key_address(hash_key, &addr, b->key[i]);
	}
}

/* --- one lookup, three ways ---------------------------------------------- */

struct reader {
	const struct bench *b;
	enum way way;
	struct address addr;
	struct store *store;
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn;
};

static void
bare(struct reader *r, size_t i, bool renew)
{
	MDB_val k = { RECORD_KEY_SIZE, r->b->key[i] }, v;

	if (renew && mdb_txn_renew(r->txn) != 0)
		errx(1, "mdb_txn_renew");
	if (mdb_get(r->txn, r->dbi, &k, &v) != 0)
		errx(1, "mdb_get: record %zu is not there", i);
	if (renew)
		mdb_txn_reset(r->txn);
}

static void
look_up(struct reader *r, size_t i)
{
	struct verdict v;

	address_of(r->b->sample[i], &r->addr);
	switch (r->way) {
	case BARE_RENEWED:
	case BARE_HELD:
		bare(r, i, r->way == BARE_RENEWED);
		break;
	case OURS:
		if (store_get_verdict(r->store, &r->addr, &v) != STORE_OK)
			errx(1, "store_get_verdict: record %zu", i);
		break;
	case WAYS:
		break;
	}
}

static void
open_reader(struct reader *r, const struct bench *b, enum way way)
{
	char path[128];

	memset(r, 0, sizeof(*r));
	r->b = b;
	r->way = way;
	r->addr = address_frame();
	if (way == OURS) {
		if (store_open_reader(&b->p, &r->store) != STORE_OK)
			err(1, "store_open_reader");
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", b->dir, b->p.path);
	if (mdb_env_create(&r->env) != 0 ||
	    mdb_env_set_maxdbs(r->env, TABLE_COUNT) != 0 ||
	    mdb_env_open(r->env, path, MDB_RDONLY | MDB_NOSUBDIR | MDB_NOTLS,
	    0640) != 0 || mdb_txn_begin(r->env, NULL, MDB_RDONLY, &r->txn) !=
	    0 || mdb_dbi_open(r->txn, "verdicts", 0, &r->dbi) != 0 ||
	    mdb_txn_commit(r->txn) != 0 ||
	    mdb_txn_begin(r->env, NULL, MDB_RDONLY, &r->txn) != 0)
		errx(1, "%s: bare LMDB cannot open it", path);
	if (way == BARE_RENEWED)
		mdb_txn_reset(r->txn);
}

static void
close_reader(struct reader *r)
{
	store_close(r->store);
	if (r->env != NULL) {
		mdb_txn_abort(r->txn);
		mdb_env_close(r->env);
	}
}

/* --- rates --------------------------------------------------------------- */

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
round_of(const struct bench *b, enum way way)
{
	struct reader r;
	int64_t began;
	double rate;
	size_t i;

	open_reader(&r, b, way);
	for (i = 0; i < SAMPLE / 10; i++)
		look_up(&r, i);
	began = now_ns();
	for (i = 0; i < SAMPLE; i++)
		look_up(&r, i);
	rate = SAMPLE * 1e9 / (double)(now_ns() - began);
	close_reader(&r);
	return rate;
}

static void *
run_half(void *arg)
{
	struct reader *r = arg;
	size_t i;

	for (i = 0; i < SAMPLE; i++)
		look_up(r, i);
	return NULL;
}

/*
 * Two threads, each with a transaction of its own; ours share one handle. Bare
 * threads too share an environment.
 */
static double
threads_round_of(const struct bench *b, enum way way)
{
	struct reader r[2];
	pthread_t thread;
	int64_t began;
	double rate;

	open_reader(&r[0], b, way);
	r[1] = r[0];
	if (way != OURS) {
		if (mdb_txn_begin(r[0].env, NULL, MDB_RDONLY, &r[1].txn) != 0)
			errx(1, "mdb_txn_begin");
		mdb_txn_reset(r[1].txn);
	}
	began = now_ns();
	if (pthread_create(&thread, NULL, run_half, &r[1]) != 0)
		err(1, "pthread_create");
	run_half(&r[0]);
	pthread_join(thread, NULL);
	rate = 2 * SAMPLE * 1e9 / (double)(now_ns() - began);
	if (way != OURS)
		mdb_txn_abort(r[1].txn);
	close_reader(&r[0]);
	return rate;
}

/*
 * The ways take turns, and the best round of each counts: what else the
 * machine does only ever makes a round slower.
 */
static bool
rates(const struct bench *b)
{
	double one[WAYS] = { 0 }, two[WAYS] = { 0 }, rate, ratio;
	int round, way;

	for (round = 0; round < ROUNDS; round++)
		for (way = 0; way < WAYS; way++) {
			rate = round_of(b, (enum way)way);
			if (rate > one[way])
				one[way] = rate;
			if (way == BARE_HELD)
				continue;
			rate = threads_round_of(b, (enum way)way);
			if (rate > two[way])
				two[way] = rate;
		}
	ratio = one[OURS] / one[BARE_RENEWED];
	printf("%-34s %11.0f %11.0f %8.2f\n",
	    "  lookups a second, bare: renewed", one[OURS],
	    one[BARE_RENEWED], ratio);
	printf("%-34s %11.0f %11.0f %8.2f\n",
	    "  lookups a second, bare: held", one[OURS], one[BARE_HELD],
	    one[OURS] / one[BARE_HELD]);
	printf("%-34s %11.0f %11.0f %8.2f\n",
	    "  the same, two threads", two[OURS], two[BARE_RENEWED],
	    two[OURS] / two[BARE_RENEWED]);
	return ratio >= GOAL_RATE;
}

/* --- latency ------------------------------------------------------------- */

static void
latency(const struct bench *b, enum way way, double out[2])
{
	static double ns[SAMPLE];
	struct reader r;
	int64_t began;
	size_t i;

	open_reader(&r, b, way);
	for (i = 0; i < SAMPLE; i++)
		look_up(&r, i);
	for (i = 0; i < SAMPLE; i++) {
		began = now_ns();
		look_up(&r, i);
		ns[i] = (double)(now_ns() - began);
	}
	close_reader(&r);
	qsort(ns, SAMPLE, sizeof(ns[0]), by_value);
	out[0] = ns[SAMPLE / 2];
	out[1] = ns[SAMPLE / 100 * 99];
}

static void
latencies(const struct bench *b)
{
	double ours[2], bare_ns[2];

	latency(b, BARE_RENEWED, bare_ns);
	latency(b, OURS, ours);
	printf("%-34s %11.0f %11.0f %8.2f\n", "  lookup, median, ns", ours[0],
	    bare_ns[0], ours[0] / bare_ns[0]);
	printf("%-34s %11.0f %11.0f %8.2f\n", "  lookup, p99, ns", ours[1],
	    bare_ns[1], ours[1] / bare_ns[1]);
}

static void
check_time(const struct bench *b)
{
	int64_t began = clock_mono_ms();

	if (store_check(&b->p) != STORE_OK)
		errx(1, "store_check: the file is damaged");
	printf("%-34s %11lld %11s %8s\n", "  check of the whole file, ms",
	    (long long)(clock_mono_ms() - began), "-", "-");
}

static void
clean(const struct bench *b)
{
	static const char *const names[] = {
		"verdicts.mdb", "verdicts.mdb-lock", STORE_KEY_FILE
	};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
		unlink(path);
	}
	rmdir(b->dir);
}

static bool
run(struct bench *b, unsigned long records)
{
	const char *tmp = getenv("TMPDIR");
	bool good;

	snprintf(b->dir, sizeof(b->dir), "%.40s/bench-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(b->dir) == NULL)
		err(1, "%s", b->dir);
	b->records = records;
	b->p.state_dir = b->dir;
	b->p.path = "verdicts.mdb";
	b->p.max_size = (uint64_t)8 << 30;
	printf("%-34s %11s %11s %8s\n", "", "ours", "yardstick", "ratio");
	printf("store, %lu verdicts\n", records);
	fill(b);
	take_sample(b);
	check_time(b);
	good = rates(b);
	latencies(b);
	clean(b);
	fflush(stdout);
	return good || records < GOAL_FROM;
}

int
main(int argc, char **argv)
{
	struct bench b = { .records = 0 };
	bool good = true;
	int i;

	b.sample = calloc(SAMPLE, sizeof(*b.sample));
	b.key = calloc(SAMPLE, sizeof(*b.key));
	if (b.sample == NULL || b.key == NULL)
		err(1, NULL);
	if (argc < 2) {
		good &= run(&b, 10000);
		good &= run(&b, 1000000);
	}
	for (i = 1; i < argc; i++)
		good &= run(&b, strtoul(argv[i], NULL, 10));
	free(b.sample);
	free(b.key);
	if (!good)
		fprintf(stderr, "bench_store: below %.1f of bare LMDB\n",
		    GOAL_RATE);
	return good ? 0 : 1;
}
