/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/collector/fix.h - a store in a folder of its own, and events to put there.
 */
#ifndef TESTS_UNIT_COLLECTOR_FIX_H
#define TESTS_UNIT_COLLECTOR_FIX_H

#include "collector/correlate.h"
#include "collector/store.h"
#include "collector/store_read.h"
#include "lib/buf.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOON (1790000000ull * 1000000000) /* some time of a day, far from midnight */
#define SECOND 1000000000ull

struct fix {
	char                 dir[64];
	struct store        *store;
	struct store_reader *reader;
	uint32_t             sensor, site;
	uint64_t             epoch, seq, now_ns; /* of the next event */
	struct buf           wire;
};

static inline void
fix_open(struct fix *f)
{
	char why[256] = "";
	int  err = store_open(&f->store, f->dir, f->now_ns, why, sizeof(why));

	if (err)
		fail_msg("the store does not open: %s", why);
	assert_int_equal(store_reader_open(&f->reader, f->dir), 0);
}

static inline void
fix_close(struct fix *f)
{
	store_reader_free(f->reader);
	store_free(f->store);
	f->reader = NULL;
	f->store = NULL;
}

static inline void
fix_reopen(struct fix *f)
{
	fix_close(f);
	fix_open(f);
}

static inline uint32_t
fix_sensor(struct fix *f, const char *name, const char *site)
{
	struct store_token t = {
		.id = name, .name = name, .site = site, .expires_ns = UINT64_MAX / 2};
	struct store_sensor s;

	assert_int_equal(store_begin(f->store, f->now_ns), 0);
	assert_int_equal(store_token_add(f->store, &t), 0);
	assert_int_equal(store_sensor_get(f->store, &s, name), 0);
	assert_int_equal(store_commit(f->store), 0);
	f->sensor = s.id;
	f->site = s.site;
	return s.id;
}

static inline int
fix_setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/tocsin-test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->now_ns = NOON;
	f->epoch = 7;
	f->seq = 1;
	assert_int_equal(store_create(f->dir), 0);
	fix_open(f);
	fix_sensor(f, "ward-12", "ward-12");
	*state = f;
	return 0;
}

static inline int
fix_teardown(void **state)
{
	struct fix *f = *state;
	char        command[128];

	fix_close(f);
	buf_release(&f->wire);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* What an event is like; zero is a sensible answer everywhere. */
struct shape {
	uint32_t    sid;
	uint8_t     severity, victim, type;
	const char *src, *dst;
	uint64_t    ts_ns;
};

/* Take the next number, correlate, store: as intake does. Inside a transaction. */
static inline void
fix_add(struct fix *f, struct shape shape)
{
	char               eve[256];
	struct store_event e = {
		.received_ns = f->now_ns, .sensor = f->sensor, .site = f->site};
	struct event v = {0};
	const char  *src = shape.src ? shape.src : "203.0.113.9";
	const char  *dst = shape.dst ? shape.dst : "10.1.1.20";

	shape.sid = shape.sid ? shape.sid : 1000;
	snprintf(eve, sizeof(eve),
		"{\"event_type\":\"alert\",\"alert\":{\"signature\":\"RULE %u\","
		"\"category\":\"Test\"}}",
		shape.sid);
	v.type = shape.type ? shape.type : EVENT_ALERT;
	v.gid = 1;
	v.sid = shape.sid;
	v.rev = 1;
	v.severity = shape.severity;
	v.victim = shape.victim;
	v.ts_ns = shape.ts_ns ? shape.ts_ns : f->now_ns;
	assert_int_equal(addr_parse(&v.src, src, strlen(src)), 0);
	assert_int_equal(addr_parse(&v.dst, dst, strlen(dst)), 0);
	v.eve = bytes_str(eve);
	buf_clear(&f->wire);
	assert_int_equal(event_encode(&f->wire, &v), 0);
	e.wire = bytes_of(f->wire.data, f->wire.len);
	assert_int_equal(event_decode(&e.event, e.wire, NULL), 0);
	e.event.epoch = f->epoch;
	e.event.seq = f->seq++;
	assert_int_equal(store_take(f->store, f->sensor, f->epoch, e.event.seq), 1);
	assert_int_equal(correlate_event(f->store, &correlate_defaults, &e, "abc"), 0);
	assert_int_equal(store_event_add(f->store, &e), 0);
}

static inline void
fix_begin(struct fix *f)
{
	assert_int_equal(store_begin(f->store, f->now_ns), 0);
}

static inline void
fix_commit(struct fix *f)
{
	assert_int_equal(store_commit(f->store), 0);
}

static inline void
fix_put(struct fix *f, unsigned n, struct shape shape)
{
	fix_begin(f);
	while (n--)
		fix_add(f, shape);
	fix_commit(f);
}

static inline bool
fix_count(void *arg, const struct store_event *e)
{
	(void)e;
	++*(unsigned *)arg;
	return true;
}

static inline unsigned
fix_events(struct fix *f, const struct store_filter *filter, uint64_t from)
{
	static const struct store_filter all;
	unsigned                         n = 0;
	int                              err;

	assert_int_equal(store_read_begin(f->reader), 0);
	err = store_events(f->reader, filter ? filter : &all, from, fix_count, &n);
	if (err)
		fail_msg("events: %s", store_reader_error(f->reader));
	store_read_end(f->reader);
	return n;
}

static inline bool
fix_tell(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "problem: %s\n", text);
	return true;
}

/* Problems that the check finds, and the events it saw. */
static inline struct store_report
fix_check(struct fix *f)
{
	struct store_report r;

	assert_int_equal(store_read_begin(f->reader), 0);
	assert_int_equal(store_check(f->reader, &r, fix_tell, NULL), 0);
	store_read_end(f->reader);
	return r;
}

#endif
