/* SPDX-License-Identifier: Apache-2.0 */
/* How events come in: opening, numbering, room, syncing. How they go out: spool_out.c. */
#include "lib/spool.h"

#include "lib/fault.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/spool_priv.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_BYTES_LEAST (64u << 10)
#define SEGMENT_BYTES_MOST (32u << 20)

/* ---- the list of segments ---- */

static int
add_segment(struct spool *sp, const struct segment *s)
{
	size_t          cap = sp->cap_segs ? 2 * sp->cap_segs : 64;
	struct segment *segs;

	if (sp->n_segs == sp->cap_segs) {
		segs = reallocarray(sp->segs, cap, sizeof(*segs));
		if (!segs)
			return -ENOMEM;
		sp->segs = segs;
		sp->cap_segs = cap;
	}
	sp->segs[sp->n_segs++] = *s;
	sp->disk_bytes += s->size;
	return 0;
}

int
spool_drop_segment(struct spool *sp, size_t i)
{
	char name[SEGMENT_NAME_MAX];

	if (unlinkat(sp->dirfd, segment_name(&sp->segs[i], name), 0) < 0 &&
		errno != ENOENT)
		return -errno;
	if (sp->reading && i == sp->read_at)
		spool_stop_reading(sp);
	if (i < sp->read_at)
		sp->read_at--;
	sp->disk_bytes -= sp->segs[i].size;
	sp->n_segs--;
	memmove(&sp->segs[i], &sp->segs[i + 1], (sp->n_segs - i) * sizeof(*sp->segs));
	return 0;
}

/* ---- writing to the last segment ---- */

static int
write_at(int fd, const struct buf *b, uint64_t at)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = pwrite(fd, b->data + done, b->len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		done += (size_t)n;
	}
	return 0;
}

/* Best effort: a file without a seal is read whole when it is opened, nothing worse. */
static void
seal(struct spool *sp)
{
	struct segment *s = spool_active(sp);
	struct buf      b = { 0 };

	segment_put_seal(&b, s);
	if (!b.failed && write_at(sp->fd, &b, s->size) == 0 && fdatasync(sp->fd) == 0) {
		s->size += b.len;
		sp->disk_bytes += b.len;
		s->sealed = true;
	}
	buf_release(&b);
}

/* The new segment `s` took the name, and so the place, of an empty one. */
static void
forget_replaced(struct spool *sp, const struct segment *s)
{
	const struct segment *old = sp->n_segs ? spool_active(sp) : NULL;

	if (!old || old->epoch != s->epoch || old->first != s->first)
		return;
	if (sp->reading && sp->read_at == sp->n_segs - 1)
		spool_stop_reading(sp);
	sp->disk_bytes -= old->size;
	sp->n_segs--;
}

/* Begin a segment; the one before is finished. */
static int
begin_segment(struct spool *sp, uint64_t epoch, uint64_t first)
{
	struct segment s = { .epoch = epoch, .first = first, .last = first - 1 };
	int            fd, err;

	if (sp->fd >= 0 && !spool_active(sp)->sealed && !sp->suspect)
		seal(sp);
	fault_point("spool-rotate");
	fd = segment_create(sp->dirfd, &s);
	if (fd < 0)
		return fd;
	forget_replaced(sp, &s);
	err = add_segment(sp, &s);
	if (err < 0) {
		close(fd);
		return err;
	}
	if (sp->fd >= 0)
		close(sp->fd);
	sp->fd = fd;
	sp->suspect = false;
	return 0;
}

/* Higher than every epoch before, also when nothing is known of those. */
static uint64_t
draw_epoch(const struct spool *sp, uint64_t now_ns)
{
	uint64_t epoch = now_ns / 1000000000 << 16;
	uint16_t chance = 0;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) == sizeof(chance))
		epoch |= chance;
	if (sp->n_segs && epoch <= spool_active(sp)->epoch)
		epoch = spool_active(sp)->epoch + 1;
	return epoch ? epoch : 1;
}

int
spool_new_epoch(struct spool *sp, uint64_t now_ns)
{
	int err = sp->n_segs ? spool_sync(sp) : 0;

	if (err == 0)
		err = begin_segment(sp, draw_epoch(sp, now_ns), 1);
	if (err < 0)
		return err;
	sp->next = sp->durable = 1;
	if (sp->n_segs > 1 && segment_count(&sp->segs[sp->n_segs - 2]) == 0)
		spool_drop_segment(sp, sp->n_segs - 2);
	return 0;
}

/* ---- opening ---- */

