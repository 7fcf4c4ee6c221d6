/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/sources.h - all captures of one run: the files and folders to read, the interfaces. Main thread. */
#ifndef SENSOR_SOURCES_H
#define SENSOR_SOURCES_H

#include "sensor/capture.h"
#include "sensor/eve.h"
#include "sensor/live.h"
#include "sensor/options.h"

#include <stddef.h>

struct sources {
	struct eve_source    *names;  /* by struct packet.source */
	size_t                n;
	size_t                n_refused; /* named on standard error */
	const char           *filter;
	unsigned              n_live; /* workers that capture; 0: no interfaces */
	struct live         **live;   /* one for each of them */
	struct capture_group *groups; /* one for each interface */
};

/* Find the files of --read (those of folders in order of name) and open the interfaces for so many
 * workers. 0; -EINVAL when some path or interface cannot be used at all, after a word on standard error;
 * -ENOMEM. */
int  sources_open(struct sources *s, const struct options *o, unsigned workers);
void sources_close(struct sources *s);

/* Open file i. NULL: refused, and named. */
struct capture *sources_open_file(struct sources *s, size_t i);

/* Say that a capture is damaged, and count it. */
void sources_refuse(struct sources *s, size_t i, const char *why);

#endif
