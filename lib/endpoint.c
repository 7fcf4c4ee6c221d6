/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/endpoint.h"

#include <errno.h>
#include <string.h>

static int
parse_port(uint16_t *out, const char *text)
{
	uint32_t port = 0;

	if (!*text || strlen(text) > 5)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		port = port * 10 + (uint32_t)(*text - '0');
	}
	*out = (uint16_t)port;
	return port <= UINT16_MAX ? 0 : -EINVAL;
}

int
endpoint_parse(struct endpoint *out, const char *text)
{
	const char *colon = strrchr(text, ':'), *host = text;
	size_t      len = colon ? (size_t)(colon - text) : 0;

	memset(out, 0, sizeof(*out));
	if (!colon || parse_port(&out->port, colon + 1) < 0)
		return -EINVAL;
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len)) {
		return -EINVAL; /* an IPv6 address without brackets */
	}
	if (len >= sizeof(out->host) || memchr(host, '[', len) || memchr(host, ']', len))
		return -EINVAL;
	memcpy(out->host, host, len);
	return 0;
}
