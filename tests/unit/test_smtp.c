#include "probe/smtp.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX	12

/*
 * What happens to the dialogue, and what it then says. In: "rcpt JOE" (at
 * example.org), "behind JOE", "tls", "quit", "early BYTES", or input from the
 * peer, which is read as a session reads it. Out: "outcome stage: act", one
 * for each step, or only the act: read, idle, close, handshake, "not now", or
 * the lines to be sent.
 */
struct turn {
	const char *in, *out;
};

struct smtp_row {
	const char *says;
	bool tls;
	struct turn turns[TURNS_MAX];
};

#define EHLO_PLAIN	"250 mx.example\r\n"
#define EHLO_PIPE	"250-mx.example\r\n250 PIPELINING\r\n"
#define GREET		{ "220 mx\r\n", "EHLO probe.example" }
#define READY_PLAIN	GREET, { EHLO_PLAIN, "ready ehlo: idle" }
#define READY_PIPE	GREET, { EHLO_PIPE, "ready ehlo: idle" }
#define MAIL		"MAIL FROM:<check@probe.example>"
#define ASK_TWO \
	{ "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" }, \
	{ "behind ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" }
#define ASK_THREE	ASK_TWO, \
	{ "behind bob", "RSET / " MAIL " / RCPT TO:<bob@example.org>" }

