/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/help.h"
#include "cli/i18n.h"
#include "lib/arena.h"
#include "lib/version.h"

#define CLI_SCRATCH (64u << 10) /* first block of the run's scratch memory, bytes */
#define CLI_IDS_MAX 1000000u

static const char *format(struct cli *cli, const char *fmt, va_list ap)
		__attribute__((format(printf, 2, 0)));

static const char *
format(struct cli *cli, const char *fmt, va_list ap)
{
	char       *text;
	const char *kept;
	int         n = vasprintf(&text, fmt, ap);

	if (n < 0)
		abort();
	kept = arena_dup(cli->arena, text, (size_t)n);
	free(text);
	if (!kept)
		abort();
	return kept;
}

const char *
cli_printf(struct cli *cli, const char *fmt, ...)
{
	const char *text;
	va_list     ap;

	va_start(ap, fmt);
	text = format(cli, fmt, ap);
	va_end(ap);
	return text;
}

int
cli_fail(struct cli *cli, enum cli_exit code, const char *fmt, ...)
{
	const char *text;
	va_list     ap;

	va_start(ap, fmt);
	text = format(cli, fmt, ap);
	va_end(ap);
	fflush(stdout); /* so that it stands after what went well */
	fprintf(stderr, "tocsin: %s\n", escape_text(cli->arena, text, strlen(text)));
	return (int)code;
}

const char *
cli_path(struct cli *cli, const char *fmt, const char *word)
{
	char       *encoded = evhttp_encode_uri(word);
	const char *hole = strstr(fmt, "%s");
	const char *path;

	if (!encoded || !hole)
		abort();
	path = cli_printf(cli, "%.*s%s%s", (int)(hole - fmt), fmt, encoded, hole + 2);
	free(encoded);
	return path;
}

/* --url, --data, TOCSIN_URL, the system's socket: the first that is given. */
static int
open_client(struct cli *cli)
{
	const char *env = getenv("TOCSIN_URL");
	const char *url = cli->args.opt[OPT_URL];
	const char *dir = cli->args.opt[OPT_DATA];
	int         patience = cli->command->patience_s;
	int         err;

	if (!url && !dir && env && *env)
		url = env;
	if (!url)
		url = cli_printf(cli, "unix:%s/api.sock", dir ? dir : CLI_DATA_DIR);
	err = client_new(&cli->client, url, patience ? patience : CLIENT_PATIENCE_S);
	if (err == -EINVAL)
		return cli_fail(cli, CLI_ERROR, _("%s: a collector is named as unix:PATH"), url);
	return err ? cli_fail(cli, CLI_ERROR, "%s", strerror(-err)) : CLI_DONE;
}

/* The request itself failed: no answer came. */
static int
no_answer(struct cli *cli, int err)
{
	const char *where = client_where(cli->client);

	switch (err) {
	case -EINTR:
		return CLI_INTERRUPTED;
	case -EACCES:
	case -EPERM:
		return cli_fail(cli, CLI_REFUSED,
				_("you may not use the collector at %s; "
				  "ask for membership of its group"),
				where);
	case -EMSGSIZE:
		return cli_fail(cli, CLI_ERROR,
				_("the answer is too large; ask for less with --limit"));
	case -EBADMSG:
		return cli_fail(cli, CLI_ERROR, _("what answers at %s is no collector"), where);
	default:
		return cli_fail(cli, CLI_UNREACHABLE,
				_("no collector answers at %s: %s; is tocsin-collector "
				  "running? --data DIR names another"),
				where, strerror(-err));
	}
}

static enum cli_exit
exit_of_status(int status)
{
	switch (status) {
	case 404:
		return CLI_NO_MATCH;
	case 401:
	case 403:
	case 409:
		return CLI_REFUSED;
	case 502:
	case 503:
	case 504:
		return CLI_UNREACHABLE;
	default:
		return CLI_ERROR;
	}
}

static json_t *
parse(struct evbuffer *body, json_error_t *error)
{
	size_t len = evbuffer_get_length(body);

	/* NUL is a character like others in names from the wire. */
	return json_loadb((const char *)evbuffer_pullup(body, -1), len,
			JSON_ALLOW_NUL | JSON_DECODE_ANY, error);
}

/* The collector said no: its own words tell why. */
static int
refused(struct cli *cli, int status, struct evbuffer *body)
{
	json_error_t error;
	json_t      *answer = parse(body, &error);
	const char  *said = json_string_value(json_object_get(answer, "message"));
	int          code;

	if (said)
		code = cli_fail(cli, exit_of_status(status), "%s", said);
	else
		code = cli_fail(cli, exit_of_status(status), _("the collector answered %d"),
				status);
	json_decref(answer);
	return code;
}

static int
ask(struct cli *cli, const char *method, const char *path, const char *body,
		struct evbuffer *reply, client_sink_fn *sink, void *arg)
{
	int status, err;

	if (!cli->client && (err = open_client(cli)))
		return err;
	err = client_ask(cli->client, method, path, body, &status, reply, sink, arg);
	if (err)
		return err > 0 ? err : no_answer(cli, err);
	return status >= 200 && status < 300 ? CLI_DONE : refused(cli, status, reply);
}

static int
ask_json(struct cli *cli, json_t **out, const char *method, const char *path,
		const char *body)
{
	struct evbuffer *reply = evbuffer_new();
	json_error_t     error;
	int              code;

	*out = NULL;
	if (!reply)
		abort();
	code = ask(cli, method, path, body, reply, NULL, NULL);
	if (code == CLI_DONE) {
		*out = parse(reply, &error);
		if (!*out)
			code = cli_fail(cli, CLI_ERROR, _("the collector's answer is no JSON: %s"),
					error.text);
	}
	evbuffer_free(reply);
	return code;
}

