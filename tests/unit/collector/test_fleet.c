/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/fleet.h"

#include "collector/store.h"
#include "tests/test.h"

#include <errno.h>
#include <string.h>

#define NOW (1790000000ull * 1000000000)
#define SECOND 1000000000ull

static struct store_sensor
heard(uint64_t ago_s)
{
	return (struct store_sensor){
		.heartbeat_ns = NOW - ago_s * SECOND, .interval_s = 10, .created_ns = 1};
}

static void
silence_of_two_intervals_is_an_alarm(void **state)
{
	struct store_sensor s = heard(20);

	(void)state;
	assert_int_equal(fleet_health(&s, NOW), HEALTH_OK);
	s = heard(21);
	assert_int_equal(fleet_health(&s, NOW), HEALTH_UNREACHABLE);
	assert_int_equal(fleet_since(&s, HEALTH_UNREACHABLE), s.heartbeat_ns);
}

static void
the_four_ways_of_being_unwell_are_told_apart(void **state)
{
	struct store_sensor s = heard(60);

	(void)state;
	s.gone_ns = NOW - 50 * SECOND;
	strcpy(s.gone_why, GONE_CLOSED);
	assert_int_equal(fleet_health(&s, NOW), HEALTH_STOPPED);
	strcpy(s.gone_why, GONE_SILENT);
	assert_int_equal(fleet_health(&s, NOW), HEALTH_UNREACHABLE);
	s = heard(1);
	s.clock_offset_ms = -FLEET_CLOCK_MAX_MS - 1;
	assert_int_equal(fleet_health(&s, NOW), HEALTH_CLOCK);
	s.clock_offset_ms = 0;
	s.drops_ns = NOW - 5 * SECOND;
	assert_int_equal(fleet_health(&s, NOW), HEALTH_DROPPING);
	s.drops_ns = NOW - 500 * SECOND;
	assert_int_equal(fleet_health(&s, NOW), HEALTH_OK);
	s.heartbeat_ns = 0;
	assert_int_equal(fleet_health(&s, NOW), HEALTH_NEVER);
}

static void
a_token_gives_back_its_id_and_hash(void **state)
{
	uint8_t pin[32] = {1}, hash[32], got[32];
	char    text[TOKEN_TEXT_MAX], id[TOKEN_ID_LEN + 1], got_id[TOKEN_ID_LEN + 1];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(token_make(text, id, hash, pin), 0);
		assert_int_equal(token_parse(text, strlen(text), got_id, got), 0);
		assert_string_equal(id, got_id);
		assert_true(token_same(hash, got));
	}
	/* Cut anywhere before its second dot, it is none; what follows is the sensor's to
	 * check. */
	for (size_t n = 0; n < 52; n++)
		assert_int_equal(token_parse(text, n, got_id, got), -EBADMSG);
	text[20] ^= 1;
	assert_true(
		token_parse(text, strlen(text), got_id, got) || !token_same(hash, got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_of_two_intervals_is_an_alarm),
		cmocka_unit_test(the_four_ways_of_being_unwell_are_told_apart),
		cmocka_unit_test(a_token_gives_back_its_id_and_hash),
	};

	return cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
}
