/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/observe.h - the look-back feed: which names, addresses and fingerprints were seen, when, how often.
 *
 * Gathered in a table of fixed size, told from time to time, and earlier where
 * a place is needed: nothing is left out, only told in more pieces. One worker.
 */
#ifndef SENSOR_OBSERVE_H
#define SENSOR_OBSERVE_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names as the feed has them. */
#define OBSERVE_LIST(X)  \
	X(DOMAIN, "domain") \
	X(IP, "ip")      \
	X(SNI, "sni")    \
	X(JA3, "ja3")    \
	X(JA4, "ja4")    \
	X(HASH, "hash") /* SHA-256 of a file's content */

enum observe_kind {
#define X(id, name) OBSERVE_##id,
	OBSERVE_LIST(X)
#undef X
	OBSERVE_COUNT
};

#define OBSERVE_VALUE_MAX 255 /* longer ones are cut */

struct observation {
	uint8_t      kind; /* enum observe_kind */
	struct bytes value;
	uint64_t     first_ns, last_ns;
	uint64_t     count;
};

struct observe_settings {
	bool     on;
	uint32_t every_s; /* between two tellings; 0: 60 */
	uint32_t places;  /* of the table, a power of two; 0: 16384 */
	/* Told in runs: those of one run come one after the other, then NULL. */
	void (*tell)(void *arg, const struct observation *o);
	void *arg;
};

struct observe_counters {
	uint64_t seen, told, early; /* early: told because its place was needed */
};

struct observe;

/* NULL: no memory. */
struct observe *observe_new(const struct observe_settings *settings);
void            observe_free(struct observe *o);

void observe(struct observe *o, enum observe_kind kind, struct bytes value, uint64_t now_ns);
/* Tell all when it is time, or at once. */
void observe_flush(struct observe *o, uint64_t now_ns, bool at_once);

const char                    *observe_kind_name(enum observe_kind kind);
const struct observe_counters *observe_counters(const struct observe *o);

#endif