int
cli_get(struct cli *cli, json_t **out, const char *path)
{
	return ask_json(cli, out, "GET", path, NULL);
}

int
cli_post(struct cli *cli, json_t **out, const char *path, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	int   code;

	json_decref(body);
	if (!text)
		abort();
	code = ask_json(cli, out, "POST", path, text);
	free(text);
	return code;
}

int
cli_stream(struct cli *cli, const char *path, int (*sink)(void *, struct evbuffer *),
		void *arg)
{
	struct evbuffer *reply = evbuffer_new();
	int              code;

	if (!reply)
		abort();
	code = ask(cli, "GET", path, NULL, reply, sink, arg);
	evbuffer_free(reply);
	return code;
}

/* The first word of each line, so that a whole listing may be piped in as well as bare ids. */
static int
read_ids(struct cli *cli, json_t *ids)
{
	char  *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0 && json_array_size(ids) < CLI_IDS_MAX) {
		char *rest, *word = strtok_r(line, " \t\r\n", &rest);

		if (word && json_array_append_new(ids, json_string(word)) < 0) {
			free(line);
			return cli_fail(cli, CLI_ERROR, _("standard input is no list of ids"));
		}
	}
	free(line);
	return CLI_DONE;
}

int
cli_ids(struct cli *cli, json_t **out)
{
	json_t *ids = json_array();
	int     code = CLI_DONE;

	for (int i = 0; i < cli->args.n_words && code == CLI_DONE; i++) {
		const char *word = cli->args.words[i];

		if (strcmp(word, "-") == 0)
			code = read_ids(cli, ids);
		else if (json_array_append_new(ids, json_string(word)) < 0)
			code = cli_fail(cli, CLI_ERROR, _("%s is no id"), word);
	}
	if (code == CLI_DONE && json_array_size(ids) == 0)
		code = cli_fail(cli, CLI_NO_MATCH, _("no ids came on standard input"));
	*out = ids;
	if (code != CLI_DONE) {
		json_decref(ids);
		*out = NULL;
	}
	return code;
}

/* Words and forms that fit the command, before anything is asked. */
static int
check_args(struct cli *cli)
{
	const struct command *c = cli->command;
	int                   n = cli->args.n_words;

	if (out_init(&cli->out, &cli->args) < 0)
		return cli_fail(cli, CLI_ERROR,
				_("choose one of --json, --jsonl, --plain and -i"));
	if (n < c->min_words)
		return cli_fail(cli, CLI_ERROR, _("%s needs %s; see `tocsin %s --help`"), c->name,
				c->words, c->name);
	if (c->max_words >= 0 && n > c->max_words)
		return cli_fail(cli, CLI_ERROR, _("%s: one word too many; see `tocsin %s --help`"),
				cli->args.words[c->max_words], c->name);
	return CLI_DONE;
}

/* Options before the subcommand count as well, but later ones win. */
static void
inherit(struct args *args, const struct args *before)
{
	for (int o = 0; o < OPT_COUNT; o++)
		if (!args->opt[o])
			args->opt[o] = before->opt[o];
}

static int
run_command(struct cli *cli, const struct args *before, int argc, char **argv)
{
	uint64_t takes = cli->command->takes | OPTS_EVERYWHERE;
	int      code;

	if (args_parse(&cli->args, takes, false, argc, argv) < 0)
		return cli_fail(cli, CLI_ERROR, _("%s; see `tocsin %s --help`"), cli->args.why,
				cli->command->name);
	inherit(&cli->args, before);
	if (args_has(&cli->args, OPT_HELP)) {
		help_command(cli, cli->command);
		return CLI_DONE;
	}
	code = check_args(cli);
	if (code != CLI_DONE)
		return code;
	if (cli->command->pager && cli->out.form == OUT_TEXT)
		out_page(&cli->out, &cli->args);
	return cli->command->run(cli);
}

static int
dispatch(struct cli *cli, int argc, char **argv)
{
	struct args before;
	int         used;

	if (args_parse(&before, OPTS_EVERYWHERE, true, argc, argv) < 0)
		return cli_fail(cli, CLI_ERROR, _("%s; see `tocsin --help`"), before.why);
	if (args_has(&before, OPT_VERSION)) {
		printf("tocsin %s\n", version());
		return CLI_DONE;
	}
	if (before.n_words == 0) {
		help_overview(cli);
		return args_has(&before, OPT_HELP) ? CLI_DONE : CLI_ERROR;
	}
	cli->command = command_find(before.words, before.n_words, &used);
	if (!cli->command)
		return help_unknown(cli, before.words, before.n_words);
	/* getopt skips its argv[0]: the last word of the command's name. */
	return run_command(cli, &before, before.n_words - used + 1, before.words + used - 1);
}

int
cli_main(int argc, char **argv, int64_t now_us)
{
	struct cli cli = { .now_us = now_us, .arena = arena_new(CLI_SCRATCH) };
	int        code, err;

	if (!cli.arena)
		abort();
	signal(SIGPIPE, SIG_IGN); /* a collector that goes is an error to report, not the end */
	code = dispatch(&cli, argc, argv);
	err = out_close(&cli.out);
	if (err == -EPIPE)
		code = CLI_NO_READER;
	else if (err)
		code = cli_fail(&cli, CLI_ERROR, _("cannot write: %s"), strerror(-err));
	client_free(cli.client);
	arena_free(cli.arena);
	return code;
}
