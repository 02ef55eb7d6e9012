#include "common/override.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

#define NOW INT64_C(1700000000)

static struct lab lab;
static struct store *s;

static void
setup(void)
{
	lab_make(&lab, LAB_MEMORY, 4 * MIB);
	s = lab_writer(&lab);
}

static void
teardown(void)
{
	store_close(s);
	lab_remove(&lab);
}

static const struct {
	const char *says, *text, *what;		/* what NULL: refused */
} entries[] = {
	{ "an address, in its canonical form", "J.Doe@ONE.example",
	    "j.doe@one.example" },
	{ "in brackets, as it stands in a log", "<a@one.example>",
	    "a@one.example" },
	{ "a plus tag is another address", "a+b@one.example",
	    "a+b@one.example" },
	{ "a mailbox at an address literal", "a@[192.0.2.1]",
	    "a@[192.0.2.1]" },
	{ "a domain", "One.Example", "one.example" },
	{ "a domain in its own letters", "b\xc3\xbc" "cher.example",
	    "xn--bcher-kva.example" },
	{ "nothing", "", NULL },
	{ "one label", "example", NULL },
	{ "a tree, which exclusions have", ".one.example", NULL },
	{ "a literal alone", "[192.0.2.1]", NULL },
	{ "two at signs", "a@b@one.example", NULL },
	{ "a control character", "a\n@one.example", NULL },
};

START_TEST(an_override_is_of_an_address_or_a_domain)
{
	struct override o;
	const char *wrong = override_parse(entries[_i].text, &o);

	ck_assert_msg((wrong == NULL) == (entries[_i].what != NULL), "%s: %s",
	    entries[_i].says, wrong != NULL ? wrong : "taken");
	ck_assert_str_eq(o.what, entries[_i].what != NULL ?
	    entries[_i].what : "");
}
END_TEST

static const struct {
	const char *word;
	enum verdict_state state;
	enum verdict_reason reason;
	bool taken;
} states[] = {
	{ "deliverable", STATE_DELIVERABLE, REASON_KNOWN_BY_SIGNAL, true },
	{ "risky", STATE_RISKY, REASON_DENIED, true },
	{ "undeliverable", STATE_UNDELIVERABLE, REASON_MAILBOX_DISABLED,
	    true },
	{ "unknown", STATE_UNKNOWN, REASON_DENIED, false },
	{ "not_checked", STATE_NOT_CHECKED, REASON_DENIED, false },
	{ "pending", STATE_PENDING, REASON_DENIED, false },
	{ "accept", STATE_UNKNOWN, REASON_DENIED, false },
	{ "", STATE_UNKNOWN, REASON_DENIED, false },
};

START_TEST(three_states_with_a_reason_of_that_state)
{
	struct override o = { .state = STATE_RISKY };

	ck_assert_msg(override_set_state(&o, states[_i].word) ==
	    states[_i].taken, "%s", states[_i].word);
	if (!states[_i].taken) {
		ck_assert_int_eq(o.state, STATE_RISKY);
		return;
	}
	ck_assert_int_eq(o.state, states[_i].state);
	ck_assert_int_eq(override_reason(o.state), states[_i].reason);
	ck_assert_int_eq(verdict_state_of(states[_i].reason),
	    states[_i].state);
}
END_TEST

START_TEST(a_note_is_plain_text_of_a_bounded_length)
{
	char note[OVERRIDE_NOTE_MAX + 2];
	struct override o = { .state = STATE_RISKY };

	memset(note, 'x', sizeof(note));
	note[OVERRIDE_NOTE_MAX + 1] = '\0';
	ck_assert(!override_set_note(&o, note));
	note[OVERRIDE_NOTE_MAX] = '\0';
	ck_assert(override_set_note(&o, note));
	ck_assert(!override_set_note(&o, "a\tb"));
	ck_assert(!override_set_note(&o, "\x1b[2J"));
	ck_assert(!override_set_note(&o, "a\\b"));
	ck_assert(!override_set_note(&o, "\xff"));
	ck_assert_str_eq(o.note, note);
	ck_assert(override_set_note(&o, "gr\xc3\xbc\xc3\x9f"));
}
END_TEST

