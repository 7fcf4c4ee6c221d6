/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/context.h"

enum kind { KIND_TEXT, KIND_WORDS, KIND_FLAG };

#define FIELD(name) offsetof(struct options, name)

static const struct row {
	const char *name;
	char        letter; /* 0: none */
	enum kind   kind;
	size_t      field;
	const char *arg;
	const char *help;
} rows[] = {
	{ "read", 'r', KIND_WORDS, FIELD(reads), "FILE",
			"read a capture, `-` from standard input, or all captures of a folder" },
	{ "interface", 'i', KIND_WORDS, FIELD(interfaces), "IF", "capture on an interface" },
	{ "rules", 'S', KIND_WORDS, FIELD(rules), "PATH", "rule file, or folder of *.rules" },
	{ "set", 's', KIND_WORDS, FIELD(sets), "NAME=VALUE",
			"variable or setting, e.g. HOME_NET=[10.0.0.0/8]" },
	{ "classification", 0, KIND_TEXT, FIELD(classification), "FILE", "classtypes and priorities" },
	{ "reference", 0, KIND_TEXT, FIELD(reference), "FILE", "reference systems" },
	{ "threshold", 0, KIND_TEXT, FIELD(threshold), "FILE", "threshold.config" },
	{ "cache", 0, KIND_TEXT, FIELD(cache), "DIR", "keep compiled rules here" },
	{ "eve", 'e', KIND_TEXT, FIELD(eve), "FILE", "write EVE JSON lines, `-` to standard output" },
	{ "eve-types", 0, KIND_TEXT, FIELD(eve_types), "LIST",
			"write besides alerts: flow,dns,http,tls,fileinfo,anomaly,stats,…, or all" },
	{ "send-types", 0, KIND_TEXT, FIELD(send_types), "LIST", "send these to the collector besides alerts" },
	{ "observe", 0, KIND_FLAG, FIELD(observe), NULL,
			"send which names, addresses and fingerprints were seen" },
	{ "collector", 'c', KIND_WORDS, FIELD(collectors), "HOST:PORT", "send events there" },
	{ "state", 0, KIND_TEXT, FIELD(state), "DIR", "identity and spool lie here" },
	{ "checksum", 'k', KIND_TEXT, FIELD(checksum), "yes|no|auto",
			"drop packets with wrong checksums; auto: not those of files" },
	{ "stats", 0, KIND_TEXT, FIELD(stats), "FILE", "write counters as JSON at the end" },
	{ "filter", 0, KIND_TEXT, FIELD(filter), "BPF", "capture only what matches" },
	{ "buffer", 0, KIND_TEXT, FIELD(buffer_mib), "MIB", "ring of a live capture" },
	{ "workers", 'w', KIND_TEXT, FIELD(workers), "N",
			"threads that inspect; auto: one a core, and the default for interfaces" },
	{ "user", 'u', KIND_TEXT, FIELD(user), "NAME", "become this user once the captures are open" },
	{ "rate-limit", 0, KIND_TEXT, FIELD(rate_limit), "N/SECONDS",
			"at most N events of one rule, source and destination in that time" },
	{ "config", 'f', KIND_TEXT, FIELD(config), "FILE", "configuration" },
	{ "token", 0, KIND_TEXT, FIELD(token), "TOKEN", "of `tocsin sensor add`, for enroll" },
	{ "example-config", 0, KIND_FLAG, FIELD(example), NULL, "print a commented configuration" },
	{ "test", 'n', KIND_FLAG, FIELD(test), NULL, "check configuration and rules, then exit" },
	{ "debug", 'd', KIND_FLAG, FIELD(debug), NULL, "say more on standard error" },
	{ "help", 'h', KIND_FLAG, FIELD(help), NULL, "this text" },
	{ "version", 'V', KIND_FLAG, FIELD(version), NULL, "which build this is" },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const char examples[] =
		"Examples:\n"
		"  tocsin-sensor --read office.pcap --rules /etc/tocsin/rules --eve -\n"
		"  tocsin-sensor --interface eth1 --rules /etc/tocsin/rules --set 'HOME_NET=[10.0.0.0/8]' \\\n"
		"    --collector soc.example.org:4710 --state /var/lib/tocsin-sensor\n"
		"  tocsin-sensor enroll --collector soc.example.org:4710 --token TOKEN \\\n"
		"    --state /var/lib/tocsin-sensor\n";

void
options_help(void)
{
	char left[64];

	printf("Usage: tocsin-sensor [OPTION...]\n"
	       "       tocsin-sensor enroll --collector HOST:PORT --token TOKEN --state DIR\n\n"
	       "Reads packets, runs rules on them, reports what they find.\n\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		char              letter[] = { '-', r->letter, ',', 0 };

		snprintf(left, sizeof(left), "  %3s --%s%s%s", r->letter ? letter : "", r->name,
				r->arg ? " " : "", r->arg ? r->arg : "");
		printf("%-30s %s\n", left, r->help);
	}
	printf("\n%s\nExit: 0 done, 1 bad input or configuration, 2 usage, 3 partly done.\n", examples);
}

int
words_add(struct words *w, const char *word)
{
	const char **list = reallocarray(w->list, w->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	w->list = list;
	w->list[w->n++] = word;
	return 0;
}

void
words_release(struct words *w)
{
	free(w->list);
	*w = (struct words){ 0 };
}

static int
take(struct options *o, const struct row *r, const char *arg)
{
	void *field = (char *)o + r->field;

	switch (r->kind) {
	case KIND_TEXT:
		*(const char **)field = arg;
		return 0;
	case KIND_WORDS:
		return words_add(field, arg);
	case KIND_FLAG:
		*(bool *)field = true;
		return 0;
	}
	return 0;
}

/* What getopt wants, from our table. The value of a long option is its row. */
static void
getopt_tables(struct option longs[N_ROWS + 1], char shorts[2 * N_ROWS + 1])
{
	size_t n = 0;

	memset(longs, 0, (N_ROWS + 1) * sizeof(*longs));
	for (size_t i = 0; i < N_ROWS; i++) {
		int has_arg = rows[i].arg ? required_argument : no_argument;

		longs[i] = (struct option){ rows[i].name, has_arg, NULL, 256 + (int)i };
		if (rows[i].letter)
			shorts[n++] = rows[i].letter;
		if (rows[i].letter && rows[i].arg)
			shorts[n++] = ':';
	}
	shorts[n] = 0;
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

unsigned
options_workers(const struct options *o, unsigned cores)
{
	const char   *word = o->workers ? o->workers : o->interfaces.n ? "auto" : "1";
	char         *end;
	unsigned long n;

	if (strcmp(word, "auto") == 0)
		return cores < 1 ? 1 : cores < OPTIONS_WORKERS_MAX ? cores : OPTIONS_WORKERS_MAX;
	n = strtoul(word, &end, 10);
	return *word < '1' || *word > '9' || *end || n > OPTIONS_WORKERS_MAX ? 0 : (unsigned)n;
}

static int
check_types(const char *option, const char *list)
{
	struct context_types types;
	char                 word[32];

	if (context_types_parse(&types, list, word))
		return 0;
	fprintf(stderr, "tocsin-sensor: %s: there is no type '%s'\n", option, word);
	return -EINVAL;
}

int
options_check(const struct options *o)
{
	const char *checksum = o->checksum;

	if (checksum && strcmp(checksum, "yes") && strcmp(checksum, "no") && strcmp(checksum, "auto")) {
		fprintf(stderr, "tocsin-sensor: checksum is yes, no or auto, not '%s'\n", checksum);
		return -EINVAL;
	}
	if (check_types("eve-types", o->eve_types) < 0 || check_types("send-types", o->send_types) < 0)
		return -EINVAL;
	if (options_workers(o, 1) == 0) {
		fprintf(stderr, "tocsin-sensor: workers is auto or 1 to %d, not '%s'\n", OPTIONS_WORKERS_MAX,
				o->workers);
		return -EINVAL;
	}
	if (o->enroll && (o->collectors.n != 1 || !o->token || !o->state)) {
		fprintf(stderr, "tocsin-sensor: enroll needs one --collector, --token and --state\n");
		return -EINVAL;
	}
	if (o->collectors.n && !o->state) {
		fprintf(stderr, "tocsin-sensor: --collector needs --state\n");
		return -EINVAL;
	}
	return 0;
}

int
options_parse(struct options *o, int argc, char **argv)
{
	struct option longs[N_ROWS + 1];
	char          shorts[2 * N_ROWS + 1];
	int           c;

	*o = (struct options){ 0 };
	if (argc > 1 && strcmp(argv[1], "enroll") == 0) {
		o->enroll = true;
		argc--;
		argv++;
	}
	getopt_tables(longs, shorts);
	optind = 1;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *r = row_of(c);

		if (!r)
			return -EINVAL; /* getopt said why */
		if (take(o, r, optarg) < 0)
			return -ENOMEM;
	}
	if (optind < argc) {
		fprintf(stderr, "tocsin-sensor: '%s' is not an option; see --help\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

void
options_release(struct options *o)
{
	struct words *lists[] = { &o->reads, &o->interfaces, &o->rules, &o->collectors, &o->sets };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		words_release(lists[i]);
}
