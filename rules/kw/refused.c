/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords of the language that are known and refused, each with its reason. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *why;
} reasons[] = {
	{ "lua", "programs inside rules are not run: the sensor holds no interpreter" },
	{ "luaxform", "programs inside rules are not run: the sensor holds no interpreter" },
	{ "nfq_set_mark", "the sensor listens and marks no packets" },
	{ "replace", "the sensor listens and changes no packets" },
	{ "ssh.protoversion", "obsolete, ssh.proto takes its place" },
	{ "ssh.softwareversion", "obsolete, ssh.software takes its place" },
};

static int
setup(struct build *b, const struct option *o)
{
	size_t i = 0;

	while (strcmp(reasons[i].name, o->keyword->name) != 0)
		i++;
	return build_error(b, "%s", reasons[i].why);
}

#define REFUSED(id, word, older)                       \
	const struct keyword kw_##id = {               \
		.name = word,                          \
		.alias = older,                        \
		.kind = KEYWORD_META,                  \
		.arg = KEYWORD_ARG_OPTIONAL,           \
		.flags = KEYWORD_NEGATABLE | KEYWORD_QUOTED, \
		.setup = setup,                        \
		.help = word " - refused",             \
	}

REFUSED(lua, "lua", "luajit");
REFUSED(luaxform, "luaxform", NULL);
REFUSED(nfq_set_mark, "nfq_set_mark", NULL);
REFUSED(replace, "replace", NULL);
REFUSED(ssh_protoversion, "ssh.protoversion", NULL);
REFUSED(ssh_softwareversion, "ssh.softwareversion", NULL);
