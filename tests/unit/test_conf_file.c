/*
 * Files: whose they may be, conf.d, and what a later file does to an earlier
 * one. Each test has a directory of its own.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

static char dir[64];

static void
enter(void)
{
	umask(022);
	snprintf(dir, sizeof dir, "/tmp/test_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void
leave(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static const struct conf *
loaded(void)
{
	struct conf_errors e;
	const struct conf *c;
	char *got;

	conf_errors_init(&e);
	c = conf_load("rcptguard.conf", &e);
	got = messages_of(&e);
	ck_assert_msg(c != NULL, "refused:\n%s", got);
	free(got);
	conf_errors_clear(&e);
	return c;
}

static void
refused(const char *messages)
{
	struct conf_errors e;
	char *got;

	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load("rcptguard.conf", &e));
	got = messages_of(&e);
	ck_assert_str_eq(got, messages);
	free(got);
	conf_errors_clear(&e);
}

START_TEST(no_file)
{
	refused("rcptguard.conf: cannot open: No such file or directory\n");
}
END_TEST

START_TEST(a_directory)
{
	ck_assert_int_eq(mkdir("rcptguard.conf", 0755), 0);
	refused("rcptguard.conf: not a regular file\n");
}
END_TEST

/* A blocking open would wait for a writer for ever. */
START_TEST(a_fifo_does_not_hold_us)
{
	ck_assert_int_eq(mkfifo("rcptguard.conf", 0600), 0);
	refused("rcptguard.conf: not a regular file\n");
}
END_TEST

START_TEST(writable_by_group)
{
	file("rcptguard.conf", WHO);
	ck_assert_int_eq(chmod("rcptguard.conf", 0664), 0);
	refused("rcptguard.conf: mode 0664 lets others write; chmod go-w it\n");
}
END_TEST

/* A link is fine; what it leads to is what is tested. */
START_TEST(a_link_to_a_writable_file)
{
	file("real", WHO);
	ck_assert_int_eq(symlink("real", "rcptguard.conf"), 0);
	conf_unref(loaded());
	ck_assert_int_eq(chmod("real", 0646), 0);
	refused("rcptguard.conf: mode 0646 lets others write; chmod go-w it\n");
}
END_TEST

/* Only root can give a file away. */
START_TEST(owned_by_another)
{
	file("rcptguard.conf", WHO);
	if (chown("rcptguard.conf", 4242, (gid_t)-1) == -1) {
		ck_assert_int_eq(errno, EPERM);
		return;
	}
	refused("rcptguard.conf: owned by user 4242; it must be root's or "
	    "your own: chown root it\n");
}
END_TEST

START_TEST(over_a_mebibyte)
{
	int fd;

	file("rcptguard.conf", WHO);
	fd = open("rcptguard.conf", O_WRONLY | O_APPEND);
	ck_assert_int_ne(fd, -1);
	for (size_t n = 0; n < CONF_FILE_MAX; n += 16)
		ck_assert_int_eq(write(fd, "# 3456789012345\n", 16), 16);
	close(fd);
	refused("rcptguard.conf: the file is over 1 MiB\n");
	/* one octet under it is taken */
	ck_assert_int_eq(truncate("rcptguard.conf", CONF_FILE_MAX), 0);
	conf_unref(loaded());
}
END_TEST

START_TEST(later_wins_key_by_key)
{
	const struct conf *c;

	file("rcptguard.conf", WHO "dns: { tries = 1; timeout = \"1s\"; "
	    "servers = [ \"127.0.0.1\", \"127.0.0.2\" ]; };\n"
	    "guards = ( { name = \"a\"; }, { name = \"b\"; } );\n");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	file("conf.d/10.conf", "dns: { tries = 3; };\n");
	file("conf.d/9.conf", "\ndns: { tries = 4;\n"
	    "servers = [ \"127.0.0.3\" ]; };\n");
	file("conf.d/B.conf", "guards = ( { name = \"c\"; } );\n");
	file("conf.d/.hidden.conf", "not read");
	file("conf.d/80.conf~", "not read");
	file("conf.d/README", "not read");
	c = loaded();
	ck_assert_int_eq(c->dns.tries, 4);
	ck_assert_int_eq(c->dns.timeout_ms, 1000);
	ck_assert_uint_eq(c->dns.server_count, 1);
	ck_assert_uint_eq(c->guard_count, 1);
	ck_assert_str_eq(c->guards[0].name, "c");
	ck_assert_uint_eq(c->files.count, 4);
	ck_assert_str_eq(c->files.items[1], "conf.d/10.conf");
	ck_assert_str_eq(c->files.items[2], "conf.d/9.conf");
	ck_assert_str_eq(c->files.items[3], "conf.d/B.conf");
	conf_unref(c);
}
END_TEST

