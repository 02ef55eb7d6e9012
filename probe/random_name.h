/*
 * random_name: a local part that nobody has. Any thread.
 */
#ifndef RCPTGUARD_RANDOM_NAME_H
#define RCPTGUARD_RANDOM_NAME_H

#define RANDOM_NAME_SIZE	21	/* 20 of [a-z0-9], a letter first; NUL */

void random_name(char out[RANDOM_NAME_SIZE]);

#endif
