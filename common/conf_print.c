#include <string.h>

#include "common/conf_schema.h"
#include "common/conf_value.h"
#include "common/text.h"

/* One way to print the walk over a record. */
struct printer {
	FILE *out;
	bool json;
	int depth;
	bool first;			/* JSON: no comma before the next */
};

static void print_record(struct printer *p, const struct conf_table *t,
    const void *record);

static void
indent(const struct printer *p)
{
	for (int i = 0; i < p->depth; i++)
		fputc('\t', p->out);
}

static void
separate(struct printer *p)
{
	if (p->json && !p->first)
		fputs(",\n", p->out);
	p->first = false;
	indent(p);
}

static void
origin(const struct printer *p, const struct conf_origin *o)
{
	char file[1024], text[1100];

	if (o->file == NULL) {
		snprintf(text, sizeof text, "default");
	} else {
		text_escape_utf8(o->file, strlen(o->file), file, sizeof file);
		snprintf(text, sizeof text, "%s:%d", file, o->line);
	}
	if (p->json)
		conf_value_print_string(text, p->out);
	else
		fputs(text, p->out);
}

static void
open_group(void *arg, const char *name, size_t len)
{
	struct printer *p = arg;

	separate(p);
	if (p->json)
		fprintf(p->out, "\"%.*s\": {\n", (int)len, name);
	else
		fprintf(p->out, "%.*s: {\n", (int)len, name);
	p->depth++;
	p->first = true;
}

static void
close_group(void *arg)
{
	struct printer *p = arg;

	p->depth--;
	if (p->json)
		fputc('\n', p->out);
	indent(p);
	fputs(p->json ? "}" : "};\n", p->out);
	p->first = false;
}

static void
print_rows(struct printer *p, const struct conf_key *k, const void *record)
{
	size_t count = conf_value_count(k, record);

	for (size_t i = 0; i < count; i++) {
		p->first = i == 0;
		separate(p);
		fputs("{\n", p->out);
		p->depth++;
		p->first = true;
		print_record(p, k->rows, conf_value_row(k, record, i));
		p->depth--;
		if (p->json)
			fputc('\n', p->out);
		indent(p);
		fputs(p->json || i + 1 == count ? "}" : "},\n", p->out);
	}
	if (count > 0)
		fputc('\n', p->out);
	p->first = false;
}

static void
print_list(struct printer *p, const struct conf_key *k, const void *record,
    const struct conf_origin *o)
{
	const char *name = conf_key_leaf(k->name);

	separate(p);
	if (p->json) {
		fprintf(p->out, "\"%s\": { \"origin\": ", name);
		origin(p, o);
		fputs(", \"value\": [\n", p->out);
	} else {
		fprintf(p->out, "%s = (\t# ", name);
		origin(p, o);
		fputc('\n', p->out);
	}
	p->depth++;
	print_rows(p, k, record);
	p->depth--;
	indent(p);
	fputs(p->json ? "] }" : ");\n", p->out);
}

static void
print_key(struct printer *p, const struct conf_key *k, const void *record,
    const struct conf_origin *o)
{
	const char *name = conf_key_leaf(k->name);

	if (k->family != NULL && o->file == NULL)
		return;
	if (k->kind == KIND_GROUPS) {
		print_list(p, k, record, o);
		return;
	}
	separate(p);
	fprintf(p->out, p->json ? "\"%s\": { \"value\": " : "%s = ", name);
	conf_value_print(k, record, p->out);
	fputs(p->json ? ", \"origin\": " : ";\t# ", p->out);
	origin(p, o);
	fputs(p->json ? " }" : "\n", p->out);
}

static void
print_record(struct printer *p, const struct conf_table *t, const void *record)
{
	const struct conf_origin *o = conf_origins(t, record);
	static const struct conf_groups groups = { open_group, close_group };

	for (size_t i = 0; i < t->count; i++) {
		conf_groups_step(&groups, t, i, p);
		print_key(p, &t->keys[i], record, &o[i]);
	}
	conf_groups_step(&groups, t, t->count, p);
}

void
conf_print(const struct conf *c, FILE *out, bool json)
{
	struct printer p = { out, json, json ? 1 : 0, true };

	if (json)
		fputs("{\n", out);
	print_record(&p, &conf_schema, c);
	if (json)
		fputs("\n}\n", out);
}
