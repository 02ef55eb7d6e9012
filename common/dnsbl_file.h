/*
 * dnsbl_file: the lists that other mail hosts ask about us, a line each; "#"
 * begins a comment:
 *
 *	ZONE ip|name CONTROL REMOVAL-URL
 *	code ZONE 127.0.0.N MEANING ...
 *
 * See probe/dnsbl.h for what they mean. Any thread.
 */
#ifndef RCPTGUARD_DNSBL_FILE_H
#define RCPTGUARD_DNSBL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conf_tree.h"
#include "common/net.h"

#define DNSBL_ZONES_MAX		32
#define DNSBL_CODES_MAX		128

struct dnsbl_zone {
	char zone[128];
	bool by_name;
	char control[128];
	char removal[200];
};

struct dnsbl_code {
	char zone[128];
	struct net_addr code;
	char meaning[160];
};

struct dnsbl {
	struct dnsbl_zone zones[DNSBL_ZONES_MAX];
	size_t zone_count;
	struct dnsbl_code codes[DNSBL_CODES_MAX];
	size_t code_count;
};

/* False: *line is the bad one, *why is static. */
bool dnsbl_parse(struct dnsbl *d, const char *text, unsigned *line,
    const char **why);

/*
 * path: identity.blocklists; "": the installed file. False, with an error that
 * names file and line, and d is empty.
 */
bool dnsbl_load(struct dnsbl *d, const char *path, struct conf_errors *errors);

/* The same, and nothing is kept; that none is installed is no error. */
bool dnsbl_check(const char *path, struct conf_errors *errors);

#endif
