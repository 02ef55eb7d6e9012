/*
 * wire_peer: the other end of a wire client, a child that plays one part.
 */
#ifndef RCPTGUARD_TESTS_UNIT_WIRE_PEER_H
#define RCPTGUARD_TESTS_UNIT_WIRE_PEER_H

#include <sys/types.h>

#include <stddef.h>

struct wire_peer {
	char dir[64], path[96];		/* of the socket */
	int listener;			/* -1: closed */
	pid_t child;			/* 0: none */
};

/* Or they fail the test. remove ends the child, too. */
void wire_peer_make(struct wire_peer *p);
void wire_peer_remove(struct wire_peer *p);

/* Accepts one connection and plays the part on it, in a child. */
void wire_peer_serve(struct wire_peer *p, void (*part)(int fd));

/* For a part. Reads one whole request: up to an empty line. */
void wire_peer_read(int fd);
void wire_peer_say(int fd, const char *text, size_t len);

#endif
