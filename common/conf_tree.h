/*
 * conf_tree: a configuration file as a tree of settings, each with its place.
 *
 * The only user of libconfig. It adds what libconfig lacks: sizes and depth
 * are limited, the file must be owned by root or by us and not writable by
 * others, and every message names file and line.
 *
 * One thread at a time per tree.
 */
#ifndef RCPTGUARD_CONF_TREE_H
#define RCPTGUARD_CONF_TREE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_FILE_MAX	(1024 * 1024)

struct conf_tree;
struct conf_node;			/* lives as long as its tree */

enum conf_type {
	CONF_NONE,
	CONF_GROUP,			/* { name = value; } */
	CONF_LIST,			/* ( value, value ) */
	CONF_ARRAY,			/* [ scalar, scalar ] */
	CONF_STRING,
	CONF_INT,
	CONF_FLOAT,
	CONF_BOOL
};

/* Messages in the order found. Bounded; says how many were left out. */
#define CONF_ERRORS_MAX	50
struct conf_errors {
	char *lines[CONF_ERRORS_MAX];	/* "FILE:LINE: what; what to do" */
	size_t count, left_out;
};
void conf_errors_init(struct conf_errors *e);
void conf_errors_clear(struct conf_errors *e);
void conf_errors_add(struct conf_errors *e, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Whoever may write a file or directory of the configuration commands the
 * daemons: true if only root and we can, and it is of type (S_IFREG, S_IFDIR).
 * Else adds a message. Asked of the open descriptor, so that nothing can be put
 * in its place in between.
 */
bool conf_file_trusted(int fd, mode_t type, const char *path,
    struct conf_errors *e);

/* NULL after at least one conf_errors_add. */
struct conf_tree *conf_tree_read(const char *path, struct conf_errors *e);
struct conf_tree *conf_tree_read_text(const char *name, const char *text,
    size_t len, struct conf_errors *e);
void conf_tree_free(struct conf_tree *t);

const struct conf_node *conf_tree_root(const struct conf_tree *t);
const struct conf_node *conf_node_child(const struct conf_node *group,
    const char *name);
const struct conf_node *conf_node_at(const struct conf_node *n, size_t index);
size_t conf_node_count(const struct conf_node *n);
enum conf_type conf_node_type(const struct conf_node *n);
const char *conf_node_name(const struct conf_node *n);	/* NULL in lists */
const char *conf_node_file(const struct conf_node *n);
int conf_node_line(const struct conf_node *n);

/* The caller has tested the type. */
const char *conf_node_string(const struct conf_node *n);
int64_t conf_node_int(const struct conf_node *n);
double conf_node_float(const struct conf_node *n);
bool conf_node_bool(const struct conf_node *n);

#endif
