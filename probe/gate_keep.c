/*
 * gate_keep: the gate's ledgers in the store.
 *
 * Items in STORE_LEDGERS: "g/" and the ledger's key (ledgers.h), and "g/#" for
 * the ledger clock's mark. What has changed is given to the clerk once a
 * second: a crash forgets a second's probes at most.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/store.h"
#include "common/text.h"
#include "probe/clerk.h"
#include "probe/gate_internal.h"

#define PREFIX		"g/"
#define MARK		PREFIX "#"
#define MARK_AGAIN_MS	600000
#define FLUSH_PIECE	100		/* ledgers, in one callback (loop.h) */
#define BOOT_FILE	"/proc/sys/kernel/random/boot_id"

static void
read_boot(char out[LEDGER_BOOT_SIZE])
{
	ssize_t n = -1;
	int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		n = read(fd, out, LEDGER_BOOT_SIZE - 1);
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strspn(out, "0123456789abcdef-")] = '\0';
}

static struct ledger_mark
clocks_now(const struct gate *g)
{
	struct ledger_mark m = {
		.ledger_ms = gate_now(g),
		.mono_ms = clock_mono_ms(),
		.wall_ms = clock_wall_ms(),
	};

	text_copy(m.boot, g->boot, sizeof m.boot);
	return m;
}

static void
item_put(struct gate *g, const char *key, const void *data, size_t len)
{
	char name[sizeof PREFIX + LEDGER_KEY_MAX];

	(void)snprintf(name, sizeof name, PREFIX "%s", key);
	clerk_item(g->clerk, STORE_LEDGERS, name, strlen(name), data, len);
}

/* Gives the clerk so many ledgers at most. False: there are more. */
static bool
flush(struct gate *g, size_t most)
{
	uint8_t data[LEDGER_ITEM_MAX], mark[LEDGER_MARK_SIZE];
	struct ledger_mark now = clocks_now(g);
	struct ledger *one = NULL;
	size_t len, n;

	for (n = 0; n < most; n++) {
		if ((one = ledgers_next_dirty(&g->limits.ledgers)) == NULL)
			break;
		if ((len = ledger_pack(one, data)) > 0)
			item_put(g, one->key, data, len);
	}
	if (n == 0 && now.mono_ms - g->marked_ms < MARK_AGAIN_MS)
		return true;
	g->marked_ms = now.mono_ms;
	len = ledger_mark_pack(&now, mark);
	clerk_item(g->clerk, STORE_LEDGERS, MARK, strlen(MARK), mark, len);
	return one == NULL;
}

void
gate_flush(struct gate *g)
{
	flush(g, SIZE_MAX);
}

void
gate_on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;

	(void)fd;
	(void)what;
	if (!flush(g, FLUSH_PIECE))
		event_active(g->flush, EV_TIMEOUT, 0);
}

static void
drop(void *arg, const char *key)
{
	struct gate *g = arg;
	char name[sizeof PREFIX + LEDGER_KEY_MAX];

	(void)snprintf(name, sizeof name, PREFIX "%s", key);
	clerk_drop_item(g->clerk, STORE_LEDGERS, name, strlen(name));
}

void
gate_on_tidy(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;

	(void)fd;
	(void)what;
	limits_tidy(&g->limits, gate_now(g), drop, g);
}

struct load {
	struct gate *gate;
	struct ledger_mark mark;
	bool have_mark;
};

static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct load *load = arg;
	struct ledgers *set = &load->gate->limits.ledgers;
	char name[STORE_ITEM_KEY_MAX + 1];
	const char *own = name + strlen(PREFIX);
	struct ledger *one;

	memcpy(name, key, key_len);
	name[key_len] = '\0';
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    strlen(name) != key_len)
		return true;
	if (strcmp(name, MARK) == 0) {
		load->have_mark = ledger_mark_unpack(data, len, &load->mark);
		return true;
	}
	one = ledger_kind_is(own[0]) ?
	    ledgers_make(set, (enum ledger_kind)own[0], own + 1) : NULL;
	if (one != NULL && ledger_unpack(one, data, len))
		return true;
	/* An empty ramp is the lowest step, as a damaged one should be. */
	load->gate->damaged++;
	return true;
}

void
gate_load(struct gate *g, bool distrust)
{
	struct load load = { .gate = g };
	struct ledger_mark now;

	read_boot(g->boot);
	now = clocks_now(g);
	if (g->store != NULL && store_walk_items(g->store, STORE_LEDGERS,
	    load_item, &load) != STORE_OK)
		distrust = true;
	g->limits.lowest = distrust || g->store == NULL;
	g->offset_ms = ledger_resume(load.have_mark ? &load.mark : NULL, &now,
	    ledgers_newest(&g->limits.ledgers)) - now.mono_ms;
	if (g->damaged > 0)
		log_warnx("%zu budget ledgers were damaged and begin anew, "
		    "ramps at their lowest step", g->damaged);
	if (g->limits.lowest && g->limits.rules.enabled)
		log_warnx("budget ledgers are lost or cannot be kept: source "
		    "addresses begin at the lowest step of the warm-up");
}