static const struct smtp_row rows[] = {
	{ "a plain peer is asked step by step", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "550 5.1.1 no\r\n", "answer rcpt: idle" },
	    { "quit", "QUIT" },
	    { "221 bye\r\n", "close" } } },
	{ "the next recipient of a plain peer begins with RSET", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET" },
	    { "250 ok\r\n", MAIL },
	    { "250 ok\r\n", "RCPT TO:<ann@example.org>" },
	    { "251 forwarded\r\n", "answer rcpt: idle" } } },
	{ "with PIPELINING, MAIL and RCPT go together", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n", "read" },
	    { "252 who knows\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "250 ok\r\n250 ok\r\n550 no\r\n",
	      "read; read; answer rcpt: idle" } } },

	/* greeting */
	{ "a banner that refuses us ends the session", false, {
	    { "554 go away\r\n", "refused banner: QUIT" },
	    { "221 bye\r\n", "close" } } },
	{ "a banner that defers us ends the session", false, {
	    { "450 later\r\n", "refused banner: QUIT" } } },
	{ "after a 421 there is no QUIT", false, {
	    { "421 busy\r\n", "refused banner: close" } } },
	{ "a banner of 354 answers nothing", false, {
	    { "354 go on\r\n", "bad reply banner: close" } } },
	{ "the words of a refused peer do not matter", false, {
	    { "554 go\r\n250 stay\r\n", "refused banner: close" } } },
	{ "a peer that talks ahead of EHLO is not believed", false, {
	    { "220 mx\r\n250 mx\r\n", "said too much banner: close" } } },

	/* EHLO and HELO */
	{ "an unknown EHLO is followed by HELO", false, {
	    GREET,
	    { "502 what\r\n", "HELO probe.example" },
	    { "250 mx\r\n", "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "500, too", false, {
	    GREET, { "500 what\r\n", "HELO probe.example" } } },
	{ "501, too", false, {
	    GREET, { "501 what\r\n", "HELO probe.example" } } },
	{ "504, too", false, {
	    GREET, { "504 what\r\n", "HELO probe.example" } } },
	{ "HELO is said once", false, {
	    GREET,
	    { "500 what\r\n", "HELO probe.example" },
	    { "500 what\r\n", "refused ehlo: QUIT" } } },
	{ "a refusal by policy is not followed by HELO", false, {
	    GREET, { "550 5.7.1 listed\r\n", "refused ehlo: QUIT" } } },
	{ "503 is not followed by HELO", false, {
	    GREET, { "503 polite people wait\r\n", "refused ehlo: QUIT" } } },
	{ "a deferral is not followed by HELO", false, {
	    GREET, { "451 later\r\n", "refused ehlo: QUIT" } } },
	{ "421 to EHLO closes", false, {
	    GREET, { "421 later\r\n", "refused ehlo: close" } } },
	{ "354 to EHLO answers nothing", false, {
	    GREET, { "354 x\r\n", "bad reply ehlo: close" } } },
	{ "HELO brings no extensions, whatever its reply says", true, {
	    GREET,
	    { "502 what\r\n", "HELO probe.example" },
	    { "250-mx\r\n250-STARTTLS\r\n250 PIPELINING\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "keywords have no case and may have parameters", false, {
	    GREET,
	    { "250-mx\r\n250-SIZE 1\r\n250 pipelining yes\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "the greeting is no keyword", false, {
	    GREET,
	    { "250 PIPELINING\r\n", "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a keyword is a whole word", false, {
	    GREET,
	    { "250-mx\r\n250-XPIPELINING\r\n250 PIPELININGS\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a second reply to EHLO is too much", false, {
	    GREET,
	    { EHLO_PLAIN EHLO_PLAIN, "said too much ehlo: close" } } },

	/* STARTTLS */
	{ "TLS is taken when offered, and all is asked anew", true, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n",
	      "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "tls", "EHLO probe.example" },
	    { EHLO_PLAIN, "ready ehlo: idle" },
	    { "rcpt j\xc3\xb6", "no smtputf8 rcpt: idle" },
	    { "rcpt joe", MAIL } } },
	{ "what was learned in plain is forgotten, even before HELO", true, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "tls", "EHLO probe.example" },
	    { "502 what\r\n", "HELO probe.example" },
	    { "250 mx\r\n", "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "under TLS it is not taken again", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "tls", "EHLO probe.example" },
	    { "250-mx\r\n250 STARTTLS\r\n", "ready ehlo: idle" } } },
	{ "TLS is not taken when not wanted", false, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "ready ehlo: idle" } } },
	{ "refused TLS leaves the session plain, with its extensions", true, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "454 4.7.0 not now\r\n", "ready starttls: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "unknown STARTTLS leaves the session plain", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "502 what\r\n", "ready starttls: idle" } } },
	{ "250 to STARTTLS leaves everything open", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "250 ok\r\n", "bad reply starttls: close" } } },
	{ "421 to STARTTLS closes", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "421 no\r\n", "refused starttls: close" } } },
	{ "plain text behind the 220 is never read under TLS", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n250 mx\r\n", "said too much starttls: close" } } },
	{ "not one octet of it", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n2", "said too much starttls: close" } } },
	{ "a handshake nobody began ends the session", true, {
	    GREET, { "tls", "session over ehlo: close" } } },

	/* MAIL */
	{ "a refused sender ends the session", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "550 5.7.1 no\r\n", "refused mail: QUIT" } } },
	{ "a refused sender is told at once, then the rest is read", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "451 4.7.1 no\r\n", "refused mail: read" },
	    { "503 5.5.1 need MAIL\r\n", "QUIT" },
	    { "221 bye\r\n", "close" } } },
	{ "after a refused sender no RCPT reply is an answer", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "550 no\r\n250 ok\r\n", "refused mail: read; QUIT" } } },
	{ "nor is a 421, which closes", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "550 no\r\n421 bye\r\n", "refused mail: read; close" } } },
	{ "QUIT is not sent while a reply is owed", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "550 no\r\n", "refused mail: read" },
	    { "quit", "close" } } },
	{ "421 to MAIL closes", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "421 no\r\n250 ok\r\n", "refused mail: close" } } },
	{ "354 to MAIL answers nothing", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "354 x\r\n", "bad reply mail: close" } } },

	/* RCPT */
	{ "421 answers the recipient and closes", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "421 4.7.0 slow down\r\n", "answer rcpt: close" } } },
	{ "354 to RCPT answers nothing", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "354 x\r\n", "bad reply rcpt: close" } } },
	{ "an answer with a reply too many is not believed", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n250 ok\r\n550 no\r\n",
	      "read; said too much rcpt: close" } } },
	{ "an answer with a goodbye behind it is", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n421 too many errors\r\n",
	      "read; answer rcpt: close" } } },
	{ "half a goodbye will do", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n4", "read; answer rcpt: close" } } },
	{ "a reply ahead of RCPT is too much", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n250 ok\r\n", "said too much mail: close" } } },

	/* RSET */
	{ "a refused RSET ends the session with the recipient unasked",
	  false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "550 no\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET" },
	    { "502 what\r\n", "session over rset: QUIT" } } },
	{ "in a group it closes, since replies are owed", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "502 what\r\n250 ok\r\n250 ok\r\n",
	      "session over rset: close" } } },
	{ "421 to RSET leaves the recipient unasked", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "421 bye\r\n", "session over rset: close" } } },

	/* several in one group */
	{ "who waits is asked in the same group, and answered in order",
	  false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n550 no joe\r\n", "read; answer rcpt: read" },
	    { "250 reset\r\n250 ok\r\n250 ann\r\n",
	      "read; read; answer rcpt: read" },
	    { "250 reset\r\n250 ok\r\n452 bob\r\n",
	      "read; read; answer rcpt: idle" },
	    { "rcpt joe", "RSET / " MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "all answers may come at once", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no\r\n250 reset\r\n250 ok\r\n250 ok\r\n",
	      "read; answer rcpt: read; read; read; answer rcpt: idle" } } },
	{ "a group begins with RSET where a transaction is open", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "behind bob", "RSET / " MAIL " / RCPT TO:<bob@example.org>" },
	    { "250 reset\r\n250 ok\r\n250 ok\r\n",
	      "read; read; answer rcpt: read" } } },
	{ "a reply too many is not the next recipient's", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no joe\r\n550 no joe\r\n250 ok\r\n"
	      "250 ok\r\n",
	      "read; answer rcpt: read; session over rset: close" } } },
	{ "nor is a success too many: MAIL is answered as the first time",
	  false, {
	    READY_PIPE, ASK_TWO,
	    { "250 2.1.0 ok\r\n250 2.1.5 joe\r\n250 2.1.5 joe\r\n"
	      "250 2.0.0 ok\r\n250 2.1.0 ok\r\n550 5.1.1 ann\r\n",
	      "read; answer rcpt: read; read; said too much mail: close" } } },
	{ "also behind one that was answered before", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 2.1.0 ok\r\n550 5.1.1 joe\r\n",
	      "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "250 2.0.0 ok\r\n250 2.0.0 ok\r\n250 2.1.0 ok\r\n",
	      "read; said too much mail: close" } } },
	{ "nor is RSET's success one that is worded as MAIL's: two of them are",
	  false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n250 ok\r\n250 ok\r\n",
	      "read; answer rcpt: read; said too much rset: close" } } },
	{ "one that is missing puts MAIL's where RSET's was to be", false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n250 reset\r\n250 ok\r\n",
	      "read; answer rcpt: read; said too much rset: close" } } },
	{ "who is asked alone has to wait for it, whatever its words", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n250 ok\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "250 ok\r\n250 ok\r\n550 no\r\n",
	      "read; read; answer rcpt: idle" } } },
	{ "without enhanced codes by its words, but for names and numbers",
	  false, {
	    READY_PIPE, ASK_THREE,
	    { "250 sender ok q1a at 10:01\r\n550 no\r\n",
	      "read; answer rcpt: read" },
	    { "250 reset\r\n250 sender ok q2b at 10:02\r\n250 ann\r\n",
	      "read; read; answer rcpt: read" },
	    { "250 ann\r\n250 reset\r\n",
	      "read; said too much mail: close" } } },
	{ "a refused sender ends a group once all have had their replies",
	  false, {
	    READY_PIPE, ASK_TWO,
	    { "550 no\r\n503 need MAIL\r\n250 ok\r\n550 no\r\n"
	      "503 need MAIL\r\n",
	      "refused mail: read; read; read; read; QUIT" } } },
	{ "also one that is refused in the midst of it", false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n250 joe\r\n250 reset\r\n451 slow\r\n",
	      "read; answer rcpt: read; read; refused mail: read" },
	    { "503 no\r\n250 ok\r\n451 slow\r\n503 no\r\n",
	      "read; read; read; QUIT" } } },
	{ "421 answers its recipient, and nobody behind it", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n421 bye\r\n", "read; answer rcpt: close" } } },
	{ "421 for RSET leaves the next one unasked", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n250 joe\r\n421 bye\r\n",
	      "read; answer rcpt: read; session over rset: close" } } },
	{ "more than was asked for is too much behind the last", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no\r\n250 reset\r\n250 ok\r\n550 no\r\n"
	      "550 no\r\n",
	      "read; answer rcpt: read; read; read; "
	      "said too much rcpt: close" } } },
	{ "QUIT is not sent in the midst of a group", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: read" },
	    { "quit", "close" } } },
	{ "without PIPELINING nobody is asked behind another", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "behind ann", "not now" },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" } } },
	{ "nor where none is asked", false, {
	    READY_PIPE, { "behind ann", "not now" } } },
	{ "nor who needs SMTPUTF8 of a peer that lacks it", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "behind j\xc3\xb6", "not now" },
	    { "250 ok\r\n250 ok\r\n", "read; answer rcpt: idle" } } },
	{ "nor an address with a line end", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "behind a\r\nDATA", "not now" } } },
	{ "each has SMTPUTF8 where it is needed", false, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "behind j\xc3\xb6", "RSET / " MAIL " SMTPUTF8 / "
	      "RCPT TO:<j\xc3\xb6@example.org>" } } },

	/* SMTPUTF8 and what may not be sent */
	{ "SMTPUTF8 is said where it is needed", false, {
	    GREET,
	    { "250-mx\r\n250 SMTPUTF8\r\n", "ready ehlo: idle" },
	    { "rcpt j\xc3\xb6", MAIL " SMTPUTF8" },
	    { "250 ok\r\n", "RCPT TO:<j\xc3\xb6@example.org>" } } },
	{ "and not where it is not", false, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "without it nothing is sent and the next may be asked", false, {
	    READY_PLAIN,
	    { "rcpt j\xc3\xb6", "no smtputf8 rcpt: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a line end in an address is never sent", false, {
	    READY_PLAIN,
	    { "rcpt a\r\nDATA", "unsendable rcpt: idle" },
	    { "rcpt a\nb", "unsendable rcpt: idle" },
	    { "rcpt a\177b", "unsendable rcpt: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a recipient is not taken while a reply is owed", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "rcpt ann", "session over rcpt: close" } } },

	/* input that nobody asked for */
	{ "a peer that hangs up between recipients is believed", false, {
	    READY_PLAIN,
	    { "early 421 idle\r\n", "session over mail: close" } } },
	{ "anything else between recipients is too much", false, {
	    READY_PLAIN,
	    { "early 250 ok\r\n", "said too much mail: close" } } },
	{ "a reply between recipients is too much", false, {
	    READY_PLAIN, { "250 ok\r\n", "said too much mail: close" } } },
	{ "a 421 between recipients ends the session", false, {
	    READY_PLAIN, { "421 ok\r\n", "session over mail: close" } } },
	{ "QUIT before the greeting is a close", false, {
	    { "quit", "close" } } },
	{ "QUIT under the handshake is a close", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "quit", "close" } } },
	{ "whatever answers QUIT, it is over", false, {
	    READY_PLAIN, { "quit", "QUIT" },
	    { "354 x\r\n250 y\r\n", "close" } } },
	{ "after the close there is nothing", false, {
	    READY_PLAIN, { "quit", "QUIT" }, { "221 x\r\n", "close" },
	    { "quit", "close" },
	    { "rcpt joe", "session over rcpt: close" },
	    { "250 x\r\n", "said too much quit: close" } } },
};

