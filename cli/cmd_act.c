/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/i18n.h"
#include "cli/wire.h"

/* Options that become arguments of an action, by the collector's names. */
static const struct {
	enum opt    opt;
	const char *key;
} act_args[] = {
	{ OPT_TO, "to" },
	{ OPT_TEXT, "text" },
	{ OPT_REASON, "reason" },
	{ OPT_CLASS, "class" },
	{ OPT_DISPOSITION, "disposition" },
	{ OPT_SEVERITY, "severity" },
};
#define N_ARGS (sizeof(act_args) / sizeof(act_args[0]))

/* Acts that mean nothing without one of these options. */
static const struct {
	const char *act;
	uint64_t    one_of;
	const char *say;
} needs[] = {
	{ "note", OPT(TEXT), N_("a note needs its text: -m TEXT") },
	{ "classify", OPT(CLASS) | OPT(DISPOSITION) | OPT(SEVERITY),
			N_("say --class, --disposition or --severity") },
};

static int
check_needs(struct cli *cli)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		bool given = false;

		if (strcmp(needs[i].act, cli->command->name) != 0)
			continue;
		for (int o = 0; o < OPT_COUNT; o++)
			given |= needs[i].one_of >> o & 1 && args_has(&cli->args, (enum opt)o);
		if (!given)
			return cli_fail(cli, CLI_ERROR, "%s", _(needs[i].say));
	}
	return CLI_DONE;
}

static int
set_arg(struct cli *cli, json_t *args, const char *key, enum opt opt)
{
	const char *text = cli->args.opt[opt];
	int         severity;

	if (opt == OPT_SEVERITY) {
		severity = args_severity(text);
		if (severity < 0)
			return cli_fail(cli, CLI_ERROR, _("--severity: %s is none"), text);
		json_object_set_new(args, key, json_integer(severity));
	} else if (json_object_set_new(args, key, json_string(text)) < 0) {
		return cli_fail(cli, CLI_ERROR, _("--%s: that is no UTF-8 text"),
				opt_rows[opt].name);
	}
	return CLI_DONE;
}

/* `tocsin assign ID` without --to: take it. */
static const char *
my_name(void)
{
	const struct passwd *me = getpwuid(getuid());

	return me ? me->pw_name : "";
}

static int
build_args(struct cli *cli, json_t *args)
{
	int code = check_needs(cli);

	for (size_t i = 0; i < N_ARGS && code == CLI_DONE; i++)
		if (args_has(&cli->args, act_args[i].opt))
			code = set_arg(cli, args, act_args[i].key, act_args[i].opt);
	if (strcmp(cli->command->name, "assign") == 0 && !args_has(&cli->args, OPT_TO))
		json_object_set_new(args, "to", json_string(my_name()));
	return code;
}

/* What was done, and the state it is in now; in a dry run that is not yet so. */
static void
say_one(struct cli *cli, const json_t *one)
{
	const char *id = wire_text(cli, one, "id"), *text = wire_text(cli, one, "text");
	const char *state = wire_text(cli, one, "state");

	if (args_has(&cli->args, OPT_DRY_RUN))
		printf("#%s: %s\n", id, text);
	else if (strcmp(text, state) == 0)
		printf(_("#%s is %s now\n"), id, state);
	else
		printf(_("#%s is %s now: %s\n"), id, state, text);
}

static void
say_done(struct cli *cli, const json_t *answer)
{
	const json_t *done = wire_at(answer, "done"), *one;
	size_t        i;

	if (args_has(&cli->args, OPT_DRY_RUN) && json_array_size(done))
		puts(_("dry run, nothing was changed; this would be:"));
	json_array_foreach ((json_t *)done, i, one)
		say_one(cli, one);
	if (!args_has(&cli->args, OPT_DRY_RUN) && wire_at(answer, "undo"))
		printf(_("to take it back: %s\n"), wire_text(cli, answer, "undo"));
}

static enum cli_exit
exit_of_failure(const json_t *one)
{
	const char *error = json_string_value(wire_at(one, "error"));

	if (error && strcmp(error, "not_found") == 0)
		return CLI_NO_MATCH;
	if (error && (strcmp(error, "conflict") == 0 || strcmp(error, "refused") == 0))
		return CLI_REFUSED;
	return CLI_ERROR;
}

/* Each failure on standard error; all the same kind and nothing done: that kind's exit code. */
static int
say_failed(struct cli *cli, const json_t *answer)
{
	const json_t *failed = wire_at(answer, "failed"), *one;
	size_t        i;
	int           code = CLI_DONE;

	json_array_foreach ((json_t *)failed, i, one) {
		enum cli_exit kind = exit_of_failure(one);

		cli_fail(cli, kind, "#%s: %s", wire_text(cli, one, "id"),
				wire_text(cli, one, "message"));
		code = code == CLI_DONE || code == (int)kind ? (int)kind : CLI_ERROR;
	}
	return code && wire_count(answer, "done") ? CLI_PARTLY : code;
}

static int
post_act(struct cli *cli, const char *path, json_t *body)
{
	json_t *answer;
	int     code;

	json_object_set_new(body, "dry_run", json_boolean(args_has(&cli->args, OPT_DRY_RUN)));
	code = cli_post(cli, &answer, path, body);
	if (code != CLI_DONE)
		return code;
	if (cli->out.form == OUT_JSON) {
		out_json(answer, true);
		putchar('\n');
	} else {
		say_done(cli, answer);
	}
	code = say_failed(cli, answer);
	json_decref(answer);
	return code;
}

int
cmd_act(struct cli *cli)
{
	json_t *args = json_object(), *ids, *body;
	int     code = build_args(cli, args);

	if (code == CLI_DONE)
		code = cli_ids(cli, &ids);
	if (code != CLI_DONE) {
		json_decref(args);
		return code;
	}
	body = json_pack("{s:s, s:o, s:o}", "action", cli->command->name, "ids", ids, "args",
			args);
	return post_act(cli, "/v1/actions", body);
}

int
cmd_undo(struct cli *cli)
{
	const char *action = cli->args.n_words ? cli->args.words[0] : NULL;

	return post_act(cli, "/v1/undo", json_pack("{s:s?}", "action_id", action));
}
