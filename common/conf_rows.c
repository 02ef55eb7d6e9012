#include "common/conf_check.h"
#include "common/conf_rows.h"

const char *const conf_origin_words[] = {
	"signup", "import", "operator", NULL
};

#define AT(field)	.at = offsetof(struct conf_source, field)
static const struct conf_key source_keys[] = {
	{ .name = "address", .kind = KIND_STRING, AT(address_text),
	    .check = conf_check_address, .required = true,
	    .example = "192.0.2.10",
	    .help = "An address of this host that probes may come from." },
	{ .name = "since", .kind = KIND_STRING, AT(since), .dflt = "",
	    .check = conf_check_date, .may_be_empty = true,
	    .help = "The day, YYYY-MM-DD, on which it began to send probes; "
	    "empty: it is new." },
	{ .name = "helo", .kind = KIND_STRING, AT(helo), .dflt = "",
	    .check = conf_check_helo, .may_be_empty = true,
	    .help = "Its own name in EHLO; empty: identity.helo." },
};
#undef AT

const struct conf_table conf_source_table = {
	"identity.sources", source_keys,
	sizeof source_keys / sizeof source_keys[0],
	sizeof(struct conf_source), offsetof(struct conf_source, origins)
};

#define AT(field)	.at = offsetof(struct conf_submitter, field)
static const struct conf_key submitter_keys[] = {
	{ .name = "name", .kind = KIND_STRING, AT(name),
	    .check = conf_check_word, .required = true, .example = "crm",
	    .help = "As it calls itself (guard=), or as guards.submitter "
	    "names it." },
	{ .name = "origin", .kind = KIND_CHOICE, AT(origin),
	    .dflt = "import", .words = conf_origin_words,
	    .help = "Where its addresses come from: signup, import or "
	    "operator." },
	{ .name = "consent", .kind = KIND_STRING, AT(consent), .dflt = "",
	    .check = conf_check_consent, .may_be_empty = true,
	    .help = "That it agreed to identity.terms: day, version, and "
	    "who." },
};
#undef AT

const struct conf_table conf_submitter_table = {
	"submitters", submitter_keys,
	sizeof submitter_keys / sizeof submitter_keys[0],
	sizeof(struct conf_submitter), offsetof(struct conf_submitter, origins)
};

#define AT(field)	.at = offsetof(struct conf_canary, field)
static const struct conf_key canary_keys[] = {
	{ .name = "provider", .kind = KIND_STRING, AT(provider),
	    .check = conf_check_word, .required = true, .example = "google",
	    .help = "The provider, as the provider rules name it; each has "
	    "one canary." },
	{ .name = "good", .kind = KIND_STRING, AT(good),
	    .check = conf_check_mailbox, .required = true,
	    .example = "known@mail.example.com",
	    .help = "An address there that exists: your own." },
	{ .name = "bad", .kind = KIND_STRING, AT(bad),
	    .check = conf_check_mailbox, .required = true,
	    .example = "surely-nobody-5d81@mail.example.com",
	    .help = "An address of the same domain that does not exist." },
	{ .name = "every", .kind = KIND_SECONDS, AT(every_s), .dflt = "6h",
	    .least = 1, .most = 30 * 86400,
	    .help = "How often both are asked." },
	{ .name = "rounds", .kind = KIND_INT, AT(rounds), .dflt = "3",
	    .least = 1, .most = 100,
	    .help = "So many wrong rounds in a row, and the provider's hosts "
	    "are not\nasked; so many right ones, and they are again." },
};
#undef AT

const struct conf_table conf_canary_table = {
	"canaries", canary_keys, sizeof canary_keys / sizeof canary_keys[0],
	sizeof(struct conf_canary), offsetof(struct conf_canary, origins)
};