static int
by_age(const void *x, const void *y)
{
	const struct segment *a = x, *b = y;

	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static int
list_segments(struct spool *sp)
{
	int            fd = openat(sp->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR           *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct segment s;
	int            err = 0;

	if (!dir) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (err == 0 && (entry = readdir(dir))) {
		if (segment_parse_name(&s, entry->d_name))
			err = add_segment(sp, &s);
	}
	closedir(dir);
	if (sp->n_segs)
		qsort(sp->segs, sp->n_segs, sizeof(*sp->segs), by_age);
	return err;
}

/* Records that were written again in the next segment, after a sync failed, do not count
 * here. */
static void
end_before_next(struct segment *s, const struct segment *next)
{
	if (next->epoch == s->epoch && s->last >= next->first)
		s->last = next->first - 1;
}

static int
load_segments(struct spool *sp, bool *torn)
{
	uint64_t valid = 0;

	for (size_t i = 0; i < sp->n_segs; i++) {
		struct segment *s = &sp->segs[i];
		int             err = segment_load(sp->dirfd, s, &valid);

		if (err < 0)
			return err;
		if (i + 1 < sp->n_segs)
			end_before_next(s, s + 1);
		sp->disk_bytes += s->size;
	}
	*torn = sp->n_segs && valid != spool_active(sp)->size;
	if (*torn)
		sp->cut_bytes = spool_active(sp)->size > valid
					? spool_active(sp)->size - valid
					: 0;
	return 0;
}

/* Go on where the last segment ends. */
static int
resume(struct spool *sp)
{
	struct segment *s = spool_active(sp);
	char            name[SEGMENT_NAME_MAX];

	sp->next = s->last + 1;
	if (sp->book.epoch == s->epoch && sp->book.next > sp->next &&
			sp->book.next <= SEGMENT_NUMBER_MAX)
		sp->next = sp->book.next;
	sp->durable = sp->next;
	if (s->sealed)
		return begin_segment(sp, s->epoch, sp->next);
	sp->fd = openat(sp->dirfd, segment_name(s, name), O_RDWR | O_CLOEXEC);
	/* What a killed process wrote may be in memory only; it counts from here on. */
	if (sp->fd < 0 || fdatasync(sp->fd) < 0)
		return -errno;
	return 0;
}

static void
drop_empty_segments(struct spool *sp)
{
	for (size_t i = sp->n_segs - 1; i-- > 0;) {
		if (segment_count(&sp->segs[i]) == 0)
			spool_drop_segment(sp, i);
	}
}

/* The tail is torn: shorten the file to what is whole, leave it, and begin a new
 * epoch. */
static int
leave_torn(struct spool *sp, uint64_t now_ns)
{
	struct segment *s = spool_active(sp);
	char            name[SEGMENT_NAME_MAX];
	int             fd = openat(sp->dirfd, segment_name(s, name), O_RDWR | O_CLOEXEC);

	log_warn("spool: cut a torn tail, new epoch", "file=%s bytes=%llu", name,
			(unsigned long long)sp->cut_bytes);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)(s->size - sp->cut_bytes)) < 0) {
		close(fd);
		return -errno;
	}
	s->size -= sp->cut_bytes;
	sp->disk_bytes -= sp->cut_bytes;
	sp->fd = fd;
	return spool_new_epoch(sp, now_ns);
}

static int
open_dir(struct spool *sp, const char *dir)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	sp->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sp->dirfd < 0 || flock(sp->dirfd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	return 0;
}

static uint32_t
segment_bytes(const struct spool_limits *l)
{
	uint64_t part = l->max_bytes / 32;

	if (l->segment_bytes)
		return l->segment_bytes;
	if (part < SEGMENT_BYTES_LEAST)
		return SEGMENT_BYTES_LEAST;
	return part > SEGMENT_BYTES_MOST ? SEGMENT_BYTES_MOST : (uint32_t)part;
}

int
spool_open(struct spool **out, const char *dir, const struct spool_limits *l,
	uint64_t now_ns)
{
	struct spool *sp = calloc(1, sizeof(*sp));
	bool          torn = false;
	int           err;

	*out = NULL;
	if (!sp)
		return -ENOMEM;
	sp->dirfd = sp->fd = sp->reader.fd = sp->book.fd = -1;
	sp->limits = *l;
	if (sp->limits.max_bytes < SPOOL_MAX_BYTES_LEAST)
		sp->limits.max_bytes = SPOOL_MAX_BYTES_LEAST;
	sp->limits.segment_bytes = segment_bytes(&sp->limits);

	err = open_dir(sp, dir);
	if (err == 0)
		err = list_segments(sp);
	if (err == 0)
		err = load_segments(sp, &torn);
	if (err == 0)
		err = lossbook_open(&sp->book, sp->dirfd);
	if (err == 0)
		err = sp->n_segs == 0 ? spool_new_epoch(sp, now_ns)
				: torn ? leave_torn(sp, now_ns) : resume(sp);
	if (err < 0) {
		spool_free(sp);
		return err;
	}
	drop_empty_segments(sp);
	*out = sp;
	return 0;
}

