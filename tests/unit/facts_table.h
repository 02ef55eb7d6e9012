/*
 * facts_table: answers of DNS for tests, a line each:
 *
 *	"TXT example.com v=spf1 -all"
 *	"MX example.com 10 mx.example.com"   "A mx.example.com 192.0.2.1"
 *	"PTR 192.0.2.1 mx.example.com"       "SERVFAIL TXT example.com"
 *
 * What has no line is NXDOMAIN.
 */
#ifndef RCPTGUARD_FACTS_TABLE_H
#define RCPTGUARD_FACTS_TABLE_H

#include "probe/facts.h"

#define TABLE_LINES	24

/* Answers every question that is wanted now; how many there were. */
size_t facts_table_answer(struct facts *f, const char *const *lines);

#endif
