/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "sensor/observe.h"

#define S 1000000000ull

struct fix {
	uint64_t           n, sum, runs;
	struct observation last;
	char               value[OBSERVE_VALUE_MAX + 1];
};

static void
tell(void *arg, const struct observation *o)
{
	struct fix *f = arg;

	if (!o) {
		f->runs++;
		return;
	}
	f->n++;
	f->sum += o->count;
	f->last = *o;
	memcpy(f->value, o->value.at, o->value.left);
	f->value[o->value.left] = 0;
}

static struct observe *
start(struct fix *f, uint32_t places)
{
	struct observe_settings s = { .on = true, .every_s = 60, .places = places, .tell = tell, .arg = f };

	*f = (struct fix){ 0 };
	return observe_new(&s);
}

static void
equal_values_are_told_once_with_their_times(void **state)
{
	struct fix      f;
	struct observe *o = start(&f, 0);

	(void)state;
	observe(o, OBSERVE_DOMAIN, bytes_str("city.example"), 12 * S);
	observe(o, OBSERVE_DOMAIN, bytes_str("city.example"), 10 * S); /* time may step back */
	observe(o, OBSERVE_DOMAIN, bytes_str("city.example"), 14 * S);
	observe_flush(o, 15 * S, false);
	assert_int_equal(f.n, 0);
	observe_flush(o, 72 * S, false);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.runs, 1);
	assert_int_equal(f.last.count, 3);
	assert_int_equal(f.last.first_ns, 10 * S);
	assert_int_equal(f.last.last_ns, 14 * S);
	assert_string_equal(f.value, "city.example");
	observe_flush(o, 200 * S, true);
	assert_int_equal(f.n, 1); /* nothing new */
	observe_free(o);
}

static void
kinds_do_not_mix(void **state)
{
	struct fix      f;
	struct observe *o = start(&f, 0);

	(void)state;
	observe(o, OBSERVE_DOMAIN, bytes_str("x"), S);
	observe(o, OBSERVE_SNI, bytes_str("x"), S);
	observe(o, OBSERVE_SNI, bytes_str(""), S); /* says nothing */
	observe_flush(o, S, true);
	assert_int_equal(f.n, 2);
	observe_free(o);
}

static void
a_full_table_loses_nothing(void **state)
{
	struct fix      f;
	struct observe *o = start(&f, 64);
	char            text[32];

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "host-%u.example", i % 5000);
		observe(o, OBSERVE_DOMAIN, bytes_str(text), i * S / 1000);
	}
	observe_flush(o, 100 * S, true);
	assert_int_equal(f.sum, 10000);
	assert_int_equal(observe_counters(o)->seen, 10000);
	assert_int_equal(observe_counters(o)->told, f.n);
	assert_true(observe_counters(o)->early > 5000);
	observe_free(o);
}

static void
values_are_cut_at_their_limit(void **state)
{
	struct fix      f;
	struct observe *o = start(&f, 0);
	char            text[400];

	(void)state;
	memset(text, 'a', sizeof(text));
	observe(o, OBSERVE_DOMAIN, bytes_of(text, sizeof(text)), S);
	observe_flush(o, S, true);
	assert_int_equal(f.last.value.left, OBSERVE_VALUE_MAX);
	observe_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_values_are_told_once_with_their_times),
		cmocka_unit_test(kinds_do_not_mix),
		cmocka_unit_test(a_full_table_loses_nothing),
		cmocka_unit_test(values_are_cut_at_their_limit),
	};

	return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
