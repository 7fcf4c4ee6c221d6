/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/bench_store.c - events a second that the store makes durable, beside a bare
 * program that inserts the same rows into one SQLite table; bytes on disk an event;
 * questions to it. `bench_store [EVENTS]`. One figure a line. */
#include "collector/correlate.h"
#include "collector/store.h"
#include "collector/store_read.h"
#include "lib/buf.h"
#include "lib/clock.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 1000u

static void
must(int err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-err));
		exit(1);
	}
}

/* An alert as a sensor of a ward writes it, mostly scans. */
static void
make_event(struct buf *wire, uint64_t n)
{
	uint32_t     x = (uint32_t)(n * 2654435761u);
	char         eve[1024];
	struct event e = {.type = EVENT_ALERT, .gid = 1, .rev = 3};

	uint32_t scanner = (x >> 10) % 997; /* each with the few rules that it sets off */

	e.sid = 2000000 + scanner % 300 + (x & 1);
	e.severity = x % 100 ? 1 : 3;
	e.victim = EVENT_VICTIM_DST;
	e.ip_proto = 6;
	e.ts_ns = 1790000000000000000ull + n * 1000000;
	e.flow_id = n * 0x9e3779b97f4a7c15ull;
	e.src = addr_v4((uint8_t[]){203, 0, (uint8_t)(scanner >> 8), (uint8_t)scanner});
	e.dst = addr_v4((uint8_t[]){10, 1, (uint8_t)(x >> 16), (uint8_t)(x >> 24)});
	snprintf(eve, sizeof(eve),
		"{\"timestamp\":\"2026-09-21T14:%02u:%02u.%06u+0000\",\"flow_id\":%llu,"
		"\"in_iface\":\"eth0\",\"event_type\":\"alert\",\"src_ip\":\"203.0.%u.%"
		"u\","
		"\"src_port\":%u,\"dest_ip\":\"10.1.%u.%u\",\"dest_port\":22,\"proto\":"
		"\"TCP\","
		"\"pkt_src\":\"wire/"
		"pcap\",\"community_id\":\"1:%08x%08xAbCdEfGhIjKl=\",\"alert\":{"
		"\"action\":\"allowed\",\"gid\":1,\"signature_id\":%u,\"rev\":3,"
		"\"signature\":"
		"\"ET SCAN Potential SSH Scan number %u\",\"category\":\"Attempted "
		"Information "
		"Leak\",\"severity\":2,\"metadata\":{\"created_at\":[\"2010_07_30\"],"
		"\"updated_at\":[\"2019_07_26\"]}},\"direction\":\"to_server\",\"flow\":{"
		"\"pkts_toserver\":1,\"pkts_toclient\":0,\"bytes_toserver\":74,"
		"\"bytes_toclient\":0,\"start\":\"2026-09-21T14:%02u:%02u.%06u+0000\"}}",
		x >> 3 & 31, x >> 9 & 31, x % 1000000,
		(unsigned long long)(e.flow_id >> 12), scanner >> 8, scanner & 255,
		1024 + x % 60000, x >> 16 & 255, x >> 24, x, ~x, e.sid, e.sid,
		x >> 3 & 31, x >> 9 & 31, x % 1000000);
	e.eve = bytes_str(eve);
	buf_clear(wire);
	must(event_encode(wire, &e), "encode");
}

static double
ours(const char *dir, uint64_t n)
{
	struct store      *s;
	struct store_token t = {.id = "x",
		.name = "ward-12",
		.site = "ward-12",
		.expires_ns = 1ull << 62};
	struct buf         wire = {0};
	char               why[256];
	uint64_t           start, spent = 0;

	must(store_create(dir), "create");
	must(store_open(&s, dir, clock_wall_ns(), why, sizeof(why)), "open");
	must(store_begin(s, clock_wall_ns()), "begin");
	must(store_token_add(s, &t), "sensor");
	for (uint64_t i = 1; i <= n; i++) {
		struct store_event e = {
			.sensor = 1, .site = 1, .received_ns = clock_wall_ns()};

		make_event(&wire, i);
		start = clock_mono_ns();
		e.wire = bytes_of(wire.data, wire.len);
		must(event_decode(&e.event, e.wire, NULL), "decode");
		e.event.epoch = 1;
		e.event.seq = i;
		must(store_take(s, 1, 1, i), "take");
		must(correlate_event(s, &correlate_defaults, &e, "abc"), "correlate");
		must(store_event_add(s, &e), "add");
		if (i % BATCH == 0) {
			must(store_commit(s), "commit");
			must(store_begin(s, clock_wall_ns()), "begin");
		}
		spent += clock_mono_ns() - start;
	}
	must(store_commit(s), "commit");
	store_free(s);
	buf_release(&wire);
	return (double)n * 1e9 / (double)spent;
}

