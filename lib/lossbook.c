/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lossbook.h"

#include "lib/field.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#define HALF 4096      /* bytes; the entries take at most 2.5 KiB */
#define HALF_HEAD 12   /* u32 length, u64 XXH3 */
#define NAME "losses"

static const struct field_row loss_rows[] = {
	FIELD_NUMBER(1, loss, epoch),
	FIELD_NUMBER(2, loss, first),
	FIELD_NUMBER(3, loss, last),
	FIELD_NUMBER(4, loss, count),
	FIELD_NUMBER(5, loss, cause),
	{ 0 },
};

static const struct field_row book_rows[] = {
	FIELD_NUMBER(1, lossbook, generation),
	FIELD_NUMBER(2, lossbook, epoch),
	FIELD_NUMBER(3, lossbook, next),
	FIELD_ITEMS(4, lossbook, at, n, loss_rows),
	{ 0 },
};

static void
read_half(struct lossbook *b, int half)
{
	uint8_t         data[HALF];
	struct lossbook got = { .fd = b->fd };
	struct bytes    in = bytes_of(data, sizeof(data)), body;
	uint32_t        len;
	uint64_t        check;

	if (pread(b->fd, data, sizeof(data), (off_t)half * HALF) != HALF)
		return;
	len = bytes_be32(&in);
	check = bytes_be64(&in);
	body = bytes_cut(&in, len);
	if (!bytes_ok(&in) || len == 0 || XXH3_64bits(body.at, body.left) != check)
		return;
	if (field_decode(&got, book_rows, body, NULL) == 0 &&
		got.generation > b->generation)
		*b = got;
}

/* Write both halves, so that the file has its space before the disk is full. */
static int
take_space(struct lossbook *b)
{
	int err = 0;

	for (int half = 0; half < 2 && err == 0; half++) {
		b->dirty = true;
		err = lossbook_sync(b);
	}
	return err;
}

int
lossbook_open(struct lossbook *b, int dirfd)
{
	*b = (struct lossbook){ 0 };
	b->fd = openat(dirfd, NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (b->fd < 0)
		return -errno;
	read_half(b, 0);
	read_half(b, 1);
	if (b->generation)
		return 0;
	return take_space(b);
}

void
lossbook_close(struct lossbook *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

static struct loss *
find_alike(struct lossbook *b, const struct loss *l)
{
	for (uint32_t i = b->n_declared; i < b->n; i++) {
		if (b->at[i].epoch == l->epoch && b->at[i].cause == l->cause)
			return &b->at[i];
	}
	return NULL;
}

void
lossbook_add(struct lossbook *b, const struct loss *l)
{
	struct loss *known = find_alike(b, l);

	b->dirty = true;
	if (!known) {
		if (b->n < LOSSBOOK_MAX)
			b->at[b->n++] = *l;
		return;
	}
	if (l->first < known->first)
		known->first = l->first;
	if (l->last > known->last)
		known->last = l->last;
	known->count += l->count;
}

void
lossbook_reserve(struct lossbook *b, uint64_t epoch, uint64_t next)
{
	b->epoch = epoch;
	b->next = next;
	b->dirty = true;
}

void
lossbook_settle(struct lossbook *b)
{
	if (b->n_declared == 0)
		return;
	b->n -= b->n_declared;
	memmove(b->at, b->at + b->n_declared, b->n * sizeof(*b->at));
	b->n_declared = 0;
	b->dirty = true;
}

int
lossbook_sync(struct lossbook *b)
{
	uint8_t    half[HALF] = { 0 };
	struct buf body = { 0 }, all = { 0 };
	int        err;

	if (!b->dirty)
		return 0;
	b->generation++;
	err = field_encode(&body, book_rows, b);
	buf_be32(&all, (uint32_t)body.len);
	buf_be64(&all, XXH3_64bits(body.data, body.len));
	buf_add(&all, body.data, body.len);
	if (err == 0 && (all.failed || all.len > HALF))
		err = -ENOMEM;
	if (err == 0) {
		memcpy(half, all.data, all.len);
		if (pwrite(b->fd, half, HALF, (off_t)(b->generation % 2) * HALF) != HALF)
			err = errno ? -errno : -ENOSPC;
		else if (fdatasync(b->fd) < 0)
			err = -errno;
	}
	buf_release(&body);
	buf_release(&all);
	if (err == 0)
		b->dirty = false;
	return err;
}
