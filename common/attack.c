#include "common/attack.h"

#include <string.h>

#include "common/sealed.h"
#include "common/text.h"

#define PHASES	3
#define NUMBER_MAX	(INT64_MAX / 2)

static const char *const phases[PHASES] = {
	[ATTACK_BEGINS] = "begins",
	[ATTACK_GOES_ON] = "goes_on",
	[ATTACK_ENDS] = "ends",
};

const char *
attack_phase_word(enum attack_phase phase)
{
	return phases[phase];
}

/* What it holds, once, for JSON and wire, both ways. */
struct number {
	const char *name;
	size_t at;
};
static const struct number numbers[] = {
	{ "began", offsetof(struct attack, began) },
	{ "until", offsetof(struct attack, until) },
	{ "judged", offsetof(struct attack, judged) },
	{ "undeliverable", offsetof(struct attack, undeliverable) },
	{ "put_off", offsetof(struct attack, put_off) },
};

struct string {
	const char *name;
	size_t at, size;
};
static const struct string strings[] = {
	{ "id", offsetof(struct attack, id), VERDICT_ID_SIZE },
	{ "guard", offsetof(struct attack, guard), ATTACK_GUARD_SIZE },
	{ "auth", offsetof(struct attack, auth), ATTACK_AUTH_SIZE },
	{ "client", offsetof(struct attack, client), NET_TEXT_SIZE },
};

#define COUNT(t)	(sizeof(t) / sizeof((t)[0]))

static const int64_t *
number_at(const struct attack *a, size_t i)
{
	return (const int64_t *)(const void *)((const char *)a +
	    numbers[i].at);
}

/* Foreign text need not be UTF-8, and JSON must. */
static bool
put_string(struct jval *o, const char *name, const char *text)
{
	char safe[TEXT_FIELD_MAX + 1];

	if (text_is_utf8(text, strlen(text)))
		return jval_put_text(o, name, text);
	text_escape(text, strlen(text), safe, sizeof(safe));
	return jval_put_text(o, name, safe);
}

struct jval *
attack_value(const struct attack *a)
{
	struct jval *o = jval_object();
	bool good = o != NULL;
	size_t i;

	for (i = 0; good && i < COUNT(strings); i++)
		good = put_string(o, strings[i].name,
		    (const char *)a + strings[i].at);
	for (i = 0; good && i < COUNT(numbers); i++)
		good = jval_put_int(o, numbers[i].name, *number_at(a, i));
	if (good)
		return o;
	jval_free(o);
	return NULL;
}

void *
attack_seal(struct store *s, const struct attack *a, size_t *len)
{
	struct jval *o = attack_value(a);
	void *sealed = sealed_make(s, o, len);

	jval_free(o);
	return sealed;
}

static bool
set_string(struct attack *a, size_t i, const char *text)
{
	return text != NULL && text_copy((char *)a + strings[i].at, text,
	    strings[i].size) < strings[i].size;
}

/* They are counted on. */
static bool
set_number(struct attack *a, size_t i, int64_t n)
{
	memcpy((char *)a + numbers[i].at, &n, sizeof(n));
	return n >= 0 && n <= NUMBER_MAX;
}

static bool
read_members(const struct jval *o, struct attack *out)
{
	int64_t n;
	size_t i;

	for (i = 0; i < COUNT(strings); i++)
		if (!set_string(out, i, jval_text(jval_get(o,
		    strings[i].name))))
			return false;
	for (i = 0; i < COUNT(numbers); i++)
		if (!jval_int(jval_get(o, numbers[i].name), &n) ||
		    !set_number(out, i, n))
			return false;
	return verdict_id_is(out->id) && out->guard[0] != '\0';
}

bool
attack_unseal(struct store *s, const void *data, size_t len,
    struct attack *out)
{
	struct jval *o = sealed_open(s, data, len);
	bool good;

	memset(out, 0, sizeof(*out));
	good = o != NULL && read_members(o, out);
	if (!good)
		memset(out, 0, sizeof(*out));
	jval_free(o);
	return good;
}

struct walk {
	struct store *store;
	int64_t now;
	attack_fn *each;
	void *arg;
};

static bool
walk_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct walk *w = arg;
	struct attack a;

	(void)key;
	(void)key_len;
	if (!attack_unseal(w->store, data, len, &a) || a.until <= w->now)
		return true;
	return w->each(w->arg, &a);
}

enum store_status
attack_walk(struct store *s, int64_t now, attack_fn *each, void *arg)
{
	struct walk w = { s, now, each, arg };

	return store_walk_items(s, STORE_GUARDS, walk_one, &w);
}

void
attack_bound(struct attack *a, int64_t now)
{
	if (a->until > now + ATTACK_HOLD_MAX_S)
		a->until = now + ATTACK_HOLD_MAX_S;
}

void
attack_put(const struct attack *a, enum attack_phase phase,
    struct wire_writer *w)
{
	size_t i;

	wire_put(w, "phase", phases[phase]);
	for (i = 0; i < COUNT(strings); i++)
		wire_put(w, strings[i].name, (const char *)a + strings[i].at);
	for (i = 0; i < COUNT(numbers); i++)
		wire_put_i64(w, numbers[i].name, *number_at(a, i));
}

static bool
read_phase(const char *word, enum attack_phase *out)
{
	unsigned i;

	for (i = 0; word != NULL && i < PHASES; i++) {
		if (strcmp(phases[i], word) == 0) {
			*out = (enum attack_phase)i;
			return true;
		}
	}
	return false;
}

bool
attack_get(const struct wire_message *msg, struct attack *out,
    enum attack_phase *phase)
{
	uint64_t n;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < COUNT(strings); i++)
		if (!set_string(out, i, wire_get(msg, strings[i].name)))
			return false;
	for (i = 0; i < COUNT(numbers); i++)
		if (!wire_get_u64(msg, numbers[i].name, INT64_MAX, &n) ||
		    !set_number(out, i, (int64_t)n))
			return false;
	return verdict_id_is(out->id) && out->guard[0] != '\0' &&
	    read_phase(wire_get(msg, "phase"), phase);
}
