/* SPDX-License-Identifier: Apache-2.0 */
/* rules/number_words.h - the words that stand for numbers of transactions: dns.rcode:nxdomain. Constant data, any thread. */
#ifndef RULES_NUMBER_WORDS_H
#define RULES_NUMBER_WORDS_H

#include "rules/buffer.h"

struct number_word;

/* The words of a number, for condition_parse_words(); NULL: it has none. */
const struct number_word *number_words(enum number n);

#endif
