#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"

/* dir/name, or name alone if it is absolute. */
static char *
join(const char *dir, size_t dir_len, const char *name)
{
	size_t size = dir_len + strlen(name) + 2;
	char *out;

	if (name[0] == '/')
		return strdup(name);
	out = malloc(size);
	if (out != NULL)
		snprintf(out, size, "%.*s/%s", (int)dir_len, dir, name);
	return out;
}

char *
conf_probe_socket(const struct conf *c)
{
	return join(c->run_dir, strlen(c->run_dir), c->probe.socket);
}

char *
conf_store_path(const struct conf *c)
{
	return join(c->state_dir, strlen(c->state_dir), c->store.path);
}

char *
conf_milter_lock(const struct conf *c)
{
	const char *path = strchr(c->milter.socket, ':') + 1;
	size_t size = strlen(path) + sizeof ".lock";
	char *out;

	if (path[0] != '/')
		return join(c->run_dir, strlen(c->run_dir), "milter.lock");
	out = malloc(size);
	if (out != NULL)
		snprintf(out, size, "%s.lock", path);
	return out;
}

/* Beside the store: it must have one writer, whatever its socket. */
char *
conf_probe_lock(const struct conf *c)
{
	char *store = conf_store_path(c), *out;

	if (store == NULL)
		return NULL;
	out = join(store, (size_t)(strrchr(store, '/') - store), "probe.lock");
	free(store);
	return out;
}
