/*
 * html: text within HTML (character data, and attributes in quotes).
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_HTML_H
#define RCPTGUARD_HTML_H

#include <stdio.h>

/* text is UTF-8 and of one line. Errors are f's. */
void html_put(FILE *f, const char *text);

#endif