static const struct smtp_params plain = {
	.helo = "probe.example", .sender = "check@probe.example"
};
static const struct smtp_params secure = {
	.helo = "probe.example", .sender = "check@probe.example", .tls = true
};

static const char *
outcome_word(enum smtp_outcome outcome)
{
	switch (outcome) {
	case SMTP_NOTHING:
		return "";
	case SMTP_IS_READY:
		return "ready ";
	case SMTP_ANSWER:
		return "answer ";
	case SMTP_NO_SMTPUTF8:
		return "no smtputf8 ";
	case SMTP_UNSENDABLE:
		return "unsendable ";
	case SMTP_REFUSED:
		return "refused ";
	case SMTP_SESSION_OVER:
		return "session over ";
	case SMTP_BAD_REPLY:
		return "bad reply ";
	case SMTP_SAID_TOO_MUCH:
		return "said too much ";
	}
	return "?";
}

/* The lines with " / " in place of each CRLF but the last. */
static void
render_send(const struct smtp_step *step, char *out, size_t size)
{
	size_t i, n = 0;

	ck_assert_uint_eq(strlen(step->send), step->send_len);
	ck_assert_uint_ge(step->send_len, 2);
	ck_assert_str_eq(step->send + step->send_len - 2, "\r\n");
	for (i = 0; i + 2 < step->send_len && n + 4 < size; i++) {
		if (step->send[i] != '\r') {
			out[n++] = step->send[i];
			continue;
		}
		ck_assert_int_eq(step->send[++i], '\n');
		memcpy(out + n, " / ", 3);
		n += 3;
	}
	out[n] = '\0';
}

