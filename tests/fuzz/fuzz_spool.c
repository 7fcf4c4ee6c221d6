/* SPDX-License-Identifier: Apache-2.0 */
/* A spool whose only segment, or book of losses, holds any bytes: it opens, is read to
 * its end in order, and works on. The first byte says what the others are: the book, a
 * segment, or orders for a segment of records with right checksums and bytes between
 * them. */
#include "lib/segment.h"
#include "lib/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define SEGMENT "0000000000000001-0000000000000001.seg"

static char dir[48];

static void
empty_dir(void)
{
	DIR           *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0); /* fails for . and .., as it should */
	if (d)
		closedir(d);
}

static void
remove_dir(void)
{
	empty_dir();
	rmdir(dir);
}

static void
make_dir(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	snprintf(dir, sizeof(dir), "%s/fuzz-spool.XXXXXX",
			access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(dir) || null < 0)
		abort();
	atexit(remove_dir);
	dup2(null, STDERR_FILENO); /* every damage is a warning */
}

static void
put_file(const char *name, const uint8_t *data, size_t len)
{
	char path[128];
	int  fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

/* Each order: how many raw bytes, those; then class, number and length of a record. */
static void
put_orders(struct bytes in)
{
	struct buf file = { 0 };

	buf_add(&file, "TOCSPL01", 8);
	buf_be64(&file, 1);
	buf_be64(&file, 1);
	buf_be64(&file, 0); /* a head is not needed */
	while (in.left) {
		struct bytes          raw = bytes_cut(&in, bytes_u8(&in) % 64);
		struct segment_record r = {.class = bytes_u8(&in), .seq = bytes_u8(&in)};

		buf_add(&file, raw.at, raw.left);
		if (r.seq == 255)
			r.seq = bytes_be64(&in);
		r.data = bytes_cut(&in, bytes_u8(&in));
		segment_put(&file, 1, &r);
	}
	put_file(SEGMENT, file.data, file.len);
	buf_release(&file);
}

static void
use(struct spool *sp)
{
	struct spool_record r;
	uint64_t            epoch = 0, seq = 0;

	while (spool_next(sp, &r) == 1) {
		if (r.epoch < epoch || (r.epoch == epoch && r.seq <= seq))
			abort();
		epoch = r.epoch;
		seq = r.seq;
	}
	if (spool_append(sp, SEV_LOW, bytes_str("event"), NULL) < 0 || spool_sync(sp) < 0)
		abort();
	if (spool_declare(sp, 1) < 0 || spool_next(sp, &r) != 1)
		abort();
	spool_ack(sp, r.epoch, r.seq);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct spool_limits limits = { .max_bytes = 1u << 20 };
	struct spool       *sp;

	if (!dir[0])
		make_dir();
	if (len == 0)
		return 0;
	if (data[0] % 3 == 2)
		put_orders(bytes_of(data + 1, len - 1));
	else
		put_file(data[0] % 3 ? "losses" : SEGMENT, data + 1, len - 1);
	if (spool_open(&sp, dir, &limits, 1) == 0) {
		use(sp);
		spool_free(sp);
	}
	empty_dir();
	return 0;
}
