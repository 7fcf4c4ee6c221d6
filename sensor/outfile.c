/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void
outfile_init(struct outfile *f)
{
	(void)pthread_mutex_init(&f->lock, NULL);
	f->fd = -1;
}

int
outfile_open(struct outfile *f, const char *path, bool fresh)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (fresh ? O_TRUNC : O_APPEND);

	f->fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, flags, 0640);
	return f->fd < 0 ? -errno : 0;
}

void
outfile_close(struct outfile *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int
outfile_write(struct outfile *f, const char *data, size_t len)
{
	int err;

	if (f->fd < 0)
		return 0;
	(void)pthread_mutex_lock(&f->lock);
	err = write_all(f->fd, data, len);
	(void)pthread_mutex_unlock(&f->lock);
	return err;
}
