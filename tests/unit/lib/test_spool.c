/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/spool.h"

#include "lib/segment.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#define NOW (UINT64_C(1767322984) * 1000000000)

struct fix {
	char                dir[40];
	struct spool_limits limits;
	struct spool       *sp;
};

static void
reopen(struct fix *f)
{
	spool_free(f->sp);
	assert_int_equal(spool_open(&f->sp, f->dir, &f->limits, NOW), 0);
}

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/spool.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->limits = (struct spool_limits){ .max_bytes = 4u << 20 };
	reopen(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;
	char        command[64];

	spool_free(f->sp);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	test_free(f);
	return 0;
}

/* Append the number that it will get, as text, padded to `len`. */
static int
append(struct fix *f, enum severity class, size_t len)
{
	static char text[EVENT_WIRE_MAX + 1];
	uint64_t    seq;
	int         n;

	n = snprintf(text, sizeof(text), "severity %u ", class);
	memset(text + n, 'x', len > (size_t)n ? len - (size_t)n : 0);
	return spool_append(
		f->sp, class, bytes_of(text, len > (size_t)n ? len : (size_t)n), &seq);
}

static void
append_many(struct fix *f, unsigned count, enum severity class, size_t len)
{
	for (unsigned i = 0; i < count; i++)
		append(f, class, len);
	assert_int_equal(spool_sync(f->sp), 0);
}

static struct spool_stats
stats(const struct fix *f)
{
	struct spool_stats st;

	spool_stats(f->sp, &st);
	return st;
}

static uint64_t
next_seq(struct fix *f)
{
	struct spool_record r;

	return spool_next(f->sp, &r) == 1 ? r.seq : 0;
}

/* The newest segment's path. */
static void
newest(const struct fix *f, char path[static 96])
{
	DIR           *d = opendir(f->dir);
	struct dirent *e;
	char           name[SEGMENT_NAME_MAX] = "";

	while ((e = readdir(d))) {
		struct segment s;

		if (segment_parse_name(&s, e->d_name) && strcmp(e->d_name, name) > 0)
			memcpy(name, e->d_name, strlen(e->d_name) + 1);
	}
	closedir(d);
	snprintf(path, 96, "%.39s/%.40s", f->dir, name);
}