static void
render(const struct smtp_step *step, char *out, size_t size)
{
	char act[SMTP_SEND_MAX + 16];

	switch (step->act) {
	case SMTP_DO_READ:
		strcpy(act, "read");
		break;
	case SMTP_DO_SEND:
		render_send(step, act, sizeof(act));
		break;
	case SMTP_DO_TLS:
		strcpy(act, "handshake");
		break;
	case SMTP_DO_IDLE:
		strcpy(act, "idle");
		break;
	case SMTP_DO_CLOSE:
		strcpy(act, "close");
		break;
	}
	if (out[0] != '\0')
		strcat(out, "; ");
	ck_assert_uint_gt(size, strlen(out) + strlen(act) + 64);
	if (step->outcome != SMTP_NOTHING)
		sprintf(out + strlen(out), "%s%s: ",
		    outcome_word(step->outcome), stage_word(step->stage));
	strcat(out, act);
}

static struct address
recipient(const char *local)
{
	struct address rcpt;
	const char *c;

	memset(&rcpt, 0, sizeof(rcpt));
	strcpy(rcpt.local, local);
	strcpy(rcpt.domain, "example.org");
	for (c = local; *c != '\0'; c++)
		if ((unsigned char)*c > 127)
			rcpt.utf8_local = true;
	return rcpt;
}

