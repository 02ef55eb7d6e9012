/*
 * put_verdicts: fills a store for tests and benches, as the probe would.
 *
 * Reads lines "ADDRESS REASON CHECKED-AGO REFRESH-IN EXPIRE-IN" (seconds, the
 * last two from now, may be negative) from standard input.
 *
 * usage: put_verdicts STATE-DIRECTORY
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/store.h"

#define PER_COMMIT	10000

static void
put(struct store *s, const char *line)
{
	char text[512], word[64];
	int64_t ago, refresh, expire, now = clock_wall_s();
	struct address addr;
	struct verdict v = { .attempt = 1 };

	if (sscanf(line, "%511s %63s %" SCNd64 " %" SCNd64 " %" SCNd64, text,
	    word, &ago, &refresh, &expire) != 5 ||
	    address_parse(text, strlen(text), &addr) != ADDRESS_OK ||
	    !verdict_reason_from_word(word, &v.reason))
		errx(1, "not a line: %s", line);
	v.checked_at = now - ago;
	v.refresh_at = now + refresh;
	v.expire_at = now + expire;
	store_offer_verdict(s, &addr, &v, NULL, 0, INT64_MAX);
}

int
main(int argc, char **argv)
{
	struct store_params p = { .path = "verdicts.mdb",
	    .max_size = (uint64_t)1 << 30 };
	struct store *s;
	char line[1024], aside[256];
	size_t n = 0;

	if (argc != 2)
		errx(1, "usage: put_verdicts STATE-DIRECTORY");
	p.state_dir = argv[1];
	if (store_open_writer(&p, &s, aside) != STORE_OK)
		errx(1, "cannot open the store in %s", argv[1]);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (n % PER_COMMIT == 0 && store_begin(s) != STORE_OK)
			errx(1, "begin");
		put(s, line);
		if (++n % PER_COMMIT == 0 && store_commit(s) != STORE_OK)
			errx(1, "commit");
	}
	if (n % PER_COMMIT != 0 && store_commit(s) != STORE_OK)
		errx(1, "commit");
	store_close(s);
	return 0;
}
