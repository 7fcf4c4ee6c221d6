/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/event.h"

#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct event
sample(void)
{
	struct event e = {
		.ts_ns = UINT64_C(1767322984678901234),
		.type = EVENT_ALERT,
		.severity = SEV_HIGH,
		.victim = EVENT_VICTIM_DST,
		.ip_proto = 6,
		.sport = 40000,
		.dport = 443,
		.gid = 1,
		.sid = 2100498,
		.rev = 7,
		.suppressed = 3,
		.flow_id = UINT64_MAX,
		.eve = bytes_str("{\"event_type\":\"alert\"}"),
		.packets = bytes_of("\xd4\xc3\xb2\xa1", 4),
	};

	addr_parse(&e.src, "10.0.0.1", 8);
	addr_parse(&e.dst, "2001:db8::1", 11);
	return e;
}

static int
decode(struct event *out, const struct buf *b, const char **why)
{
	return event_decode(out, bytes_of(b->data, b->len), why);
}

static void
an_event_comes_back_as_it_was(void **state)
{
	struct event e = sample(), got;
	struct buf   b = { 0 };

	(void)state;
	e.epoch = 5; /* these three do not travel */
	e.seq = 6;
	e.exercise = 7;
	assert_int_equal(event_encode(&b, &e), 0);
	assert_int_equal(decode(&got, &b, NULL), 0);
	assert_true(got.epoch == 0 && got.seq == 0 && got.exercise == 0);
	assert_true(got.ts_ns == e.ts_ns && got.flow_id == e.flow_id);
	assert_int_equal(got.type, e.type);
	assert_int_equal(got.severity, e.severity);
	assert_int_equal(got.victim, e.victim);
	assert_int_equal(got.ip_proto, 6);
	assert_true(addr_eq(&got.src, &e.src) && addr_eq(&got.dst, &e.dst));
	assert_int_equal(got.sport, 40000);
	assert_int_equal(got.dport, 443);
	assert_int_equal(got.gid, 1);
	assert_int_equal(got.sid, 2100498);
	assert_int_equal(got.rev, 7);
	assert_int_equal(got.suppressed, 3);
	assert_true(bytes_is(got.eve, "{\"event_type\":\"alert\"}"));
	assert_int_equal(got.packets.left, 4);
	buf_release(&b);
}

static void
a_loss_needs_no_eve(void **state)
{
	struct event e = { .type = EVENT_LOSS,
		.loss_first = 10,
		.loss_last = 20,
		.loss_count = 4,
		.loss_epoch = 1,
		.loss_cause = EVENT_LOSS_SPOOL };
	struct event got;
	struct buf   b = { 0 };

	(void)state;
	assert_int_equal(event_encode(&b, &e), 0);
	assert_int_equal(decode(&got, &b, NULL), 0);
	assert_int_equal(got.loss_first, 10);
	assert_int_equal(got.loss_last, 20);
	assert_int_equal(got.loss_count, 4);
	assert_int_equal(got.loss_epoch, 1);
	assert_string_equal(event_loss_name(got.loss_cause), "spool_overflow");
	assert_string_equal(event_loss_name(0), "unknown");
	assert_string_equal(event_loss_name(200), "unknown");
	buf_release(&b);
}

static void
unknown_fields_are_skipped(void **state)
{
	struct event e = sample(), got;
	struct buf   b = { 0 };

	(void)state;
	buf_add(&b, "\xfe\x00\x00\x05hello", 9);
	assert_int_equal(event_encode(&b, &e), 0);
	buf_add(&b, "\xc8\x00\x00\x00", 4);
	assert_int_equal(decode(&got, &b, NULL), 0);
	assert_int_equal(got.sid, e.sid);
	buf_release(&b);
}

/* Cut at every length: an error or a shorter event, never a read past the end. */
static void
cut_events_are_refused_or_shorter(void **state)
{
	struct event e = sample(), got;
	struct buf   b = { 0 };

	(void)state;
	assert_int_equal(event_encode(&b, &e), 0);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, b.data, n);
		if (event_decode(&got, bytes_of(exact, n), NULL) == 0)
			assert_int_equal(got.packets.left, 0);
		free(exact);
	}
	buf_release(&b);
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *wire;
		size_t      len;
		const char *why;
	} rows[] = {
		{ "", 0, "no type" },
		{ "\x01\x00\x00\x02\x01\x01", 6, "type" },
		{ "\x01\x00\x00\x01\x01\x03\x00\x00\x01\x05", 10, "severity" },
		{ "\x01\x00\x00\x01\x01\x04\x00\x00\x01\x03", 10, "victim" },
		{ "\x01\x00\x00\x01\x01\x06\x00\x00\x03" "abc", 12, "src" },
		{ "\x01\x00\x00\x01\x01", 5, "eve is not an object" },
		{ "\x01\x00\x00\x01\x01\x14\x00\x00\x03{\xff}", 12, "eve is not UTF-8" },
		{ "\x01\x00\x00\x01\x02\x0f\x00\x00\x01\x05", 10, "loss range" },
		{ "\x01\x00\x00", 3, "a field is cut off" },
		{ "\x01\xff\xff\xff\x01", 5, "a field is cut off" },
	};
	struct event got;
	const char  *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(
			event_decode(&got, bytes_of(rows[i].wire, rows[i].len), &why),
			-EBADMSG);
		assert_string_equal(why, rows[i].why);
	}
}

static void
limits_hold_in_both_directions(void **state)
{
	static uint8_t big[EVENT_WIRE_MAX + 1];
	struct event   e = sample(), got;
	struct buf     b = { 0 };
	const char    *why;

	(void)state;
	e.eve = bytes_of(big, EVENT_EVE_MAX + 1);
	assert_int_equal(event_encode(&b, &e), -EMSGSIZE);
	assert_int_equal(b.len, 0);
	e = sample();
	e.packets = bytes_of(big, EVENT_PACKETS_MAX + 1);
	assert_int_equal(event_encode(&b, &e), -EMSGSIZE);
	assert_int_equal(event_decode(&got, bytes_of(big, sizeof(big)), &why), -EBADMSG);
	assert_string_equal(why, "too large");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_comes_back_as_it_was),
		cmocka_unit_test(a_loss_needs_no_eve),
		cmocka_unit_test(unknown_fields_are_skipped),
		cmocka_unit_test(cut_events_are_refused_or_shorter),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(limits_hold_in_both_directions),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
