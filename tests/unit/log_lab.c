#include "config.h"			/* mkdtemp */

#include "tests/unit/log_lab.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static char dir[32];

void
log_lab_setup(void)
{
	(void)strcpy(dir, "/tmp/rcptguard-log-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

void
log_lab_teardown(void)
{
	char command[64];

	(void)snprintf(command, sizeof command, "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

char *
log_lab_path(const char *name)
{
	static char path[200];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

void
log_lab_write(const char *name, const char *text, time_t at)
{
	struct timespec times[2] = { { at, 0 }, { at, 0 } };
	size_t len = strlen(name);
	bool packed = len > 3 && strcmp(name + len - 3, ".gz") == 0;
	gzFile f = gzopen(log_lab_path(name), packed ? "wb" : "wbT");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(gzwrite(f, text, (unsigned)strlen(text)),
	    (int)strlen(text));
	ck_assert_int_eq(gzclose(f), Z_OK);
	ck_assert_int_eq(utimensat(AT_FDCWD, log_lab_path(name), times, 0),
	    0);
}
