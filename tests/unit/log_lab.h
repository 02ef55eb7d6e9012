/* log_lab: a log and its rotated files, in a directory of their own. */
#ifndef RCPTGUARD_TESTS_UNIT_LOG_LAB_H
#define RCPTGUARD_TESTS_UNIT_LOG_LAB_H

#include <time.h>

/* Of each test. */
void log_lab_setup(void);
void log_lab_teardown(void);

/* Lives until the next call. */
char *log_lab_path(const char *name);

/* By gzip if the name ends in ".gz"; last written then, in wall seconds. */
void log_lab_write(const char *name, const char *text, time_t at);

#endif
