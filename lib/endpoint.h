/* SPDX-License-Identifier: Apache-2.0 */
/* lib/endpoint.h - HOST:PORT as people write it. Any thread. */
#ifndef LIB_ENDPOINT_H
#define LIB_ENDPOINT_H

#include <stdint.h>

#define ENDPOINT_HOST_MAX 256

struct endpoint {
	char     host[ENDPOINT_HOST_MAX]; /* without brackets; "" stands for any address */
	uint16_t port;
};

/* "centre.example:7004", "10.0.0.1:7004", "[2001:db8::1]:7004", ":7004". 0 or -EINVAL. */
int endpoint_parse(struct endpoint *out, const char *text);

#endif
