/* SPDX-License-Identifier: Apache-2.0 */
/* Random use of a spool, with crashes and damage, against a list of what it must
 * remember. */
#include "lib/segment.h"
#include "lib/spool.h"
#include "tests/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW (UINT64_C(1767322984) * 1000000000)
#define EVENTS_MAX 20000
#define LOSSES_MAX 1000
#define STEPS 600

struct item {
	uint64_t epoch, seq;
	bool     durable;
	bool excused; /* stood last in the file when that was damaged: nobody can know */
	bool     seen;    /* in the last pass over the spool */
};

struct model {
	char          dir[40];
	struct spool *sp;
	unsigned      seed;
	bool          damage;
	struct item   items[EVENTS_MAX];
	size_t        n;
	struct loss_range {
		uint64_t epoch, first, last;
	} losses[LOSSES_MAX];
	size_t        n_losses;
	uint64_t      acked_epoch, acked_seq; /* all up to here were acknowledged */
	uint64_t      settled_epoch, settled;
	uint64_t      pass_epoch, pass_seq;   /* last record of this pass */
};

static unsigned
dice(struct model *m, unsigned sides)
{
	return (unsigned)rand_r(&m->seed) % sides;
}

static bool
is_before(uint64_t e1, uint64_t s1, uint64_t e2, uint64_t s2)
{
	return e1 < e2 || (e1 == e2 && s1 < s2);
}

static uint64_t
epoch_now(const struct model *m)
{
	struct spool_stats st;

	spool_stats(m->sp, &st);
	return st.epoch;
}

static void
settle_durable(struct model *m)
{
	struct spool_stats st;

	spool_stats(m->sp, &st);
	if (st.next == m->settled && st.epoch == m->settled_epoch)
		return;
	m->settled = st.next;
	m->settled_epoch = st.epoch;
	for (size_t i = 0; i < m->n; i++) {
		if (m->items[i].epoch == st.epoch && m->items[i].seq < st.next)
			m->items[i].durable = true;
	}
}

static void
step_append(struct model *m)
{
	uint8_t  data[2500];
	uint32_t id = (uint32_t)m->n;
	size_t   len = 8 + dice(m, sizeof(data) - 8);
	uint64_t seq;

	if (m->n == EVENTS_MAX)
		return;
	memset(data, (int)id, len);
	memcpy(data, "EVNT", 4);
	memcpy(data + 4, &id, 4);
	if (spool_append(m->sp, dice(m, 5), bytes_of(data, len), &seq) == 0)
		m->items[m->n++] = (struct item){ .epoch = epoch_now(m), .seq = seq };
	settle_durable(m); /* a long group is synced early */
}

static void
step_sync(struct model *m)
{
	assert_int_equal(spool_sync(m->sp), 0);
	settle_durable(m);
}

static void
see_loss(struct model *m, struct bytes wire)
{
	struct event e;

	assert_int_equal(event_decode(&e, wire, NULL), 0);
	assert_int_equal(e.type, EVENT_LOSS);
	assert_true(m->n_losses < LOSSES_MAX);
	m->losses[m->n_losses++] =
		(struct loss_range){e.loss_epoch, e.loss_first, e.loss_last};
}

static void
see_item(struct model *m, const struct spool_record *r)
{
	uint32_t     id;
	struct item *item;

	memcpy(&id, r->wire.at + 4, 4);
	assert_true(id < m->n);
	item = &m->items[id];
	assert_true(item->durable && item->epoch == r->epoch && item->seq == r->seq);
	assert_false(item->seen);
	item->seen = true;
	for (size_t i = 8; i < r->wire.left; i++)
		assert_int_equal(r->wire.at[i], (uint8_t)id);
}

/* One record; false when there is none. Order, content and durability are right. */
static bool
step_read(struct model *m)
{
	struct spool_record r;

	if (spool_next(m->sp, &r) != 1)
		return false;
	assert_true(is_before(m->pass_epoch, m->pass_seq, r.epoch, r.seq));
	assert_true(is_before(m->acked_epoch, m->acked_seq, r.epoch, r.seq));
	m->pass_epoch = r.epoch;
	m->pass_seq = r.seq;
	if (bytes_starts(&r.wire, "EVNT", 4))
		see_item(m, &r);
	else
		see_loss(m, r.wire);
	return true;
}

