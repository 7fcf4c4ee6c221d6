/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/app/http1.h"
#include "tests/rig.h"
#include "tests/test.h"

struct fixture {
	char             folder[64];
	char             path[128];
	struct datasets *all;
	struct dataset  *set;
	char             why[256];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/tocsin-dataset-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/set", f->folder);
	f->all = datasets_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	datasets_free(f->all);
	unlink(f->path);
	rmdir(f->folder);
	free(f);
	return 0;
}

static void
write_file(struct fixture *f, const char *text)
{
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static const char *
read_file(struct fixture *f)
{
	static char text[4096];
	FILE       *in = fopen(f->path, "r");

	memset(text, 0, sizeof(text));
	if (!in)
		return NULL;
	assert_true(fread(text, 1, sizeof(text) - 1, in) < sizeof(text) - 1);
	fclose(in);
	return text;
}

static struct dataset_spec
spec_of(uint8_t type)
{
	return (struct dataset_spec){ .name = "s", .type = type, .load = "", .save = "", .value_key = "", .array_key = "" };
}

static int
open_loaded(struct fixture *f, uint8_t type, const char *text)
{
	struct dataset_spec spec = spec_of(type);

	write_file(f, text);
	spec.load = f->path;
	return dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why));
}

static bool
has(struct dataset *d, const char *value)
{
	return dataset_has(d, bytes_of(value, strlen(value)), NULL);
}

static void
files_of_each_type_load(void **state)
{
	struct fixture *f = *state;
	uint16_t        reputation = 0;

	assert_int_equal(open_loaded(f, DATASET_STRING, "# comment\n\naGVsbG8=\nd29ybGQ=,17\r\n"), 0);
	assert_true(has(f->set, "hello"));
	assert_true(dataset_has(f->set, bytes_of("world", 5), &reputation));
	assert_int_equal(reputation, 17);
	assert_false(has(f->set, "hell"));
	assert_false(has(f->set, "helloo"));
	assert_false(has(f->set, ""));
}

