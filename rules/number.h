/* SPDX-License-Identifier: Apache-2.0 */
/* rules/number.h - the numeric conditions of keywords: N, <N, >N, <=N, >=N, !N, =N, N-M, N<>M, !N-M, &M=N, &M!=N;
 * N may end in kb, mb, gb, kib, mib, gib (powers of 1024), or be a word where the keyword has names.
 *
 * One grammar and one comparison for dsize, ttl, urilen, dns.opcode and all the
 * others. A small value, any thread.
 */
#ifndef RULES_NUMBER_H
#define RULES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum number_op { NUMBER_EQ, NUMBER_NE, NUMBER_LT, NUMBER_LE, NUMBER_GT, NUMBER_GE, NUMBER_IN, NUMBER_OUT,
	NUMBER_MASK, NUMBER_NOT_MASK };

struct condition {
	uint64_t low, high; /* low alone but for IN and OUT: low < v < high, both ends outside; MASK: mask and value */
	uint8_t  op;        /* enum number_op */
};

/* Decimal or 0x hexadecimal; all `len` bytes. 0, -EINVAL, or -ERANGE above `max`. */
int number_parse(uint64_t *out, const char *text, size_t len, uint64_t max);

/* A condition whose numbers are at most `max`. Blanks are allowed between its parts. 0, -EINVAL, -ERANGE. */
int condition_parse(struct condition *out, const char *text, uint64_t max);

/* A word that stands for a number; tables end with NULL. */
struct number_word {
	const char *word;
	uint64_t    number;
};
/* The same, where `word` or `!word` will do too. `words` may be NULL. */
int condition_parse_words(struct condition *out, const char *text, uint64_t max, const struct number_word *words);

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
	case NUMBER_MASK:
		return (v & c->low) == c->high;
	case NUMBER_NOT_MASK:
		return (v & c->low) != c->high;
	default:
		return v <= c->low || v >= c->high;
	}
}

#endif
