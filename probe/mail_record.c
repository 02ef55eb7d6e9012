#include "probe/mail_record.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define BLANKS	" \t\r\n"

/* One "name = value" of the list. */
struct tag {
	const char *name, *value;
	size_t name_len, value_len;
};

static size_t
without_blanks(const char *text, size_t len)
{
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	return len;
}

/* False: no tag; *ok tells the end of the list from a fault. */
static bool
next_tag(const char **at, struct tag *t, bool *ok)
{
	size_t len, eq;

	*ok = true;
	*at += strspn(*at, BLANKS);
	if (**at == '\0')
		return false;
	len = strcspn(*at, ";");
	eq = strcspn(*at, "=;");
	t->name = *at;
	t->name_len = without_blanks(t->name, eq);
	*at += len + (t->name[len] == ';');
	if (eq == len || t->name_len == 0 ||
	    !isalpha((unsigned char)t->name[0])) {
		*ok = false;
		return false;
	}
	t->value = t->name + eq + 1;
	t->value_len = len - eq - 1;
	eq = strspn(t->value, BLANKS);
	eq = eq < t->value_len ? eq : t->value_len;
	t->value += eq;
	t->value_len = without_blanks(t->value, t->value_len - eq);
	return true;
}

bool
mail_record_tag(const char *text, const char *tag, char *out, size_t size,
    bool *list_ok)
{
	bool found = false, fits = true;
	struct tag t;

	while (next_tag(&text, &t, list_ok)) {
		if (t.name_len != strlen(tag) ||
		    strncmp(t.name, tag, t.name_len) != 0)
			continue;
		if (found) {
			*list_ok = false;
			return false;
		}
		found = true;
		fits = t.value_len < size;
		if (fits) {
			memcpy(out, t.value, t.value_len);
			out[t.value_len] = '\0';
		}
	}
	return found && fits;
}

static bool
is_base64(const char *text)
{
	size_t digits = 0;

	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text) || *text == '+' ||
		    *text == '/' || *text == '=')
			digits++;
		else if (strchr(BLANKS, *text) == NULL)
			return false;
	return digits >= 40;		/* Ed25519 has 44 */
}

const char *
dkim_record_fault(const char *text)
{
	char value[2048];
	bool ok;

	if (mail_record_tag(text, "v", value, sizeof value, &ok) &&
	    strcmp(value, "DKIM1") != 0)
		return "its version is not DKIM1";
	if (!ok)
		return "it is no list of tags";
	if (mail_record_tag(text, "k", value, sizeof value, &ok) &&
	    strcasecmp(value, "rsa") != 0 &&
	    strcasecmp(value, "ed25519") != 0)
		return "its key type (k=) is neither rsa nor ed25519";
	if (!mail_record_tag(text, "p", value, sizeof value, &ok))
		return "it has no key (p=)";
	if (value[0] == '\0')
		return "its key is revoked (p= is empty)";
	return is_base64(value) ? NULL : "its key (p=) is not base64";
}

bool
dmarc_record_is(const char *text)
{
	struct tag t;
	bool ok;

	/* v comes first, or it is another record (RFC 7489, 6.3). */
	return next_tag(&text, &t, &ok) && t.name_len == 1 &&
	    t.name[0] == 'v' && t.value_len == 6 &&
	    strncmp(t.value, "DMARC1", 6) == 0;
}

const char *
dmarc_record_fault(const char *text)
{
	char value[64];
	bool ok;

	if (!mail_record_tag(text, "p", value, sizeof value, &ok))
		return ok ? "it has no policy (p=)" : "it is no list of tags";
	if (strcasecmp(value, "none") != 0 &&
	    strcasecmp(value, "quarantine") != 0 &&
	    strcasecmp(value, "reject") != 0)
		return "its policy (p=) is not none, quarantine or reject";
	return NULL;
}
