/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/i18n.h"
#include "cli/list.h"
#include "cli/sheet.h"
#include "cli/when.h"
#include "cli/wire.h"

static void
show_token(struct cli *cli, const json_t *answer)
{
	const char *token = wire_text(cli, answer, "token");

	printf(_("sensor %s at %s may enrol until %s, once, with the token\n"),
			wire_text(cli, answer, "name"), wire_text(cli, answer, "site"),
			field_time(cli, answer, "expires"));
	printf("%s\n", token);
	printf(_("on its machine: tocsin-sensor enroll --collector HOST:PORT --token %s "
		 "--state DIR\n"),
			token);
}

int
cmd_sensor_add(struct cli *cli)
{
	const char *site = cli->args.opt[OPT_SITE], *valid = cli->args.opt[OPT_VALID];
	json_t     *body, *answer;
	int64_t     span;
	int         code;

	if (!site)
		return cli_fail(cli, CLI_ERROR, _("which site does it watch? --site SITE"));
	if (valid && (when_parse_span(&span, valid) < 0 || span < 1000000))
		return cli_fail(cli, CLI_ERROR, _("--valid: %s is no length of time"), valid);
	body = json_pack("{s:s, s:s}", "name", cli->args.words[0], "site", site);
	if (!body)
		return cli_fail(cli, CLI_ERROR, _("that name is no UTF-8 text"));
	if (valid)
		json_object_set_new(body, "valid_s", json_integer(span / 1000000));
	code = cli_post(cli, &answer, "/v1/sensors", body);
	if (code != CLI_DONE)
		return code;
	if (cli->out.form == OUT_JSON) {
		out_json(answer, true);
		putchar('\n');
	} else {
		show_token(cli, answer);
	}
	json_decref(answer);
	return CLI_DONE;
}

int
cmd_sensor_list(struct cli *cli)
{
	static const struct list_spec spec = {
		.record = &record_sensor,
		.path = "/v1/sensors",
		.none = N_("no sensors yet; `tocsin sensor add NAME --site SITE` announces one"),
	};

	return list_run(cli, &spec);
}

static void
show_sensor(struct cli *cli, const json_t *sensor)
{
	struct sheet sheet;

	sheet_start(&sheet, cli);
	sheet_object(&sheet, "", sensor);
	sheet_print(&sheet);
}

int
cmd_sensor_show(struct cli *cli)
{
	return sheet_each(cli, "/v1/sensors/%s", show_sensor);
}

static int
revoke(struct cli *cli, const char *name)
{
	const char *reason = cli->args.opt[OPT_REASON];
	json_t     *answer;
	int         code;

	if (args_has(&cli->args, OPT_DRY_RUN))
		code = cli_get(cli, &answer, cli_path(cli, "/v1/sensors/%s", name));
	else
		code = cli_post(cli, &answer, cli_path(cli, "/v1/sensors/%s/revoke", name),
				json_pack("{s:s}", "reason", reason ? reason : ""));
	if (code != CLI_DONE)
		return code;
	if (cli->out.form == OUT_JSON) {
		out_json(answer, true);
		putchar('\n');
	} else {
		printf(args_has(&cli->args, OPT_DRY_RUN)
						? _("%s would be revoked\n")
						: _("%s is revoked; `tocsin sensor add` lets it enrol anew\n"),
				wire_text(cli, answer, "name"));
	}
	json_decref(answer);
	return CLI_DONE;
}

int
cmd_sensor_revoke(struct cli *cli)
{
	json_t *names;
	size_t  done = 0;
	int     failed = CLI_DONE, code = cli_ids(cli, &names);

	if (code != CLI_DONE)
		return code;
	for (size_t i = 0; i < json_array_size(names); i++) {
		code = revoke(cli, json_string_value(json_array_get(names, i)));
		if (code == CLI_DONE)
			done++;
		else
			failed = code;
	}
	json_decref(names);
	return failed && done ? CLI_PARTLY : failed;
}
