/*
 * replay: feeds a fuzz target its seeds, so that every `make check` runs it
 * with any compiler. Arguments are directories; without one it is
 * tests/fuzz/corpus/NAME in the source tree for a program called fuzz_NAME.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

#define SEED_MAX	(1024 * 1024)

/* Exactly as large as the seed, so that a sanitizer sees one octet too far. */
static void *
seed_read(FILE *f, size_t size)
{
	void *data;

	data = malloc(size > 0 ? size : 1);
	if (data == NULL)
		return NULL;
	if (fread(data, 1, size, f) != size) {
		free(data);
		return NULL;
	}
	return data;
}

static int
seed_feed(const char *path)
{
	struct stat st;
	uint8_t *data;
	FILE *f;

	f = fopen(path, "rb");
	if (f == NULL || fstat(fileno(f), &st) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_size > SEED_MAX ||
	    (data = seed_read(f, (size_t)st.st_size)) == NULL) {
		fprintf(stderr, "%s: not a readable seed of at most %d "
		    "octets\n", path, SEED_MAX);
		if (f != NULL)
			fclose(f);
		return -1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	return 0;
}

/* Number of seeds fed, -1 on an error. A directory without seeds is one. */
static int
corpus_feed(const char *dir)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int count = 0, bad = 0;
	DIR *d;

	d = opendir(dir);
	if (d == NULL) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return -1;
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (seed_feed(path) == -1)
			bad++;
		else
			count++;
	}
	closedir(d);
	if (count == 0)
		fprintf(stderr, "%s: no seeds\n", dir);
	return bad > 0 || count == 0 ? -1 : count;
}

static int
corpus_of_program(const char *program)
{
	const char *srcdir, *name;
	char dir[PATH_MAX];

	name = strrchr(program, '/');
	name = name == NULL ? program : name + 1;
	if (strncmp(name, "fuzz_", 5) != 0) {
		fprintf(stderr, "usage: %s DIRECTORY...\n", program);
		return -1;
	}
	srcdir = getenv("srcdir");
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s",
	    srcdir == NULL ? "." : srcdir, name + 5);
	return corpus_feed(dir);
}

int
main(int argc, char **argv)
{
	int i, n, count = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	if (argc < 2) {
		count = corpus_of_program(argv[0]);
		if (count == -1)
			return 1;
	}
	for (i = 1; i < argc; i++) {
		n = corpus_feed(argv[i]);
		if (n == -1)
			return 1;
		count += n;
	}
	printf("%d seeds\n", count);
	return 0;
}
