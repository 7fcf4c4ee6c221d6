/* SPDX-License-Identifier: Apache-2.0 */
/* content_find() against the plainest search there is. */
#include "rules/content.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define HAY_MAX 96
#define NEEDLE_MAX 20

static struct content *
needle(const char *text, size_t len, uint32_t flags)
{
	struct content *c = calloc(1, sizeof(*c) + len);

	assert_non_null(c);
	c->flags = flags;
	c->len = (uint16_t)len;
	memcpy(c->pattern, text, len);
	return c;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static long
plain_find(const struct content *c, const uint8_t *hay, size_t from, size_t to)
{
	for (size_t i = from; i + c->len <= to; i++) {
		size_t k = 0;

		while (k < c->len && (c->flags & CONTENT_NOCASE ? lower(hay[i + k]) : hay[i + k]) == c->pattern[k])
			k++;
		if (k == c->len)
			return (long)i;
	}
	return -1;
}

static void
finds_what_a_plain_search_finds(void **state)
{
	static const char letters[] = "abAB@`";
	unsigned          seed = 7;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		size_t          len = 1 + (size_t)rand_r(&seed) % HAY_MAX, n = 1 + (size_t)rand_r(&seed) % NEEDLE_MAX;
		size_t          from = (size_t)rand_r(&seed) % (len + 1), to = from + (size_t)rand_r(&seed) % (len - from + 1);
		bool            nocase = rand_r(&seed) % 2;
		uint8_t        *hay = malloc(len);
		char            text[NEEDLE_MAX];
		struct content *c;

		assert_non_null(hay);
		for (size_t i = 0; i < len; i++)
			hay[i] = (uint8_t)letters[(unsigned)rand_r(&seed) % (round % 3 ? 2 : 6)];
		for (size_t i = 0; i < n; i++) {
			uint8_t b = (uint8_t)letters[(unsigned)rand_r(&seed) % (round % 3 ? 2 : 6)];

			text[i] = (char)(nocase ? lower(b) : b);
		}
		c = needle(text, n, nocase ? CONTENT_NOCASE : 0);
		assert_int_equal(content_find(c, hay, from, to), plain_find(c, hay, from, to));
		free(c);
		free(hay);
	}
}

static void
a_literal_longer_than_its_place_is_not_there(void **state)
{
	struct content *c = needle("abc", 3, 0);

	(void)state;
	assert_int_equal(content_find(c, (const uint8_t *)"abc", 1, 3), -1);
	assert_int_equal(content_find(c, (const uint8_t *)"abc", 3, 2), -1);
	assert_int_equal(content_find(c, (const uint8_t *)"abc", 0, 3), 0);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_plain_search_finds),
		cmocka_unit_test(a_literal_longer_than_its_place_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
