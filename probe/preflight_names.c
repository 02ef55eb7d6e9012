#include "probe/preflight.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Words that receivers take for an address that is lent for a day. */
static const char *const dynamic_words[] = {
	"dyn", "dynamic", "dynip", "dhcp", "dial", "dialup", "dialin", "ppp",
	"pppoe", "dsl", "adsl", "vdsl", "xdsl", "cable", "pool", "broadband",
	"catv", "customer", "client"
};

static bool
has_word(const char *name, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = name; *at != '\0'; at++)
		if ((at == name || !isalpha((unsigned char)at[-1])) &&
		    strncasecmp(at, word, len) == 0 &&
		    !isalpha((unsigned char)at[len]))
			return true;
	return false;
}

/* The four numbers of an address in a row, whatever stands between. */
static bool
has_numbers(const char *name, const unsigned n[4])
{
	unsigned got[16];
	size_t count = 0, i;

	while (*name != '\0' && count < COUNT(got)) {
		unsigned value = 0;

		if (!isdigit((unsigned char)*name)) {
			name++;
			continue;
		}
		for (; isdigit((unsigned char)*name); name++)
			value = value > 9999 ? value :
			    value * 10 + (unsigned)(*name - '0');
		got[count++] = value;
	}
	for (i = 0; i + 4 <= count; i++)
		if (memcmp(got + i, n, sizeof got[0] * 4) == 0)
			return true;
	return false;
}

static bool
has_address(const char *name, const uint8_t *o)
{
	const unsigned forth[4] = { o[0], o[1], o[2], o[3] };
	const unsigned back[4] = { o[3], o[2], o[1], o[0] };
	char hex[9];

	snprintf(hex, sizeof hex, "%02x%02x%02x%02x", o[0], o[1], o[2], o[3]);
	return has_numbers(name, forth) || has_numbers(name, back) ||
	    strcasestr(name, hex) != NULL;
}

bool
preflight_looks_dynamic(const char *name, const struct net_addr *addr)
{
	size_t i;

	for (i = 0; i < COUNT(dynamic_words); i++)
		if (has_word(name, dynamic_words[i]))
			return true;
	return addr != NULL && addr->family == AF_INET &&
	    has_address(name, addr->octets);
}

/* Those that everybody knows; nobody may send probes in their names. */
static const char *const free_mail[] = {
	"gmail.com", "googlemail.com", "outlook.com", "hotmail.com",
	"hotmail.co.uk", "hotmail.fr", "live.com", "msn.com", "yahoo.com",
	"yahoo.co.uk", "yahoo.co.jp", "ymail.com", "aol.com", "icloud.com",
	"me.com", "mac.com", "gmx.com", "gmx.de", "gmx.net", "web.de",
	"t-online.de", "freenet.de", "mail.ru", "bk.ru", "inbox.ru", "list.ru",
	"yandex.ru", "yandex.com", "rambler.ru", "qq.com", "163.com",
	"126.com", "sina.com", "naver.com", "hanmail.net", "daum.net",
	"proton.me", "protonmail.com", "tutanota.com", "tuta.com", "zoho.com",
	"mail.com", "fastmail.com", "orange.fr", "wanadoo.fr", "laposte.net",
	"free.fr", "libero.it", "virgilio.it", "seznam.cz", "wp.pl", "o2.pl",
	"onet.pl", "interia.pl", "uol.com.br", "bol.com.br", "rediffmail.com",
	"comcast.net", "verizon.net", "att.net"
};

bool
preflight_free_mail(const char *domain)
{
	size_t i;

	for (i = 0; i < COUNT(free_mail); i++)
		if (strcasecmp(domain, free_mail[i]) == 0)
			return true;
	return false;
}

int64_t
preflight_days_since(const char *date, int64_t now)
{
	struct tm tm = { .tm_isdst = 0 };

	if (sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday) != 3)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (now - (int64_t)timegm(&tm)) / 86400;
}

const char *
preflight_sender_domain(const struct conf *c)
{
	const char *at = strrchr(c->identity.sender, '@');

	return at != NULL ? at + 1 : c->identity.helo;
}
