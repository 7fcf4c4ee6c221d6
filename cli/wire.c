/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/wire.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/escape.h"
#include "cli/i18n.h"
#include "cli/when.h"

const json_t *
wire_at(const json_t *object, const char *path)
{
	while (object && path) {
		const char *dot = strchr(path, '.');

		object = dot ? json_object_getn(object, path, (size_t)(dot - path))
			     : json_object_get(object, path);
		path = dot ? dot + 1 : NULL;
	}
	return json_is_null(object) ? NULL : object;
}

static const char *
list_text(struct cli *cli, const json_t *list)
{
	const char *text = "";

	for (size_t i = 0; i < json_array_size(list); i++)
		text = cli_printf(cli, "%s%s%s", text, i ? "," : "",
				wire_value(cli, json_array_get(list, i)));
	return text;
}

static const char *
object_text(struct cli *cli, const json_t *object)
{
	char       *json = json_dumps(object, JSON_COMPACT);
	const char *text;

	if (!json)
		abort();
	text = escape_text(cli->arena, json, strlen(json));
	free(json);
	return text;
}

const char *
wire_value(struct cli *cli, const json_t *value)
{
	if (!value)
		return "";
	switch (json_typeof(value)) {
	case JSON_STRING:
		return escape_text(cli->arena, json_string_value(value),
				json_string_length(value));
	case JSON_INTEGER:
		return cli_printf(cli, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL:
		return cli_printf(cli, "%g", json_real_value(value));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_ARRAY:
		return list_text(cli, value);
	case JSON_OBJECT:
		return object_text(cli, value);
	default:
		return "";
	}
}

const char *
wire_text(struct cli *cli, const json_t *object, const char *path)
{
	return wire_value(cli, wire_at(object, path));
}

int64_t
wire_int(const json_t *object, const char *path, int64_t otherwise)
{
	const json_t *value = wire_at(object, path);

	if (json_is_real(value))
		return (int64_t)json_real_value(value);
	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool
wire_time(int64_t *out_us, const json_t *object, const char *path)
{
	const char *text = json_string_value(wire_at(object, path));

	return text && when_parse(out_us, text, 0) == 0;
}

size_t
wire_count(const json_t *object, const char *path)
{
	return json_array_size(wire_at(object, path));
}
