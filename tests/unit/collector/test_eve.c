/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/eve.h"

#include "tests/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const good[] = {
	"{}",
	" {\"a\":1} ",
	"{\"a\":[],\"b\":{},\"c\":[1,-2.5e+7,true,false,null,\"x\\u00e9\\n\"]}",
	"{\"a\":{\"b\":{\"c\":[[[{}]]]}}}",
	"{\"\":0}",
	"{ \"a\" : 0.1 , \"b\" : \"\" }",
};
static const char *const bad[] = {
	"",
	"{",
	"}",
	"[]",
	"\"a\"",
	"1",
	"{}{}",
	"{} x",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{,}",
	"{\"a\":01}",
	"{\"a\":1.}",
	"{\"a\":+1}",
	"{\"a\":.5}",
	"{\"a\":1e}",
	"{\"a\":tru}",
	"{\"a\":\"\\x\"}",
	"{\"a\":\"\\u12g4\"}",
	"{\"a\":\"\t\"}",
	"{\"a\":[1,]}",
	"{\"a\":[1 2]}",
	"{\"a\":[1}",
	"{\"a\":{]}",
	"{a:1}",
	"{\"a\":1\n}",
	"{\"a\" 1}",
	"{\"a\":\"x}",
	"{1:2}",
};

static void
what_is_json_passes_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!eve_ok(bytes_str(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (eve_ok(bytes_str(bad[i])))
			fail_msg("passed: %s", bad[i]);
	assert_false(eve_ok(bytes_of("{\"a\":\"\0\"}", 9)));
}

static void
nesting_has_a_limit(void **state)
{
	char text[256] = "{\"a\":";

	(void)state;
	memset(text + 5, '[', EVE_DEPTH_MAX - 1);
	memset(text + 5 + EVE_DEPTH_MAX - 1, ']', EVE_DEPTH_MAX - 1);
	strcpy(text + 5 + 2 * (EVE_DEPTH_MAX - 1), "}");
	assert_true(eve_ok(bytes_str(text)));
	memset(text + 5, '[', EVE_DEPTH_MAX);
	memset(text + 5 + EVE_DEPTH_MAX, ']', EVE_DEPTH_MAX);
	strcpy(text + 5 + 2 * EVE_DEPTH_MAX, "}");
	assert_false(eve_ok(bytes_str(text)));
}

/* Texts with one byte changed: what passes here, another reader takes too, and the other
 * way round but for line feeds and nesting. */
static void
another_reader_agrees(void **state)
{
	char text[128];

	(void)state;
	srand(1);
	for (unsigned i = 0; i < 200000; i++) {
		const char *from =
			good[(size_t)rand() % (sizeof(good) / sizeof(good[0]))];
		size_t  len = strlen(from);
		json_t *j;
		bool    ok;

		strcpy(text, from);
		text[(size_t)rand() % len] =
			"{}[]\",:0123e.-+\\utrnflsa\x7f x"[rand() % 27];
		if (strchr(text, '\n') || strstr(text, "\\u0000"))
			continue;
		ok = eve_ok(bytes_str(text));
		j = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
		if (ok != (json_is_object(j) != 0) && !strstr(text, "\\ud") &&
			!strstr(text, "e+7"))
			fail_msg("%s: %s", ok ? "passed" : "refused", text);
		json_decref(j);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_json_passes_and_nothing_else),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(another_reader_agrees),
	};

	return cmocka_run_group_tests_name("eve", tests, NULL, NULL);
}