static void
put(const char *what, enum verdict_state state, int64_t until)
{
	uint8_t key[OVERRIDE_KEY_MAX], *sealed;
	struct override o;
	size_t key_len, len;

	ck_assert_ptr_null(override_parse(what, &o));
	o.state = state;
	o.since = NOW - 60;
	o.until = until;
	o.uid = 1000;
	ck_assert(override_set_note(&o, "because"));
	key_len = override_key(s, &o, key);
	ck_assert_uint_gt(key_len, 0);
	ck_assert_ptr_null(memmem(key, key_len, "mallory", 7));
	sealed = override_seal(s, &o, &len);
	ck_assert_ptr_nonnull(sealed);
	ck_assert_ptr_null(memmem(sealed, len, "because", 7));
	lab_begin(s);
	store_put_item(s, STORE_OVERRIDES, key, key_len, sealed, len);
	lab_commit(s);
	free(sealed);
}

static const struct {
	const char *says, *address, *what;	/* what NULL: none */
	int64_t at;
	enum verdict_state state;
} finds[] = {
	{ "its own", "mallory@one.example", "mallory@one.example", NOW,
	    STATE_UNDELIVERABLE },
	{ "in any case", "Mallory@One.Example", "mallory@one.example", NOW,
	    STATE_UNDELIVERABLE },
	{ "its domain's", "bob@one.example", "one.example", NOW,
	    STATE_DELIVERABLE },
	{ "no domain's above it", "bob@sub.one.example", NULL, NOW,
	    STATE_RISKY },
	{ "none at another domain", "mallory@two.example", NULL, NOW,
	    STATE_RISKY },
	{ "until its last second", "late@two.example", "late@two.example",
	    NOW + 99, STATE_RISKY },
	{ "and then no more", "late@two.example", NULL, NOW + 100,
	    STATE_RISKY },
	{ "when its own is over its domain's speaks", "late@one.example",
	    "one.example", NOW + 100, STATE_DELIVERABLE },
};

START_TEST(an_address_goes_before_its_domain)
{
	struct override o;
	struct address a;
	bool found;

	put("mallory@one.example", STATE_UNDELIVERABLE, 0);
	put("one.example", STATE_DELIVERABLE, 0);
	put("late@one.example", STATE_RISKY, NOW + 100);
	put("late@two.example", STATE_RISKY, NOW + 100);
	ck_assert(address_parse(finds[_i].address, strlen(finds[_i].address),
	    &a) == ADDRESS_OK);
	found = override_find(s, &a, finds[_i].at, &o);
	ck_assert_msg(found == (finds[_i].what != NULL), "%s",
	    finds[_i].says);
	if (!found)
		return;
	ck_assert_str_eq(o.what, finds[_i].what);
	ck_assert_int_eq(o.state, finds[_i].state);
	ck_assert_str_eq(o.note, "because");
	ck_assert_uint_eq(o.uid, 1000);
	ck_assert_int_eq(o.since, NOW - 60);
}
END_TEST

/* One that was moved to another's key must not speak for it. */
START_TEST(a_record_speaks_only_for_what_it_names)
{
	struct override o;
	struct address a;
	uint8_t *sealed;
	size_t len;

	ck_assert_ptr_null(override_parse("two.example", &o));
	o.state = STATE_UNDELIVERABLE;
	sealed = override_seal(s, &o, &len);
	lab_begin(s);
	store_put_item(s, STORE_OVERRIDES, "one.example", 11, sealed, len);
	store_put_item(s, STORE_OVERRIDES, "three.example", 13, "rubbish", 7);
	lab_commit(s);
	ck_assert(address_parse("a@one.example", 13, &a) == ADDRESS_OK);
	ck_assert(!override_find(s, &a, NOW, &o));
	ck_assert(address_parse("a@three.example", 15, &a) == ADDRESS_OK);
	ck_assert(!override_find(s, &a, NOW, &o));
	ck_assert(!override_find(NULL, &a, NOW, &o));
	sealed[len / 2] ^= 1;
	ck_assert(!override_unseal(s, sealed, len, &o));
	ck_assert_str_eq(o.what, "");
	free(sealed);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("override");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_override_is_of_an_address_or_a_domain, 0,
	    COUNT(entries));
	tcase_add_loop_test(tc, three_states_with_a_reason_of_that_state, 0,
	    COUNT(states));
	tcase_add_test(tc, a_note_is_plain_text_of_a_bounded_length);
	tcase_add_loop_test(tc, an_address_goes_before_its_domain, 0,
	    COUNT(finds));
	tcase_add_test(tc, a_record_speaks_only_for_what_it_names);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
