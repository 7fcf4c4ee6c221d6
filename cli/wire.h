/* SPDX-License-Identifier: Apache-2.0 */
/* cli/wire.h - reads the collector's JSON, and makes its strings harmless on the way.
 *
 * `path` is a key, or keys joined by dots ("eve.alert.signature"). Whatever is missing
 * or of another type reads as nothing. Texts live as long as the run (cli->arena).
 */
#ifndef CLI_WIRE_H
#define CLI_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct cli;

/* Borrowed; NULL when there is nothing, or null. */
const json_t *wire_at(const json_t *object, const char *path);

/* One line, escaped: a string, a number, true or false, a list joined by commas, an object as
 * JSON. "" for nothing. */
const char *wire_value(struct cli *cli, const json_t *value);
const char *wire_text(struct cli *cli, const json_t *object, const char *path);

int64_t wire_int(const json_t *object, const char *path, int64_t otherwise);
/* RFC 3339; false when it is none. */
bool wire_time(int64_t *out_us, const json_t *object, const char *path);
/* Length of a list; 0 when it is none. */
size_t wire_count(const json_t *object, const char *path);

#endif
