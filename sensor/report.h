/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/report.h - alerts on their way out: EVE lines to a file, events to the uplink.
 *
 * An alert becomes one EVE object; the file and the uplink get the same one, in
 * the same order, after the same rate limit. One worker.
 */
#ifndef SENSOR_REPORT_H
#define SENSOR_REPORT_H

#include "lib/event.h"
#include "rules/engine.h"
#include "sensor/eve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report;
struct addrset;
struct outfile;

struct report_settings {
	const struct eve_source *sources; /* borrowed */
	const struct addrset    *home;    /* borrowed; NULL: not known */
	struct outfile *eve;    /* borrowed; NULL: none */
	bool     flush;         /* after each alert: somebody watches */
	bool     packets;       /* events carry the packet that fired */
	uint32_t rate_limit;    /* events of one key in each rate_window_s; 0: all */
	uint32_t rate_window_s;
	/* Where events go; NULL: nowhere. What it borrows lives for the call. */
	void (*sink)(void *arg, const struct event *e);
	void *sink_arg;
};

struct report_counters {
	uint64_t alerts, suppressed, write_errors, too_large;
	uint64_t context; /* objects of other kinds */
};

/* NULL: no memory. */
struct report *report_new(const struct report_settings *settings);
void           report_free(struct report *r);

void report_alert(struct report *r, const struct packet *p, struct flow *f, const struct alert *a);

/* An object of another kind: write it into what the first gives, then end it. `e` says what the uplink
 * gets with it, NULL: nothing; with `line` it goes to the file. */
struct json *report_begin(struct report *r);
void         report_end(struct report *r, bool line, struct event *e);

/* An event with an object of its own, to the uplink alone. */
void report_send(struct report *r, const struct event *e);

const struct eve_source *report_source(const struct report *r, uint16_t source);

/* Write out what is buffered. 0 or -errno. */
int report_flush(struct report *r);

const struct report_counters *report_counters(const struct report *r);

#endif
