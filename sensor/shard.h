/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/shard.h - which worker a frame belongs to.
 *
 * The pair of addresses of the outermost IP header decides, whichever way the
 * packet goes. So all that two hosts say to each other comes to one worker:
 * both directions of a flow, all fragments of a datagram, the data connections
 * that a control connection announces, and all that a tunnel between two ends
 * carries. Looks at nothing else and keeps nothing. Any thread.
 */
#ifndef SENSOR_SHARD_H
#define SENSOR_SHARD_H

#include "sensor/decode.h"

#include <linux/filter.h>

/* 0 … n - 1; what is not IP goes to 0. */
unsigned shard_of(const struct wire_frame *f, unsigned n);

/* The same choice for the kernel, as a BPF program that gives a number to be taken modulo the workers
 * (PACKET_FANOUT_CBPF). Returns its length. */
#define SHARD_PROGRAM_MAX 96
unsigned shard_program(struct sock_filter out[static SHARD_PROGRAM_MAX]);

#endif
