/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/options.h - the command line of tocsin-sensor, from one table with its help text. Main thread. */
#ifndef SENSOR_OPTIONS_H
#define SENSOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_WORKERS_MAX 64

/* A growing list of words; borrowed from argv or owned by the configuration. */
struct words {
	const char **list;
	size_t       n;
};

struct options {
	struct words reads, interfaces, rules, collectors, sets;
	const char  *classification, *reference, *threshold, *cache;
	const char  *eve, *eve_types, *send_types;
	const char  *state;
	const char  *checksum; /* yes, no, auto; NULL: auto */
	const char  *stats;
	const char  *config;
	const char  *filter;   /* BPF */
	const char  *user;     /* to become after the captures are open */
	const char  *buffer_mib, *rate_limit;
	const char  *workers;  /* number, or auto; NULL: auto for interfaces, one for files */
	const char  *token;    /* of enroll */
	bool         enroll;   /* the subcommand */
	bool         test, debug, observe;
	bool         help, version, example;
};

/* 0, or -EINVAL after a word on standard error. */
int  options_parse(struct options *o, int argc, char **argv);
/* Do they make sense together, once the configuration was read? The same. */
int  options_check(const struct options *o);
/* How many workers they ask for, when the machine has so many cores. 0: the word makes no sense. */
unsigned options_workers(const struct options *o, unsigned cores);
void options_release(struct options *o);

void options_help(void);

int  words_add(struct words *w, const char *word);
void words_release(struct words *w);

#endif
