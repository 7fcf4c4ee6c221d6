/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "cli/escape.h"
#include "cli/i18n.h"
#include "cli/record.h"
#include "cli/wire.h"
#include "lib/arena.h"

#define WATCH_SCRATCH (64u << 10) /* for one line, bytes */

struct watch {
	struct cli   *cli;
	struct arena *scratch; /* of one line; owned */
	size_t        n, limit;
};

/* Ends the stream when enough was shown: a value that is no exit code. */
#define WATCH_ENOUGH 1000

static void
print_padded(struct cli *cli, const char *text, size_t width)
{
	size_t used;

	if (width && cli->out.terminal)
		text = escape_cut(cli->arena, text, width);
	used = escape_width(text);
	printf("%s%*s", text, width > used ? (int)(width - used) + 2 : width ? 2 : 0, "");
}

/* One line: a feed is read as it scrolls by, so its columns have fixed widths. */
static void
print_line(struct cli *cli, const json_t *change)
{
	const char          *type = json_string_value(wire_at(change, "type"));
	bool                 event = type && strcmp(type, "event") == 0;
	bool                 plain = cli->out.form == OUT_PLAIN;
	const struct record *r = event ? &record_event : &record_incident;
	const struct {
		const char *key;
		size_t      width; /* 0: as wide as it is */
	} columns[] = {
		{ event ? "time" : "modified", cli->out.terminal ? 19 : 24 },
		{ "type", 8 },
		{ "id", 6 },
		{ "severity", 8 },
		{ "site", 10 },
		{ event ? "signature" : "title", 40 },
		{ "route", 0 },
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		const struct field *f = record_field(r, columns[i].key);
		const char         *text = f ? f->text(cli, change, f->key)
					     : wire_text(cli, change, columns[i].key);

		if (plain)
			printf("%s%s", i ? "\t" : "", *text ? text : "-");
		else
			print_padded(cli, text, columns[i].width);
	}
	putchar('\n');
}

static void
print_change(struct watch *w, const json_t *change)
{
	struct cli *cli = w->cli;

	if (cli->out.form == OUT_JSON)
		fputs(w->n ? ",\n" : "[\n", stdout);
	if (cli->out.form == OUT_JSON || cli->out.form == OUT_JSONL)
		out_json(change, false);
	else
		print_line(cli, change);
	if (cli->out.form == OUT_JSONL)
		putchar('\n');
	w->n++;
}

static int
take_line(struct watch *w, const char *line, size_t len)
{
	struct arena *kept = w->cli->arena;
	json_t       *change = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	const char   *type = json_string_value(wire_at(change, "type"));

	if (!type)
		return cli_fail(w->cli, CLI_ERROR,
				_("the collector sent a line that is no change"));
	if (strcmp(type, "keepalive") != 0) {
		w->cli->arena = w->scratch;
		print_change(w, change);
		w->cli->arena = kept;
		arena_reset(w->scratch);
	}
	json_decref(change);
	return w->n >= w->limit || !out_flush() ? WATCH_ENOUGH : 0;
}

static int
take_lines(void *arg, struct evbuffer *body)
{
	size_t len;
	char  *line;
	int    err = 0;

	while (!err && (line = evbuffer_readln(body, &len, EVBUFFER_EOL_LF))) {
		err = take_line(arg, line, len);
		free(line);
	}
	return err;
}

int
cmd_watch(struct cli *cli)
{
	struct watch w = { .cli = cli, .limit = SIZE_MAX, .scratch = arena_new(WATCH_SCRATCH) };
	const char  *limit = cli->args.opt[OPT_LIMIT], *after = cli->args.opt[OPT_AFTER];
	const char  *path = "/v1/watch";
	int          code;

	if (!w.scratch)
		abort();
	if (after)
		path = cli_path(cli, "/v1/watch?after=%s", after);
	if (limit)
		w.limit = strtoul(limit, NULL, 10);
	if (w.limit < 1)
		code = cli_fail(cli, CLI_ERROR, _("--limit: %s is no number above 0"), limit);
	else
		code = cli_stream(cli, path, take_lines, &w);
	if (cli->out.form == OUT_JSON && (w.n || code == CLI_DONE || code == CLI_INTERRUPTED))
		puts(w.n ? "\n]" : "[]");
	arena_free(w.scratch);
	if (code == CLI_DONE) /* it never ends by itself */
		return cli_fail(cli, CLI_UNREACHABLE, _("the collector has ended the stream"));
	return code == WATCH_ENOUGH ? CLI_DONE : code;
}
