/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/dns.h"

#include "rules/app/dns.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"

#include <errno.h>

#define PORT 53
#define PORT_MDNS 5353
#define OPCODE_MAX 6 /* RFC 8490; 3 was never given out, yet is seen */
#define FLAG_Z 0x0040
#define MESSAGE_MIN DNS_HEADER_LEN
#define FLOOD 500 /* queries without an answer in between */

struct dns_state {
	uint32_t unanswered;
};

static void
event(struct tx *tx, enum dns_event e)
{
	tx->events |= 1ULL << e;
}

static void
set_events(struct dns_tx *t, int dir)
{
	static const struct {
		uint8_t wrong, event;
	} rows[] = {
		{ DNS_WRONG_LOOP, DNS_EVENT_INFINITE_LOOP },
		{ DNS_WRONG_NAME_LONG, DNS_EVENT_NAME_TOO_LONG },
		{ DNS_WRONG_LABELS, DNS_EVENT_TOO_MANY_LABELS },
		{ DNS_WRONG_AUTHORITIES, DNS_EVENT_INVALID_AUTHORITIES },
		{ DNS_WRONG_ADDITIONALS, DNS_EVENT_INVALID_ADDITIONALS },
	};
	const struct dns_message *m = &t->message;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (m->wrong & rows[i].wrong)
			event(&t->tx, rows[i].event);
	if (dir == DIR_TOSERVER && dns_is_response(m))
		event(&t->tx, DNS_EVENT_NOT_REQUEST), event(&t->tx, DNS_EVENT_NOT_A_REQUEST);
	if (dir == DIR_TOCLIENT && !dns_is_response(m))
		event(&t->tx, DNS_EVENT_NOT_RESPONSE), event(&t->tx, DNS_EVENT_NOT_A_RESPONSE);
	if (m->flags & FLAG_Z)
		event(&t->tx, DNS_EVENT_Z_FLAG_SET);
	if (dns_opcode(m) > OPCODE_MAX)
		event(&t->tx, DNS_EVENT_INVALID_OPCODE);
}

static void
dns_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct dns_tx *t = (struct dns_tx *)tx;

	(void)state;
	dns_message_release(&t->message, env->pool);
	pool_put(env->pool, t, sizeof(*t));
}

/* One message is one transaction, complete at once: there is nothing to wait for on either side. */
static void
take_message(struct dns_state *s, struct proto_env *env, int dir, struct bytes wire)
{
	struct dns_tx *t = pool_zero(env->pool, sizeof(*t));

	appframe_mark(env, dir, APPFRAME_DNS_PDU, wire.at, wire.left);
	s->unanswered = dir == DIR_TOSERVER ? s->unanswered + 1 : 0;
	if (!t)
		return;
	TAILQ_INIT(&t->tx.files);
	if (dns_message_read(&t->message, env->pool, wire) < 0) {
		dns_tx_free(NULL, env, &t->tx);
		return;
	}
	if (t->message.wrong & DNS_WRONG_RECORD) { /* nobody can answer it; told on the one before */
		struct tx *last = TAILQ_LAST(&env->flow->txs, tx_list);

		if (last)
			event(last, DNS_EVENT_MALFORMED_DATA);
		dns_tx_free(NULL, env, &t->tx);
		return;
	}
	t->dir = (uint8_t)dir;
	t->tx.id = env->next_tx++;
	for (int d = 0; d < DIR_COUNT; d++) {
		t->tx.progress[d] = t->tx.complete_at[d] = DNS_STATE_COMPLETE;
		t->tx.done_inspect[d] = d != dir;
	}
	t->tx.updated[dir] = true;
	set_events(t, dir);
	if (s->unanswered == FLOOD)
		event(&t->tx, DNS_EVENT_FLOODED);
	TAILQ_INSERT_TAIL(&env->flow->txs, &t->tx, link);
}

static int
dns_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct bytes b = data;

	(void)flags, (void)gap;
	if (env->flow->ip_proto == 17) {
		if (data.left < MESSAGE_MIN)
			return -EBADMSG;
		take_message(state, env, dir, data);
		return (int)data.left;
	}
	for (;;) { /* RFC 1035 4.2.2: two bytes of length before each message */
		struct bytes at = b;
		struct bytes message = bytes_cut(&at, bytes_be16(&at));

		if (!bytes_ok(&at))
			return (int)(data.left - b.left);
		if (message.left < MESSAGE_MIN)
			return -EBADMSG;
		take_message(state, env, dir, message);
		b = at;
	}
}

static bool
is_class(uint16_t class)
{
	return class == 1 || class == 3 || class == 4 || class == 254 || class == 255;
}

/* On its own port a message need only look sane; elsewhere it must be a plain query or its answer,
 * and the first question must hold together. */
static bool
is_message(struct bytes data, bool on_port)
{
	uint8_t  name[DNS_NAME_MAX], wrong = 0;
	size_t   len, end;
	uint16_t flags, count[DNS_SECTIONS];
	size_t   least = DNS_HEADER_LEN;

	struct bytes b = data;
	bytes_skip(&b, 2);
	flags = bytes_be16(&b);
	for (unsigned s = 0; s < DNS_SECTIONS; s++) {
		count[s] = bytes_be16(&b);
		least += count[s] * (s == DNS_QUERIES ? 5u : 11u);
	}
	if (!bytes_ok(&b) || (!on_port && least > data.left))
		return false;
	if (count[0] == 0)
		return on_port && (count[1] || count[2] || count[3]);
	end = dns_name(name, &len, data, DNS_HEADER_LEN, &wrong);
	if (!end)
		return false;
	if (on_port)
		return true;
	b = data;
	bytes_skip(&b, end);
	bytes_skip(&b, 2);
	return count[0] == 1 && (flags & 0x7840) == 0 && is_class(bytes_be16(&b)) && bytes_ok(&b) &&
			(flags & 0x8000 || (!count[1] && !count[2]));
}

static enum proto_probe
dns_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	bool on_port = sport == PORT || dport == PORT;

	(void)dir;
	if (sport == PORT_MDNS || dport == PORT_MDNS)
		return PROBE_NO;
	return is_message(data, on_port) ? PROBE_YES : PROBE_NO;
}

static void
dns_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env;
}

const struct proto dns_proto = {
	.id = APPPROTO_DNS,
	.over = PROTO_TCP | PROTO_UDP,
	.ports = { PORT },
	.state_size = sizeof(struct dns_state),
	.probe = dns_probe,
	.parse = dns_parse,
	.tx_free = dns_tx_free,
	.state_free = dns_state_free,
	.ops = { .buffer = dns_buffer, .number = dns_number },
	.eve = dns_eve,
};
