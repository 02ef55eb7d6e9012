#include "config.h"

#include "cli/logfile.h"
#include "tests/unit/suite.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK	(16 * 1024)		/* as logfile.c reads */

static int
file_of(const char *text, size_t len)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	return fd;
}

static int
file_of_text(const char *text)
{
	return file_of(text, strlen(text));
}

/* Lines joined by "|", each with its place. */
static void
read_way(int fd, bool (*next)(struct logfile *, struct logfile_line *),
    char *out, size_t size)
{
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;
	size_t n = 0;

	out[0] = '\0';
	while (next(l, &line)) {
		ck_assert_uint_eq(strlen(line.text), line.len);
		n += (size_t)snprintf(out + n, size - n, "%lld:%s|",
		    (long long)line.at, line.text);
	}
	ck_assert_int_eq(logfile_error(l), 0);
	logfile_free(l);
}

static const struct {
	const char *says, *text, *forwards, *backwards;
} rows[] = {
	{ "an empty file has no lines", "", "", "" },
	{ "one line", "a\n", "0:a|", "0:a|" },
	{ "two", "ab\ncd\n", "0:ab|3:cd|", "3:cd|0:ab|" },
	{ "empty lines are lines", "\n\na\n", "0:|1:|2:a|", "2:a|1:|0:|" },
	{ "what has no end yet is no line", "a\nb", "0:a|", "0:a|" },
	{ "nor if it is all there is", "ab", "", "" },
	{ "a lone LF", "\n", "0:|", "0:|" },
};

START_TEST(both_ways_see_the_same_lines)
{
	char out[256];
	int fd = file_of_text(rows[_i].text);

	read_way(fd, logfile_next, out, sizeof out);
	ck_assert_msg(strcmp(out, rows[_i].forwards) == 0, "%s: %s",
	    rows[_i].says, out);
	read_way(fd, logfile_previous, out, sizeof out);
	ck_assert_msg(strcmp(out, rows[_i].backwards) == 0, "%s: %s",
	    rows[_i].says, out);
	close(fd);
}
END_TEST

/* Lines of these lengths lie with their ends around every chunk's border. */
static const size_t lengths[] = { 1, 7, 100, CHUNK - 2, CHUNK - 1, CHUNK,
    CHUNK + 1, 3 * CHUNK, LOGFILE_LINE_MAX - 1, LOGFILE_LINE_MAX };

#define LINES	40

static char *
many_lines(size_t len, size_t *total)
{
	char *text = malloc(LINES * (len + 1));
	size_t i;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < LINES; i++) {
		memset(text + i * (len + 1), 'a' + (int)(i % 26), len);
		text[i * (len + 1) + len] = '\n';
	}
	*total = LINES * (len + 1);
	return text;
}

static void
check_line(const struct logfile_line *line, size_t number, size_t len)
{
	ck_assert_uint_eq(line->len, len);
	ck_assert_int_eq(line->at, (off_t)(number * (len + 1)));
	ck_assert_int_eq(line->text[0], 'a' + (int)(number % 26));
	ck_assert_int_eq(line->text[len - 1], 'a' + (int)(number % 26));
	ck_assert_int_eq(line->text[len], '\0');
}

START_TEST(lines_across_borders_are_whole)
{
	size_t len = lengths[_i], total, i;
	char *text = many_lines(len, &total);
	int fd = file_of(text, total);
	struct logfile *ahead = logfile_new(fd), *back = logfile_new(fd);
	struct logfile_line line;

	for (i = 0; i < LINES; i++) {
		ck_assert(logfile_next(ahead, &line));
		check_line(&line, i, len);
		ck_assert(logfile_previous(back, &line));
		check_line(&line, LINES - 1 - i, len);
	}
	ck_assert(!logfile_next(ahead, &line));
	ck_assert(!logfile_previous(back, &line));
	logfile_free(ahead);
	logfile_free(back);
	close(fd);
	free(text);
}
END_TEST

