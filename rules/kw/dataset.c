/* SPDX-License-Identifier: Apache-2.0 */
/* dataset and datarep: is the buffer's value in a named set, with which reputation; put it there, take it out. */
#include "rules/dataset.h"

#include "lib/arena.h"
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

enum set_command { SET_SET, SET_UNSET, SET_ISSET, SET_ISNOTSET };

struct set_check {
	struct dataset  *set;
	struct condition want; /* datarep: of the reputation */
	uint8_t          command; /* enum set_command */
};

static enum verdict
match_set(struct match *m, const struct check *c)
{
	const struct set_check *s = (const void *)c->arg;
	bool                    holds = false;

	switch (s->command) {
	case SET_SET:
		holds = dataset_add(s->set, m->view.data, 0);
		break;
	case SET_UNSET:
		holds = dataset_drop(s->set, m->view.data);
		break;
	case SET_ISSET:
		holds = dataset_has(s->set, m->view.data, NULL);
		break;
	case SET_ISNOTSET:
		holds = m->view.data.left && !dataset_has(s->set, m->view.data, NULL);
		break;
	}
	return holds ? CHECK_YES : CHECK_NO;
}

static enum verdict
match_reputation(struct match *m, const struct check *c)
{
	const struct set_check *s = (const void *)c->arg;
	uint16_t                reputation;

	return dataset_has(s->set, m->view.data, &reputation) && condition_holds(&s->want, reputation) ? CHECK_YES
												       : CHECK_NO;
}

static int
type_by_name(struct lex_word w)
{
	static const char *const names[] = { [DATASET_STRING] = "string", [DATASET_MD5] = "md5",
		[DATASET_SHA256] = "sha256", [DATASET_IPV4] = "ipv4", [DATASET_IP] = "ip" };

	for (int i = DATASET_STRING; i <= DATASET_IP; i++)
		if (lex_is(w, names[i]))
			return i;
	return -1;
}

static int
take_type(struct build *b, struct dataset_spec *s, struct lex_word arg)
{
	int type = type_by_name(arg);

	if (type < 0)
		return build_error(b, "unknown type: %.*s", (int)arg.len, arg.at);
	s->type = (uint8_t)type;
	return 0;
}

static int
take_format(struct build *b, struct dataset_spec *s, struct lex_word arg)
{
	if (lex_is(arg, "json"))
		s->format = DATASET_JSON;
	else if (lex_is(arg, "ndjson") || lex_is(arg, "jsonline"))
		s->format = DATASET_NDJSON;
	else if (!lex_is(arg, "csv"))
		return build_error(b, "unknown format: %.*s", (int)arg.len, arg.at);
	return 0;
}

static int
take(struct build *b, struct dataset_spec *s, struct lex_word w)
{
	const struct {
		const char  *word;
		const char **text;
	} texts[] = { { "load", &s->load }, { "save", &s->save }, { "value_key", &s->value_key },
		{ "array_key", &s->array_key } };
	struct lex_word arg;
	uint64_t        n;

	if (lex_argument(w, "type", &arg))
		return take_type(b, s, arg);
	if (lex_argument(w, "format", &arg))
		return take_format(b, s, arg);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (lex_argument(w, texts[i].word, &arg)) {
			*texts[i].text = arena_dup(build_arena(b), arg.at, arg.len);
			return *texts[i].text ? 0 : -ENOMEM;
		}
	if (lex_argument(w, "state", &arg)) {
		s->load = s->save = arena_dup(build_arena(b), arg.at, arg.len);
		s->load_may_miss = true;
		return s->load ? 0 : -ENOMEM;
	}
	if (lex_argument(w, "hashsize", &arg))
		return number_parse(&n, arg.at, arg.len, UINT32_MAX) < 0 ? build_error(b, "not a size") : 0;
	if (lex_argument(w, "memcap", &arg) || lex_argument(w, "context_key", &arg) || lex_is(w, "remove_key"))
		return 0; /* our own bound holds; context is for the reader of the alert */
	return build_error(b, "unknown: %.*s", (int)w.len, w.at);
}

/* What follows the fixed words, then the set itself. */
static int
open_set(struct build *b, struct set_check *s, struct lex_word name, struct lex_word list)
{
	struct dataset_spec spec = { .load = "", .save = "", .value_key = "", .array_key = "" };
	struct lex_word     w;
	char                why[256] = "";
	int                 err;

	spec.name = arena_dup(build_arena(b), name.at, name.len);
	if (!spec.name)
		return -ENOMEM;
	while (lex_piece(&list, &w))
		if (take(b, &spec, w) < 0)
			return -EINVAL;
	if (spec.format != DATASET_LINES && !*spec.value_key)
		return build_error(b, "format json and ndjson need a value_key");
	err = dataset_open(build_datasets(b), &s->set, &spec, why, sizeof(why));
	return err == -EINVAL ? build_error(b, "%s", why) : err;
}

static int
dataset_setup(struct build *b, const struct option *o)
{
	static const char *const commands[] = { [SET_SET] = "set", [SET_UNSET] = "unset", [SET_ISSET] = "isset",
		[SET_ISNOTSET] = "isnotset" };
	struct lex_word   list = { o->value, o->len }, command, name;
	struct set_check *s = build_buffer(b, match_set, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (!lex_piece(&list, &command) || !lex_piece(&list, &name) || name.len == 0)
		return build_error(b, "needs a command and a name");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (lex_is(command, commands[i])) {
			s->command = (uint8_t)i;
			return open_set(b, s, name, list);
		}
	return build_error(b, "unknown command: %.*s", (int)command.len, command.at);
}

static int
datarep_setup(struct build *b, const struct option *o)
{
	struct lex_word   list = { o->value, o->len }, name, op, value;
	struct set_check *s = build_buffer(b, match_reputation, sizeof(*s));
	char              text[32];

	if (!s)
		return -ENOMEM;
	if (!lex_piece(&list, &name) || name.len == 0 || !lex_piece(&list, &op) || !lex_piece(&list, &value) ||
			op.len + value.len >= sizeof(text))
		return build_error(b, "needs a name, an operator and a reputation");
	memcpy(text, op.at, op.len);
	memcpy(text + op.len, value.at, value.len);
	text[op.len + value.len] = '\0';
	if (condition_parse(&s->want, text, UINT16_MAX) < 0)
		return build_error(b, "not an operator and a reputation: %s", text);
	return open_set(b, s, name, list);
}

const struct keyword kw_dataset = {
	.name = "dataset",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = dataset_setup,
	.help = "dataset:set|unset|isset|isnotset,NAME[,type T][,load|save|state FILE][,format json|ndjson,value_key K]",
};

const struct keyword kw_datarep = {
	.name = "datarep",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = datarep_setup,
	.help = "datarep:NAME,<|>|=,N[,type T][,load FILE] - reputation of the value in the set",
};