START_TEST(each_value_knows_its_file)
{
	const struct conf *c;
	char *text;

	file("rcptguard.conf", WHO "dns: { tries = 1; };\n");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	file("conf.d/a.conf", "\n\ndns: {\ntries = 3; };\n");
	c = loaded();
	text = printed(c, false);
	ck_assert_ptr_nonnull(strstr(text, "tries = 3;\t# conf.d/a.conf:4\n"));
	ck_assert_ptr_nonnull(strstr(text,
	    "helo = \"v.example.com\";\t# rcptguard.conf:1\n"));
	free(text);
	conf_unref(c);
}
END_TEST

START_TEST(each_message_names_its_file)
{
	file("rcptguard.conf", WHO "x = 1;\n"
	    "smtp: { session_timeout = \"20s\"; };\n");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	file("conf.d/a.conf", "y = 1;\n");
	file("conf.d/b.conf", "= 1;\n");
	file("conf.d/c.conf", "z = 1;\n");
	refused("rcptguard.conf:2: unknown key 'x'; rcptguard.conf(5) lists "
	    "all\n"
	    "conf.d/a.conf:1: unknown key 'y'; rcptguard.conf(5) lists all\n"
	    "conf.d/b.conf:1: not understood here or just before; write "
	    "name = value; or name: { ... }; with text in quotes\n"
	    "conf.d/c.conf:1: unknown key 'z'; rcptguard.conf(5) lists all\n");
}
END_TEST

/* The combination is told where the last of the two was set. */
START_TEST(a_combination_of_two_files)
{
	file("rcptguard.conf", WHO "\nsmtp: { session_timeout = \"20s\"; };\n");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	file("conf.d/a.conf", "\nsmtp: { reply_timeout = \"21s\"; };\n");
	refused("conf.d/a.conf:2: smtp.reply_timeout is more than "
	    "smtp.session_timeout; lower it or raise the other\n");
}
END_TEST

/* A wrong value is an error even if a later file would have hidden it. */
START_TEST(a_hidden_fault_is_told)
{
	file("rcptguard.conf", WHO "dns: { tries = 99; };\n");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	file("conf.d/a.conf", "dns: { tries = 2; };\n");
	refused("rcptguard.conf:2: dns.tries: \"99\" is too large; the most "
	    "is 5\n");
}
END_TEST

START_TEST(a_writable_conf_d)
{
	file("rcptguard.conf", WHO);
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	ck_assert_int_eq(chmod("conf.d", 01777), 0);
	refused("conf.d: mode 1777 lets others write; chmod go-w it\n");
}
END_TEST

START_TEST(conf_d_is_a_file)
{
	file("rcptguard.conf", WHO);
	file("conf.d", "");
	refused("conf.d: cannot open: Not a directory\n");
}
END_TEST

START_TEST(a_foreign_name_is_escaped)
{
	file("rcptguard.conf", WHO);
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	file("conf.d/a\n\x1b[2J.conf", "x = 1;\n");
	refused("conf.d/a\\x0A\\x1B[2J.conf:1: unknown key 'x'; "
	    "rcptguard.conf(5) lists all\n");
}
END_TEST

START_TEST(a_line_past_65535_is_named)
{
	FILE *f = fopen("rcptguard.conf", "w");

	ck_assert_ptr_nonnull(f);
	fputs(WHO, f);
	for (int i = 0; i < 70000; i++)
		fputc('\n', f);
	fputs("x = 1;\n", f);
	ck_assert_int_eq(fclose(f), 0);
	refused("rcptguard.conf:70002: unknown key 'x'; rcptguard.conf(5) "
	    "lists all\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_file");
	TCase *t = tcase_create("files");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, no_file);
	tcase_add_test(t, a_directory);
	tcase_add_test(t, a_fifo_does_not_hold_us);
	tcase_add_test(t, writable_by_group);
	tcase_add_test(t, a_link_to_a_writable_file);
	tcase_add_test(t, owned_by_another);
	tcase_add_test(t, over_a_mebibyte);
	tcase_add_test(t, later_wins_key_by_key);
	tcase_add_test(t, each_value_knows_its_file);
	tcase_add_test(t, each_message_names_its_file);
	tcase_add_test(t, a_combination_of_two_files);
	tcase_add_test(t, a_hidden_fault_is_told);
	tcase_add_test(t, a_writable_conf_d);
	tcase_add_test(t, conf_d_is_a_file);
	tcase_add_test(t, a_foreign_name_is_escaped);
	tcase_add_test(t, a_line_past_65535_is_named);
	suite_add_tcase(s, t);
	return suite_run(s);
}
