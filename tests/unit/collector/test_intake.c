/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/intake.h"

#include "lib/event.h"
#include "tests/test.h"
#include "tests/unit/collector/rig.h"

#include <poll.h>

static int
setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	rig_new(r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	rig_end(*state);
	free(*state);
	return 0;
}

/* Poll for what another thread will bring about. */
#define EVENTUALLY(condition)                                                            \
	do {                                                                             \
		int tries_ = 0;                                                          \
		while (!(condition) && tries_++ < 1000)                                  \
			poll(NULL, 0, 5);                                                \
		assert_true(condition);                                                  \
	} while (0)

static void
add_event(struct batch *b, uint64_t seq, const char *eve)
{
	struct event e = {.type = EVENT_ALERT,
		.gid = 1,
		.sid = 7,
		.rev = 1,
		.severity = 2,
		.ts_ns = 1790000000ull * 1000000000 + seq,
		.eve = bytes_str(eve)};
	struct buf   wire = {0};

	addr_parse(&e.src, "10.0.0.1", 8);
	addr_parse(&e.dst, "10.0.0.2", 8);
	assert_int_equal(event_encode(&wire, &e), 0);
	assert_int_equal(batch_add(b, seq, bytes_of(wire.data, wire.len)), 0);
	buf_release(&wire);
}

/* Numbers first..last as one batch. */
static void
send_events(struct client *c, uint64_t epoch, uint64_t first, uint64_t last)
{
	struct batch *b = batch_new();

	batch_start(b, epoch, 0, 0);
	for (uint64_t seq = first; seq <= last; seq++)
		add_event(b, seq, "{\"alert\":{\"signature\":\"TEST\"}}");
	assert_int_equal(batch_put(b, &c->out), 0);
	assert_int_equal(client_send(c), 0);
	batch_free(b);
}

static bool
count(void *arg, const struct store_event *e)
{
	(void)e;
	++*(unsigned *)arg;
	return true;
}

static unsigned
stored(struct rig *r)
{
	static const struct store_filter all;
	struct store_reader             *reader;
	unsigned                         n = 0;

	assert_int_equal(store_reader_open(&reader, r->dir), 0);
	assert_int_equal(store_events(reader, &all, 0, count, &n), 0);
	store_reader_free(reader);
	return n;
}

static bool
keep_sensor(void *arg, const struct store_sensor *s)
{
	*(struct store_sensor *)arg = *s;
	return true;
}

static struct store_sensor
sensor(struct rig *r, const char *name)
{
	struct store_reader *reader;
	struct store_sensor  s = {0};

	assert_int_equal(store_reader_open(&reader, r->dir), 0);
	assert_int_equal(store_sensors(reader, name, keep_sensor, &s), 0);
	store_reader_free(reader);
	return s;
}

static void
a_token_lets_one_sensor_in_once(void **state)
{
	struct rig *r = *state;
	char        token[TOKEN_TEXT_MAX], dir[128];

	rig_token(r, "ward-12", 3600 * 1000000000ull, token);
	snprintf(dir, sizeof(dir), "%s/x", r->dir);
	mkdir(dir, 0700);
	assert_int_equal(client_enroll(r->port, token, dir), 0);
	assert_string_equal(sensor(r, "ward-12").state, "active");
	assert_int_equal(client_enroll(r->port, token, dir), MESSAGE_ERROR_REFUSED);
	token[10] ^= 1;
	assert_int_equal(client_enroll(r->port, token, dir), MESSAGE_ERROR_REFUSED);
	assert_int_equal(client_enroll(r->port, "nonsense", dir), MESSAGE_ERROR_REFUSED);
	rig_token(r, "ward-13", 0, token);
	assert_int_equal(client_enroll(r->port, token, dir), MESSAGE_ERROR_REFUSED);
	assert_string_equal(sensor(r, "ward-13").state, "pending");
}

