/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#define MAGIC "TOCSPL01"
#define MARK_0 0xa7
#define SEAL_LEN (4 * SEGMENT_CLASSES)
#define SEAL_SIZE (SEGMENT_RECORD_HEAD + SEAL_LEN)
#define WINDOW (256u << 10)
#define TEMPORARY "new.tmp"

const char *
segment_name(const struct segment *s, char name[static SEGMENT_NAME_MAX])
{
	snprintf(name, SEGMENT_NAME_MAX, "%016" PRIx64 "-%016" PRIx64 ".seg", s->epoch,
		s->first);
	return name;
}

bool
segment_parse_name(struct segment *out, const char *name)
{
	char again[SEGMENT_NAME_MAX];

	*out = (struct segment){ 0 };
	if (sscanf(name, "%16" SCNx64 "-%16" SCNx64, &out->epoch, &out->first) != 2)
		return false;
	out->last = out->first - 1;
	if (out->epoch > SEGMENT_NUMBER_MAX || out->first > SEGMENT_NUMBER_MAX)
		return false;
	return out->epoch && out->first && strcmp(segment_name(out, again), name) == 0;
}

uint32_t
segment_count(const struct segment *s)
{
	uint32_t n = 0;

	for (int c = 0; c < SEGMENT_CLASSES; c++)
		n += s->n[c];
	return n;
}

static uint64_t
record_check(uint64_t epoch, const uint8_t *head, struct bytes data)
{
	uint64_t seed = XXH3_64bits_withSeed(head, SEGMENT_RECORD_HEAD - 8, epoch);

	return XXH3_64bits_withSeed(data.at, data.left, seed);
}

void
segment_put(struct buf *out, uint64_t epoch, const struct segment_record *r)
{
	size_t at = out->len;

	buf_be32(out, (uint32_t)r->data.left);
	buf_u8(out, r->class);
	buf_u8(out, MARK_0);
	buf_add(out, "TC", 2);
	buf_be64(out, r->seq);
	if (!out->failed)
		buf_be64(out, record_check(epoch, out->data + at, r->data));
	buf_add(out, r->data.at, r->data.left);
	if (out->failed)
		out->len = at;
}

void
segment_put_seal(struct buf *out, const struct segment *s)
{
	uint8_t               counts[SEAL_LEN];
	struct segment_record seal = {.seq = s->last,
		.class = SEGMENT_SEAL,
		.data = bytes_of(counts, sizeof(counts))};

	for (int c = 0; c < SEGMENT_CLASSES; c++) {
		for (int i = 0; i < 4; i++)
			counts[4 * c + i] = (uint8_t)(s->n[c] >> (24 - 8 * i));
	}
	segment_put(out, s->epoch, &seal);
}

static void
read_seal(struct segment *s, const struct segment_record *r)
{
	struct bytes counts = r->data;

	for (int c = 0; c < SEGMENT_CLASSES; c++)
		s->n[c] = bytes_be32(&counts);
	s->last = r->seq;
	s->sealed = true;
}

