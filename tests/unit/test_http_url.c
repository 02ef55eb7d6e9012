#include "common/http_url.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#define LONG	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONGER	LONG LONG LONG LONG LONG LONG LONG LONG
#define FROM	"https://a.example:8443/domain/"

static const struct {
	const char *says, *from, *location;
	const char *host;		/* NULL: refused */
	uint16_t port;
	const char *rest;		/* the target, or why it is refused */
} rows[] = {
	{ "a URL", FROM, "https://b.example/rdap/x.example", "b.example", 443,
	    "/rdap/x.example" },
	{ "a port and a query", FROM, "https://b.example:444/?q=1",
	    "b.example", 444, "/?q=1" },
	{ "no path", FROM, "https://b.example", "b.example", 443, "/" },
	{ "a scheme in upper case", FROM, "HTTPS://b.example/", "b.example",
	    443, "/" },
	{ "a fragment is the reader's", FROM, "https://b.example/x#top",
	    "b.example", 443, "/x" },
	{ "an address", FROM, "https://192.0.2.1/", "192.0.2.1", 443, "/" },
	{ "an IPv6 address", FROM, "https://[2001:db8::1]:1/", "2001:db8::1",
	    1, "/" },
	{ "a path at the same host", FROM, "/x?y", "a.example", 8443, "/x?y" },
	{ "a host with the same scheme", FROM, "//b.example/x", "b.example",
	    443, "/x" },
	{ "from a plain server to https", "http://a.example/",
	    "https://b.example/", "b.example", 443, "/" },
	{ "a path at a plain server", "http://a.example/", "/x", NULL, 0,
	    "is not https" },
	{ "a host with a plain scheme", "http://a.example/", "//b.example/",
	    NULL, 0, "is not https" },
	{ "to a plain server", FROM, "http://b.example/", NULL, 0,
	    "is not https" },
	{ "nothing", FROM, "", NULL, 0, "names no place" },
	{ "a fragment alone", FROM, "#top", NULL, 0, "names no place" },
	{ "a place beside the page", FROM, "x.example", NULL, 0,
	    "names no https URL" },
	{ "another scheme", FROM, "file:///etc/passwd", NULL, 0,
	    "names no https URL" },
	{ "a user", FROM, "https://a@b.example/", NULL, 0,
	    "names no https URL" },
	{ "no host", FROM, "https:///x", NULL, 0, "names no https URL" },
	{ "a line of its own", FROM, "/x\r\nHost: b.example", NULL, 0,
	    "names no https URL" },
	{ "a blank", FROM, "/x y", NULL, 0, "names no https URL" },
	{ "octets over ASCII", FROM, "/\xc3\xbc", NULL, 0,
	    "names no https URL" },
	{ "a path without end", FROM, "/" LONGER LONGER, NULL, 0,
	    "names too long a place" },
};

START_TEST(redirects_are_resolved)
{
	struct http_url from, to;
	const char *why;

	ck_assert(http_url_read(rows[_i].from, &from));
	why = http_url_follow(&from, rows[_i].location, &to);
	if (rows[_i].host == NULL) {
		ck_assert_msg(why != NULL && strcmp(why, rows[_i].rest) == 0,
		    "%s: %s", rows[_i].says, why != NULL ? why : "taken");
		return;
	}
	ck_assert_msg(why == NULL, "%s: %s", rows[_i].says, why);
	ck_assert_str_eq(to.host, rows[_i].host);
	ck_assert_str_eq(to.target, rows[_i].rest);
	ck_assert_uint_eq(to.port, rows[_i].port);
	ck_assert(to.tls);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_url");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, redirects_are_resolved, 0, COUNT(rows));
	suite_add_tcase(s, t);
	return suite_run(s);
}
