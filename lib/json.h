/* SPDX-License-Identifier: Apache-2.0 */
/* lib/json.h - append-only JSON writer. Reading is jansson's.
 *
 * Writes compact JSON into memory that the caller owns or that grows by malloc.
 * Strings come from the wire: control bytes, quotes, bytes that are not UTF-8
 * (written as \u00XX, one per byte, as Suricata does) all come out as valid
 * JSON. `key` NULL means: an element of an array, or the outermost value.
 * No name is one of jansson's, so that a file may use both. Not thread-safe.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 24

struct addr;

struct json {
	char    *buf;    /* the text so far, not NUL-terminated until json_end() */
	size_t   len;
	size_t   cap;
	bool     grows;  /* buf is ours and may be reallocated */
	bool     failed; /* did not fit, no memory, or nested too deep */
	uint8_t  depth;
	uint32_t comma; /* bit per depth: something was written there */
};

/* Into `buf` of `cap` bytes (borrowed); too long sets `failed`. */
void json_init(struct json *j, char *buf, size_t cap);
/* Into memory of its own; json_release() frees it. */
void json_init_heap(struct json *j);
void json_release(struct json *j);
/* Start over with the same memory. */
void json_reset(struct json *j);

void json_obj(struct json *j, const char *key); /* { */
void json_obj_end(struct json *j);
void json_arr(struct json *j, const char *key); /* [ */
void json_arr_end(struct json *j);

void json_str(struct json *j, const char *key, const char *s); /* NULL writes null */
void json_bytes(struct json *j, const char *key, struct bytes s);
void json_u64(struct json *j, const char *key, uint64_t v);
void json_i64(struct json *j, const char *key, int64_t v);
void json_double(struct json *j, const char *key, double v);
void json_bool(struct json *j, const char *key, bool v);
void json_nil(struct json *j, const char *key);
void json_hex(struct json *j, const char *key, struct bytes s, char sep); /* sep 0: none */
void json_base64(struct json *j, const char *key, struct bytes s);
void json_addr(struct json *j, const char *key, const struct addr *a);
/* EVE's time: 2026-01-02T03:04:05.678901+0000, microseconds, UTC. */
void json_time_eve(struct json *j, const char *key, uint64_t ts_ns);
/* RFC 3339 in UTC with milliseconds and Z. */
void json_time(struct json *j, const char *key, uint64_t ts_ns);
/* `raw` is JSON already: an object, array, number, … written as it is. */
void json_raw(struct json *j, const char *key, const char *raw, size_t len);
/* Members without their braces, to go inside the open object. */
void json_members(struct json *j, const char *raw, size_t len);

/* Close the text with NUL; NULL when `failed`. Borrowed from `j`. */
const char *json_end(struct json *j);

#endif