/* Over the limit by this much, with good lines on both sides, or at the end. */
static const struct {
	const char *says;
	size_t len;
	bool ended;
} longs[] = {
	{ "one octet too long", LOGFILE_LINE_MAX + 1, true },
	{ "a chunk too long", LOGFILE_LINE_MAX + CHUNK, true },
	{ "megabytes without an end of line", 5 * 1024 * 1024, true },
	{ "megabytes, and no end yet", 5 * 1024 * 1024, false },
};

/* That it was passed over is said, and said once. */
static void
check_told(int fd, bool told)
{
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;
	FILE *said = tmpfile();
	char text[256] = "";
	int err = dup(STDERR_FILENO);

	while (logfile_previous(l, &line))
		;
	(void)dup2(fileno(said), STDERR_FILENO);
	logfile_tell_too_long(logfile_too_long(l), "the log");
	(void)dup2(err, STDERR_FILENO);
	(void)close(err);
	rewind(said);
	if (fgets(text, sizeof text, said) == NULL)
		text[0] = '\0';
	ck_assert_str_eq(text, told ? "rcptguard: 1 lines of the log are over "
	    "65536 octets and were passed over\n" : "");
	(void)fclose(said);
	logfile_free(l);
}

START_TEST(a_line_too_long_is_passed_over)
{
	size_t len = longs[_i].len, total = len + 6;
	char *text = malloc(total), out[64];
	int fd;

	memset(text, 'x', total);
	memcpy(text, "a\n", 2);
	if (longs[_i].ended)
		memcpy(text + 2 + len, "\nbc\n", 4);
	fd = file_of(text, total);
	read_way(fd, logfile_next, out, sizeof out);
	ck_assert_msg(strncmp(out, "0:a|", 4) == 0, "%s: %s", longs[_i].says,
	    out);
	ck_assert_msg((strstr(out, ":bc|") != NULL) == longs[_i].ended, "%s",
	    longs[_i].says);
	read_way(fd, logfile_previous, out, sizeof out);
	ck_assert_msg(strstr(out, "0:a|") != NULL, "%s: %s", longs[_i].says,
	    out);
	ck_assert_msg((strstr(out, ":bc|") != NULL) == longs[_i].ended, "%s",
	    longs[_i].says);
	check_told(fd, longs[_i].ended);
	close(fd);
	free(text);
}
END_TEST

START_TEST(a_growing_file_is_read_on)
{
	int fd = file_of_text("a\nhal");
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;

	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "a");
	ck_assert(!logfile_next(l, &line));
	ck_assert(!logfile_was_cut(l));
	ck_assert_int_eq(write(fd, "f\nb\n", 4), 4);
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "half");
	ck_assert_int_eq(line.at, 2);
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "b");
	ck_assert(!logfile_next(l, &line));
	logfile_free(l);
	close(fd);
}
END_TEST

START_TEST(a_cut_file_begins_anew)
{
	int fd = file_of_text("first\nsecond\n");
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;

	ck_assert(logfile_next(l, &line) && logfile_next(l, &line));
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, "new\n", 4, 0), 4);
	ck_assert(logfile_was_cut(l));
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "new");
	ck_assert(!logfile_was_cut(l));
	logfile_free(l);
	close(fd);
}
END_TEST

START_TEST(a_file_cut_while_read_backwards_ends)
{
	size_t total;
	char *text = many_lines(CHUNK, &total);
	int fd = file_of(text, total);
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;

	ck_assert(logfile_previous(l, &line));
	ck_assert_int_eq(ftruncate(fd, CHUNK), 0);
	while (logfile_previous(l, &line))
		ck_assert_uint_eq(line.len, CHUNK);
	ck_assert_int_eq(logfile_error(l), 0);
	logfile_free(l);
	close(fd);
	free(text);
}
END_TEST

START_TEST(it_can_begin_at_a_line)
{
	int fd = file_of_text("a\nbb\nccc\n");
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;

	logfile_seek(l, 5);
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "ccc");
	logfile_seek(l, 2);
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "bb");
	ck_assert_int_eq(line.at, 2);
	logfile_free(l);
	close(fd);
}
END_TEST

