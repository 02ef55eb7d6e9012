/*
 * The first octet is the seed, the second the status of the MX answer; then
 * each line is a record: one octet of preference and the name. The route must
 * be in order, clean and the same for any order of the records, and a verdict
 * against the domain must stand on every record.
 */
#include <string.h>

#include "common/text.h"
#include "probe/mx.h"
#include "tests/fuzz/fuzz.h"

static const char host_octets[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";

static void
check_route(const struct mx_route *route)
{
	const struct mx_host *h;
	size_t i, j;

	PROPERTY(route->host_count <= MX_HOSTS_MAX);
	for (i = 0; i < route->host_count; i++) {
		h = &route->hosts[i];
		PROPERTY(h->name[0] != '\0' && strlen(h->name) <= 253);
		PROPERTY(strspn(h->name, host_octets) == strlen(h->name));
		PROPERTY(h->name[strlen(h->name) - 1] != '.');
		PROPERTY(i == 0 || h[-1].preference <= h->preference);
		for (j = 0; j < i; j++)
			PROPERTY(strcmp(h->name, route->hosts[j].name) != 0);
	}
}

static bool
is_null(const struct mx_record *rec)
{
	return rec->host[0] == '\0' || strcmp(rec->host, ".") == 0;
}

static bool
is_localhost(const struct mx_record *rec)
{
	char name[256];

	text_copy(name, rec->host, sizeof(name));
	text_lower(name);
	return strstr(name, "localhost") != NULL;
}

static void
check_verdict(const struct mx_answer *answer, enum verdict_reason reason)
{
	size_t i;

	switch (answer->status) {
	case DNS_FAILED:
		PROPERTY(reason == REASON_DNS_FAILURE);
		return;
	case DNS_NXDOMAIN:
		PROPERTY(reason == REASON_NO_SUCH_DOMAIN);
		return;
	case DNS_NODATA:
		PROPERTY(answer->status != DNS_NODATA);
		return;
	case DNS_OK:
		break;
	}
	PROPERTY(reason == REASON_NULL_MX || reason == REASON_NO_MAIL_HOST ||
	    reason == REASON_DNS_FAILURE);
	if (reason == REASON_DNS_FAILURE)
		return;
	PROPERTY(answer->count > 0 && answer->count <= MX_RECORDS_MAX);
	for (i = 0; i < answer->count; i++)
		PROPERTY(is_null(&answer->records[i]) ||
		    (reason == REASON_NO_MAIL_HOST &&
		    is_localhost(&answer->records[i])));
}

/* No address is known yet, so a verdict of judge must be doubt. */
static void
check_judge(struct mx_route *route, enum dns_status status)
{
	enum verdict_reason reason;
	size_t i;

	PROPERTY(mx_judge(route, status) == REASON_DNS_FAILURE);
	for (i = 0; i < route->host_count; i++)
		route->hosts[i].a = route->hosts[i].aaaa = DNS_NODATA;
	reason = mx_judge(route, status);
	PROPERTY(reason == (route->bad_names || route->incomplete ?
	    REASON_DNS_FAILURE : REASON_NO_MAIL_HOST));
	route->hosts[0].addr_count = 1;
	PROPERTY(mx_judge(route, status) == REASON_MAX);
}

static void
check_same(const struct mx_route *a, const struct mx_route *b)
{
	size_t i;

	PROPERTY(a->host_count == b->host_count);
	PROPERTY(a->bad_names == b->bad_names);
	PROPERTY(a->incomplete == b->incomplete);
	for (i = 0; i < a->host_count; i++) {
		PROPERTY(strcmp(a->hosts[i].name, b->hosts[i].name) == 0);
		PROPERTY(a->hosts[i].preference == b->hosts[i].preference);
	}
}

static void
check_plan(struct mx_answer *answer, struct mx_answer *reversed,
    uint32_t seed)
{
	static struct mx_route route, other;
	enum verdict_reason reason, other_reason;
	enum mx_plan plan;

	plan = mx_plan("d.example", answer, seed, &route, &reason);
	check_route(&route);
	PROPERTY((plan == MX_ASK_HOSTS) == (route.host_count > 0));
	PROPERTY((plan == MX_ASK_HOSTS) == (reason == REASON_MAX));
	if (answer->count <= MX_RECORDS_MAX) {
		PROPERTY(mx_plan("d.example", reversed, seed, &other,
		    &other_reason) == plan);
		PROPERTY(other_reason == reason);
		check_same(&route, &other);
	}
	if (plan == MX_VERDICT)
		check_verdict(answer, reason);
	else
		check_judge(&route, answer->status);
}

/* One line from data; what it takes of it. */
static size_t
record_take(const uint8_t *data, size_t len, struct mx_record *rec)
{
	const uint8_t *lf;
	size_t n, name;

	lf = memchr(data, '\n', len);
	n = lf == NULL ? len : (size_t)(lf - data);
	rec->preference = n > 0 ? data[0] : 0;
	name = n > 0 ? n - 1 : 0;
	if (name > sizeof(rec->host) - 1)
		name = sizeof(rec->host) - 1;
	memset(rec->host, 0, sizeof(rec->host));
	if (name > 0)
		memcpy(rec->host, data + 1, name);
	return lf == NULL ? len : n + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct mx_record records[MX_RECORDS_MAX + 4];
	static struct mx_record reverse[MX_RECORDS_MAX + 4];
	struct mx_answer answer = { .records = records };
	struct mx_answer reversed;
	size_t at, i;

	if (len < 2)
		return 0;
	answer.status = (enum dns_status)(data[1] & 3);
	for (at = 2; at < len && answer.count < MX_RECORDS_MAX + 4;)
		at += record_take(data + at, len - at,
		    &records[answer.count++]);
	for (i = 0; i < answer.count; i++)
		reverse[i] = records[answer.count - 1 - i];
	reversed = answer;
	reversed.records = reverse;
	check_plan(&answer, &reversed, data[0]);
	return 0;
}