static void
step_rewind(struct model *m)
{
	spool_rewind(m->sp);
	m->pass_epoch = m->pass_seq = 0;
	for (size_t i = 0; i < m->n; i++)
		m->items[i].seen = false;
}

static void
step_ack(struct model *m)
{
	struct spool_span spans[64];
	size_t            n = spool_spans(m->sp, spans, 64);

	if (m->pass_epoch == 0)
		return;
	for (size_t i = 0; i < n && spans[i].epoch < m->pass_epoch; i++)
		spool_ack(m->sp, spans[i].epoch, spans[i].next - 1);
	spool_ack(m->sp, m->pass_epoch, m->pass_seq);
	m->acked_epoch = m->pass_epoch;
	m->acked_seq = m->pass_seq;
}

/* The process dies; what was not durable never happened. */
static void
crash(struct model *m)
{
	spool_free(m->sp);
	m->sp = NULL;
	for (size_t i = 0; i < m->n; i++) {
		if (!m->items[i].durable)
			m->items[i] = (struct item){.epoch = UINT64_MAX, .excused = true};
	}
}

static void
start(struct model *m)
{
	/* With damage: so much room that no loss by overflow covers up for one by
	 * damage. */
	struct spool_limits l = { m->damage ? 64u << 20 : 1u << 20, 64u << 10 };
	struct spool_span   spans[64];

	assert_int_equal(spool_open(&m->sp, m->dir, &l, NOW), 0);
	settle_durable(m);
	/* As a collector's WELCOME would: */
	for (size_t i = 0, n = spool_spans(m->sp, spans, 64); i < n; i++) {
		if (spans[i].epoch < m->acked_epoch)
			spool_ack(m->sp, spans[i].epoch, spans[i].next - 1);
	}
	spool_ack(m->sp, m->acked_epoch, m->acked_seq);
	step_rewind(m);
}

static void
step_crash(struct model *m)
{
	crash(m);
	start(m);
}

/* A segment's path: the newest, or any. */
static void
pick(struct model *m, bool any, char path[static 96])
{
	DIR           *d = opendir(m->dir);
	struct dirent *e;
	char           name[SEGMENT_NAME_MAX] = "";
	unsigned       n = 0;

	while ((e = readdir(d))) {
		struct segment s;

		if (!segment_parse_name(&s, e->d_name))
			continue;
		if (any ? dice(m, ++n) == 0 : strcmp(e->d_name, name) > 0)
			memcpy(name, e->d_name, strlen(e->d_name) + 1);
	}
	closedir(d);
	snprintf(path, 96, "%.39s/%.40s", m->dir, name);
}

/* A write that the crash interrupted: some bytes behind the last good end. */
static void
step_torn(struct model *m)
{
	char  path[96];
	FILE *f;

	crash(m);
	pick(m, false, path);
	f = fopen(path, "a");
	for (unsigned i = 1 + dice(m, 300); i > 0; i--)
		fputc((int)dice(m, 256), f);
	fclose(f);
	start(m);
}

static void
step_new_epoch(struct model *m)
{
	step_sync(m);
	assert_int_equal(spool_new_epoch(m->sp, NOW), 0);
}

static void
step_declare(struct model *m)
{
	assert_int_equal(spool_declare(m->sp, NOW), 0);
	settle_durable(m);
}

static void
read_all(struct model *m)
{
	while (step_read(m)) {
	}
}

static void
step_flip(struct model *m)
{
	char        path[96];
	struct stat st;
	uint8_t     byte;
	off_t       at;
	int         fd;

	/* Earlier damage is declared first: next to the new one it could look like a torn
	 * tail. */
	step_rewind(m);
	read_all(m);
	step_declare(m);
	crash(m);
	/* The last record of the newest file cannot be told from a torn tail. */
	for (size_t i = m->n; i-- > 0;) {
		if (m->items[i].durable && m->items[i].epoch != UINT64_MAX) {
			m->items[i].excused = true;
			break;
		}
	}
	pick(m, true, path);
	fd = open(path, O_RDWR);
	fstat(fd, &st);
	at = (off_t)dice(m, (unsigned)st.st_size);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= (uint8_t)(1u << dice(m, 8));
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
	start(m);
}