/* The same text, as it is and by gzip. */
static int
packed_of(const char *text, size_t len)
{
	int fd = file_of("", 0), copy = dup(fd);
	gzFile z = gzdopen(copy, "wb");

	ck_assert_int_eq(gzwrite(z, text, (unsigned)len), (int)len);
	ck_assert_int_eq(gzclose(z), Z_OK);
	return fd;
}

START_TEST(packed_lines_are_the_same_at_the_same_places)
{
	size_t len = lengths[_i], total, i;
	char *text = many_lines(len, &total);
	int fd = packed_of(text, total), twice;

	for (twice = 0; twice < 2; twice++) {
		struct logfile *l = logfile_new(fd);
		struct logfile_line line;

		ck_assert(logfile_packed(l));
		for (i = 0; i < LINES; i++) {
			ck_assert(logfile_next(l, &line));
			check_line(&line, i, len);
		}
		ck_assert(!logfile_next(l, &line));
		ck_assert_int_eq(logfile_error(l), 0);
		logfile_free(l);
	}
	close(fd);
	free(text);
}
END_TEST

/* Each third line, and then back to the start; of a packed file too. */
START_TEST(lines_are_found_again_at_their_places)
{
	size_t len = lengths[_i / 2], total, i;
	char *text = many_lines(len, &total);
	int fd = _i % 2 == 0 ? file_of(text, total) : packed_of(text, total);
	struct logfile *l = logfile_new(fd);
	struct logfile_line line;

	for (i = 0; i < LINES; i += 3) {
		logfile_seek(l, (off_t)(i * (len + 1)));
		ck_assert(logfile_next(l, &line));
		check_line(&line, i, len);
	}
	logfile_seek(l, 0);
	for (i = 0; i < LINES; i++) {
		ck_assert(logfile_next(l, &line));
		check_line(&line, i, len);
	}
	ck_assert_int_eq(logfile_error(l), 0);
	logfile_free(l);
	close(fd);
	free(text);
}
END_TEST

START_TEST(a_file_is_known_by_its_first_line)
{
	static const char *const texts[] = { "first\nsecond\n", "first\n",
	    "First\nsecond\n", "firs\ntsecond\n", "\nfirst\n" };
	uint32_t marks[5], packed;
	struct logfile_line line;
	struct logfile *l;
	size_t i;
	int fd;

	for (i = 0; i < 5; i++) {
		l = logfile_new(fd = file_of_text(texts[i]));
		ck_assert(logfile_mark(l, &marks[i]));
		ck_assert(logfile_next(l, &line));
		ck_assert_int_eq(line.at, 0);
		logfile_free(l);
		close(fd);
		ck_assert_msg((marks[i] == marks[0]) == (i < 2), "%s",
		    texts[i]);
	}
	l = logfile_new(fd = packed_of(texts[0], strlen(texts[0])));
	ck_assert(logfile_mark(l, &packed));
	ck_assert_uint_eq(packed, marks[0]);
	ck_assert(logfile_next(l, &line));
	ck_assert_str_eq(line.text, "first");
	logfile_free(l);
	close(fd);
	l = logfile_new(fd = file_of_text("being writ"));
	ck_assert(!logfile_mark(l, &packed));
	logfile_free(l);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_logfile");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, both_ways_see_the_same_lines, 0,
	    COUNT(rows));
	tcase_add_loop_test(t, lines_across_borders_are_whole, 0,
	    COUNT(lengths));
	tcase_add_loop_test(t, a_line_too_long_is_passed_over, 0,
	    COUNT(longs));
	tcase_add_test(t, a_growing_file_is_read_on);
	tcase_add_test(t, a_cut_file_begins_anew);
	tcase_add_test(t, a_file_cut_while_read_backwards_ends);
	tcase_add_test(t, it_can_begin_at_a_line);
	tcase_add_loop_test(t, packed_lines_are_the_same_at_the_same_places,
	    0, COUNT(lengths));
	tcase_add_loop_test(t, lines_are_found_again_at_their_places, 0,
	    2 * COUNT(lengths));
	tcase_add_test(t, a_file_is_known_by_its_first_line);
	suite_add_tcase(s, t);
	return suite_run(s);
}