static void
put_head(struct buf *out, const struct segment *s)
{
	size_t at = out->len;

	buf_add(out, MAGIC, 8);
	buf_be64(out, s->epoch);
	buf_be64(out, s->first);
	if (!out->failed)
		buf_be64(out, XXH3_64bits(out->data + at, 24));
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char *from = data;

	while (len) {
		ssize_t n = write(fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The temporary file with `data`, synced. The open file, or -errno. */
static int
write_temporary(int dirfd, const struct buf *data)
{
	int fd = openat(dirfd, TEMPORARY, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
	    err;

	if (fd < 0)
		return -errno;
	err = data->failed ? -ENOMEM : write_all(fd, data->data, data->len);
	if (err == 0 && fdatasync(fd) < 0)
		err = -errno;
	if (err == 0)
		return fd;
	close(fd);
	unlinkat(dirfd, TEMPORARY, 0);
	return err;
}

static int
install(int dirfd, const struct segment *s)
{
	char name[SEGMENT_NAME_MAX];

	if (renameat(dirfd, TEMPORARY, dirfd, segment_name(s, name)) < 0 ||
		fsync(dirfd) < 0)
		return -errno;
	return 0;
}

int
segment_create(int dirfd, struct segment *s)
{
	struct buf head = { 0 };
	int        fd, err;

	put_head(&head, s);
	fd = write_temporary(dirfd, &head);
	buf_release(&head);
	if (fd < 0)
		return fd;
	err = install(dirfd, s);
	if (err < 0) {
		close(fd);
		return err;
	}
	s->size = SEGMENT_HEAD;
	return fd;
}

int
segment_open(struct segment_reader *r, int dirfd, const struct segment *s, uint64_t end)
{
	char name[SEGMENT_NAME_MAX];

	*r = (struct segment_reader){
		.epoch = s->epoch, .at = SEGMENT_HEAD, .valid = SEGMENT_HEAD, .end = end,
		.after = s->first - 1
	};
	r->fd = openat(dirfd, segment_name(s, name), O_RDONLY | O_CLOEXEC);
	return r->fd < 0 ? -errno : 0;
}

void
segment_close(struct segment_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	buf_release(&r->window);
}

/* The `len` bytes at offset `at`, which lie before r->end; *out is empty when the file
 * ends sooner. 0 or -errno. */
static int
look(struct segment_reader *r, uint64_t at, size_t len, struct bytes *out)
{
	struct buf *w = &r->window;
	ssize_t     n;

	*out = bytes_of(NULL, 0);
	if (at < r->window_at || at + len > r->window_at + w->len) {
		size_t   rest = r->end - at < WINDOW ? (size_t)(r->end - at) : WINDOW;
		size_t   want = len > rest ? len : rest; /* never beyond what is synced */
		uint8_t *to;

		buf_clear(w);
		to = buf_room(w, want);
		if (!to)
			return -ENOMEM;
		n = pread(r->fd, to, want, (off_t)at);
		if (n < 0)
			return -errno;
		w->len = (size_t)n;
		r->window_at = at;
		if ((size_t)n < len)
			return 0;
	}
	*out = bytes_of(w->data + (at - r->window_at), len);
	return 0;
}

/* Can these bytes be the head of a record that fits before r->end? */
static bool
plausible(const struct segment_reader *r, struct bytes head, struct segment_record *out)
{
	uint32_t len = bytes_be32(&head);

	out->class = bytes_u8(&head);
	if (!bytes_starts(&head, "\xa7TC", 3))
		return false;
	bytes_skip(&head, 3);
	out->seq = bytes_be64(&head);
	out->data = bytes_of(NULL, len);
	if (len > EVENT_WIRE_MAX || len > r->end - r->at - SEGMENT_RECORD_HEAD ||
			out->seq > SEGMENT_NUMBER_MAX)
		return false;
	if (out->class == SEGMENT_SEAL)
		return len == SEAL_LEN && out->seq >= r->after;
	return out->class < SEGMENT_CLASSES && out->seq > r->after;
}

/* Is there a whole record at r->at? 1, 0, -errno. */
static int
try_record(struct segment_reader *r, struct segment_record *out)
{
	struct bytes all;
	int          err = look(r, r->at, SEGMENT_RECORD_HEAD, &all);
	uint64_t     check;

	if (err < 0 || all.left == 0 || !plausible(r, all, out))
		return err;
	err = look(r, r->at, SEGMENT_RECORD_HEAD + out->data.left, &all);
	if (err < 0 || all.left == 0)
		return err;
	out->data.at = all.at + SEGMENT_RECORD_HEAD;
	check = record_check(r->epoch, all.at, out->data);
	bytes_skip(&all, SEGMENT_RECORD_HEAD - 8);
	return bytes_be64(&all) == check;
}

int
segment_next(struct segment_reader *r, struct segment_record *out)
{
	for (; r->at + SEGMENT_RECORD_HEAD <= r->end; r->at++) {
		int got = try_record(r, out);

		if (got < 0)
			return got;
		if (got) {
			r->at += SEGMENT_RECORD_HEAD + out->data.left;
			r->valid = r->at;
			r->after = out->seq;
			return 1;
		}
		r->damaged = true;
	}
	if (r->at < r->end)
		r->damaged = true;
	r->at = r->end;
	return 0;
}

/* A later format of ours must not be taken for damage. */
static int
check_version(struct segment_reader *r)
{
	uint8_t      head[SEGMENT_HEAD];
	struct bytes check = bytes_of(head + 24, 8);

	if (pread(r->fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return 0;
	if (memcmp(head, MAGIC, 6) == 0 && memcmp(head, MAGIC, 8) != 0 &&
			bytes_be64(&check) == XXH3_64bits(head, 24))
		return -EPROTO;
	return 0;
}

/* The seal stands at the very end of a finished file. */
static int
load_seal(struct segment_reader *r, struct segment *s)
{
	struct segment_record rec;
	int                   got;

	if (s->size < SEGMENT_HEAD + SEAL_SIZE)
		return 0;
	r->at = s->size - SEAL_SIZE;
	got = try_record(r, &rec);
	r->at = SEGMENT_HEAD;
	if (got <= 0 || rec.class != SEGMENT_SEAL)
		return got < 0 ? got : 0;
	read_seal(s, &rec);
	return 1;
}

static int
load_by_reading(struct segment_reader *r, struct segment *s)
{
	struct segment_record rec;
	int                   got;

	while ((got = segment_next(r, &rec)) > 0) {
		if (rec.class == SEGMENT_SEAL)
			continue;
		s->n[rec.class]++;
		s->last = rec.seq;
	}
	return got;
}

int
segment_load(int dirfd, struct segment *s, uint64_t *valid)
{
	struct segment_reader r;
	struct stat           st;
	int                   err = segment_open(&r, dirfd, s, 0);

	if (err == 0 && fstat(r.fd, &st) < 0)
		err = -errno;
	if (err == 0) {
		s->size = (uint64_t)st.st_size;
		r.end = s->size;
		*valid = s->size;
		err = check_version(&r);
	}
	if (err == 0) {
		err = load_seal(&r, s);
	}
	if (err == 0) {
		err = load_by_reading(&r, s);
		*valid = r.valid;
	}
	segment_close(&r);
	return err < 0 ? err : 0;
}

int
segment_rewrite(int dirfd, struct segment *s, uint8_t without)
{
	struct segment        anew = *s;
	struct segment_record rec;
	struct segment_reader r;
	struct buf            out = { 0 };
	int                   err = segment_open(&r, dirfd, s, s->size), fd;

	memset(anew.n, 0, sizeof(anew.n));
	anew.last = s->first - 1;
	put_head(&out, s);
	while (err == 0 && (err = segment_next(&r, &rec)) > 0) {
		err = 0;
		if (rec.class == without || rec.class == SEGMENT_SEAL ||
			rec.seq > s->last)
			continue;
		segment_put(&out, s->epoch, &rec);
		anew.n[rec.class]++;
		anew.last = rec.seq;
	}
	segment_close(&r);
	segment_put_seal(&out, &anew);
	anew.size = out.len;
	anew.sealed = true;
	if (err == 0) {
		fd = write_temporary(dirfd, &out);
		err = fd < 0 ? fd : install(dirfd, s);
		if (fd >= 0)
			close(fd);
	}
	buf_release(&out);
	if (err == 0)
		*s = anew;
	return err;
}
