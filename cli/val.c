#include "cli/val.h"

const char *
val_text(const struct jval *o, const char *name)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL ? text : "";
}

int64_t
val_int(const struct jval *o, const char *name)
{
	int64_t n = 0;

	(void)jval_int(jval_get(o, name), &n);
	return n;
}

bool
val_true(const struct jval *o, const char *name)
{
	bool value = false;

	return jval_bool(jval_get(o, name), &value) && value;
}