static void
digests_and_addresses_load(void **state)
{
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_MD5);

	write_file(f, "000102030405060708090a0b0c0d0e0F\n");
	spec.load = f->path;
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	assert_true(dataset_has(f->set, bytes_of("\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16), NULL));
	assert_false(dataset_has(f->set, bytes_of("\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe", 15), NULL));
	write_file(f, "10.0.0.1\n2001:db8::1,5\n");
	spec.name = "ip";
	spec.type = DATASET_IP;
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	assert_true(dataset_has(f->set, bytes_of("\x0a\0\0\1", 4), NULL));
	assert_true(dataset_has(f->set, bytes_of("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", 16), NULL)); /* the same, mapped */
	assert_true(dataset_has(f->set, bytes_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16), NULL));
	assert_false(dataset_has(f->set, bytes_of("\x0a\0\0\2", 4), NULL));
}

static void
a_line_that_is_no_value_is_named(void **state)
{
	static const struct {
		uint8_t     type;
		const char *text, *line;
	} rows[] = {
		{ DATASET_STRING, "aGVsbG8=\nnot base64!\n", ":2:" },
		{ DATASET_STRING, "aGVsbG8\n", ":1:" },
		{ DATASET_STRING, "aGVsbG8=,65536\n", ":1:" },
		{ DATASET_STRING, "aGVsbG8=,x\n", ":1:" },
		{ DATASET_STRING, "aGVsbG8=,\n", ":1:" },
		{ DATASET_MD5, "00\n", ":1:" },
		{ DATASET_MD5, "# x\n\n000102030405060708090a0b0c0d0e0g\n", ":3:" },
		{ DATASET_SHA256, "000102030405060708090a0b0c0d0e0f\n", ":1:" },
		{ DATASET_IPV4, "10.0.0.1\n::1\n", ":2:" },
		{ DATASET_IP, "10.0.0.0/8\n", ":1:" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		f->why[0] = '\0';
		if (open_loaded(f, rows[i].type, rows[i].text) != -EINVAL)
			fail_msg("\"%s\" loads", rows[i].text);
		if (!strstr(f->why, f->path) || !strstr(f->why, rows[i].line))
			fail_msg("\"%s\": %s", rows[i].text, f->why);
		assert_null(f->set);
	}
}

static void
json_loads_by_its_keys(void **state)
{
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_STRING);

	spec.load = f->path;
	spec.format = DATASET_JSON;
	spec.value_key = "a.b";
	spec.array_key = "list";
	write_file(f, "{\"list\":[{\"a\":{\"b\":\"one\"}},{\"other\":1},{\"a\":{\"b\":\"two\"}}]}");
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	assert_true(has(f->set, "one"));
	assert_true(has(f->set, "two"));
	spec.name = "lines";
	spec.format = DATASET_NDJSON;
	spec.array_key = "";
	write_file(f, "{\"a\":{\"b\":\"one\"}}\n\n{\"a\":{\"b\":\"three\"}}\n");
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	assert_true(has(f->set, "three"));
}

static void
json_that_is_broken_is_named(void **state)
{
	static const struct {
		uint8_t     format;
		const char *text;
	} rows[] = {
		{ DATASET_JSON, "" },
		{ DATASET_JSON, "{" },
		{ DATASET_JSON, "[]x" },
		{ DATASET_JSON, "{\"a\":1}" },
		{ DATASET_JSON, "[1]" },
		{ DATASET_JSON, "[{\"k\":1}]" },
		{ DATASET_JSON, "[{\"k\":\"\"}]" },
		{ DATASET_NDJSON, "{\"k\":\"a\"}\n{\n" },
		{ DATASET_NDJSON, "[]\n" },
		{ DATASET_NDJSON, "{\"k\":[]}\n" },
	};
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_STRING);

	spec.load = f->path;
	spec.value_key = "k";
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		spec.format = rows[i].format;
		write_file(f, rows[i].text);
		f->why[0] = '\0';
		if (dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)) != -EINVAL || !strstr(f->why, f->path))
			fail_msg("\"%s\": %s", rows[i].text, f->why);
	}
}

static void
a_missing_file_is_an_error_unless_it_is_state(void **state)
{
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_STRING);

	spec.load = f->path;
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), -EINVAL);
	assert_non_null(strstr(f->why, "No such file"));
	spec.load_may_miss = true;
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
}

static void
a_name_is_one_set_of_one_type(void **state)
{
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_NONE);
	struct dataset     *other;

	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), -EINVAL);
	spec.type = DATASET_STRING;
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	spec.type = DATASET_NONE;
	assert_int_equal(dataset_open(f->all, &other, &spec, f->why, sizeof(f->why)), 0);
	assert_ptr_equal(f->set, other);
	spec.type = DATASET_MD5;
	assert_int_equal(dataset_open(f->all, &other, &spec, f->why, sizeof(f->why)), -EINVAL);
	assert_non_null(strstr(f->why, "another type"));
}

static void
values_come_and_go(void **state)
{
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_STRING);
	char                value[16];

	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	for (int i = 0; i < 3000; i++) {
		int len = snprintf(value, sizeof(value), "v%d", i);

		assert_true(dataset_add(f->set, bytes_of(value, (size_t)len), 0));
		assert_false(dataset_add(f->set, bytes_of(value, (size_t)len), 0));
		if (i % 3 == 0) {
			assert_true(dataset_drop(f->set, bytes_of(value, (size_t)len)));
			assert_false(dataset_drop(f->set, bytes_of(value, (size_t)len)));
		}
	}
	for (int i = 0; i < 3000; i++) {
		snprintf(value, sizeof(value), "v%d", i);
		assert_int_equal(has(f->set, value), i % 3 != 0);
	}
	assert_false(dataset_add(f->set, bytes_of("", 0), 0));
}

