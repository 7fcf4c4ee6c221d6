/* SPDX-License-Identifier: Apache-2.0 */
/* collector/options.h - the command line and the configuration file of tocsin-collector,
 * each from one table with its help text. While starting. */
#ifndef COLLECTOR_OPTIONS_H
#define COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What a file may say, and the command line over it. Texts are owned. */
struct settings {
	char    *listen, *api, *user;
	uint64_t commit_ms;
	uint64_t retention_days; /* 0: nothing is dropped */
};

struct options {
	const char     *data, *config, *listen, *api, *user; /* borrowed from argv */
	bool            init;                                /* the subcommand */
	bool            test, debug, help, version, example;
	struct settings settings;
};

/* The command line, then the file that it names, then the command line over it. 0;
 * -EINVAL: usage, said on standard error; -EBADMSG: mistakes in the file, each said with
 * file and line. */
int  options_parse(struct options *o, int argc, char **argv);
void options_release(struct options *o);
void options_help(void);
/* A commented configuration file. */
void options_example(void);

#endif
