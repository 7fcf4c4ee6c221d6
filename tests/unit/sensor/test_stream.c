/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "rules/events.h"
#include "sensor/stream.h"
#include "tests/random.h"

enum { CLIENT_ISN = 1000, SERVER_ISN = 5000, LENGTH = 20000 };

/* One connection and what the matcher saw of it. */
static struct pool           *pool;
static struct applayer_worker app;
static struct stream          s;
static struct flow            flow;
static uint8_t                seen[2][LENGTH + 100];
static size_t                 n_seen[2];

static int
set_up(void **state)
{
	(void)state;
	pool = pool_new(16u << 20);
	memset(&app, 0, sizeof(app));
	app.pool = pool;
	s = (struct stream){ .settings = stream_defaults, .pool = pool, .app = &app };
	s.settings.chunk[0] = s.settings.chunk[1] = 1;
	memset(&flow, 0, sizeof(flow));
	flow.facts.ip_proto = 6;
	TAILQ_INIT(&flow.facts.txs);
	n_seen[0] = n_seen[1] = 0;
	return pool ? 0 : -1;
}

static int
tear_down(void **state)
{
	size_t used;

	(void)state;
	applayer_release(&app, &flow);
	stream_release(&s, &flow);
	used = pool_used(pool);
	pool_free(pool);
	return used ? -1 : 0;
}

/* The matcher takes what it is shown and checks that nothing comes twice. */
static void
look(int dir)
{
	struct stream_window w = stream_window(&s, &flow, dir);

	if (!w.data.left)
		return;
	assert_int_equal(w.fresh, n_seen[dir]);
	assert_true(w.start <= w.fresh);
	assert_memory_equal(w.data.at, seen[dir] + w.start, w.fresh - w.start);
	memcpy(seen[dir] + n_seen[dir], w.data.at + (w.fresh - w.start), w.data.left - (w.fresh - w.start));
	n_seen[dir] = w.start + w.data.left;
	stream_inspected(&s, &flow, dir, &w);
}

static struct packet
send(int dir, uint8_t flags, uint32_t seq, uint32_t ack, const void *data, size_t len)
{
	struct packet p = { .ts_ns = 1, .ip_version = 4, .ip_proto = 6, .dir = (uint8_t)dir,
		.tcp_flags = flags, .tcp_seq = seq, .tcp_ack = ack, .tcp_win = 65535, .tcp_wscale = 0xff,
		.payload = bytes_of(data, len) };

	stream_packet(&s, &flow, &p);
	look(p.dir);
	return p;
}

static void
handshake(void)
{
	send(DIR_TOSERVER, TCP_SYN, CLIENT_ISN, 0, NULL, 0);
	send(DIR_TOCLIENT, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1, NULL, 0);
	send(DIR_TOSERVER, TCP_ACK, CLIENT_ISN + 1, SERVER_ISN + 1, NULL, 0);
	assert_int_equal(flow.facts.state, FLOW_ESTABLISHED);
}

static struct packet
client(uint32_t offset, const char *text)
{
	return send(DIR_TOSERVER, TCP_ACK, CLIENT_ISN + 1 + offset, SERVER_ISN + 1, text, strlen(text));
}

static struct packet
server_acks(uint32_t offset)
{
	struct packet p = send(DIR_TOCLIENT, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1 + offset, NULL, 0);

	look(DIR_TOSERVER);
	return p;
}

static void
bytes_are_used_when_the_receiver_acknowledged_them(void **state)
{
	(void)state;
	handshake();
	assert_true(client(0, "hello").in_stream);
	assert_int_equal(n_seen[0], 0);
	server_acks(3);
	assert_int_equal(n_seen[0], 3);
	server_acks(5);
	assert_int_equal(n_seen[0], 5);
	assert_memory_equal(seen[0], "hello", 5);
}

