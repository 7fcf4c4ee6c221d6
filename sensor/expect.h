/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/expect.h - connections that a protocol announced: FTP's data connections.
 *
 * A small ring of one worker; the oldest announcement makes way for a new one.
 */
#ifndef SENSOR_EXPECT_H
#define SENSOR_EXPECT_H

#include "lib/addr.h"
#include "lib/appproto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPECT_MAX 256         /* announcements remembered */
#define EXPECT_COOKIE_MAX 512  /* bytes handed on */
#define EXPECT_LIFE_S 60

struct expected {
	struct addr   addr;
	uint16_t      port;
	enum appproto app;
	uint64_t      until_ns; /* 0: free */
	size_t        cookie_len;
	uint8_t       cookie[EXPECT_COOKIE_MAX];
};

struct expect {
	unsigned        next; /* place of the next announcement */
	unsigned        n_live;
	struct expected ring[EXPECT_MAX];
};

/* A cookie that is too long is cut. */
void expect_add(struct expect *e, const struct expected *what);

/* Was a connection with this end announced? Then it is taken out; borrowed until the next call. */
const struct expected *expect_take(struct expect *e, const struct addr *addr, uint16_t port,
		uint64_t now_ns);

#endif