void
spool_free(struct spool *sp)
{
	if (!sp)
		return;
	spool_stop_reading(sp);
	lossbook_close(&sp->book);
	if (sp->fd >= 0)
		close(sp->fd);
	if (sp->dirfd >= 0)
		close(sp->dirfd);
	buf_release(&sp->tail);
	free(sp->segs);
	free(sp);
}

/* ---- losses and room ---- */

void
spool_note(struct spool *sp, const struct loss *l)
{
	sp->lost_total += l->count;
	lossbook_add(&sp->book, l);
}

void
spool_lose(struct spool *sp, uint64_t count, enum event_loss cause)
{
	struct loss l = { .epoch = spool_active(sp)->epoch,
		.first = sp->next,
		.last = sp->next + count - 1,
		.count = count,
		.cause = (uint8_t)cause };

	if (count == 0)
		return;
	sp->next += count;
	spool_note(sp, &l);
	lossbook_reserve(&sp->book, l.epoch, sp->next);
}

/* The oldest finished segment that holds events of the lowest class there is, up to
 * `class`. */
static bool
find_victim(const struct spool *sp, uint8_t class, size_t *out_i, uint8_t *out_class)
{
	for (uint8_t c = 0; c <= class; c++) {
		for (size_t i = 0; i + 1 < sp->n_segs; i++) {
			if (sp->segs[i].n[c]) {
				*out_i = i;
				*out_class = c;
				return true;
			}
		}
	}
	return false;
}

/* Give up the events of class `c` in segment `i`. They are noted, on the disk, before
 * they go. */
static int
evict(struct spool *sp, size_t i, uint8_t c)
{
	struct segment *s = &sp->segs[i];
	uint64_t        size = s->size;
	struct loss     l = { s->epoch, s->first, s->last, s->n[c], EVENT_LOSS_SPOOL };
	int             err;

	spool_note(sp, &l);
	err = lossbook_sync(&sp->book);
	if (err < 0)
		return err;
	if (segment_count(s) == s->n[c])
		return spool_drop_segment(sp, i);
	if (sp->reading && sp->read_at == i)
		spool_stop_reading(sp);
	err = segment_rewrite(sp->dirfd, s, c);
	sp->disk_bytes = sp->disk_bytes - size + s->size;
	return err;
}

static uint64_t
bytes_with(const struct spool *sp, size_t len)
{
	return sp->disk_bytes + sp->tail.len + SEGMENT_RECORD_HEAD + len;
}

bool
spool_is_full(const struct spool *sp, size_t len)
{
	return bytes_with(sp, len) > sp->limits.max_bytes;
}

static int
make_room(struct spool *sp, uint8_t class, size_t len)
{
	size_t  i;
	uint8_t c;

	while (spool_is_full(sp, len)) {
		int err = find_victim(sp, class, &i, &c) ? evict(sp, i, c) : -ENOSPC;

		if (err < 0)
			return err;
	}
	return 0;
}

/* ---- appending and syncing ---- */

static int
buffer(struct spool *sp, uint8_t class, struct bytes wire)
{
	struct segment_record r = { .seq = sp->next, .class = class, .data = wire };

	segment_put(&sp->tail, spool_active(sp)->epoch, &r);
	if (sp->tail.failed) {
		sp->tail.failed = false; /* what it holds is whole */
		return -ENOMEM;
	}
	sp->tail_adds.n[class]++;
	sp->tail_adds.last = sp->next++;
	return 0;
}

int
spool_append(struct spool *sp, enum severity severity, struct bytes wire, uint64_t *seq)
{
	uint8_t class =
		severity < SEGMENT_CLASSES ? (uint8_t)severity : SEGMENT_CLASSES - 1;
	enum event_loss cause = EVENT_LOSS_SPOOL;
	int             err;

	/* A group of more than a segment could not make room for itself. */
	if (sp->tail.len + wire.left > sp->limits.segment_bytes)
		spool_sync(sp); /* if it fails: the buffer waits, up to its limit */
	if (seq)
		*seq = sp->next;
	if (wire.left > EVENT_WIRE_MAX) {
		cause = EVENT_LOSS_SIZE;
		err = -EMSGSIZE;
	} else if (sp->tail.len + wire.left > SPOOL_BUFFER_MAX) {
		cause = EVENT_LOSS_DISK;
		err = -ENOSPC;
	} else {
		err = make_room(sp, class, wire.left);
		if (err < 0 && err != -ENOSPC)
			cause = EVENT_LOSS_DISK;
	}
	if (err == 0)
		err = buffer(sp, class, wire);
	if (err < 0) {
		spool_lose(sp, 1, cause);
		return err;
	}
	sp->appended_total++;
	return 0;
}