static void
give_recipient(struct smtp *s, const char *local, struct smtp_step *step)
{
	struct address rcpt = recipient(local);

	smtp_recipient(s, &rcpt, step);
}

/* What cannot be asked behind another must leave the dialogue as it was. */
static void
give_behind(struct smtp *s, const char *local, char *out, size_t size)
{
	struct address rcpt = recipient(local);
	struct smtp was = *s;
	struct smtp_step step;

	if (smtp_behind(s, &rcpt, &step)) {
		render(&step, out, size);
		return;
	}
	ck_assert_mem_eq(s, &was, sizeof was);
	strcpy(out, "not now");
}

/* Reads input as a session does, and renders every step it leads to. */
static void
give_input(struct smtp *s, const char *in, char *out, size_t size)
{
	static struct reply r;
	struct smtp_step step;
	size_t used, left = strlen(in);

	do {
		reply_reset(&r);
		ck_assert_int_eq(reply_feed(&r, in, left, &used), REPLY_DONE);
		in += used;
		left -= used;
		smtp_reply(s, &r, in, left, &step);
		render(&step, out, size);
	} while (step.act == SMTP_DO_READ && left > 0);
}

static void
take_turn(struct smtp *s, const char *in, char *out, size_t size)
{
	struct smtp_step step;

	out[0] = '\0';
	if (strncmp(in, "behind ", 7) == 0) {
		give_behind(s, in + 7, out, size);
		return;
	}
	if (strncmp(in, "rcpt ", 5) == 0)
		give_recipient(s, in + 5, &step);
	else if (strcmp(in, "tls") == 0)
		smtp_encrypted(s, &step);
	else if (strcmp(in, "quit") == 0)
		smtp_quit(s, &step);
	else if (strncmp(in, "early ", 6) == 0)
		smtp_early(s, in + 6, strlen(in + 6), &step);
	else {
		give_input(s, in, out, size);
		return;
	}
	render(&step, out, size);
}

START_TEST(dialogue_goes_as_the_table_says)
{
	const struct smtp_row *row = &rows[_i];
	const struct turn *turn;
	char out[2048];
	struct smtp s;

	ck_assert(smtp_begin(&s, row->tls ? &secure : &plain));
	ck_assert(smtp_owed(&s));
	for (turn = row->turns; turn->in != NULL; turn++) {
		take_turn(&s, turn->in, out, sizeof(out));
		ck_assert_msg(strcmp(out, turn->out) == 0,
		    "%s: after \"%s\": %s", row->says, turn->in, out);
	}
}
END_TEST