static void
events_are_acknowledged_when_stored_and_repeated_ones_again(void **state)
{
	struct rig        *r = *state;
	struct client      c = {.fd = -1};
	struct message_ack ack;
	uint64_t           at;
	char               dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	assert_int_equal(at, 0);
	send_events(&c, 9, 1, 700);
	assert_int_equal(client_ack(&c, &ack), 0);
	assert_int_equal(ack.epoch, 9);
	assert_int_equal(ack.seq, 700);
	assert_int_equal(stored(r), 700);
	send_events(&c, 9, 600, 710); /* as after a cut before the ACK arrived */
	assert_int_equal(client_ack(&c, &ack), 0);
	assert_int_equal(ack.seq, 710);
	assert_int_equal(stored(r), 710);
	assert_int_equal(sensor(r, "ward-12").duplicates, 101);
	client_close(&c);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	assert_int_equal(at, 710);
	client_close(&c);
}

static void
a_restart_forgets_nothing(void **state)
{
	struct rig        *r = *state;
	struct client      c = {.fd = -1};
	struct message_ack ack;
	uint64_t           at;
	char               dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	send_events(&c, 9, 1, 10);
	assert_int_equal(client_ack(&c, &ack), 0);
	rig_stop(r);
	rig_start(r);
	client_close(&c);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 2, 9, &at), 0);
	assert_int_equal(at, 10);
	client_close(&c);
}

static bool
keep_reason(void *arg, const struct store_dead_letter *d)
{
	char  *text = arg;
	size_t n = strlen(text);

	snprintf(text + n, 512 - n, "%llu %s;", (unsigned long long)d->seq, d->reason);
	return true;
}

static void
a_malformed_event_holds_up_nothing(void **state)
{
	struct rig          *r = *state;
	struct client        c = {.fd = -1};
	struct batch        *b = batch_new();
	struct message_ack   ack;
	struct store_reader *reader;
	uint64_t             at;
	char                 dir[128], reasons[512] = "";

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	batch_start(b, 9, 0, 0);
	add_event(b, 1, "{}");
	assert_int_equal(batch_add(b, 2, bytes_str("\x02\x00\x00\x09shorter")), 0);
	add_event(b, 3, "{\"no\":json}");
	add_event(b, 4, "{}");
	batch_put(b, &c.out);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_ack(&c, &ack), 0);
	assert_int_equal(ack.seq, 4);
	assert_int_equal(ack.n_rejected, 2);
	assert_int_equal(ack.rejected[0].seq, 2);
	assert_int_equal(ack.rejected[1].seq, 3);
	assert_int_equal(stored(r), 2);
	assert_int_equal(store_reader_open(&reader, r->dir), 0);
	assert_int_equal(store_dead_letters(reader, 0, keep_reason, reasons), 0);
	assert_non_null(strstr(reasons, "2 "));
	assert_non_null(strstr(reasons, "3 eve: not JSON on one line;"));
	store_reader_free(reader);
	batch_free(b);
	client_close(&c);
}

static void
a_revoked_sensor_is_cut_off_and_stays_out(void **state)
{
	struct rig        *r = *state;
	struct client      c = {.fd = -1};
	struct message_ack ack;
	uint64_t           at, before;
	char               dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	before = figure_get(&r->figures, FIGURE_REFUSED);
	rig_revoke(r, "ward-12");
	assert_int_equal(client_ack(&c, &ack), MESSAGE_ERROR_REFUSED);
	assert_int_equal(figure_get(&r->figures, FIGURE_REFUSED), before + 1);
	client_close(&c);
	assert_int_not_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	client_close(&c);
	EVENTUALLY(figure_get(&r->figures, FIGURE_REFUSED) == before + 2);
}

static void
who_shows_nothing_or_what_another_authority_gave_is_refused(void **state)
{
	struct rig      *r = *state;
	struct rig       other;
	struct client    c = {.fd = -1};
	struct tls_files none = {0};
	uint64_t         at;
	char             dir[128];

	rig_new(&other);
	rig_sensor(&other, "ward-12", dir);
	assert_int_equal(client_open(&c, r->port, &none), 0);
	client_close(&c);
	EVENTUALLY(figure_get(&r->figures, FIGURE_REFUSED) == 1);
	/* It must believe our server to get as far as being refused itself. */
	{
		char command[512];

		snprintf(command, sizeof(command), "cp '%s/ca.crt' '%s/ca.crt'", r->dir,
			dir);
		assert_int_equal(system(command), 0);
	}
	assert_int_not_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	client_close(&c);
	EVENTUALLY(figure_get(&r->figures, FIGURE_REFUSED) == 2);
	rig_end(&other);
}

