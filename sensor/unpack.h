/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/unpack.h - a compressed file as a stdio stream of what is in it. One thread. */
#ifndef SENSOR_UNPACK_H
#define SENSOR_UNPACK_H

#include <stdio.h>

/* Takes `in` (also on failure). Looks at the first bytes: gzip and zstd are undone while reading, anything
 * else comes through as it is. NULL with errno: cannot be read. */
FILE *unpack_open(FILE *in);

#endif
