/*
 * jval: a JSON value (RFC 8259). The only user of jansson.
 *
 * Members keep the order in which they were put. Strings are UTF-8 without
 * NUL; foreign text must have passed text_escape_utf8 before it is put. On
 * reading, a name given twice, ill-formed UTF-8, \u0000, an integer over 64
 * bits and anything behind the value are errors.
 *
 * A value has one owner, and one thread at a time. Nothing here exits: no
 * memory is NULL or false.
 */
#ifndef RCPTGUARD_JVAL_H
#define RCPTGUARD_JVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jval;

/* Making. Each is NULL without memory. */
struct jval *jval_object(void);
struct jval *jval_array(void);
void jval_free(struct jval *v);		/* NULL is fine */

/*
 * Put members into an object, in order. False without memory, for an object
 * that is NULL, and for text that is not UTF-8; so a caller may put all and
 * test the results together.
 */
bool jval_put_text(struct jval *object, const char *name, const char *text);
bool jval_put_int(struct jval *object, const char *name, int64_t value);
bool jval_put_bool(struct jval *object, const char *name, bool value);
bool jval_put_real(struct jval *object, const char *name, double value);

/* These take the child even when they fail; a NULL child fails. */
bool jval_put(struct jval *object, const char *name, struct jval *child);
bool jval_add(struct jval *array, struct jval *child);

/* One line without LF, no blanks. The caller frees. NULL: no memory. */
char *jval_print(const struct jval *v);

/*
 * A copy of v, in which f has had its say on each integer that is a member of
 * an object, however deep: JVAL_TEXT puts the text that f has written in its
 * place, JVAL_DROP takes the member out. NULL without memory, or if a text is
 * not UTF-8. The caller frees.
 */
enum jval_say { JVAL_KEEP, JVAL_DROP, JVAL_TEXT };
#define JVAL_SAY_SIZE	64
typedef enum jval_say jval_say_fn(const char *name, int64_t value,
    char text[JVAL_SAY_SIZE]);
struct jval *jval_restate(const struct jval *v, jval_say_fn *f);

/*
 * Reading: a whole object or array of len octets. NULL if it is ill-formed, or
 * without memory. The caller frees it with jval_free.
 */
struct jval *jval_parse(const char *text, size_t len);

/*
 * What these return lives as long as the value. Each takes NULL and the wrong
 * type, and then says NULL, false or 0.
 */
bool jval_is_object(const struct jval *v);
bool jval_is_array(const struct jval *v);
const struct jval *jval_get(const struct jval *object, const char *name);
size_t jval_count(const struct jval *array);
const struct jval *jval_at(const struct jval *array, size_t index);
const char *jval_text(const struct jval *v);
/* False, and *out untouched, unless v is such a value. */
bool jval_int(const struct jval *v, int64_t *out);
bool jval_bool(const struct jval *v, bool *out);

#endif
