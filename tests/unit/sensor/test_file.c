/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/file.h"
#include "sensor/proto.h"

#include <string.h>

struct fix {
	struct proto_env env;
	struct tx        tx;
};

static void
begin(struct fix *f, unsigned want)
{
	memset(f, 0, sizeof(*f));
	f->env.pool = pool_new(4u << 20);
	f->env.files = want ? file_worker_new(want) : NULL;
	TAILQ_INIT(&f->tx.files);
}

static void
end(struct fix *f)
{
	file_list_release(&f->env, &f->tx);
	assert_true(TAILQ_EMPTY(&f->tx.files));
	assert_int_equal(pool_used(f->env.pool), 0);
	file_worker_free(f->env.files);
	pool_free(f->env.pool);
}

static void
digests_run_over_everything_when_wanted(void **state)
{
	static const uint8_t md5[] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d,
		0x28, 0xe1, 0x7f, 0x72 };
	struct fix   f;
	struct file *file;

	(void)state;
	begin(&f, FILE_WANT_MD5 | FILE_WANT_SHA256);
	file = file_open(&f.env, &f.tx, DIR_TOCLIENT, bytes_str("name"));
	file_append(&f.env, file, bytes_str("a"));
	file_append(&f.env, file, bytes_str("bc"));
	assert_false(file->has_md5);
	file_close(&f.env, file, FILE_CLOSED);
	assert_true(file->has_md5 && file->has_sha256 && !file->has_sha1);
	assert_memory_equal(file->md5, md5, sizeof(md5));
	assert_int_equal(file->size, 3);
	end(&f);
}

static void
a_file_that_is_not_whole_has_no_digest(void **state)
{
	struct fix   f;
	struct file *file;

	(void)state;
	begin(&f, FILE_WANT_SHA1);
	file = file_open(&f.env, &f.tx, DIR_TOCLIENT, bytes_str(""));
	file_append(&f.env, file, bytes_str("abc"));
	file_gap(&f.env, file, 5);
	file_append(&f.env, file, bytes_str("def"));
	file_close(&f.env, file, FILE_CLOSED);
	assert_false(file->has_sha1);
	assert_int_equal(file->size, 11);
	assert_int_equal(file->gaps, 5);
	end(&f);
	begin(&f, FILE_WANT_SHA1);
	file = file_open(&f.env, &f.tx, DIR_TOCLIENT, bytes_str(""));
	file_append(&f.env, file, bytes_str("abc"));
	file_close(&f.env, file, FILE_TRUNCATED);
	assert_false(file->has_sha1);
	end(&f);
}

static void
views_show_a_window_and_its_place(void **state)
{
	static uint8_t block[40000];
	struct fix     f;
	struct file   *file;
	struct view    v;

	(void)state;
	begin(&f, 0);
	file = file_open(&f.env, &f.tx, DIR_TOCLIENT, bytes_str("n"));
	assert_false(file_buffer(&f.tx, BUF_FILE_DATA, DIR_TOCLIENT, 0, &v));
	for (int i = 0; i < 20; i++) {
		file_append(&f.env, file, bytes_of(block, sizeof(block)));
		assert_true(file_buffer(&f.tx, BUF_FILE_DATA, DIR_TOCLIENT, 0, &v));
		assert_int_equal(v.start + v.data.left, file->size);
		assert_true(v.start <= file->inspected); /* nothing unseen is let go */
		file->inspected = file->size;
	}
	assert_true(v.data.left < FILE_KEEP_MAX);
	assert_false(v.ended);
	file_close(&f.env, file, FILE_CLOSED);
	assert_true(file_buffer(&f.tx, BUF_FILE_DATA, DIR_TOCLIENT, 0, &v));
	assert_true(v.ended);
	assert_false(file_buffer(&f.tx, BUF_FILE_DATA, DIR_TOSERVER, 0, &v));
	assert_false(file_buffer(&f.tx, BUF_FILE_DATA, DIR_TOCLIENT, 1, &v));
	end(&f);
}

static void
what_nobody_looks_at_is_bounded(void **state)
{
	static uint8_t block[60000];
	struct fix     f;
	struct file   *file;

	(void)state;
	begin(&f, 0);
	file = file_open(&f.env, &f.tx, DIR_TOCLIENT, bytes_str("n"));
	for (int i = 0; i < 100; i++)
		file_append(&f.env, file, bytes_of(block, sizeof(block)));
	assert_int_equal(file->size, 100 * sizeof(block));
	assert_true(file->data.len <= FILE_KEEP_MAX + 2 * FILE_KEEP_SEEN);
	end(&f);
}

static void
libmagic_names_the_kind(void **state)
{
	struct fix   f;
	struct file *file;
	struct view  v;

	(void)state;
	begin(&f, FILE_WANT_MAGIC);
	assert_non_null(f.env.files);
	file = file_open(&f.env, &f.tx, DIR_TOSERVER, bytes_str("n"));
	file_append(&f.env, file, bytes_str("%PDF-1.4\n"));
	assert_false(file_buffer(&f.tx, BUF_FILE_MAGIC, DIR_TOSERVER, 0, &v));
	file_close(&f.env, file, FILE_CLOSED);
	assert_true(file_buffer(&f.tx, BUF_FILE_MAGIC, DIR_TOSERVER, 0, &v));
	assert_true(bytes_starts(&v.data, "PDF document", 12));
	end(&f);
}

static void
names_are_cut_and_ids_count_up(void **state)
{
	static char  name[2 * FILE_NAME_MAX];
	struct fix   f;
	struct file *a, *b;

	(void)state;
	begin(&f, 0);
	a = file_open(&f.env, &f.tx, DIR_TOSERVER, bytes_of(name, sizeof(name)));
	b = file_open(&f.env, &f.tx, DIR_TOSERVER, bytes_str("b"));
	assert_int_equal(a->name.len, FILE_NAME_MAX);
	assert_int_equal(a->id, 0);
	assert_int_equal(b->id, 1);
	assert_ptr_equal(file_at(&f.tx, DIR_TOSERVER, 1), b);
	end(&f);
}

static void
without_memory_there_is_no_file_and_no_harm(void **state)
{
	struct fix f = { 0 };

	(void)state;
	f.env.pool = pool_new(64);
	TAILQ_INIT(&f.tx.files);
	assert_null(file_open(&f.env, &f.tx, DIR_TOSERVER, bytes_str("n")));
	file_append(&f.env, NULL, bytes_str("x"));
	file_gap(&f.env, NULL, 1);
	file_close(&f.env, NULL, FILE_CLOSED);
	pool_free(f.env.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_run_over_everything_when_wanted),
		cmocka_unit_test(a_file_that_is_not_whole_has_no_digest),
		cmocka_unit_test(views_show_a_window_and_its_place),
		cmocka_unit_test(what_nobody_looks_at_is_bounded),
		cmocka_unit_test(libmagic_names_the_kind),
		cmocka_unit_test(names_are_cut_and_ids_count_up),
		cmocka_unit_test(without_memory_there_is_no_file_and_no_harm),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
