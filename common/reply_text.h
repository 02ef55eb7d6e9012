/*
 * reply_text: the words of a reply, made fit for rules.
 *
 * Two forms of one text, both on one line and free of what the peer or we put
 * there by chance:
 *
 *   raw    as it was written, but each mail address is "@"; for tokens
 *   words  lower case, letters without accents (UTF-8 or Latin-1 in, ASCII
 *          out; Cyrillic in lower case, other scripts as they are), and "@"
 *          for a mail address, "<ipaddr>" for an IP address, "<weblink>" for
 *          a link, "<fqdn>" for a host name of three labels or more;
 *          "@" too for a name in quotes after a word for a mailbox, "<echo>"
 *          for what of the session stands behind a verdict ("helo=<name>");
 *          where the names of a session are known, "<sender>" for our sender,
 *          its domain and our HELO name, "<rcptdomain>" for the domain that
 *          was asked about. What servers put before and after any verdict is
 *          left out: "Error:", the code once more, the number of a queue in
 *          brackets, a hint where to read on or whom to ask
 *
 * Masks matter: "<spam@example.com>: user unknown" speaks of no spam, and a
 * link to a help page is no statement.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_REPLY_TEXT_H
#define RCPTGUARD_REPLY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Room for either form, NUL included. What is longer is cut. */
#define REPLY_FORM_SIZE	4096

struct reply_text {
	char raw[REPLY_FORM_SIZE];
	char words[REPLY_FORM_SIZE];
	size_t raw_len, words_len;
};

/*
 * Who is meant by a name in a reply. Each may be NULL or "", in any case of
 * letters. What is both ours and the recipient's is the recipient's.
 */
struct reply_names {
	const char *helo;
	const char *sender;		/* the address in MAIL FROM */
	const char *rcpt_domain;
};

/* names may be NULL: none is known. */
void reply_text_make(const char *text, const struct reply_names *names,
    struct reply_text *out);

/* Room for one character as it stands in words, NUL included. */
#define REPLY_FOLD_SIZE	5

/*
 * The first character of in, which is not empty, as it stands in words: what
 * differs is never found there. The octets of in that it is.
 */
size_t reply_text_fold(const char *in, char out[REPLY_FOLD_SIZE]);

/*
 * The enhanced status code at in (RFC 3463: class "." subject "." detail), if
 * it has the class wanted (0: 2, 4 or 5). Its length, or 0.
 */
size_t reply_enhanced_at(const char *in, unsigned class);

/* One that stands in the text, as in "(#5.1.1)"; true if out was filled. */
bool reply_enhanced_find(const char *text, unsigned class, char out[16]);

#endif
