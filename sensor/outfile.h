/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/outfile.h - a file that several workers append whole lines to.
 *
 * Each worker gathers lines of its own and brings them here, many at a time;
 * the lock is held for the writing alone, so that lines never mix. Any thread.
 */
#ifndef SENSOR_OUTFILE_H
#define SENSOR_OUTFILE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct outfile {
	pthread_mutex_t lock;
	int             fd; /* -1: none */
};

void outfile_init(struct outfile *f);
/* `-` is standard output. With `fresh` what was in it goes. 0 or -errno. */
int  outfile_open(struct outfile *f, const char *path, bool fresh);
void outfile_close(struct outfile *f);

/* All of it, or -errno. Nothing where no file is open. */
int outfile_write(struct outfile *f, const char *data, size_t len);

#endif