static int
write_tail(struct spool *sp)
{
	struct segment *s = spool_active(sp);
	int             err = write_at(sp->fd, &sp->tail, s->size);

	if (err == 0)
		err = fault_point("spool-before-fsync");
	if (err == 0 && fdatasync(sp->fd) < 0)
		err = -errno;
	if (err < 0) {
		/* After a failed sync nobody knows what is on the disk: leave this file
		 * to its last good end and write the same records into a new one. */
		sp->suspect = true;
		if (ftruncate(sp->fd, (off_t)s->size) < 0)
			log_warn("spool: cannot shorten", "errno=%d", errno);
		return err;
	}
	s->size += sp->tail.len;
	sp->disk_bytes += sp->tail.len;
	s->last = sp->tail_adds.last;
	for (int c = 0; c < SEGMENT_CLASSES; c++)
		s->n[c] += sp->tail_adds.n[c];
	buf_clear(&sp->tail);
	sp->tail_adds = (struct segment){ 0 };
	return 0;
}

static bool
wants_segment(const struct spool *sp)
{
	const struct segment *s = spool_active(sp);

	return sp->suspect || s->sealed || (s->size > SEGMENT_HEAD &&
			s->size + sp->tail.len > sp->limits.segment_bytes);
}

int
spool_sync(struct spool *sp)
{
	int err = lossbook_sync(&sp->book);

	if (err < 0)
		return err;
	if (sp->tail.len == 0) {
		sp->durable = sp->next;
		return 0;
	}
	if (wants_segment(sp))
		err = begin_segment(sp, spool_active(sp)->epoch, sp->durable);
	if (err == 0)
		err = write_tail(sp);
	if (err < 0)
		return err;
	sp->durable = sp->next;
	lossbook_settle(&sp->book);
	fault_point("spool-after-fsync");
	return lossbook_sync(&sp->book);
}

/* For those who read EVE: the same as the fields say. */
static void
write_loss(struct json *j, const struct event *e)
{
	json_obj(j, NULL);
	json_time_eve(j, "timestamp", e->ts_ns);
	json_str(j, "event_type", "loss");
	json_obj(j, "loss");
	json_u64(j, "epoch", e->loss_epoch);
	json_u64(j, "first", e->loss_first);
	json_u64(j, "last", e->loss_last);
	json_u64(j, "count", e->loss_count);
	json_str(j, "cause", event_loss_name(e->loss_cause));
	json_obj_end(j);
	json_obj_end(j);
}

static int
append_loss(struct spool *sp, const struct loss *l, uint64_t now_ns)
{
	struct event e = { .ts_ns = now_ns,
		.type = EVENT_LOSS,
		.severity = SEV_MEDIUM,
		.loss_first = l->first,
		.loss_last = l->last,
		.loss_count = l->count,
		.loss_epoch = l->epoch,
		.loss_cause = l->cause };
	char         text[256];
	struct json  j;
	struct buf   wire = { 0 };
	int          err;

	json_init(&j, text, sizeof(text));
	write_loss(&j, &e);
	e.eve = json_end(&j) ? bytes_of(text, j.len) : bytes_of(NULL, 0);
	err = event_encode(&wire, &e);
	if (err == 0)
		err = buffer(sp, SEV_CRITICAL, bytes_of(wire.data, wire.len));
	buf_release(&wire);
	return err;
}

int
spool_declare(struct spool *sp, uint64_t now_ns)
{
	struct lossbook *b = &sp->book;
	int              err = 0;

	while (err == 0 && b->n_declared < b->n) {
		err = append_loss(sp, &b->at[b->n_declared], now_ns);
		if (err == 0)
			b->n_declared++;
	}
	return err < 0 ? err : spool_sync(sp);
}

void
spool_stats(const struct spool *sp, struct spool_stats *out)
{
	const struct segment *active = spool_active(sp);

	*out = (struct spool_stats){ .epoch = active->epoch,
		.next = sp->durable,
		.bytes = sp->disk_bytes + sp->tail.len,
		.buffered = sp->tail.len,
		.max_bytes = sp->limits.max_bytes,
		.appended_total = sp->appended_total,
		.lost_total = sp->lost_total,
		.cut_bytes = sp->cut_bytes,
		.segments = (uint32_t)sp->n_segs,
		.losses_pending = sp->book.n > 0 };
	for (size_t i = 0; i < sp->n_segs; i++) {
		const struct segment *s = &sp->segs[i];
		uint64_t              n = segment_count(s);
		uint64_t              open = s->acked < s->last ? s->last - s->acked : 0;

		out->waiting += open < n ? open : n;
	}
}

bool
spool_is_drained(const struct spool *sp)
{
	if (sp->tail.len || sp->book.n)
		return false;
	for (size_t i = 0; i < sp->n_segs; i++) {
		if (segment_count(&sp->segs[i]) && sp->segs[i].acked < sp->segs[i].last)
			return false;
	}
	return true;
}
