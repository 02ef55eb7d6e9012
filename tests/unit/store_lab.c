#include "tests/unit/store_lab.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

void
lab_make(struct lab *lab, const char *where, uint64_t max_size)
{
	memset(lab, 0, sizeof(*lab));
	if (access(where, W_OK) == -1)
		where = "/tmp";
	snprintf(lab->dir, sizeof(lab->dir), "%s/rcptguard-store-XXXXXX",
	    where);
	ck_assert_msg(mkdtemp(lab->dir) != NULL, "mkdtemp: %s",
	    strerror(errno));
	snprintf(lab->data, sizeof(lab->data), "%s/verdicts.mdb", lab->dir);
	snprintf(lab->lock, sizeof(lab->lock), "%s-lock", lab->data);
	snprintf(lab->key, sizeof(lab->key), "%s/%s", lab->dir,
	    STORE_KEY_FILE);
	lab->p.state_dir = lab->dir;
	lab->p.path = "verdicts.mdb";
	lab->p.max_size = max_size;
}

void
lab_remove(struct lab *lab)
{
	struct dirent *entry;
	char path[512];
	DIR *dir;

	if ((dir = opendir(lab->dir)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", lab->dir,
		    entry->d_name);
		if (unlink(path) == -1 && errno == EISDIR)
			rmdir(path);
	}
	closedir(dir);
	rmdir(lab->dir);
}

struct store *
lab_writer(struct lab *lab)
{
	enum store_status status;
	char aside[256];
	struct store *s;

	status = store_open_writer(&lab->p, &s, aside);
	ck_assert_msg(status == STORE_OK, "writer: %s (%s)",
	    store_status_text(status), strerror(errno));
	ck_assert_str_eq(aside, "");
	return s;
}

struct address
lab_address(unsigned long n, const char *domain)
{
	struct address addr;
	char text[128];

	snprintf(text, sizeof(text), "user%lu@%s", n, domain);
	if (address_parse(text, strlen(text), &addr) != ADDRESS_OK)
		abort();
	return addr;
}

struct verdict
lab_verdict(enum verdict_reason reason, int64_t life_s)
{
	int64_t now = clock_wall_s();
	struct verdict v = {
		.reason = reason, .checked_at = now,
		.refresh_at = now + life_s / 2, .expire_at = now + life_s,
		.code = 250, .attempt = 1,
	};

	return v;
}

pid_t
lab_fork(int (*fn)(struct lab *, void *), struct lab *lab, void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_msg(pid != -1, "fork: %s", strerror(errno));
	if (pid == 0)
		_exit(fn(lab, arg));
	return pid;
}

int
lab_wait(pid_t pid)
{
	int how;

	while (waitpid(pid, &how, 0) == -1)
		ck_assert_msg(errno == EINTR, "waitpid: %s", strerror(errno));
	return WIFSIGNALED(how) ? 1000 + WTERMSIG(how) : WEXITSTATUS(how);
}

void
lab_sleep_ms(int ms)
{
	const struct timespec ts = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000
	};

	nanosleep(&ts, NULL);
}

bool
lab_until(bool (*fn)(void *arg), void *arg)
{
	int64_t end = clock_mono_ms() + LAB_WAIT_MS;

	while (!fn(arg)) {
		if (clock_mono_ms() > end)
			return false;
		lab_sleep_ms(5);
	}
	return true;
}

static bool
is_set(void *arg)
{
	return *(_Atomic int *)arg != 0;
}

bool
lab_until_set(_Atomic int *flag)
{
	return lab_until(is_set, flag);
}

void *
lab_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_msg(p != MAP_FAILED, "mmap: %s", strerror(errno));
	return p;
}

void
lab_begin(struct store *s)
{
	ck_assert_int_eq(store_begin(s), STORE_OK);
}

void
lab_commit(struct store *s)
{
	enum store_status status = store_commit(s);

	ck_assert_msg(status == STORE_OK, "commit: %s (%s)",
	    store_status_text(status), strerror(errno));
}

void
lab_offer(struct store *s, const struct address *addr,
    const struct verdict *v, const char *text, int64_t now)
{
	store_offer_verdict(s, addr, v, text, text != NULL ? strlen(text) : 0,
	    now);
}

