/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/community_id.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

static size_t
put(uint8_t *out, const void *data, size_t len)
{
	memcpy(out, data, len);
	return len;
}

static size_t
put_port(uint8_t *out, uint16_t port)
{
	out[0] = (uint8_t)(port >> 8);
	out[1] = (uint8_t)port;
	return 2;
}

/* The smaller end comes first, so that both directions give the same. */
static int
end_cmp(const struct community_end *a, const struct community_end *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	return c ? c : (int)a->port - (int)b->port;
}

const char *
community_id(char buf[static COMMUNITY_ID_MAX], uint8_t ip_proto, const struct community_end *a,
		const struct community_end *b)
{
	uint8_t in[2 + 16 + 16 + 2 + 2 + 2] = { 0 }, digest[SHA_DIGEST_LENGTH];
	size_t  addr_len = a->addr.family == 6 ? 16 : 4, n = 2; /* two bytes of seed */

	if (end_cmp(a, b) > 0) {
		const struct community_end *swap = a;

		a = b;
		b = swap;
	}
	n += put(in + n, a->addr.b, addr_len);
	n += put(in + n, b->addr.b, addr_len);
	in[n++] = ip_proto;
	in[n++] = 0;
	n += put_port(in + n, a->port);
	n += put_port(in + n, b->port);
	SHA1(in, n, digest);
	memcpy(buf, "1:", 2);
	(void)EVP_EncodeBlock((unsigned char *)buf + 2, digest, sizeof(digest));
	return buf;
}
