/* SPDX-License-Identifier: Apache-2.0 */
/* lib/addr.h - IPv4 and IPv6 addresses and prefixes as plain values.
 *
 * Network byte order inside; an IPv4 address fills the first four bytes and the
 * rest are zero, so that comparing whole structs is right. Any thread.
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ADDR_TEXT_MAX 48 /* longest text of an address or prefix, with NUL */

struct addr {
	uint8_t b[16];
	uint8_t family; /* 4, 6, or 0 for none */
};

struct prefix {
	struct addr addr; /* host bits are zero */
	uint8_t     bits; /* 0..32 or 0..128 */
};

static inline struct addr
addr_v4(const uint8_t b[static 4])
{
	struct addr a = { .family = 4 };

	memcpy(a.b, b, 4);
	return a;
}

static inline struct addr
addr_v6(const uint8_t b[static 16])
{
	struct addr a = { .family = 6 };

	memcpy(a.b, b, 16);
	return a;
}

static inline bool
addr_eq(const struct addr *x, const struct addr *y)
{
	return x->family == y->family && memcmp(x->b, y->b, 16) == 0;
}

/* memcmp order: family first, then the bytes. */
int addr_cmp(const struct addr *x, const struct addr *y);

/* Text of up to `len` bytes (need not end in NUL) to address. 0 or -EINVAL. */
int addr_parse(struct addr *out, const char *text, size_t len);

/* Text as RFC 5952 (compressed) writes it, always NUL-terminated. Returns `buf`. */
const char *addr_format(const struct addr *a, char buf[static ADDR_TEXT_MAX]);

/* Text with all eight groups written out, as Suricata's EVE writes IPv6. Returns
 * `buf`. */
const char *addr_format_full(const struct addr *a, char buf[static ADDR_TEXT_MAX]);

/* "10.0.0.0/8", "2001:db8::/32", or a bare address (all bits). 0 or -EINVAL.
 * Host bits below the mask are cleared, as Suricata does. */
int prefix_parse(struct prefix *out, const char *text, size_t len);

bool prefix_has(const struct prefix *p, const struct addr *a);

const char *prefix_format(const struct prefix *p, char buf[static ADDR_TEXT_MAX]);

#endif