static void
a_copy_of_a_sensor_is_refused_and_the_same_one_takes_over(void **state)
{
	struct rig        *r = *state;
	struct client      first = {.fd = -1}, copy = {.fd = -1}, again = {.fd = -1};
	struct message_ack ack;
	uint64_t           at;
	char               dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&first, r->port, dir, "ward-12", 1, 9, &at), 0);
	assert_int_equal(client_hello(&copy, r->port, dir, "ward-12", 2, 9, &at),
		MESSAGE_ERROR_CLONE);
	assert_int_equal(client_hello(&again, r->port, dir, "ward-12", 1, 9, &at), 0);
	assert_int_equal(client_ack(&first, &ack), -1); /* it was closed */
	send_events(&again, 9, 1, 3);
	assert_int_equal(client_ack(&again, &ack), 0);
	assert_int_equal(ack.seq, 3);
	client_close(&first);
	client_close(&copy);
	client_close(&again);
}

static void
a_name_that_is_not_the_certificates_is_refused(void **state)
{
	struct rig   *r = *state;
	struct client c = {.fd = -1};
	uint64_t      at;
	char          dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-13", 1, 9, &at),
		MESSAGE_ERROR_REFUSED);
	client_close(&c);
}

static void
garbage_ends_the_connection_of_its_sender_alone(void **state)
{
	struct rig        *r = *state;
	struct client      good = {.fd = -1}, bad = {.fd = -1};
	struct message_ack ack;
	uint64_t           at;
	char               dir[128], bad_dir[128];

	rig_sensor(r, "good", dir);
	rig_sensor(r, "bad", bad_dir);
	assert_int_equal(client_hello(&good, r->port, dir, "good", 1, 9, &at), 0);
	assert_int_equal(client_hello(&bad, r->port, bad_dir, "bad", 1, 9, &at), 0);
	buf_add(&bad.out, "\xff\xff\xff\xff\x03\x00", 6);
	assert_int_equal(client_send(&bad), 0);
	assert_int_equal(client_ack(&bad, &ack), MESSAGE_ERROR_PROTOCOL);
	client_close(&bad);
	assert_int_equal(client_hello(&bad, r->port, bad_dir, "bad", 1, 9, &at), 0);
	buf_add(&bad.out,
		"\x00\x00\x00\x04\x03\x00"
		"\x07\x00\x00\x50",
		10);
	assert_int_equal(client_send(&bad), 0);
	assert_int_equal(client_ack(&bad, &ack), MESSAGE_ERROR_PROTOCOL);
	send_events(&good, 9, 1, 5);
	assert_int_equal(client_ack(&good, &ack), 0);
	assert_int_equal(ack.seq, 5);
	client_close(&good);
	client_close(&bad);
}

static void
an_unknown_frame_is_skipped(void **state)
{
	struct rig        *r = *state;
	struct client      c = {.fd = -1};
	struct message_ack ack;
	uint64_t           at;
	char               dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	buf_add(&c.out,
		"\x00\x00\x00\x03\xc8\x00"
		"new",
		9);
	send_events(&c, 9, 1, 2);
	assert_int_equal(client_ack(&c, &ack), 0);
	assert_int_equal(ack.seq, 2);
	client_close(&c);
}

static void
a_heartbeat_tells_how_the_sensor_is(void **state)
{
	struct rig              *r = *state;
	struct client            c = {.fd = -1};
	struct message_ack       ack;
	struct message_heartbeat m = {
		.packets = 1000, .spool_events = 5, .ruleset = bytes_str("9f31c2")};
	uint64_t at, now = clock_wall_ns();
	char     dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(
		fleet_health(&(struct store_sensor){.created_ns = 1}, now), HEALTH_NEVER);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	m.time_ns = clock_wall_ns() + 60 * 1000000000ull;
	message_put_heartbeat(&c.out, &m);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_ack(&c, &ack), 0);
	EVENTUALLY(sensor(r, "ward-12").packets == 1000);
	assert_string_equal(sensor(r, "ward-12").ruleset, "9f31c2");
	now = clock_wall_ns();
	{
		struct store_sensor s = sensor(r, "ward-12");

		assert_int_equal(fleet_health(&s, now), HEALTH_CLOCK);
	}
	m.time_ns = clock_wall_ns();
	m.kernel_drops = 3;
	message_put_heartbeat(&c.out, &m);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_ack(&c, &ack), 0);
	EVENTUALLY(sensor(r, "ward-12").kernel_drops == 3);
	{
		struct store_sensor s = sensor(r, "ward-12");

		assert_int_equal(fleet_health(&s, now), HEALTH_DROPPING);
		/* Two intervals of silence: nobody said good-bye, then it did. */
		assert_int_equal(
			fleet_health(&s, now + 12 * 1000000000ull), HEALTH_UNREACHABLE);
		client_close(&c);
		EVENTUALLY(sensor(r, "ward-12").gone_ns != 0);
		s = sensor(r, "ward-12");
		assert_int_equal(
			fleet_health(&s, now + 12 * 1000000000ull), HEALTH_STOPPED);
	}
}

