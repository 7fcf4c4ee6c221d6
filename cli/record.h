/* SPDX-License-Identifier: Apache-2.0 */
/* cli/record.h - the kinds of things that the collector lists, and how each field is shown.
 *
 * One row a field: its key in JSON, its heading, how its value becomes text, and in
 * which forms of output it stands when --fields says nothing. Any thread.
 */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "cli/table.h"

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct cli;

enum {
	IN_TERMINAL = 1, /* the table on a terminal */
	IN_PIPE = 2,     /* the same table in a pipe or file */
	IN_PLAIN = 4,    /* --plain */
	IN_TABLE = IN_TERMINAL | IN_PIPE,
	IN_ALL = IN_TABLE | IN_PLAIN,
};

struct field {
	const char *key;
	const char *head; /* to be translated */
	/* Text of the field in `object`, escaped; "" for nothing. */
	const char *(*text)(struct cli *cli, const json_t *object, const char *key);
	unsigned in;
	int      flags; /* TABLE_… */
	size_t   min; /* of TABLE_CUT: columns that it keeps at least; 0: TABLE_MIN */
	bool     derived; /* made from other fields: JSON has it only when it is asked for */
	enum table_tint (*tint)(const json_t *object, const char *key); /* NULL: none */
};

struct record {
	const char         *id; /* key of what names one */
	const char         *open; /* prefix of keys beyond these, such as "eve."; NULL: none */
	const struct field *fields;
	size_t              n_fields;
};

extern const struct record record_incident, record_event, record_alert, record_sensor, record_gap,
		record_dead_letter, record_moment, record_blind;

/* NULL when there is no such field. */
const struct field *record_field(const struct record *r, const char *key);

/* For text outside tables too: the whole word. */
const char     *field_severity(struct cli *cli, const json_t *object, const char *key);
/* The short word that stands in columns. */
const char     *field_sev(struct cli *cli, const json_t *object, const char *key);
const char     *field_subject(struct cli *cli, const json_t *object, const char *key);
const char     *field_time(struct cli *cli, const json_t *object, const char *key);
const char     *field_count(struct cli *cli, const json_t *object, const char *key);
enum table_tint tint_severity(const json_t *object, const char *key);

#endif
