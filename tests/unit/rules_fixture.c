#include "tests/unit/rules_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rules_internal.h"

char *
fixture_file(const char *path)
{
	const char *top = getenv("srcdir");
	char name[4096], *text;
	size_t len;
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s/%s", top != NULL ? top : ".",
	    path);
	text = malloc(CONF_FILE_MAX + 1);
	f = fopen(name, "rb");
	if (f == NULL || text == NULL) {
		perror(name);
		exit(1);
	}
	len = fread(text, 1, CONF_FILE_MAX, f);
	text[len] = '\0';
	(void)fclose(f);
	return text;
}

struct rules *
fixture_build(const char *replies, const char *providers,
    struct conf_errors *e)
{
	struct conf_tree *r, *p;
	struct rules *set = NULL;

	r = conf_tree_read_text("replies.conf", replies, strlen(replies), e);
	p = conf_tree_read_text("providers.conf", providers,
	    strlen(providers), e);
	if (r != NULL && p != NULL)
		set = rules_build(r, p, e);
	conf_tree_free(r);
	conf_tree_free(p);
	return set;
}

struct rules *
fixture_rules(void)
{
	struct conf_errors e;
	struct rules *set;
	char *replies, *providers;
	size_t i;

	conf_errors_init(&e);
	replies = fixture_file("etc/replies.conf");
	providers = fixture_file("etc/providers.conf");
	set = fixture_build(replies, providers, &e);
	for (i = 0; i < e.count; i++)
		fprintf(stderr, "%s\n", e.lines[i]);
	conf_errors_clear(&e);
	free(replies);
	free(providers);
	if (set == NULL)
		exit(1);
	return set;
}
