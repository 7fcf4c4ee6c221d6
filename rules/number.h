/* SPDX-License-Identifier: Apache-2.0 */
/* rules/number.h - the numeric conditions of keywords: N, <N, >N, <=N, >=N, !N, =N, N-M, N<>M, !N-M.
 *
 * One grammar and one comparison for dsize, ttl, urilen, dns.opcode and all the
 * others. A small value, any thread.
 */
#ifndef RULES_NUMBER_H
#define RULES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum number_op { NUMBER_EQ, NUMBER_NE, NUMBER_LT, NUMBER_LE, NUMBER_GT, NUMBER_GE, NUMBER_IN, NUMBER_OUT };

struct condition {
	uint64_t low, high; /* low alone but for IN and OUT: low < v < high, both ends outside */
	uint8_t  op;        /* enum number_op */
};

/* Decimal or 0x hexadecimal; all `len` bytes. 0, -EINVAL, or -ERANGE above `max`. */
int number_parse(uint64_t *out, const char *text, size_t len, uint64_t max);

/* A condition whose numbers are at most `max`. Blanks are allowed between its parts. 0, -EINVAL, -ERANGE. */
int condition_parse(struct condition *out, const char *text, uint64_t max);

static inline bool
condition_holds(const struct condition *c, uint64_t v)
{
	switch (c->op) {
	case NUMBER_EQ:
		return v == c->low;
	case NUMBER_NE:
		return v != c->low;
	case NUMBER_LT:
		return v < c->low;
	case NUMBER_LE:
		return v <= c->low;
	case NUMBER_GT:
		return v > c->low;
	case NUMBER_GE:
		return v >= c->low;
	case NUMBER_IN:
		return v > c->low && v < c->high;
	default:
		return v <= c->low || v >= c->high;
	}
}

#endif