static void
a_certificate_is_renewed_by_who_has_one(void **state)
{
	struct rig             *r = *state;
	struct client           c = {.fd = -1};
	struct message_enroll   m = {.protocol = MESSAGE_PROTOCOL};
	struct message_enrolled got = {0};
	struct buf              csr = {0};
	EVP_PKEY               *key;
	struct frame            f;
	uint64_t                at;
	char                    dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	client_make_csr(&key, &csr);
	m.csr = bytes_of(csr.data, csr.len);
	message_put_enroll(&c.out, &m);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_next(&c, &f), 0);
	assert_int_equal(f.type, FRAME_ENROLLED);
	assert_int_equal(message_get_enrolled(&got, f.body, NULL), 0);
	assert_true(bytes_is(got.sensor, "ward-12"));
	send_events(&c, 9, 1, 2); /* and goes on */
	{
		struct message_ack ack;

		assert_int_equal(client_ack(&c, &ack), 0);
		assert_int_equal(ack.seq, 2);
	}
	EVP_PKEY_free(key);
	buf_release(&csr);
	client_close(&c);
}

static bool
keep_gap(void *arg, const struct store_gap *g)
{
	*(struct range *)arg = (struct range){g->first, g->last};
	assert_string_equal(g->cause, "spool_overflow");
	return true;
}

static void
a_declared_loss_is_in_the_gaps(void **state)
{
	struct rig          *r = *state;
	struct client        c = {.fd = -1};
	struct batch        *b = batch_new();
	struct event         loss = {.type = EVENT_LOSS,
			.ts_ns = 1,
			.loss_first = 2,
			.loss_last = 40,
			.loss_count = 39,
			.loss_cause = 1};
	struct buf           wire = {0};
	struct message_ack   ack;
	struct store_reader *reader;
	struct range         gap = {0};
	uint64_t             at;
	char                 dir[128];

	rig_sensor(r, "ward-12", dir);
	assert_int_equal(client_hello(&c, r->port, dir, "ward-12", 1, 9, &at), 0);
	batch_start(b, 9, 0, 0);
	add_event(b, 1, "{}");
	assert_int_equal(event_encode(&wire, &loss), 0);
	assert_int_equal(batch_add(b, 41, bytes_of(wire.data, wire.len)), 0);
	batch_put(b, &c.out);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_ack(&c, &ack), 0);
	assert_int_equal(ack.seq, 41);
	assert_int_equal(store_reader_open(&reader, r->dir), 0);
	assert_int_equal(store_gaps(reader, keep_gap, &gap), 0);
	assert_int_equal(gap.first, 2);
	assert_int_equal(gap.last, 40);
	store_reader_free(reader);
	buf_release(&wire);
	batch_free(b);
	client_close(&c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_token_lets_one_sensor_in_once),
		T(events_are_acknowledged_when_stored_and_repeated_ones_again),
		T(a_restart_forgets_nothing),
		T(a_malformed_event_holds_up_nothing),
		T(a_revoked_sensor_is_cut_off_and_stays_out),
		T(who_shows_nothing_or_what_another_authority_gave_is_refused),
		T(a_copy_of_a_sensor_is_refused_and_the_same_one_takes_over),
		T(a_name_that_is_not_the_certificates_is_refused),
		T(garbage_ends_the_connection_of_its_sender_alone),
		T(an_unknown_frame_is_skipped),
		T(a_heartbeat_tells_how_the_sensor_is),
		T(a_certificate_is_renewed_by_who_has_one),
		T(a_declared_loss_is_in_the_gaps),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
