#include "common/jval.h"

#include <jansson.h>

/* A struct jval is a json_t; the name of its own keeps jansson.h in here. */
static json_t *
in(const struct jval *v)
{
	return (json_t *)(uintptr_t)v;
}

static struct jval *
out_of(json_t *j)
{
	return (struct jval *)j;
}

struct jval *
jval_object(void)
{
	return out_of(json_object());
}

struct jval *
jval_array(void)
{
	return out_of(json_array());
}

void
jval_free(struct jval *v)
{
	json_decref(in(v));
}

bool
jval_put(struct jval *object, const char *name, struct jval *child)
{
	return json_object_set_new(in(object), name, in(child)) == 0;
}

bool
jval_add(struct jval *array, struct jval *child)
{
	return json_array_append_new(in(array), in(child)) == 0;
}

bool
jval_put_text(struct jval *object, const char *name, const char *text)
{
	return jval_put(object, name, out_of(json_string(text)));
}

bool
jval_put_int(struct jval *object, const char *name, int64_t value)
{
	return jval_put(object, name, out_of(json_integer(value)));
}

bool
jval_put_bool(struct jval *object, const char *name, bool value)
{
	return jval_put(object, name, out_of(json_boolean(value)));
}

bool
jval_put_real(struct jval *object, const char *name, double value)
{
	return jval_put(object, name, out_of(json_real(value)));
}

char *
jval_print(const struct jval *v)
{
	return json_dumps(in(v), JSON_COMPACT);
}

static bool restate(json_t *j, jval_say_fn *f);

/* False: no memory. */
static bool
restate_member(json_t *object, const char *name, json_t *value,
    jval_say_fn *f)
{
	char text[JVAL_SAY_SIZE] = "";

	if (!json_is_integer(value))
		return restate(value, f);
	switch (f(name, json_integer_value(value), text)) {
	case JVAL_KEEP:
		return true;
	case JVAL_DROP:
		return json_object_del(object, name) == 0;
	case JVAL_TEXT:
		break;
	}
	return json_object_set_new(object, name, json_string(text)) == 0;
}

/* As deep as the value is; jansson reads 2048 levels at most. */
static bool
restate(json_t *j, jval_say_fn *f)
{
	const char *name;
	json_t *value;
	void *next;
	size_t i;

	json_array_foreach(j, i, value)
		if (!restate(value, f))
			return false;
	json_object_foreach_safe(j, next, name, value)
		if (!restate_member(j, name, value, f))
			return false;
	return true;
}

struct jval *
jval_restate(const struct jval *v, jval_say_fn *f)
{
	json_t *copy = json_deep_copy(in(v));

	if (copy != NULL && restate(copy, f))
		return out_of(copy);
	json_decref(copy);
	return NULL;
}

struct jval *
jval_parse(const char *text, size_t len)
{
	return out_of(json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL));
}

bool
jval_is_object(const struct jval *v)
{
	return json_is_object(in(v));
}

bool
jval_is_array(const struct jval *v)
{
	return json_is_array(in(v));
}

const struct jval *
jval_get(const struct jval *object, const char *name)
{
	return out_of(json_object_get(in(object), name));
}

size_t
jval_count(const struct jval *array)
{
	return json_array_size(in(array));
}

const struct jval *
jval_at(const struct jval *array, size_t index)
{
	return out_of(json_array_get(in(array), index));
}

const char *
jval_text(const struct jval *v)
{
	return json_string_value(in(v));
}

bool
jval_int(const struct jval *v, int64_t *out)
{
	if (!json_is_integer(in(v)))
		return false;
	*out = json_integer_value(in(v));
	return true;
}

bool
jval_bool(const struct jval *v, bool *out)
{
	if (!json_is_boolean(in(v)))
		return false;
	*out = json_is_true(in(v));
	return true;
}
