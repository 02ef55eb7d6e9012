/*
 * bare_milter: the yardstick of the milter's bench. It asks the MTA for the
 * same events as rcptguard-milter and answers each with "continue".
 *
 * usage: bare_milter SOCKET-PATH
 */
#include <libmilter/mfapi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long unused0, unsigned long unused1, unsigned long *want_actions,
    unsigned long *want_steps, unsigned long *want0, unsigned long *want1)
{
	(void)ctx;
	(void)actions;
	(void)unused0;
	(void)unused1;
	*want_actions = 0;
	*want_steps = steps & (SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOEOH |
	    SMFIP_NOBODY | SMFIP_NOUNKNOWN | SMFIP_NOHDRS);
	*want0 = 0;
	*want1 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *sa)
{
	(void)ctx;
	(void)host;
	(void)sa;
	return SMFIS_CONTINUE;
}

static sfsistat
on_envelope(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return SMFIS_CONTINUE;
}

static sfsistat
on_other(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static char name[] = "bare";
	char conn[256];
	struct smfiDesc desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_envelope,
		.xxfi_envrcpt = on_envelope,
		.xxfi_eom = on_other,
		.xxfi_abort = on_other,
		.xxfi_close = on_other,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: bare_milter SOCKET-PATH\n");
		return EXIT_FAILURE;
	}
	snprintf(conn, sizeof(conn), "unix:%s", argv[1]);
	if (smfi_setconn(conn) != MI_SUCCESS ||
	    smfi_register(desc) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return EXIT_FAILURE;
	return smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
