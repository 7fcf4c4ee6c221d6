/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/capture.h - where frames come from: capture files, standard input, interfaces.
 *
 * The only module that knows libpcap. Files may be pcap or pcapng, compressed with
 * gzip or zstd or not. A capture belongs to one thread.
 */
#ifndef SENSOR_CAPTURE_H
#define SENSOR_CAPTURE_H

#include "sensor/decode.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_WHY_MAX 256

struct capture;

/* Handles of several workers on one interface, between which the kernel deals frames out by the pair of
 * addresses (PACKET_FANOUT). Any thread; must outlive its handles. */
struct capture_group {
	pthread_mutex_t lock;
	unsigned        n;  /* handles in it */
	int             id; /* the kernel's, while there are any */
};

struct capture_live {
	const char *interface;
	const char *filter;     /* BPF, NULL: all */
	int         buffer_mib; /* ring that the kernel fills */
	int         snaplen;
	bool        promiscuous;
	uint16_t    source;     /* index for struct wire_frame */
	struct capture_group *group; /* borrowed; NULL: all frames come here */
};

enum capture_link { CAPTURE_UP, CAPTURE_DOWN, CAPTURE_GONE };

struct capture_counters {
	uint64_t received, dropped, dropped_by_interface;
};

/* `-` is standard input. 0 or -errno, then `why` tells in words; -EBADMSG: not a capture, or nothing in it. */
int capture_open_file(struct capture **out, const char *path, const char *filter, uint16_t source,
		char why[static CAPTURE_WHY_MAX]);
int capture_open_live(struct capture **out, const struct capture_live *live,
		char why[static CAPTURE_WHY_MAX]);
void capture_close(struct capture *c);

/* Frames of before that moment are not given out: while a group forms, each handle gets all. */
void capture_since(struct capture *c, uint64_t wall_ns);

/* 1: a frame, borrowed until the next call. 0: none now (interfaces only). -ENODATA: the end.
 * Else -errno: the capture is damaged, capture_why() tells how. */
int capture_next(struct capture *c, struct wire_frame *out);
const char *capture_why(const struct capture *c);

const char *capture_name(const struct capture *c);
bool        capture_is_live(const struct capture *c);
/* Is the interface that was opened still there, and up? */
enum capture_link capture_link(const struct capture *c);
/* To wait on with poll(); -1: no need. */
int capture_fd(const struct capture *c);
struct capture_counters capture_counters(struct capture *c);

/* Do the first bytes look like a capture file, compressed or not? */
bool capture_looks_like(const char *path);

#endif
