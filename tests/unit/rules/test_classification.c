/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/classification.h"

#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
the_built_in_table_knows_the_usual_classes(void **state)
{
	struct classification  *c = classification_new();
	const struct class_row *row = classification_get(c, "trojan-activity");

	(void)state;
	assert_string_equal(row->text, "A Network Trojan was detected");
	assert_int_equal(row->priority, 1);
	assert_ptr_equal(classification_get(c, "Trojan-Activity"), row);
	assert_null(classification_get(c, "trojan"));
	assert_null(classification_get(c, ""));
	classification_free(c);
	classification_free(NULL);
}

static int
load(struct classification *c, const char *text, uint32_t *line)
{
	char  path[] = "/tmp/tocsin-classes-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	int   rc;

	fputs(text, f);
	fclose(f);
	rc = classification_load(c, path, line);
	unlink(path);
	return rc;
}

static void
a_file_takes_the_place_of_the_table(void **state)
{
	struct classification *c = classification_new();
	uint32_t               line;

	(void)state;
	assert_int_equal(load(c, "# own\n\nconfig classification: mine, My own class, 7\r\n  config classification:other,x,255\n", &line), 0);
	assert_string_equal(classification_get(c, "mine")->text, "My own class");
	assert_int_equal(classification_get(c, "mine")->priority, 7);
	assert_int_equal(classification_get(c, "other")->priority, 255);
	assert_null(classification_get(c, "trojan-activity"));
	classification_free(c);
}

static void
a_bad_line_is_named(void **state)
{
	static const struct {
		const char *text;
		uint32_t    line;
	} rows[] = {
		{ "nonsense\n", 1 },
		{ "config classification: a,b,1\nconfig classification: a,b\n", 2 },
		{ "config classification: a\n", 1 },
		{ "config classification: ,b,1\n", 1 },
		{ "config classification: a,b,256\n", 1 },
		{ "config classification: a,b,x\n", 1 },
		{ "\n\nconfig reference: cve http://x\n", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct classification *c = classification_new();
		uint32_t               line = 99;

		if (load(c, rows[i].text, &line) != -EINVAL || line != rows[i].line)
			fail_msg("%s: line %u", rows[i].text, line);
		classification_free(c);
	}
}

static void
a_missing_file_leaves_the_table_as_it_was(void **state)
{
	struct classification *c = classification_new();
	uint32_t               line;

	(void)state;
	assert_int_equal(classification_load(c, "/nonexistent/classes", &line), -ENOENT);
	assert_non_null(classification_get(c, "trojan-activity"));
	classification_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_table_knows_the_usual_classes),
		cmocka_unit_test(a_file_takes_the_place_of_the_table),
		cmocka_unit_test(a_bad_line_is_named),
		cmocka_unit_test(a_missing_file_leaves_the_table_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