enum store_status
lab_get_evidence(struct store *s, const struct address *addr, char **text)
{
	enum store_status status;
	void *data;
	size_t len;

	status = store_get_evidence(s, addr, &data, &len);
	*text = data;
	if (data != NULL)
		ck_assert_uint_eq(strlen(*text), len);
	return status;
}

void
lab_put_item(struct store *s, enum store_table table, const char *key,
    const char *data)
{
	store_put_item(s, table, key, strlen(key), data, strlen(data));
}

enum store_status
lab_item(struct store *s, enum store_table table, const char *key,
    const char *expected)
{
	enum store_status status;
	void *data;
	size_t len;

	status = store_get_item(s, table, key, strlen(key), &data, &len);
	ck_assert((data != NULL) == (status == STORE_OK));
	if (status == STORE_OK)
		ck_assert_msg(len == strlen(expected) &&
		    memcmp(data, expected, len + 1) == 0, "%s: \"%s\"", key,
		    (char *)data);
	free(data);
	return status;
}

void
lab_put_items(struct store *s)
{
	char text[16];
	int i;

	lab_begin(s);
	for (i = 0; i < STORE_TABLE_COUNT; i++) {
		snprintf(text, sizeof(text), "table %d", i);
		lab_put_item(s, (enum store_table)i, "key", text);
	}
	lab_commit(s);
}

void
lab_check_items(struct store *s, enum store_status expected,
    const char *when)
{
	enum store_status status;
	char text[16];
	int i;

	for (i = 0; i < STORE_TABLE_COUNT; i++) {
		snprintf(text, sizeof(text), "table %d", i);
		status = lab_item(s, (enum store_table)i, "key", text);
		ck_assert_msg(status == expected, "%s, %s: %s", when, text,
		    store_status_text(status));
	}
}

/* A number of the test's own in a field that comes back: its witness. */
#define NUMBERED	1000000

static struct verdict
numbered(unsigned long n)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, 30 * LAB_DAY);

	v.checked_at = NUMBERED + (int64_t)n;
	return v;
}

void
lab_put(struct store *s, const struct address *addr, const struct verdict *v,
    const char *text)
{
	lab_offer(s, addr, v, text, INT64_MAX);
}

void
lab_put_user(struct store *s, unsigned long n, const char *domain,
    struct verdict v)
{
	struct address addr = lab_address(n, domain);

	lab_put(s, &addr, &v, NULL);
}

enum store_status
lab_get_user(struct store *s, unsigned long n, const char *domain,
    struct verdict *v)
{
	struct address addr = lab_address(n, domain);

	return store_get_verdict(s, &addr, v);
}

enum store_status
lab_put_batch(struct store *s, unsigned long first)
{
	struct address addr;
	struct verdict v;
	unsigned long n;
	char json[64];

	if (store_begin(s) != STORE_OK)
		return STORE_SYSTEM;
	for (n = first; n < first + LAB_BATCH; n++) {
		addr = lab_address(n, LAB_DOMAIN);
		v = numbered(n);
		snprintf(json, sizeof(json), "{\"n\":%lu}", n);
		lab_put(s, &addr, &v, json);
	}
	return store_commit(s);
}

/* How many of the first count are there; -1: one is not what was put. */
long
lab_intact(struct store *s, unsigned long count)
{
	struct address addr;
	struct verdict v;
	unsigned long n;
	long found = 0;

	for (n = 0; n < count; n++) {
		addr = lab_address(n, LAB_DOMAIN);
		if (store_get_verdict(s, &addr, &v) != STORE_OK)
			continue;
		if (v.checked_at != NUMBERED + (int64_t)n)
			return -1;
		found++;
	}
	return found;
}

void
lab_fill(struct lab *lab, unsigned long count)
{
	struct store *s = lab_writer(lab);
	unsigned long n;

	for (n = 0; n < count; n += LAB_BATCH)
		ck_assert_int_eq(lab_put_batch(s, n), STORE_OK);
	store_close(s);
}

int
lab_count(const char *name, int normal)
{
	const char *text = getenv(name);

	return text != NULL && atoi(text) > 0 ? atoi(text) : normal;
}

void
lab_copy_file(const char *from, const char *to)
{
	static char buffer[1 << 20];
	ssize_t n;
	int in, out;

	ck_assert_int_ne(in = open(from, O_RDONLY), -1);
	ck_assert_int_ne(out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0640),
	    -1);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		ck_assert_int_eq(write(out, buffer, (size_t)n), n);
	close(in);
	close(out);
}