static void
a_full_set_takes_no_more(void **state)
{
	struct fixture     *f = *state;
	struct dataset_spec spec = spec_of(DATASET_STRING);

	spec.max = 2;
	assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
	assert_true(dataset_add(f->set, bytes_of("a", 1), 0));
	assert_true(dataset_add(f->set, bytes_of("b", 1), 0));
	assert_false(dataset_add(f->set, bytes_of("c", 1), 0));
	assert_true(dataset_drop(f->set, bytes_of("a", 1)));
	assert_true(dataset_add(f->set, bytes_of("c", 1), 0));
}

static void
state_is_written_at_the_end_and_comes_back(void **state)
{
	static const struct {
		uint8_t     type;
		const char *value;
		size_t      len;
		const char *file;
	} rows[] = {
		{ DATASET_STRING, "a\n\xff", 3, "YQr/,9\n" },
		{ DATASET_MD5, "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16, "000102030405060708090a0b0c0d0e0f,9\n" },
		{ DATASET_IPV4, "\x0a\0\0\1", 4, "10.0.0.1,9\n" },
		{ DATASET_IP, "\x0a\0\0\1", 4, "10.0.0.1,9\n" },
		{ DATASET_IP, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, "2001:db8::1,9\n" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dataset_spec spec = spec_of(rows[i].type);
		uint16_t            reputation = 0;

		unlink(f->path);
		spec.load = spec.save = f->path;
		spec.load_may_miss = true;
		for (int round = 0; round < 2; round++) {
			assert_int_equal(dataset_open(f->all, &f->set, &spec, f->why, sizeof(f->why)), 0);
			assert_int_equal(dataset_add(f->set, bytes_of(rows[i].value, rows[i].len), 9), round == 0);
			assert_true(dataset_has(f->set, bytes_of(rows[i].value, rows[i].len), &reputation));
			assert_int_equal(reputation, 9);
			datasets_free(f->all);
			f->all = datasets_new();
			assert_string_equal(read_file(f), rows[i].file);
		}
	}
}

static void
what_only_loads_is_never_written(void **state)
{
	struct fixture *f = *state;
	struct stat     before, after;

	assert_int_equal(open_loaded(f, DATASET_STRING, "YQ==\n"), 0);
	assert_int_equal(stat(f->path, &before), 0);
	assert_true(dataset_add(f->set, bytes_of("b", 1), 0));
	datasets_free(f->all);
	f->all = datasets_new();
	assert_int_equal(stat(f->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_string_equal(read_file(f), "YQ==\n");
}

static void
rules_ask_fill_and_empty_sets(void **state)
{
	struct fixture *f = *state;
	struct rig      r;
	struct rig_tx   t;
	char            rules[1024];

	write_file(f, "L2E=,20\n");
	snprintf(rules, sizeof(rules),
			"alert http any any -> any any (http.uri; dataset:set,seen,type string; sid:1;)\n"
			"alert http any any -> any any (http.uri; datarep:rep,>,10,type string,load %s; sid:4;)\n"
			"alert http any any -> any any (http.uri; dataset:isset,seen; priority:1; sid:3;)\n"
			"alert http any any -> any any (http.uri; datarep:rep,<,10; sid:6;)\n",
			f->path);
	rig_open(&r, rules);
	rig_tx_init(&r, &t, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_COMPLETE), "1 4");
	rig_tx_release(&r, &t);
	rig_tx_init(&r, &t, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_COMPLETE), "3 4");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(files_of_each_type_load),
		TEST(digests_and_addresses_load),
		TEST(a_line_that_is_no_value_is_named),
		TEST(json_loads_by_its_keys),
		TEST(json_that_is_broken_is_named),
		TEST(a_missing_file_is_an_error_unless_it_is_state),
		TEST(a_name_is_one_set_of_one_type),
		TEST(values_come_and_go),
		TEST(a_full_set_takes_no_more),
		TEST(state_is_written_at_the_end_and_comes_back),
		TEST(what_only_loads_is_never_written),
		TEST(rules_ask_fill_and_empty_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
