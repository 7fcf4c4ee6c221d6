/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cli.h - one run of `tocsin`: what a subcommand is, and what it is given.
 *
 * A subcommand is a row in commands.c and a function that returns the exit code.
 * Whatever it has to say about a failure, it says through cli_fail(). One thread.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/args.h"
#include "cli/out.h"

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Where the collector keeps its data when nobody says otherwise. */
#define CLI_DATA_DIR "/var/lib/tocsin"

struct arena;
struct client;
struct cli;

enum cli_exit {
	CLI_DONE = 0,
	CLI_NO_MATCH = 1,    /* nothing found, or the condition is false */
	CLI_ERROR = 2,       /* usage, or it failed */
	CLI_PARTLY = 3,      /* some of the ids failed; they are named on standard error */
	CLI_REFUSED = 4,     /* not allowed, or changed by somebody else meanwhile */
	CLI_UNREACHABLE = 5, /* no collector there */
	CLI_INTERRUPTED = 130,
	CLI_NO_READER = 141, /* as if SIGPIPE had ended us: `| head` has seen enough */
};

struct command {
	const char *name;     /* one word or two, as typed */
	const char *words;    /* what follows it: "ID…" */
	const char *summary;  /* one line, to be translated */
	const char *examples; /* lines of "command\tcomment"; the first things that help shows */
	const char *about;    /* what else one must know, NULL: nothing */
	uint64_t    takes;    /* OPT() bits beyond OPTS_EVERYWHERE */
	int         min_words, max_words; /* -1: any number */
	bool        pager;    /* its text goes through a pager on a terminal */
	int         patience_s; /* how long the collector may think; 0: as usual */
	int (*run)(struct cli *cli);
};

struct cli {
	const struct command *command;
	struct args           args;
	struct out            out;
	struct client        *client; /* owned; opened by the first question */
	struct arena         *arena;  /* owned; scratch text of this run */
	int64_t               now_us;
};

/* Run what argv asks for. The exit code. */
int cli_main(int argc, char **argv, int64_t now_us);

/* "tocsin: …" on standard error, escaped; returns `code`, so that it can stand in a return. */
int cli_fail(struct cli *cli, enum cli_exit code, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));

/* Text that lives as long as the run. Aborts when there is no memory. */
const char *cli_printf(struct cli *cli, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

/* Ask the collector. On 0 *out is its JSON answer, owned by the caller; else NULL, the reason
 * has been said, and the exit code is returned. */
int cli_get(struct cli *cli, json_t **out, const char *path);
int cli_post(struct cli *cli, json_t **out, const char *path, json_t *body /* taken */);
/* The same without parsing: 2xx bodies go to `sink` as they come. */
struct evbuffer;
int cli_stream(struct cli *cli, const char *path, int (*sink)(void *, struct evbuffer *),
		void *arg);

/* `path` with ids or names put in: a copy of `fmt` where each %s is encoded for a URL. */
const char *cli_path(struct cli *cli, const char *fmt, const char *word);

/* The ids that were given as words, or on standard input for "-". *out is an array of strings,
 * owned. CLI_DONE, or CLI_ERROR when there is none (said). */
int cli_ids(struct cli *cli, json_t **out);

#endif
