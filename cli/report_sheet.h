/*
 * report_sheet: a report as a sheet: what an admin asks, in the order in which
 * it is asked.
 *
 * Pure but for allocation and the local time zone; one thread.
 */
#ifndef RCPTGUARD_REPORT_SHEET_H
#define RCPTGUARD_REPORT_SHEET_H

#include "cli/report.h"
#include "cli/sheet.h"

#define REPORT_TOP_MAX	1000		/* rows of one table */

/* After report_end. top: rows of each table of names. s is for sheet_clear in
 * any case; no memory is s->failed. */
void report_sheet(const struct report *r, size_t top, struct sheet *s);

/* --- its tables (report_tables.c) ----------------------------------------- */

void report_sheet_guards(struct sheet *s, const struct report *r);
void report_sheet_days(struct sheet *s, const struct report *r);
/* Clients, logins and senders: who brings undeliverable ones. */
void report_sheet_worst(struct sheet *s, const struct report *r, size_t top);
void report_sheet_domains(struct sheet *s, const struct report *r,
    size_t top);
void report_sheet_floods(struct sheet *s, const struct report *r, size_t top);
void report_sheet_refusals(struct sheet *s, const struct report *r,
    size_t top);
void report_sheet_alarms(struct sheet *s, const struct report *r);

#endif