static void
inline_mode_does_not_wait(void **state)
{
	(void)state;
	s.settings.tcp.inline_mode = true;
	handshake();
	client(0, "hello");
	assert_int_equal(n_seen[0], 5);
}

static void
without_a_handshake_there_is_no_stream(void **state)
{
	(void)state;
	assert_false(client(0, "hello").in_stream);
	assert_null(flow.tcp);
	s.settings.tcp.midstream = true;
	assert_true(client(0, "hello").in_stream);
	assert_true(flow.facts.midstream);
	assert_int_equal(flow.facts.state, FLOW_ESTABLISHED);
}

static void
a_wrong_checksum_keeps_the_packet_out(void **state)
{
	struct packet p = { .ip_proto = 6, .tcp_flags = TCP_SYN, .tcp_seq = 1, .bad_checksum = true };

	(void)state;
	s.settings.check_checksum = true;
	stream_packet(&s, &flow, &p);
	assert_null(flow.tcp);
	assert_int_equal(s.counters.bad_checksum, 1);
}

static void
odd_packets_are_named(void **state)
{
	struct packet p;

	(void)state;
	handshake();
	client(0, "0123456789");
	server_acks(10);
	p = client(0, "0123");
	assert_true(packet_has_event(&p, STREAM_PKT_SPURIOUS_RETRANSMISSION));
	p = send(DIR_TOSERVER, TCP_ACK, CLIENT_ISN + 1 + 500000, SERVER_ISN + 1, "far", 3);
	assert_true(packet_has_event(&p, STREAM_EST_PACKET_OUT_OF_WINDOW));
	p = send(DIR_TOSERVER, TCP_SYN, CLIENT_ISN, 0, NULL, 0);
	assert_true(packet_has_event(&p, STREAM_EST_SYN_RESEND));
	p = send(DIR_TOCLIENT, TCP_SYN, 77, 0, NULL, 0);
	assert_true(packet_has_event(&p, STREAM_EST_SYN_TOCLIENT));
	p = send(DIR_TOCLIENT, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1 + 900000, NULL, 0);
	assert_true(packet_has_event(&p, STREAM_EST_INVALID_ACK));
}

static void
a_hole_that_was_acknowledged_is_a_gap(void **state)
{
	struct packet p;

	(void)state;
	handshake();
	client(0, "aaaa");
	client(8, "bbbb");
	p = server_acks(12);
	assert_true(packet_has_event(&p, STREAM_REASSEMBLY_SEQ_GAP));
	assert_int_equal(s.counters.gap_bytes, 4);
}

static void
closing_is_followed_to_its_end(void **state)
{
	(void)state;
	handshake();
	client(0, "bye");
	send(DIR_TOSERVER, TCP_FIN | TCP_ACK, CLIENT_ISN + 4, SERVER_ISN + 1, NULL, 0);
	assert_int_equal(flow.tcp->state, TCP_CLOSE_WAIT);
	send(DIR_TOCLIENT, TCP_FIN | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 5, NULL, 0);
	assert_int_equal(flow.tcp->state, TCP_LAST_ACK);
	send(DIR_TOSERVER, TCP_ACK, CLIENT_ISN + 5, SERVER_ISN + 2, NULL, 0);
	assert_int_equal(flow.tcp->state, TCP_CLOSED);
	assert_int_equal(flow.facts.state, FLOW_CLOSED);
	assert_memory_equal(seen[0], "bye", 3);
}

static void
a_reset_must_have_the_right_number(void **state)
{
	(void)state;
	handshake();
	send(DIR_TOCLIENT, TCP_RST, SERVER_ISN + 5000, 0, NULL, 0);
	assert_int_equal(flow.tcp->state, TCP_ESTABLISHED);
	send(DIR_TOCLIENT, TCP_RST, SERVER_ISN + 1, 0, NULL, 0);
	assert_int_equal(flow.tcp->state, TCP_CLOSED);
}