static void
flip(const char *path, off_t at)
{
	int     fd = open(path, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Replaces standard error while a test provokes warnings. */
static int
hush(void)
{
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	return saved;
}

static void
unhush(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void
only_synced_events_can_be_read(void **state)
{
	struct fix *f = *state;

	assert_int_equal(append(f, SEV_LOW, 10), 0);
	assert_int_equal(next_seq(f), 0);
	assert_int_equal(spool_sync(f->sp), 0);
	assert_int_equal(next_seq(f), 1);
	assert_int_equal(next_seq(f), 0);
	append_many(f, 2, SEV_LOW, 10);
	assert_int_equal(next_seq(f), 2);
	assert_int_equal(next_seq(f), 3);
	spool_rewind(f->sp);
	assert_int_equal(next_seq(f), 1);
}

static void
synced_events_survive_and_others_do_not(void **state)
{
	struct fix *f = *state;
	uint64_t    epoch = stats(f).epoch;

	append_many(f, 3, SEV_LOW, 100);
	append(f, SEV_LOW, 100);
	reopen(f);
	assert_true(stats(f).epoch == epoch);
	assert_int_equal(stats(f).next, 4);
	assert_int_equal(stats(f).waiting, 3);
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(next_seq(f), i);
	assert_int_equal(next_seq(f), 0);
}

static void
a_second_process_is_refused(void **state)
{
	struct fix   *f = *state;
	struct spool *other;

	assert_int_equal(spool_open(&other, f->dir, &f->limits, NOW), -EWOULDBLOCK);
	assert_null(other);
}

static void
acknowledged_segments_are_removed_and_numbers_go_on(void **state)
{
	struct fix *f = *state;

	append_many(f, 1000, SEV_LOW, 500);
	append_many(f, 1000, SEV_LOW, 500);
	assert_true(stats(f).segments >= 2);
	spool_ack(f->sp, stats(f).epoch, 1500);
	assert_int_equal(stats(f).waiting, 500);
	assert_int_equal(next_seq(f), 1501);
	spool_ack(f->sp, stats(f).epoch, 2000);
	assert_int_equal(stats(f).waiting, 0);
	assert_true(spool_is_drained(f->sp));
	assert_int_equal(stats(f).segments, 1);
	assert_int_equal(next_seq(f), 0);
	reopen(f);
	append_many(f, 1, SEV_LOW, 10);
	assert_int_equal(stats(f).next, 2002);
}

static void
nobody_can_acknowledge_what_was_not_sent(void **state)
{
	struct fix *f = *state;

	append_many(f, 2, SEV_LOW, 10);
	spool_ack(f->sp, stats(f).epoch, UINT64_MAX);
	spool_ack(f->sp, stats(f).epoch + 1, 5);
	append_many(f, 1, SEV_LOW, 10);
	assert_int_equal(next_seq(f), 3);
}

static void
a_torn_tail_is_cut_and_a_new_epoch_begins(void **state)
{
	struct fix         *f = *state;
	struct spool_record r;
	struct spool_span   spans[4];
	char                path[96];
	struct stat         st;
	uint64_t            epoch = stats(f).epoch;
	int                 saved;

	append_many(f, 3, SEV_LOW, 100);
	newest(f, path);
	stat(path, &st);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	saved = hush();
	reopen(f);
	unhush(saved);
	assert_int_equal(stats(f).cut_bytes, 24 + 100 - 1);
	assert_true(stats(f).epoch > epoch);
	append_many(f, 1, SEV_LOW, 10);
	assert_int_equal(spool_next(f->sp, &r), 1);
	assert_true(r.epoch == epoch && r.seq == 1);
	assert_int_equal(spool_next(f->sp, &r), 1);
	assert_int_equal(spool_next(f->sp, &r), 1);
	assert_true(r.epoch == stats(f).epoch && r.seq == 1);
	assert_int_equal(spool_spans(f->sp, spans, 4), 2);
	assert_true(spans[0].epoch == epoch && spans[0].first == 1 && spans[0].next == 3);
	assert_true(spans[1].epoch == stats(f).epoch && spans[1].next == 2);
	spool_ack(f->sp, epoch, 2);
	assert_int_equal(spool_spans(f->sp, spans, 4), 1);
	assert_false(stats(f).losses_pending);
}

static void
a_flipped_byte_costs_one_record_and_is_declared(void **state)
{
	struct fix         *f = *state;
	struct spool_record r;
	struct event        e;
	char                path[96];
	int                 saved;

	append_many(f, 5, SEV_LOW, 100);
	newest(f, path);
	flip(path, 32 + 124 * 2 + 50); /* in the data of the third */
	reopen(f);
	saved = hush();
	assert_int_equal(next_seq(f), 1);
	assert_int_equal(next_seq(f), 2);
	assert_int_equal(next_seq(f), 4);
	assert_int_equal(next_seq(f), 5);
	assert_int_equal(next_seq(f), 0);
	unhush(saved);
	assert_true(stats(f).losses_pending);
	assert_int_equal(spool_declare(f->sp, NOW), 0);
	assert_false(stats(f).losses_pending);
	assert_int_equal(spool_next(f->sp, &r), 1);
	assert_int_equal(r.seq, 6);
	assert_int_equal(event_decode(&e, r.wire, NULL), 0);
	assert_int_equal(e.type, EVENT_LOSS);
	assert_true(e.loss_first == 3 && e.loss_last == 3 && e.loss_count == 1);
	assert_true(e.loss_epoch == r.epoch && e.loss_cause == EVENT_LOSS_DAMAGE);
	assert_true(bytes_starts(&e.eve, "{\"timestamp\":\"2026-", 19));
}

static void
a_damaged_head_of_a_file_costs_nothing(void **state)
{
	struct fix *f = *state;
	char        path[96];

	append_many(f, 2, SEV_LOW, 100);
	newest(f, path);
	flip(path, 12);
	reopen(f);
	assert_int_equal(next_seq(f), 1);
	assert_int_equal(next_seq(f), 2);
	assert_false(stats(f).losses_pending);
}

static void
a_spool_of_a_later_version_is_left_alone(void **state)
{
	struct fix   *f = *state;
	struct spool *sp;
	struct buf    head = { 0 };
	char          path[96];
	FILE         *file;

	spool_free(f->sp);
	f->sp = NULL;
	buf_add(&head, "TOCSPL99", 8);
	buf_be64(&head, SEGMENT_NUMBER_MAX);
	buf_be64(&head, 1);
	buf_be64(&head, XXH3_64bits(head.data, head.len));
	snprintf(path, sizeof(path), "%s/3fffffffffffffff-0000000000000001.seg", f->dir);
	file = fopen(path, "w");
	fwrite(head.data, 1, head.len, file);
	fclose(file);
	buf_release(&head);
	assert_int_equal(spool_open(&sp, f->dir, &f->limits, NOW), -EPROTO);
	assert_null(sp);
	assert_int_equal(access(path, F_OK), 0);
}

/* Records of each severity until the limit is passed several times over. */
static void
the_least_severe_go_first_and_every_number_is_accounted_for(void **state)
{
	struct fix         *f = *state;
	struct spool_record r;
	uint64_t            got[SEGMENT_CLASSES] = { 0 }, lost = 0, total = 0, last = 0;

	f->limits.max_bytes = 1u << 20;
	reopen(f);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 100; i++)
			append(f,
				i == 0  ? SEV_CRITICAL
				: i < 5 ? SEV_HIGH
					: SEV_INFO,
				400);
		assert_int_equal(spool_sync(f->sp), 0);
		total += 100;
	}
	assert_true(stats(f).bytes <= 1u << 20);
	reopen(f); /* the book of losses is on the disk */
	assert_int_equal(spool_declare(f->sp, NOW), 0);
	while (spool_next(f->sp, &r) == 1) {
		struct event e;

		assert_true(r.seq > last);
		last = r.seq;
		if (r.wire.left == 400) {
			assert_true(r.wire.at[9] >= '0' && r.wire.at[9] <= '4');
			got[r.wire.at[9] - '0']++;
			continue;
		}
		assert_int_equal(event_decode(&e, r.wire, NULL), 0);
		assert_int_equal(e.loss_cause, EVENT_LOSS_SPOOL);
		lost += e.loss_count;
	}
	assert_int_equal(got[SEV_CRITICAL], 60);
	assert_int_equal(got[SEV_HIGH], 240);
	assert_true(got[SEV_INFO] > 100);
	assert_int_equal(60 + 240 + got[SEV_INFO] + lost, total);
}

static void
what_finds_only_more_severe_ones_is_lost_itself(void **state)
{
	struct fix *f = *state;
	uint64_t    at;

	f->limits.max_bytes = 1u << 20;
	reopen(f);
	append_many(f, 4000, SEV_HIGH, 400);
	at = stats(f).lost_total;
	while (!spool_is_full(f->sp, 400))
		append(f, SEV_HIGH, 400);
	assert_int_equal(append(f, SEV_LOW, 400), -ENOSPC);
	assert_int_equal(stats(f).lost_total, at + 1);
	assert_int_equal(append(f, SEV_HIGH, 400), 0); /* the oldest go */
	assert_true(stats(f).lost_total > at + 1);
}

static void
losses_before_the_spool_get_numbers_that_are_not_used_again(void **state)
{
	struct fix         *f = *state;
	struct spool_record r;
	struct event        e;

	append(f, SEV_LOW, 10);
	spool_lose(f->sp, 1000, EVENT_LOSS_QUEUE);
	spool_lose(f->sp, 0, EVENT_LOSS_QUEUE);
	assert_int_equal(spool_sync(f->sp), 0);
	reopen(f);
	append_many(f, 1, SEV_LOW, 10);
	assert_int_equal(spool_declare(f->sp, NOW), 0);
	assert_int_equal(next_seq(f), 1);
	assert_int_equal(next_seq(f), 1002);
	assert_int_equal(spool_next(f->sp, &r), 1);
	assert_int_equal(event_decode(&e, r.wire, NULL), 0);
	assert_true(e.loss_first == 2 && e.loss_last == 1001 && e.loss_count == 1000);
	assert_false(spool_is_drained(f->sp));
	spool_ack(f->sp, r.epoch, r.seq);
	assert_true(spool_is_drained(f->sp));
}

static void
an_event_too_large_is_a_declared_loss(void **state)
{
	static char big[EVENT_WIRE_MAX + 1];
	struct fix *f = *state;
	uint64_t    seq;

	assert_int_equal(spool_append(f->sp, SEV_HIGH, bytes_of(big, sizeof(big)), &seq),
		-EMSGSIZE);
	assert_int_equal(
		spool_append(f->sp, SEV_HIGH, bytes_of(big, sizeof(big) - 1), &seq), 0);
	assert_int_equal(seq, 2);
	assert_int_equal(stats(f).lost_total, 1);
}

/* RLIMIT_FSIZE stands in for a full disk: writes come up short, then fail. */
static void
a_full_disk_loses_nothing_that_it_can_keep(void **state)
{
	struct fix   *f = *state;
	struct rlimit old, small;
	int           saved;

	append_many(f, 10, SEV_LOW, 100);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 8192; /* the book of losses fits */
	setrlimit(RLIMIT_FSIZE, &small);
	saved = hush();
	for (int i = 0; i < 200; i++)
		append(f, SEV_LOW, 100);
	assert_true(spool_sync(f->sp) < 0);
	assert_true(spool_sync(f->sp) < 0);
	assert_int_equal(stats(f).next, 11);
	setrlimit(RLIMIT_FSIZE, &old);
	unhush(saved);
	assert_int_equal(spool_sync(f->sp), 0);
	assert_int_equal(stats(f).next, 211);
	for (uint64_t i = 1; i <= 210; i++)
		assert_int_equal(next_seq(f), i);
	reopen(f);
	for (uint64_t i = 1; i <= 210; i++)
		assert_int_equal(next_seq(f), i);
	assert_int_equal(next_seq(f), 0);
	assert_false(stats(f).losses_pending);
}

static void
a_new_epoch_is_higher_even_when_the_clock_went_back(void **state)
{
	struct fix *f = *state;
	uint64_t    epoch = stats(f).epoch;

	append_many(f, 1, SEV_LOW, 10);
	assert_int_equal(spool_new_epoch(f->sp, 0), 0);
	assert_true(stats(f).epoch > epoch);
	assert_int_equal(stats(f).next, 1);
	append_many(f, 1, SEV_LOW, 10);
	assert_int_equal(next_seq(f), 1);
	assert_int_equal(next_seq(f), 1);
	assert_int_equal(next_seq(f), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			only_synced_events_can_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
			synced_events_survive_and_others_do_not, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_second_process_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			acknowledged_segments_are_removed_and_numbers_go_on, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			nobody_can_acknowledge_what_was_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_torn_tail_is_cut_and_a_new_epoch_begins, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_flipped_byte_costs_one_record_and_is_declared, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_damaged_head_of_a_file_costs_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_spool_of_a_later_version_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_least_severe_go_first_and_every_number_is_accounted_for,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_finds_only_more_severe_ones_is_lost_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(
			losses_before_the_spool_get_numbers_that_are_not_used_again,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_event_too_large_is_a_declared_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_full_disk_loses_nothing_that_it_can_keep, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_new_epoch_is_higher_even_when_the_clock_went_back, setup,
			teardown),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
