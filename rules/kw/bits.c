/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers whose bits have names: mqtt.flags:dup,!retain, websocket.flags:fin, dnp3_ind:need_time. A condition on the
 * number will do as well. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct bits {
	struct condition condition;
	uint16_t         set, clear; /* bits that must be set, and clear */
	uint8_t          number;     /* enum number */
	bool             by_name;
	bool             any;        /* one of `set` is enough */
};

static const struct number_word websocket_flags[] = { { "fin", 0x80 }, { "comp", 0x40 }, { NULL, 0 } };

static const struct number_word mqtt_flags[] = { { "dup", 8 }, { "retain", 1 }, { NULL, 0 } };

static const struct number_word mqtt_connect_flags[] = { { "username", 0x80 }, { "password", 0x40 },
	{ "will_retain", 0x20 }, { "will", 4 }, { "clean_session", 2 }, { NULL, 0 } };

/* IEEE 1815, 4.2.2.6: the first octet is the upper one here */
static const struct number_word dnp3_indications[] = {
	{ "all_stations", 0x0100 }, { "class_1_events", 0x0200 }, { "class_2_events", 0x0400 },
	{ "class_3_events", 0x0800 }, { "need_time", 0x1000 }, { "local_control", 0x2000 },
	{ "device_trouble", 0x4000 }, { "device_restart", 0x8000 }, { "no_func_code_support", 0x0001 },
	{ "object_unknown", 0x0002 }, { "parameter_error", 0x0004 }, { "event_buffer_overflow", 0x0008 },
	{ "already_executing", 0x0010 }, { "config_corrupt", 0x0020 }, { "reserved_2", 0x0040 },
	{ "reserved_1", 0x0080 }, { NULL, 0 },
};

static const struct {
	const char               *keyword;
	const struct number_word *words;
	uint16_t                  max;
	uint8_t                   number, app;
	bool                      any;
} rows[] = {
	{ "websocket.flags", websocket_flags, UINT8_MAX, NUM_WEBSOCKET_FLAGS, APPPROTO_WEBSOCKET, false },
	{ "mqtt.flags", mqtt_flags, UINT8_MAX, NUM_MQTT_FLAGS, APPPROTO_MQTT, false },
	{ "mqtt.connect.flags", mqtt_connect_flags, UINT8_MAX, NUM_MQTT_CONNECT_FLAGS, APPPROTO_MQTT, false },
	{ "dnp3_ind", dnp3_indications, UINT16_MAX, NUM_DNP3_INDICATIONS, APPPROTO_DNP3, true },
};

static bool
holds(const struct bits *b, uint64_t v)
{
	if (!b->by_name)
		return condition_holds(&b->condition, v);
	if (b->any)
		return v & b->set;
	return (v & b->set) == b->set && !(v & b->clear);
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct bits    *b = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	uint64_t              v;

	if (!ops || !ops->number)
		return CHECK_NO;
	for (unsigned i = 0; ops->number(m->tx, b->number, m->dir, i, &v); i++)
		if (holds(b, v))
			return CHECK_YES;
	return CHECK_NO;
}

static bool
read_words(struct bits *out, const char *text, size_t len, const struct number_word *words)
{
	struct lex_word list = { text, len }, w;

	while (lex_piece(&list, &w)) {
		bool                      negated = w.len && *w.at == '!';
		const struct number_word *known = words;

		w = lex_trim(w.at + negated, w.len - negated);
		while (known->word && (strlen(known->word) != w.len || strncasecmp(known->word, w.at, w.len) != 0))
			known++;
		if (!known->word)
			return false;
		*(negated ? &out->clear : &out->set) |= (uint16_t)known->number;
	}
	return true;
}

static int
setup(struct build *b, const struct option *o)
{
	size_t       i = 0;
	struct bits *arg;

	while (strcmp(rows[i].keyword, o->keyword->name) != 0)
		i++;
	arg = build_tx(b, (struct build_where){ .number = rows[i].number }, match, sizeof(*arg));
	if (!arg)
		return -ENOMEM;
	arg->number = rows[i].number;
	arg->any = rows[i].any;
	arg->by_name = read_words(arg, o->value, o->len, rows[i].words);
	if (!arg->by_name && condition_parse(&arg->condition, o->value, rows[i].max) < 0)
		return build_error(b, "neither names of flags nor a number: %s", o->value);
	return build_apps(b, 1ULL << rows[i].app);
}

#define BITS(id, word, text)                                                                        \
	const struct keyword kw_##id = {                                                            \
		.name = word, .kind = KEYWORD_TX, .arg = KEYWORD_ARG_NEEDED, .setup = setup, .help = text \
	}

BITS(websocket_flags, "websocket.flags", "websocket.flags:[!]fin,[!]comp - or a number");
BITS(mqtt_flags, "mqtt.flags", "mqtt.flags:[!]dup,[!]retain - of the fixed header");
BITS(mqtt_connect_flags, "mqtt.connect.flags",
		"mqtt.connect.flags:[!]username,password,will,will_retain,clean_session - of a CONNECT");
BITS(dnp3_ind, "dnp3_ind", "dnp3_ind:NAME,… - any of these internal indications is set");
