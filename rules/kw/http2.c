/* SPDX-License-Identifier: Apache-2.0 */
/* http2.settings: a setting's name and a condition on its value. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define APPS (1ULL << APPPROTO_HTTP2 | 1ULL << APPPROTO_DOH2)

struct setting {
	uint64_t         id;
	struct condition value;
	bool             any_value;
};

/* RFC 9113 6.5.2, RFC 8441, RFC 9218 */
static const struct number_word names[] = {
	{ "SETTINGS_HEADER_TABLE_SIZE", 1 }, { "SETTINGS_ENABLE_PUSH", 2 },
	{ "SETTINGS_MAX_CONCURRENT_STREAMS", 3 }, { "SETTINGS_INITIAL_WINDOW_SIZE", 4 },
	{ "SETTINGS_MAX_FRAME_SIZE", 5 }, { "SETTINGS_MAX_HEADER_LIST_SIZE", 6 },
	{ "SETTINGS_ENABLE_CONNECT_PROTOCOL", 8 }, { "SETTINGS_NO_RFC7540_PRIORITIES", 9 },
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct setting *s = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	uint64_t              v;

	if (!ops || !ops->number)
		return CHECK_NO;
	for (unsigned i = 0; ops->number(m->tx, NUM_HTTP2_SETTINGS, m->dir, i, &v); i++)
		if (v >> 32 == s->id && (s->any_value || condition_holds(&s->value, v & UINT32_MAX)))
			return CHECK_YES;
	return CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	struct setting *s = build_tx(b, (struct build_where){ .number = NUM_HTTP2_SETTINGS }, match, sizeof(*s));
	const char     *at = o->value;

	if (!s)
		return -ENOMEM;
	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i].word) == (size_t)(at - o->value) &&
				strncasecmp(names[i].word, o->value, (size_t)(at - o->value)) == 0)
			s->id = names[i].number;
	if (s->id == 0)
		return build_error(b, "unknown setting: %s", o->value);
	s->any_value = at[strspn(at, " ")] == '\0';
	if (!s->any_value && condition_parse(&s->value, at, UINT32_MAX) < 0)
		return build_error(b, "not a condition on a value: %s", at);
	return build_apps(b, APPS);
}

const struct keyword kw_http2_settings = {
	.name = "http2.settings",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "http2.settings:NAME[=|<|>|…VALUE] - a setting that one side announces",
};
