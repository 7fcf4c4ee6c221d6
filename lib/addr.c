/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

static unsigned
family_bits(uint8_t family)
{
	return family == 4 ? 32 : 128;
}

int
addr_cmp(const struct addr *x, const struct addr *y)
{
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return memcmp(x->b, y->b, sizeof(x->b));
}

int
addr_parse(struct addr *out, const char *text, size_t len)
{
	char buf[ADDR_TEXT_MAX];
	int  af;

	memset(out, 0, sizeof(*out));
	if (len == 0 || len >= sizeof(buf) || memchr(text, '\0', len))
		return -EINVAL;
	memcpy(buf, text, len);
	buf[len] = '\0';

	af = memchr(buf, ':', len) ? AF_INET6 : AF_INET;
	if (inet_pton(af, buf, out->b) != 1) {
		memset(out, 0, sizeof(*out));
		return -EINVAL;
	}
	out->family = af == AF_INET ? 4 : 6;
	return 0;
}

const char *
addr_format(const struct addr *a, char buf[static ADDR_TEXT_MAX])
{
	buf[0] = '\0';
	if (a->family)
		inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->b, buf, ADDR_TEXT_MAX);
	return buf;
}

const char *
addr_format_full(const struct addr *a, char buf[static ADDR_TEXT_MAX])
{
	static const char hex[] = "0123456789abcdef";
	char             *to = buf;

	if (a->family != 6)
		return addr_format(a, buf);
	for (size_t i = 0; i < 16; i++) {
		if (i && i % 2 == 0)
			*to++ = ':';
		*to++ = hex[a->b[i] >> 4];
		*to++ = hex[a->b[i] & 15];
	}
	*to = '\0';
	return buf;
}

/* The decimal number after the slash: digits only, at most `max`. -1 otherwise. */
static int
parse_bits(const char *text, size_t len, unsigned max)
{
	unsigned n = 0;

	if (len == 0 || len > 3)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	return n <= max ? (int)n : -1;
}

static void
clear_host_bits(struct prefix *p)
{
	for (unsigned i = 0; i < sizeof(p->addr.b); i++) {
		unsigned from = i * 8;

		if (from >= p->bits)
			p->addr.b[i] = 0;
		else if (p->bits - from < 8)
			p->addr.b[i] &= (uint8_t)(0xff << (8 - (p->bits - from)));
	}
}

int
prefix_parse(struct prefix *out, const char *text, size_t len)
{
	const char *slash = len ? memchr(text, '/', len) : NULL;
	size_t      addr_len = slash ? (size_t)(slash - text) : len;
	int         bits;

	memset(out, 0, sizeof(*out));
	if (addr_parse(&out->addr, text, addr_len) < 0)
		return -EINVAL;
	bits = (int)family_bits(out->addr.family);
	if (slash)
		bits = parse_bits(slash + 1, len - addr_len - 1, (unsigned)bits);
	if (bits < 0) {
		memset(out, 0, sizeof(*out));
		return -EINVAL;
	}
	out->bits = (uint8_t)bits;
	clear_host_bits(out);
	return 0;
}

bool
prefix_has(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	if (p->addr.family != a->family || memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return rest == 0 ||
	       ((p->addr.b[whole] ^ a->b[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

const char *
prefix_format(const struct prefix *p, char buf[static ADDR_TEXT_MAX])
{
	size_t len;

	addr_format(&p->addr, buf);
	len = strlen(buf);
	if (p->bits < family_bits(p->addr.family))
		snprintf(buf + len, ADDR_TEXT_MAX - len, "/%u", p->bits);
	return buf;
}
