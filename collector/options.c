/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/options.h"

#include "lib/conf.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY(name) offsetof(struct settings, name)
#define DAYS_MAX 36500

/* clang-format off */
static const struct conf_row keys[] = {
	{ .name = "listen", .type = CONF_TEXT, .offset = KEY(listen), .max = 255,
			.value = "[::]:4710", .help = "address and port where sensors connect" },
	{ .name = "api", .type = CONF_TEXT, .offset = KEY(api), .max = 255,
			.help = "answer tocsin over the network too, at this address and port" },
	{ .name = "user", .type = CONF_TEXT, .offset = KEY(user), .max = 63,
			.help = "become this user when started as root" },
	{ .name = "commit-interval", .type = CONF_UINT, .offset = KEY(commit_ms), .max = 1000,
			.value = "10", .unit = "milliseconds",
			.help = "how long events may wait for others to be stored with them" },
	{ .name = "retention-days", .type = CONF_UINT, .offset = KEY(retention_days), .max = DAYS_MAX,
			.value = "0", .unit = "days",
			.help = "drop the detail of events after so many days; 0: never" },
	{ 0 },
};

#define FIELD(name) offsetof(struct options, name)

static const struct row {
	const char *name;
	char        letter; /* 0: none */
	size_t      field;
	const char *arg; /* NULL: a flag */
	const char *help;
} rows[] = {
	{ "data", 0, FIELD(data), "DIR", "data folder (default /var/lib/tocsin)" },
	{ "listen", 'l', FIELD(listen), "ADDR:PORT", "where sensors connect; port 0 picks a free one" },
	{ "api", 0, FIELD(api), "ADDR:PORT", "answer tocsin over the network too" },
	{ "config", 'f', FIELD(config), "FILE", "configuration" },
	{ "user", 'u', FIELD(user), "NAME", "become this user when started as root" },
	{ "test", 'n', FIELD(test), NULL, "check the configuration, then exit" },
	{ "example", 0, FIELD(example), NULL, "print a commented configuration file" },
	{ "debug", 'd', FIELD(debug), NULL, "say more on standard error" },
	{ "help", 'h', FIELD(help), NULL, "this text" },
	{ "version", 'V', FIELD(version), NULL, "which build this is" },
};
/* clang-format on */
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void
options_help(void)
{
	char left[64];

	printf("Usage: tocsin-collector init --data DIR\n"
	       "       tocsin-collector --data DIR [OPTION...]\n\n"
	       "Stores the events of sensors, forms incidents, answers tocsin.\n\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		char              letter[] = {'-', r->letter, ',', 0};

		snprintf(left, sizeof(left), "  %3s --%s%s%s", r->letter ? letter : "",
			r->name, r->arg ? " " : "", r->arg ? r->arg : "");
		printf("%-30s %s\n", left, r->help);
	}
	printf("\nExamples:\n"
	       "  tocsin-collector init --data /var/lib/tocsin\n"
	       "  tocsin-collector --data /var/lib/tocsin --listen 0.0.0.0:4710\n"
	       "  tocsin-collector --config /etc/tocsin/collector.conf --test\n\n"
	       "Exit: 0 done, 1 bad configuration or store, 2 usage.\n");
}

void
options_example(void)
{
	conf_print_example(keys);
}

static void
getopt_tables(struct option longs[N_ROWS + 1], char shorts[2 * N_ROWS + 1])
{
	size_t n = 0;

	memset(longs, 0, (N_ROWS + 1) * sizeof(*longs));
	for (size_t i = 0; i < N_ROWS; i++) {
		longs[i] = (struct option){rows[i].name,
			rows[i].arg ? required_argument : no_argument, NULL,
			256 + (int)i};
		if (rows[i].letter)
			shorts[n++] = rows[i].letter;
		if (rows[i].letter && rows[i].arg)
			shorts[n++] = ':';
	}
	shorts[n] = '\0';
}

static const struct row *
row_of(int c)
{
	if (c >= 256)
		return &rows[c - 256];
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].letter == c)
			return &rows[i];
	return NULL;
}

static int
parse_line(struct options *o, int argc, char **argv)
{
	struct option longs[N_ROWS + 1];
	char          shorts[2 * N_ROWS + 1];
	int           c;

	getopt_tables(longs, shorts);
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *r = row_of(c);
		void             *field = r ? (char *)o + r->field : NULL;

		if (!r)
			return -EINVAL; /* getopt has said what */
		if (r->arg)
			*(const char **)field = optarg;
		else
			*(bool *)field = true;
	}
	for (; optind < argc; optind++) {
		if (strcmp(argv[optind], "init") != 0) {
			fprintf(stderr, "tocsin-collector: what is `%s`? See --help.\n",
				argv[optind]);
			return -EINVAL;
		}
		o->init = true;
	}
	return 0;
}

/* The command line over the file. */
static int
set_over(struct options *o)
{
	const struct {
		const char *name, *value;
	} over[] = {{"listen", o->listen}, {"api", o->api}, {"user", o->user}};

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		const char *why = "";

		if (!over[i].value || conf_set(&o->settings, keys, over[i].name,
					      over[i].value, &why) == 0)
			continue;
		fprintf(stderr, "tocsin-collector: --%s: %s\n", over[i].name, why);
		return -EINVAL;
	}
	return 0;
}

int
options_parse(struct options *o, int argc, char **argv)
{
	int err;

	*o = (struct options){.data = "/var/lib/tocsin"};
	err = conf_defaults(&o->settings, keys);
	if (!err)
		err = parse_line(o, argc, argv);
	if (!err && o->config && conf_read(&o->settings, keys, o->config) != 0)
		err = -EBADMSG;
	return err ? err : set_over(o);
}

void
options_release(struct options *o)
{
	conf_release(&o->settings, keys);
}