static void
step_full_disk(struct model *m)
{
	struct rlimit old, small;

	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 8192 + dice(m, 40000);
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 30; i++)
		step_append(m);
	if (spool_sync(m->sp) == 0)
		settle_durable(m);
	setrlimit(RLIMIT_FSIZE, &old);
	if (dice(m, 2))
		step_sync(m);
}

static bool
is_declared(const struct model *m, const struct item *item)
{
	for (size_t i = 0; i < m->n_losses; i++) {
		const struct loss_range *l = &m->losses[i];

		if (l->epoch == item->epoch && item->seq >= l->first &&
			item->seq <= l->last)
			return true;
	}
	return false;
}

/* Everything durable is there, or acknowledged, or declared lost. */
static void
check(struct model *m)
{
	step_sync(m);
	step_rewind(m);
	read_all(m);
	step_declare(m); /* what reading found */
	read_all(m);
	for (size_t i = 0; i < m->n; i++) {
		const struct item *item = &m->items[i];

		if (item->seen || item->excused || is_declared(m, item) ||
			!is_before(m->acked_epoch, m->acked_seq, item->epoch, item->seq))
			continue;
		fail_msg("event %zu, epoch %llx seq %llu: neither there nor declared", i,
			(unsigned long long)item->epoch, (unsigned long long)item->seq);
	}
}

static void
run(unsigned seed, bool damage)
{
	static struct model m;

	memset(&m, 0, sizeof(m));
	m.seed = seed;
	m.damage = damage;
	/* Memory where there is some: syncing to a disk takes all the time otherwise. */
	strcpy(m.dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/spool.XXXXXX"
						    : "/tmp/spool.XXXXXX");
	assert_non_null(mkdtemp(m.dir));
	start(&m);
	for (int i = 0; i < STEPS; i++) {
		unsigned what = dice(&m, 100);

		if (what < 40) {
			for (unsigned k = dice(&m, 20); k > 0; k--)
				step_append(&m);
		} else if (what < 60) {
			step_sync(&m);
		} else if (what < 75) {
			for (unsigned k = dice(&m, 40); k > 0; k--)
				step_read(&m);
		} else if (what < 80) {
			step_ack(&m);
		} else if (what < 84) {
			step_crash(&m);
		} else if (what < 86) {
			step_torn(&m);
		} else if (what < 88) {
			step_full_disk(&m);
		} else if (what < 90) {
			step_declare(&m);
		} else if (what < 91) {
			step_new_epoch(&m);
		} else if (what < 93 && damage) {
			step_flip(&m);
		} else if (what < 95) {
			step_rewind(&m);
		}
	}
	check(&m);
	spool_free(m.sp);
	{
		char command[64];

		snprintf(command, sizeof(command), "rm -r %s", m.dir);
		assert_int_equal(system(command), 0);
	}
}

static int quiet;

static int
hush(void **state)
{
	int null = open("/dev/null", O_WRONLY);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	quiet = dup(STDERR_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	return 0;
}

static int
unhush(void **state)
{
	(void)state;
	dup2(quiet, STDERR_FILENO);
	close(quiet);
	return 0;
}

static unsigned
rounds(unsigned usual)
{
	const char *n = getenv("SPOOL_ROUNDS"); /* more, by hand */

	return n ? (unsigned)strtoul(n, NULL, 10) : usual;
}

static void
crashes_and_full_disks_lose_nothing_silently(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= rounds(4); seed++)
		run(seed, false);
}

static void
damaged_files_lose_nothing_silently(void **state)
{
	(void)state;
	for (unsigned seed = 1001; seed <= 1000 + rounds(4); seed++)
		run(seed, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			crashes_and_full_disks_lose_nothing_silently, hush, unhush),
		cmocka_unit_test_setup_teardown(
			damaged_files_lose_nothing_silently, hush, unhush),
	};

	return cmocka_run_group_tests_name("spool_model", tests, NULL, NULL);
}
