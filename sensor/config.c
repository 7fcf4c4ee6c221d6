/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/config.h"

#include <errno.h>
#include <stddef.h>

#define AT(field) offsetof(struct config, field)

static const struct conf_row rows[] = {
	{ "interfaces", CONF_LIST, AT(interfaces), 0, 0, NULL, NULL, "capture on these" },
	{ "rules", CONF_LIST, AT(rules), 0, 0, NULL, NULL, "rule files, or folders of *.rules" },
	{ "set", CONF_LIST, AT(set), 0, 0, NULL, NULL, "variables and settings, \"NAME=VALUE\"" },
	{ "collectors", CONF_LIST, AT(collectors), 0, 0, NULL, NULL, "HOST:PORT, tried in this order" },
	{ "state", CONF_TEXT, AT(state), 0, 0, NULL, NULL, "folder of identity and spool" },
	{ "classification", CONF_TEXT, AT(classification), 0, 0, NULL, NULL, "classtypes and priorities" },
	{ "reference", CONF_TEXT, AT(reference), 0, 0, NULL, NULL, "reference systems" },
	{ "threshold", CONF_TEXT, AT(threshold), 0, 0, NULL, NULL, "threshold.config" },
	{ "cache", CONF_TEXT, AT(cache), 0, 0, NULL, NULL, "folder of compiled rules" },
	{ "eve", CONF_TEXT, AT(eve), 0, 0, NULL, NULL, "EVE JSON lines go to this file" },
	{ "eve-types", CONF_TEXT, AT(eve_types), 0, 0, NULL, NULL, "besides alert: flow,dns,http,tls" },
	{ "send-types", CONF_TEXT, AT(send_types), 0, 0, NULL, NULL, "the same for the collector" },
	{ "observe", CONF_BOOL, AT(observe), 0, 0, "no", NULL, "send which names and addresses were seen" },
	{ "checksum", CONF_TEXT, AT(checksum), 0, 0, NULL, NULL, "yes, no or auto" },
	{ "stats", CONF_TEXT, AT(stats), 0, 0, NULL, NULL, "counters go to this file at the end" },
	{ "filter", CONF_TEXT, AT(filter), 0, 0, NULL, NULL, "BPF: capture only what matches" },
	{ "buffer", CONF_TEXT, AT(buffer), 0, 0, NULL, "MiB", "ring of a live capture" },
	{ "workers", CONF_TEXT, AT(workers), 0, 0, NULL, NULL, "threads that inspect, or auto: one a core" },
	{ "user", CONF_TEXT, AT(user), 0, 0, NULL, NULL, "become this user once the captures are open" },
	{ "rate-limit", CONF_TEXT, AT(rate_limit), 0, 0, NULL, NULL, "N/SECONDS for each rule, source and destination" },
	{ "heartbeat-interval", CONF_DURATION, AT(heartbeat_s), 1, 3600, "10s", NULL, "between words to the collector" },
	{ "spool-max", CONF_BYTES, AT(spool_max), 1u << 20, 0, "1G", NULL, "most bytes of events that wait" },
	{ 0 },
};

static int
fill_words(struct words *w, const struct conf_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (words_add(w, list->at[i]) < 0)
			return -ENOMEM;
	return 0;
}

static void
fill_text(const char **option, const char *text)
{
	if (!*option)
		*option = text;
}

/* Settings of the command line come last, so that they win. */
static int
fill_sets(struct options *o, const struct config *c)
{
	struct words given = o->sets;
	int          err;

	o->sets = (struct words){ 0 };
	err = fill_words(&o->sets, &c->set);
	for (size_t i = 0; i < given.n && err == 0; i++)
		err = words_add(&o->sets, given.list[i]);
	words_release(&given);
	return err;
}

static int
fill(struct options *o, const struct config *c)
{
	const struct {
		struct words           *option;
		const struct conf_list *list;
	} lists[] = {
		{ &o->interfaces, &c->interfaces },
		{ &o->rules, &c->rules },
		{ &o->collectors, &c->collectors },
	};
	const struct {
		const char **option;
		const char  *text;
	} texts[] = {
		{ &o->classification, c->classification },
		{ &o->reference, c->reference },
		{ &o->threshold, c->threshold },
		{ &o->cache, c->cache },
		{ &o->eve, c->eve },
		{ &o->eve_types, c->eve_types },
		{ &o->send_types, c->send_types },
		{ &o->state, c->state },
		{ &o->checksum, c->checksum },
		{ &o->stats, c->stats },
		{ &o->filter, c->filter },
		{ &o->workers, c->workers },
		{ &o->user, c->user },
		{ &o->buffer_mib, c->buffer },
		{ &o->rate_limit, c->rate_limit },
	};
	int err = fill_sets(o, c);

	o->observe |= c->observe;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fill_text(texts[i].option, texts[i].text);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && err == 0; i++) {
		/* captures to read on the command line: the file's interfaces are for another run */
		if (lists[i].option == &o->interfaces && o->reads.n)
			continue;
		if (!lists[i].option->n)
			err = fill_words(lists[i].option, lists[i].list);
	}
	return err;
}

int
config_read(struct config *c, struct options *o, const char *path)
{
	int n = conf_defaults(c, rows);

	if (n == 0)
		n = conf_read(c, rows, path);
	if (n < 0)
		return n;
	return n > 0 ? -EINVAL : fill(o, c);
}

void
config_release(struct config *c)
{
	conf_release(c, rows);
}

void
config_print_example(void)
{
	conf_print_example(rows);
}