static void
what_was_not_acknowledged_is_seen_at_the_end(void **state)
{
	(void)state;
	handshake();
	client(0, "never acknowledged");
	assert_true(stream_has_unseen(&flow, DIR_TOSERVER));
	stream_finish(&s, &flow, 2);
	look(DIR_TOSERVER);
	assert_int_equal(n_seen[0], 18);
	assert_false(stream_has_unseen(&flow, DIR_TOSERVER));
}

static void
beyond_the_depth_nothing_is_followed(void **state)
{
	struct packet p;

	(void)state;
	s.settings.depth = 6;
	handshake();
	p = client(0, "0123456789");
	assert_true(packet_has_event(&p, STREAM_REASSEMBLY_DEPTH_REACHED));
	server_acks(10);
	assert_int_equal(n_seen[0], 6);
	assert_false(client(10, "more").in_stream);
}

static void
sequence_numbers_may_wrap(void **state)
{
	uint32_t isn = UINT32_MAX - 2;

	(void)state;
	send(DIR_TOSERVER, TCP_SYN, isn, 0, NULL, 0);
	send(DIR_TOCLIENT, TCP_SYN | TCP_ACK, SERVER_ISN, isn + 1, NULL, 0);
	send(DIR_TOSERVER, TCP_ACK, isn + 1, SERVER_ISN + 1, "0123456789", 10);
	send(DIR_TOCLIENT, TCP_ACK, SERVER_ISN + 1, isn + 11, NULL, 0);
	look(DIR_TOSERVER);
	assert_int_equal(n_seen[0], 10);
	assert_memory_equal(seen[0], "0123456789", 10);
}

/* Cut, reordered, overlapping, repeated and acknowledged at random: the same bytes, each once. */
static void
any_way_of_sending_gives_the_same_bytes(void **state)
{
	static uint8_t want[LENGTH];
	uint64_t       random = 20261128;

	for (unsigned i = 0; i < LENGTH; i++)
		want[i] = (uint8_t)(random_next(&random) | 0x80);
	for (unsigned round = 0; round < 60; round++) {
		uint32_t done = 0;

		handshake();
		s.settings.policy = (enum overlap)random_below(&random, OVERLAP_LAST + 1);
		s.settings.chunk[0] = 1 + random_below(&random, 3000);
		while (done < LENGTH) {
			uint32_t window = LENGTH - done < 4000 ? LENGTH - done : 4000;

			for (unsigned i = 0; i < 12; i++) {
				uint32_t at = done + random_below(&random, window);
				uint32_t len = 1 + random_below(&random, 900);

				len = len < LENGTH - at ? len : LENGTH - at;
				send(DIR_TOSERVER, TCP_ACK, CLIENT_ISN + 1 + at, SERVER_ISN + 1, want + at, len);
			}
			send(DIR_TOSERVER, TCP_ACK, CLIENT_ISN + 1 + done, SERVER_ISN + 1, want + done, window);
			done += window;
			server_acks(done);
		}
		stream_finish(&s, &flow, 2);
		look(DIR_TOSERVER);
		assert_int_equal(n_seen[0], LENGTH);
		assert_memory_equal(seen[0], want, LENGTH);
		assert_int_equal(s.counters.gaps, 0);
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_are_used_when_the_receiver_acknowledged_them),
		TEST(inline_mode_does_not_wait),
		TEST(without_a_handshake_there_is_no_stream),
		TEST(a_wrong_checksum_keeps_the_packet_out),
		TEST(odd_packets_are_named),
		TEST(a_hole_that_was_acknowledged_is_a_gap),
		TEST(closing_is_followed_to_its_end),
		TEST(a_reset_must_have_the_right_number),
		TEST(what_was_not_acknowledged_is_seen_at_the_end),
		TEST(beyond_the_depth_nothing_is_followed),
		TEST(sequence_numbers_may_wrap),
		TEST(any_way_of_sending_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
