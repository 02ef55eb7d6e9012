#include "common/dnsbl_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

#define FILE_SIZE	65536
#define LINE_SIZE	512

static const char *
take_code(struct dnsbl *d, const char *text)
{
	struct dnsbl_code *c = &d->codes[d->code_count];
	char code[64];
	int at = 0;

	if (d->code_count == DNSBL_CODES_MAX)
		return "there are too many codes";
	if (sscanf(text, "code %127s %63s %n", c->zone, code, &at) != 2 ||
	    at == 0 || !net_addr_parse(code, &c->code))
		return "it should be: code ZONE 127.0.0.N MEANING";
	text_copy(c->meaning, text + at, sizeof c->meaning);
	d->code_count++;
	return NULL;
}

static const char *
take_zone(struct dnsbl *d, const char *text)
{
	struct dnsbl_zone *z = &d->zones[d->zone_count];
	struct net_addr addr;
	char type[8];

	if (d->zone_count == DNSBL_ZONES_MAX)
		return "there are too many zones";
	if (sscanf(text, "%127s %7s %127s %199s", z->zone, type, z->control,
	    z->removal) != 4)
		return "it should be: ZONE ip|name CONTROL REMOVAL-URL";
	if (strcmp(type, "ip") != 0 && strcmp(type, "name") != 0)
		return "the type is ip or name";
	z->by_name = type[0] == 'n';
	if (!text_is_hostname(z->zone))
		return "the zone is no name";
	if (!z->by_name && !net_addr_parse(z->control, &addr))
		return "the control of a zone of addresses is an address";
	d->zone_count++;
	return NULL;
}

bool
dnsbl_parse(struct dnsbl *d, const char *text, unsigned *line,
    const char **why)
{
	char buf[LINE_SIZE];

	memset(d, 0, sizeof *d);
	for (*line = 1; *text != '\0'; (*line)++) {
		size_t len = strcspn(text, "\n");
		size_t kept = strcspn(text, "#\n");

		*why = kept >= sizeof buf ? "it is too long" : NULL;
		snprintf(buf, sizeof buf, "%.*s", (int)kept, text);
		while (kept > 0 && kept < sizeof buf &&
		    strchr(" \t\r", buf[kept - 1]) != NULL)
			buf[--kept] = '\0';
		if (*why == NULL && buf[0] != '\0')
			*why = strncmp(buf, "code ", 5) == 0 ?
			    take_code(d, buf) : take_zone(d, buf);
		if (*why != NULL)
			return false;
		text += len + (text[len] == '\n');
	}
	return true;
}

static const char *
path_of(const char *path)
{
	return path[0] != '\0' ? path : PKGDATADIR "/dnsbl.conf";
}

static bool
read_file(const char *path, char out[FILE_SIZE], struct conf_errors *errors)
{
	FILE *f = fopen(path, "re");
	const char *why = NULL;
	size_t len = 0;

	if (f != NULL)
		len = fread(out, 1, FILE_SIZE, f);
	if (f == NULL || ferror(f))
		why = strerror(errno);
	else if (len == FILE_SIZE)
		why = "the file is over 64 KiB";
	else if (memchr(out, '\0', len) != NULL)
		why = "this is no text";
	else
		out[len] = '\0';
	if (why != NULL)
		conf_errors_add(errors, path, 0, "%s", why);
	if (f != NULL)
		fclose(f);
	return why == NULL;
}

bool
dnsbl_load(struct dnsbl *d, const char *path, struct conf_errors *errors)
{
	char *text = malloc(FILE_SIZE);
	const char *why;
	unsigned line;
	bool good = false;

	path = path_of(path);
	if (text == NULL)
		conf_errors_add(errors, path, 0, "no memory");
	else if (read_file(path, text, errors)) {
		good = dnsbl_parse(d, text, &line, &why);
		if (!good)
			conf_errors_add(errors, path, (int)line, "%s", why);
	}
	if (!good)
		memset(d, 0, sizeof *d);
	free(text);
	return good;
}

bool
dnsbl_check(const char *path, struct conf_errors *errors)
{
	struct dnsbl *d;
	bool good;

	if (path[0] == '\0' && access(path_of(path), F_OK) == -1)
		return true;
	if ((d = malloc(sizeof *d)) == NULL) {
		conf_errors_add(errors, path_of(path), 0, "no memory");
		return false;
	}
	good = dnsbl_load(d, path, errors);
	free(d);
	return good;
}
