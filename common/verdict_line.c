#include "common/verdict_line.h"

#include <sys/random.h>

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

static const char id_octets[] = "0123456789abcdefghijklmnopqrstuvwxyz";
#define ID_BASE	(sizeof(id_octets) - 1)

static const char *const source_words[SOURCE_COUNT] = {
	[SOURCE_STORE] = "store",
	[SOURCE_PROBE] = "probe",
	[SOURCE_RULES] = "rules",
	[SOURCE_DNS] = "dns",
	[SOURCE_HISTORY] = "history",
	[SOURCE_OVERRIDE] = "override",
};

const char *
verdict_source_word(enum verdict_source source)
{
	if ((unsigned)source >= SOURCE_COUNT)
		return NULL;
	return source_words[source];
}

bool
verdict_source_from_word(const char *word, enum verdict_source *out)
{
	unsigned i;

	for (i = 0; i < SOURCE_COUNT; i++) {
		if (strcmp(source_words[i], word) == 0) {
			*out = (enum verdict_source)i;
			return true;
		}
	}
	return false;
}

/* NULL is left out; "" is not: it is the null sender. */
static bool
put_text(struct jval *o, const char *name, const char *text)
{
	char safe[TEXT_FIELD_MAX + 1];

	if (text == NULL)
		return true;
	text_escape_utf8(text, strlen(text), safe, sizeof(safe));
	return jval_put_text(o, name, safe);
}

static bool
put_evidence(struct jval *o, const char *json)
{
	struct jval *evidence;

	if (json == NULL)
		return true;
	evidence = jval_parse(json, strlen(json));
	if (jval_is_object(evidence))
		return jval_put(o, "evidence", evidence);
	jval_free(evidence);
	return true;
}

static bool
put_all(struct jval *o, const struct verdict_line *line)
{
	char time[CLOCK_TEXT_SIZE];

	clock_text(line->time_ms, time);
	return jval_put_text(o, "time", time) &&
	    put_text(o, "id", line->id) &&
	    put_text(o, "address", line->address) &&
	    put_text(o, "role", line->role) &&
	    put_text(o, "guard", line->guard) &&
	    put_text(o, "origin", line->origin) &&
	    put_text(o, "client", line->client) &&
	    put_text(o, "auth", line->auth) &&
	    put_text(o, "sender", line->sender) &&
	    put_text(o, "state",
	    verdict_state_word(verdict_state_of(line->reason))) &&
	    put_text(o, "reason", verdict_reason_word(line->reason)) &&
	    put_text(o, "action", line->action) &&
	    put_text(o, "mode", line->mode) &&
	    put_text(o, "flood", line->flood) &&
	    put_text(o, "source", verdict_source_word(line->source)) &&
	    jval_put_int(o, "age_s", line->age_s) &&
	    jval_put_int(o, "took_ms", line->took_ms) &&
	    put_text(o, "suggestion", line->suggestion) &&
	    put_evidence(o, line->evidence);
}

char *
verdict_line_json(const struct verdict_line *line)
{
	struct jval *o = jval_object();
	char *json = NULL;

	if (put_all(o, line))
		json = jval_print(o);
	jval_free(o);
	return json;
}

/*
 * Both ways back read texts by name, then judge them alike: the wire's are
 * strings all, JSON's must be.
 */
struct texts {
	const char *time, *reason, *source;
};

static bool
judge_texts(const struct texts *t, struct verdict_line *line)
{
	if (t->time == NULL || !clock_parse(t->time, &line->time_ms) ||
	    t->reason == NULL ||
	    !verdict_reason_from_word(t->reason, &line->reason))
		return false;
	if (t->source != NULL &&
	    !verdict_source_from_word(t->source, &line->source))
		return false;
	return line->address != NULL && line->id != NULL &&
	    verdict_id_is(line->id);
}

/* Absent is fine: NULL. */
static bool
read_text(const struct jval *o, const char *name, const char **out)
{
	const struct jval *v = jval_get(o, name);

	*out = jval_text(v);
	return v == NULL || *out != NULL;
}

static bool
read_number(const struct jval *o, const char *name, int64_t *out)
{
	const struct jval *v = jval_get(o, name);

	*out = 0;
	return v == NULL || (jval_int(v, out) && *out >= 0);
}

bool
verdict_line_read(const struct jval *object, struct verdict_line *line)
{
	struct texts t;

	*line = (struct verdict_line){ 0 };
	return read_text(object, "time", &t.time) &&
	    read_text(object, "id", &line->id) &&
	    read_text(object, "address", &line->address) &&
	    read_text(object, "role", &line->role) &&
	    read_text(object, "guard", &line->guard) &&
	    read_text(object, "origin", &line->origin) &&
	    read_text(object, "client", &line->client) &&
	    read_text(object, "auth", &line->auth) &&
	    read_text(object, "sender", &line->sender) &&
	    read_text(object, "reason", &t.reason) &&
	    read_text(object, "action", &line->action) &&
	    read_text(object, "mode", &line->mode) &&
	    read_text(object, "flood", &line->flood) &&
	    read_text(object, "source", &t.source) &&
	    read_number(object, "age_s", &line->age_s) &&
	    read_number(object, "took_ms", &line->took_ms) &&
	    judge_texts(&t, line);
}

