/*
 * line_internal: what line.c (its questions), line_events.c (what its session
 * tells), line_again.c (questions without an answer) and line_open.c (dialling)
 * share.
 */
#ifndef RCPTGUARD_LINE_INTERNAL_H
#define RCPTGUARD_LINE_INTERNAL_H

#include "probe/peers_internal.h"

/* The question that waits is asked next. */
void line_take(struct line *line, struct ask *a);
/* The session takes no more questions. */
void line_ends(struct line *line);
/* It was idle for long enough, or its group stalls. */
void line_lingered(evutil_socket_t fd, short what, void *arg);
/* The time for the next reply to a group begins, if there is one. */
void line_watch_group(struct line *line);

/* line_again.c: what a session's answer or end means for its question. */
bool line_others_stand(const struct line *line);
/* On a new session, but once. True: it waits, and is no more line's. */
bool line_once_more(struct line *line);
/* A reply to its being the second, or later, is not the recipient's. True: as
 * line_once_more. */
bool line_one_too_many(struct line *line, const struct reply *reply);
/* It was refused or broke before it was let in, and another one stands: the
 * question waits for that. True: as line_once_more. */
bool line_wait_for_other(struct line *line);
/* What is said at stage is said to all who wait for this host. */
bool line_is_for_all(const struct line *line, enum stage stage);
/* It broke. True: as line_once_more. */
bool line_worth_again(struct line *line, enum stage stage, enum fault fault);
/* One of a group is not answered: those behind it are asked on another session
 * at once, if there may be one. */
void line_stalls(struct line *line);
/* It left some of a group unanswered. */
void line_learn_no_groups(struct line *line);
/* It answers, after a session beside it was refused. */
void line_learn_one_session(struct line *line);

extern const struct session_events line_events;

#endif
