/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/bench_intake.c - events a second from TLS to a synced commit and its
 * acknowledgement. `bench_intake [SENSORS [EVENTS-EACH [BATCH]]]`. One figure a line. */
#include "lib/event.h"
#include "tests/unit/collector/rig.h"

#include <sys/resource.h>
#include <sys/time.h>

#define WINDOW 4

struct sender {
	struct rig *rig;
	pthread_t   thread;
	unsigned    id;
	uint64_t    n, batch;
	char        dir[128], name[32];
	uint64_t    worst_ns; /* from sending to acknowledgement */
	uint64_t    cpu_ns;
};

static void
put_events(struct buf *out, const struct sender *s, uint64_t first, uint64_t last)
{
	struct batch *b = batch_new();
	struct buf    wire = {0};

	batch_start(b, 1, 0, 0);
	for (uint64_t seq = first; seq <= last; seq++) {
		uint32_t     x = (uint32_t)(seq * 2654435761u) + s->id;
		char         eve[1024];
		struct event e = {.type = EVENT_ALERT,
			.gid = 1,
			.rev = 3,
			.victim = EVENT_VICTIM_DST};

		e.sid = 2000000 + (x >> 12) % 20;
		e.severity = 1;
		e.ts_ns = clock_wall_ns();
		e.src = addr_v4((uint8_t[]){203, 0, 113, (uint8_t)((x >> 8) % 50)});
		e.dst = addr_v4((uint8_t[]){
			10, (uint8_t)s->id, (uint8_t)(x >> 16), (uint8_t)(x >> 24)});
		snprintf(eve, sizeof(eve),
			"{\"timestamp\":\"2026-09-21T14:%02u:%02u.%06u+0000\",\"flow_"
			"id\":%u%u,"
			"\"in_iface\":\"eth0\",\"event_type\":\"alert\",\"src_ip\":\"203."
			"0.113.%u\","
			"\"src_port\":%u,\"dest_ip\":\"10.%u.%u.%u\",\"dest_port\":22,"
			"\"proto\":"
			"\"TCP\",\"community_id\":\"1:%08x%08xAbCdEfGhIjKl=\",\"alert\":{"
			"\"action\":"
			"\"allowed\",\"gid\":1,\"signature_id\":%u,\"rev\":3,"
			"\"signature\":\"ET SCAN "
			"Potential SSH Scan\",\"category\":\"Attempted Information "
			"Leak\",\"severity\""
			":2,\"metadata\":{\"created_at\":[\"2010_07_30\"]}},"
			"\"direction\":\"to_server\""
			",\"flow\":{\"pkts_toserver\":1,\"pkts_toclient\":0,\"bytes_"
			"toserver\":74}}",
			x & 31, x >> 5 & 31, x % 1000000, x, ~x, (x >> 8) % 50,
			1024 + x % 60000, s->id, x >> 16 & 255, x >> 24, x, ~x, e.sid);
		e.eve = bytes_str(eve);
		buf_clear(&wire);
		event_encode(&wire, &e);
		batch_add(b, seq, bytes_of(wire.data, wire.len));
	}
	batch_put(b, out);
	batch_free(b);
	buf_release(&wire);
}

static void *
send_all(void *arg)
{
	struct sender     *s = arg;
	struct client      c = {.fd = -1};
	struct message_ack ack;
	uint64_t           at, sent = 0, sent_ns[WINDOW], n_sent = 0, n_acked = 0;
	struct timespec    cpu;

	rig_must(client_hello(&c, s->rig->port, s->dir, s->name, s->id, 1, &at) == 0,
		"say hello");
	while (sent < s->n || n_acked < n_sent) {
		while (sent < s->n && n_sent - n_acked < WINDOW) {
			uint64_t last = sent + s->batch < s->n ? sent + s->batch : s->n;

			put_events(&c.out, s, sent + 1, last);
			sent_ns[n_sent++ % WINDOW] = clock_mono_ns();
			rig_must(client_send(&c) == 0, "send");
			sent = last;
		}
		rig_must(client_ack(&c, &ack) == 0, "be acknowledged");
		at = clock_mono_ns() - sent_ns[n_acked++ % WINDOW];
		s->worst_ns = at > s->worst_ns ? at : s->worst_ns;
	}
	rig_must(ack.seq == s->n, "be acknowledged to the end");
	client_close(&c);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	s->cpu_ns = (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec;
	return NULL;
}

static void
report(struct rig *r, struct sender *senders, unsigned n, uint64_t total,
	uint64_t spent_ns)
{
	struct store_reader *reader;
	struct store_figures f;
	struct rusage        u;
	uint64_t             worst = 0, theirs = 0;
	double               cpu;

	for (unsigned i = 0; i < n; i++) {
		worst = senders[i].worst_ns > worst ? senders[i].worst_ns : worst;
		theirs += senders[i].cpu_ns;
	}
	getrusage(RUSAGE_SELF, &u);
	cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	      (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6 -
	      (double)theirs / 1e9;
	rig_must(
		store_reader_open(&reader, r->dir) == 0 && store_figures(reader, &f) == 0,
		"read");
	store_reader_free(reader);
	rig_must(f.events == total && f.duplicates == 0, "find every event once");
	printf("%-36s %8.0f /s\n", "durable intake through TLS",
		(double)total * 1e9 / (double)spent_ns);
	printf("%-36s %8.0f /s\n", "the same by its own CPU time", (double)total / cpu);
	printf("%-36s %8.1f ms\n", "sent to acknowledged, the worst",
		(double)worst / 1e6);
	printf("%-36s %8.1f\n", "bytes on disk an event",
		(double)f.bytes_on_disk / (double)total);
	printf("%-36s %8ld KiB\n", "resident, with the senders", u.ru_maxrss);
}

int
main(int argc, char **argv)
{
	unsigned       n = argc > 1 ? (unsigned)atoi(argv[1]) : 8;
	uint64_t       each = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;
	uint64_t       batch = argc > 3 ? strtoull(argv[3], NULL, 10) : 1000;
	struct sender *senders = calloc(n, sizeof(*senders));
	struct rig     r;
	uint64_t       start;

	rig_new(&r);
	for (unsigned i = 0; i < n; i++) {
		senders[i] =
			(struct sender){.rig = &r, .id = i, .n = each, .batch = batch};
		snprintf(senders[i].name, sizeof(senders[i].name), "ward-%u", i);
		rig_sensor(&r, senders[i].name, senders[i].dir);
	}
	start = clock_mono_ns();
	for (unsigned i = 0; i < n; i++)
		rig_must(pthread_create(
				 &senders[i].thread, NULL, send_all, &senders[i]) == 0,
			"start");
	for (unsigned i = 0; i < n; i++)
		pthread_join(senders[i].thread, NULL);
	report(&r, senders, n, n * each, clock_mono_ns() - start);
	rig_end(&r);
	free(senders);
	return 0;
}