START_TEST(every_line_of_ehlo_is_looked_at)
{
	char in[4096] = "250-mx\r\n";
	struct smtp_step step;
	struct smtp s;
	struct reply r;
	size_t used;
	int i, filler;

	for (filler = 1; filler < SMTP_EHLO_LINES - 1; filler++) {
		strcpy(in, "250-mx\r\n");
		for (i = 0; i < filler; i++)
			strcat(in, "250-X\r\n");
		strcat(in, "250 PIPELINING\r\n");
		smtp_begin(&s, &plain);
		s.state = SMTP_EHLO;
		reply_reset(&r);
		ck_assert_int_eq(reply_feed(&r, in, strlen(in), &used),
		    REPLY_DONE);
		smtp_reply(&s, &r, NULL, 0, &step);
		ck_assert(s.pipelining);
	}
}
END_TEST

/* The longest of everything fits in what a step can hold. */
START_TEST(longest_group_fits)
{
	char sender[ADDRESS_MAX + 1];
	struct smtp_params params = { .helo = "h", .sender = sender };
	struct address rcpt = { .utf8_local = true };
	struct smtp_step step;
	struct smtp s;

	memset(sender, 's', ADDRESS_MAX);
	sender[ADDRESS_MAX] = '\0';
	memset(rcpt.local, 'l', ADDRESS_LOCAL_MAX);
	memset(rcpt.domain, 'd', ADDRESS_MAX - 1 - ADDRESS_LOCAL_MAX);
	ck_assert(smtp_begin(&s, &params));
	s.state = SMTP_ANSWERED;
	s.pipelining = s.smtputf8 = true;
	smtp_recipient(&s, &rcpt, &step);
	ck_assert_int_eq(step.act, SMTP_DO_SEND);
	ck_assert_uint_eq(step.send_len, strlen(step.send));
	ck_assert_str_eq(step.send + step.send_len - 3, ">\r\n");
	rcpt.domain[ADDRESS_MAX - 1 - ADDRESS_LOCAL_MAX] = 'd';
	s.state = SMTP_ANSWERED;
	smtp_recipient(&s, &rcpt, &step);
	ck_assert_int_eq(step.outcome, SMTP_UNSENDABLE);
}
END_TEST

static const char long_helo[SMTP_HELO_MAX + 2] = {
	[0 ... SMTP_HELO_MAX] = 'h'
};
static const char long_sender[ADDRESS_MAX + 2] = {
	[0 ... ADDRESS_MAX] = 's'
};

static const struct {
	const char *says, *helo, *sender;
	bool good;
} identities[] = {
	{ "an address", "h.example", "s@h.example", true },
	{ "the null reverse-path", "h.example", "", true },
	{ "the longest HELO", long_helo + 1, "", true },
	{ "a HELO one too long", long_helo, "", false },
	{ "the longest sender", "h", long_sender + 1, true },
	{ "a sender one too long", "h", long_sender, false },
	{ "no HELO", "", "s@h.example", false },
	{ "a line end in HELO", "h\r\nDATA", "", false },
	{ "a line end in the sender", "h", "s\nx@h", false },
	{ "a HELO that is not ASCII", "h\xc3\xb6", "", false },
	{ "a sender that is not ASCII", "h", "s\xc3\xb6@h", false },
};

START_TEST(a_group_has_an_end)
{
	struct address rcpt = recipient("joe");
	struct smtp_step step;
	struct smtp s;
	int n;

	ck_assert(smtp_begin(&s, &plain));
	s.state = SMTP_READY;
	s.pipelining = true;
	smtp_recipient(&s, &rcpt, &step);
	for (n = 1; n < SMTP_GROUP_MAX; n++)
		ck_assert(smtp_behind(&s, &rcpt, &step));
	ck_assert(!smtp_behind(&s, &rcpt, &step));
}
END_TEST

START_TEST(identity_is_looked_at)
{
	struct smtp_params params = {
		.helo = identities[_i].helo, .sender = identities[_i].sender
	};
	struct smtp s;

	ck_assert_msg(smtp_begin(&s, &params) == identities[_i].good, "%s",
	    identities[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("smtp");
	TCase *t = tcase_create("smtp");

	tcase_add_loop_test(t, dialogue_goes_as_the_table_says, 0,
	    COUNT(rows));
	tcase_add_test(t, every_line_of_ehlo_is_looked_at);
	tcase_add_test(t, longest_group_fits);
	tcase_add_test(t, a_group_has_an_end);
	tcase_add_loop_test(t, identity_is_looked_at, 0, COUNT(identities));
	suite_add_tcase(s, t);
	return suite_run(s);
}