static void
wire_text(struct wire_writer *w, const char *name, const char *text)
{
	char fit[TEXT_FIELD_MAX + 1];
	size_t len;
	bool broken;

	if (text == NULL)
		return;
	len = strlen(text);
	broken = strpbrk(text, "\r\n") != NULL;
	if (broken)
		text_escape_utf8(text, len, fit, sizeof(fit));
	else if (len >= sizeof(fit))
		text_copy(fit, text, sizeof(fit));
	wire_put(w, name, broken || len >= sizeof(fit) ? fit : text);
}

void
verdict_line_put(const struct verdict_line *line, struct wire_writer *w)
{
	char time[CLOCK_TEXT_SIZE];

	clock_text(line->time_ms, time);
	wire_put(w, "time", time);
	wire_text(w, "id", line->id);
	wire_text(w, "address", line->address);
	wire_text(w, "role", line->role);
	wire_text(w, "guard", line->guard);
	wire_text(w, "origin", line->origin);
	wire_text(w, "client", line->client);
	wire_text(w, "auth", line->auth);
	wire_text(w, "sender", line->sender);
	wire_put(w, "reason", verdict_reason_word(line->reason));
	wire_text(w, "action", line->action);
	wire_text(w, "mode", line->mode);
	wire_text(w, "flood", line->flood);
	wire_put(w, "source", verdict_source_word(line->source));
	wire_put_i64(w, "age_s", line->age_s);
	wire_put_i64(w, "took_ms", line->took_ms);
}

static bool
wire_number(const struct wire_message *msg, const char *name, int64_t *out)
{
	uint64_t value = 0;

	if (wire_get(msg, name) != NULL &&
	    !wire_get_u64(msg, name, INT64_MAX, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

bool
verdict_line_get(const struct wire_message *msg, struct verdict_line *line)
{
	const struct texts t = {
		.time = wire_get(msg, "time"),
		.reason = wire_get(msg, "reason"),
		.source = wire_get(msg, "source"),
	};

	*line = (struct verdict_line){
		.id = wire_get(msg, "id"),
		.address = wire_get(msg, "address"),
		.role = wire_get(msg, "role"),
		.guard = wire_get(msg, "guard"),
		.origin = wire_get(msg, "origin"),
		.client = wire_get(msg, "client"),
		.auth = wire_get(msg, "auth"),
		.sender = wire_get(msg, "sender"),
		.action = wire_get(msg, "action"),
		.mode = wire_get(msg, "mode"),
		.flood = wire_get(msg, "flood"),
	};
	return t.source != NULL && judge_texts(&t, line) &&
	    wire_number(msg, "age_s", &line->age_s) &&
	    wire_number(msg, "took_ms", &line->took_ms);
}

/*
 * getrandom gives all that is asked for up to 256 octets, or is interrupted
 * before the kernel's pool is first filled. A kernel without it, or a sandbox
 * that forgot it, breaks an invariant: ids that can be guessed are no way out.
 */
static void
fill_random(unsigned char *out, size_t size)
{
	while (getrandom(out, size, 0) != (ssize_t)size) {
		if (errno != EINTR)
			fatal("getrandom");
	}
}

static void
make_id(unsigned char *random, size_t size, size_t *left,
    char out[VERDICT_ID_SIZE])
{
	unsigned char octet;
	size_t n = 0;

	while (n < VERDICT_ID_SIZE - 1) {
		if (*left == 0) {
			fill_random(random, size);
			*left = size;
		}
		octet = random[--*left];
		/* Beyond the last whole multiple of 36 some would win. */
		if (octet < 256 - 256 % ID_BASE)
			out[n++] = id_octets[octet % ID_BASE];
	}
	out[n] = '\0';
}

void
verdict_id_make(char out[VERDICT_ID_SIZE])
{
	unsigned char random[2 * VERDICT_ID_SIZE];
	size_t left = 0;

	make_id(random, sizeof(random), &left, out);
}

void
verdict_id_next(struct verdict_ids *ids, char out[VERDICT_ID_SIZE])
{
	make_id(ids->random, sizeof(ids->random), &ids->left, out);
}

bool
verdict_id_is(const char *text)
{
	return strlen(text) == VERDICT_ID_SIZE - 1 &&
	    strspn(text, id_octets) == VERDICT_ID_SIZE - 1;
}