static double
bare(const char *dir, uint64_t n)
{
	char          path[256];
	sqlite3      *db;
	sqlite3_stmt *st;
	struct buf    wire = {0};
	uint64_t      start, spent = 0;

	snprintf(path, sizeof(path), "%s/bare.db", dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		exit(1);
	sqlite3_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE e(sensor "
		"INTEGER,"
		"epoch INTEGER, seq INTEGER, wire BLOB, PRIMARY KEY(sensor, epoch, seq))",
		NULL, NULL, NULL);
	sqlite3_prepare_v2(db, "INSERT INTO e VALUES(1,1,?,?)", -1, &st, NULL);
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (uint64_t i = 1; i <= n; i++) {
		make_event(&wire, i);
		start = clock_mono_ns();
		sqlite3_bind_int64(st, 1, (sqlite3_int64)i);
		sqlite3_bind_blob(st, 2, wire.data, (int)wire.len, SQLITE_STATIC);
		sqlite3_step(st);
		sqlite3_reset(st);
		if (i % BATCH == 0)
			sqlite3_exec(db, "COMMIT; BEGIN", NULL, NULL, NULL);
		spent += clock_mono_ns() - start;
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_finalize(st);
	sqlite3_close(db);
	buf_release(&wire);
	return (double)n * 1e9 / (double)spent;
}

static bool
first_page(void *arg, const struct store_event *e)
{
	(void)e;
	return ++*(unsigned *)arg < 200;
}

static bool
first_incidents(void *arg, const struct incident *i)
{
	(void)i;
	return ++*(unsigned *)arg < 200;
}

static void
ask(struct store_reader *r, const char *what, const struct store_filter *f, uint64_t from)
{
	uint64_t start = clock_mono_ns();
	unsigned n = 0;

	must(store_events(r, f, from, first_page, &n), what);
	printf("%-32s %8.2f ms  (%u)\n", what, (double)(clock_mono_ns() - start) / 1e6,
		n);
}

static void
questions(const char *dir, uint64_t n)
{
	struct store_reader *r;
	struct store_figures f;
	struct inbox_query   inbox = {0};
	struct store_filter  w = {0};
	unsigned             k = 0;
	uint64_t             start;

	must(store_reader_open(&r, dir), "reader");
	must(store_figures(r, &f), "figures");
	printf("%-32s %8.1f\n", "bytes on disk an event",
		(double)f.bytes_on_disk / (double)n);
	start = clock_mono_ns();
	must(store_inbox(r, &inbox, first_incidents, &k), "inbox");
	printf("%-32s %8.2f ms  (%u)\n", "inbox", (double)(clock_mono_ns() - start) / 1e6,
		k);
	ask(r, "events, the newest", &w, n - 100);
	w.sid = 2000007;
	ask(r, "events of a rule", &w, 0);
	w = (struct store_filter){0};
	must(prefix_parse(&w.ip, "203.0.2.77", 10), "prefix");
	ask(r, "events of an address", &w, 0);
	w = (struct store_filter){.since_ns = 1790000000000000000ull + n * 900000};
	ask(r, "events since a time", &w, 0);
	w = (struct store_filter){.incident = 5};
	ask(r, "events of an incident", &w, 0);
	store_reader_free(r);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	char     dir[] = "/var/tmp/tocsin-bench.XXXXXX", command[64];
	double   a, b;

	if (!mkdtemp(dir))
		return 1;
	b = bare(dir, n);
	a = ours(dir, n);
	printf("%-32s %8.0f /s\n", "bare inserts", b);
	printf("%-32s %8.0f /s\n", "store, correlated", a);
	printf("%-32s %8.2f\n", "ratio", a / b);
	questions(dir, n);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) != 0;
}
