/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/memory.h"

#include "tests/test.h"

#include <pthread.h>
#include <string.h>

static struct memory_key
key_of(uint32_t id)
{
	struct memory_key key;

	memset(&key, 0, sizeof(key));
	key.kind = MEMORY_THRESHOLD;
	key.id = id;
	return key;
}

static struct memory_entry *
get(struct rule_memory *m, uint32_t id, uint64_t now_ns, bool make)
{
	struct memory_key key = key_of(id);

	return memory_get(m, &key, now_ns, make);
}

static void
an_entry_is_made_once_and_found_again(void **state)
{
	struct rule_memory  *m = rule_memory_new(1 << 16);
	struct memory_entry *e;

	(void)state;
	assert_null(get(m, 1, 10, false));
	e = get(m, 1, 10, true);
	assert_non_null(e);
	assert_int_equal(e->count, 0);
	e->count = 5;
	e->until_ns = 100;
	memory_put(m, e);
	e = get(m, 1, 20, false);
	assert_int_equal(e->count, 5);
	memory_put(m, e);
	assert_null(get(m, 2, 20, false));
	e = get(m, 1, 20, false);
	memory_drop(m, e);
	assert_null(get(m, 1, 20, false));
	rule_memory_free(m);
	rule_memory_free(NULL);
}

static void
keys_differ_in_each_of_their_parts(void **state)
{
	struct rule_memory *m = rule_memory_new(1 << 16);
	struct memory_key   keys[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		keys[i] = key_of(1);
	keys[1].kind = MEMORY_XBIT;
	keys[2].more = 1;
	keys[3].a = addr_v4((const uint8_t[]){ 1, 2, 3, 4 });
	keys[4].b = keys[3].a;
	keys[5].a = keys[3].a;
	keys[5].a.family = 6;
	for (uint32_t i = 0; i < 6; i++) {
		struct memory_entry *e = memory_get(m, &keys[i], 1, true);

		assert_int_equal(e->count, 0);
		e->count = i + 1;
		e->until_ns = 1000;
		memory_put(m, e);
	}
	for (uint32_t i = 0; i < 6; i++) {
		struct memory_entry *e = memory_get(m, &keys[i], 1, false);

		assert_int_equal(e->count, i + 1);
		memory_put(m, e);
	}
	rule_memory_free(m);
}

/* A table of one bucket holds some; then the one that ends first makes room. */
static void
a_full_bucket_gives_up_what_ends_first(void **state)
{
	struct rule_memory  *m = rule_memory_new(1);
	struct memory_entry *e;
	unsigned             kept = 0;

	(void)state;
	for (uint32_t i = 1; i <= 50; i++) {
		e = get(m, i, 1, true);
		assert_non_null(e);
		e->until_ns = i == 3 ? 500 : 1000 + i; /* 3 ends first, so it goes first */
		memory_put(m, e);
	}
	for (uint32_t i = 1; i <= 50; i++) {
		e = get(m, i, 1, false);
		if (!e)
			continue;
		assert_int_not_equal(i, 3);
		assert_true(i > 40); /* of equals, the longest live on */
		memory_put(m, e);
		kept++;
	}
	assert_true(kept >= 4 && kept < 50);
	rule_memory_free(m);
}

static void
what_has_ended_makes_room_before_what_lives(void **state)
{
	struct rule_memory  *m = rule_memory_new(1);
	struct memory_entry *e;

	(void)state;
	for (uint32_t i = 1; i <= 8; i++) {
		e = get(m, i, 1, true);
		e->until_ns = i % 2 ? 10 : 1000;
		memory_put(m, e);
	}
	for (uint32_t i = 11; i <= 14; i++) {
		e = get(m, i, 100, true);
		e->until_ns = 2000;
		memory_put(m, e);
	}
	for (uint32_t i = 2; i <= 8; i += 2) {
		e = get(m, i, 100, false);
		assert_non_null(e);
		memory_put(m, e);
	}
	rule_memory_free(m);
}

struct counting {
	struct rule_memory *m;
	uint32_t            n;
};

static void *
count(void *arg)
{
	struct counting *c = arg;

	for (uint32_t i = 0; i < c->n; i++) {
		struct memory_entry *e = get(c->m, 1 + i % 4, 1, true);

		e->until_ns = 1000;
		e->count++;
		memory_put(c->m, e);
	}
	return NULL;
}

static void
workers_do_not_lose_each_others_counts(void **state)
{
	struct counting c = { rule_memory_new(1 << 12), 20000 };
	pthread_t       threads[4];
	uint32_t        sum = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, &c), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t i = 1; i <= 4; i++) {
		struct memory_entry *e = get(c.m, i, 1, false);

		sum += e->count;
		memory_put(c.m, e);
	}
	assert_int_equal(sum, 4 * c.n);
	rule_memory_free(c.m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_made_once_and_found_again),
		cmocka_unit_test(keys_differ_in_each_of_their_parts),
		cmocka_unit_test(a_full_bucket_gives_up_what_ends_first),
		cmocka_unit_test(what_has_ended_makes_room_before_what_lives),
		cmocka_unit_test(workers_do_not_lose_each_others_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
