/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/dhcp.h"

#include "lib/addr.h"
#include "lib/json.h"
#include "rules/app/dhcp.h"
#include "rules/app/plain.h"
#include "sensor/proto.h"
#include "sensor/proto/fields.h"
#include "sensor/tx.h"

#include <errno.h>

#define COOKIE 0x63825363u /* RFC 2131, 3 */
#define HARDWARE_MAX 16u

/* RFC 2132 */
enum option {
	OPT_PAD = 0,
	OPT_SUBNET_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOSTNAME = 12,
	OPT_REQUESTED_IP = 50,
	OPT_LEASE_TIME = 51,
	OPT_TYPE = 53,
	OPT_RENEWAL_TIME = 58,
	OPT_REBINDING_TIME = 59,
	OPT_VENDOR = 60,
	OPT_CLIENT_ID = 61,
	OPT_END = 255,
};

struct dhcp_tx {
	struct tx     tx;
	uint8_t       op;   /* 1: request, 2: reply */
	uint8_t       type; /* 0: plain BOOTP */
	uint32_t      id;
	uint8_t       hardware_len;
	uint8_t       hardware[HARDWARE_MAX];
	uint8_t       client[4], assigned[4], next_server[4], relay[4];
	struct fields options; /* FIELDS_OWN + number of the option */
};

static bool
take_option(struct dhcp_tx *tx, struct pool *pool, uint8_t code, struct bytes value)
{
	static const uint8_t lens[256] = {
		[OPT_SUBNET_MASK] = 4,
		[OPT_REQUESTED_IP] = 4,
		[OPT_LEASE_TIME] = 4,
		[OPT_TYPE] = 1,
		[OPT_RENEWAL_TIME] = 4,
		[OPT_REBINDING_TIME] = 4,
	};

	if (lens[code] && value.left != lens[code])
		return false;
	if (code == OPT_TYPE)
		tx->type = bytes_u8(&value);
	else
		fields_add(&tx->options, pool, FIELDS_OWN + code, value);
	return true;
}

static void
read_options(struct dhcp_tx *tx, struct pool *pool, struct bytes in)
{
	while (in.left > 0) {
		uint8_t      code = bytes_u8(&in);
		struct bytes value;

		if (code == OPT_END)
			return;
		if (code == OPT_PAD)
			continue;
		value = bytes_cut(&in, bytes_u8(&in));
		if (!bytes_ok(&in))
			break;
		if (!take_option(tx, pool, code, value))
			tx_event(&tx->tx, DHCP_EVENT_MALFORMED_OPTIONS);
	}
	tx_event(&tx->tx, DHCP_EVENT_TRUNCATED_OPTIONS);
}

static void
copy(uint8_t *out, struct bytes *in, size_t len)
{
	struct bytes part = bytes_cut(in, len);

	if (bytes_ok(in))
		memcpy(out, part.at, len);
}

/* The fixed part, up to the options. */
static bool
read_head(struct dhcp_tx *tx, struct bytes *in)
{
	uint8_t hardware_type;

	tx->op = bytes_u8(in);
	hardware_type = bytes_u8(in);
	tx->hardware_len = bytes_u8(in);
	bytes_skip(in, 1); /* hops */
	tx->id = bytes_be32(in);
	bytes_skip(in, 4); /* seconds, flags */
	copy(tx->client, in, 4);
	copy(tx->assigned, in, 4);
	copy(tx->next_server, in, 4);
	copy(tx->relay, in, 4);
	copy(tx->hardware, in, HARDWARE_MAX);
	bytes_skip(in, 64 + 128); /* names of server and file */
	return bytes_be32(in) == COOKIE && bytes_ok(in) && (tx->op == 1 || tx->op == 2) && hardware_type > 0 &&
			tx->hardware_len <= HARDWARE_MAX;
}

static int
dhcp_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct dhcp_tx *tx, head = { 0 };
	struct bytes    in = data;

	(void)state, (void)flags, (void)gap;
	if (!read_head(&head, &in))
		return (int)data.left;
	tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);
	if (!tx)
		return (int)data.left;
	in = data;
	(void)read_head(tx, &in);
	read_options(tx, env->pool, in);
	return (int)data.left;
}

static enum proto_probe
dhcp_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct dhcp_tx head = { 0 };

	(void)dir, (void)sport, (void)dport;
	return read_head(&head, &data) ? PROBE_YES : PROBE_NO;
}

static void
dhcp_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct dhcp_tx *own = (struct dhcp_tx *)tx;

	(void)state;
	fields_release(&own->options, env->pool);
	tx_end(env, tx, sizeof(*own));
}

static void
dhcp_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* messages share nothing */
}

static bool
dhcp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)tx, (void)b, (void)dir, (void)index, (void)out;
	return false;
}

static bool
get_option(const struct dhcp_tx *tx, uint8_t code, struct bytes *out)
{
	return fields_get(&tx->options, FIELDS_OWN + code, 0, out);
}

static bool
get_seconds(const struct dhcp_tx *tx, uint8_t code, uint64_t *out)
{
	struct bytes value;

	if (!get_option(tx, code, &value))
		return false;
	*out = bytes_be32(&value);
	return true;
}

static bool
dhcp_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct dhcp_tx *own = (struct dhcp_tx *)tx;

	(void)dir;
	if (index > 0)
		return false;
	switch (n) {
	case NUM_DHCP_LEASETIME:
		return get_seconds(own, OPT_LEASE_TIME, out);
	case NUM_DHCP_REBINDING_TIME:
		return get_seconds(own, OPT_REBINDING_TIME, out);
	case NUM_DHCP_RENEWAL_TIME:
		return get_seconds(own, OPT_RENEWAL_TIME, out);
	default:
		return false;
	}
}

/* ---- events ---- */

static const char *const types[] = { NULL, "discover", "offer", "request", "decline", "ack", "nak", "release",
	"inform" };

static void
eve_ip(struct json *j, const char *key, const uint8_t ip[static 4])
{
	struct addr a = addr_v4(ip);

	json_addr(j, key, &a);
}

static void
eve_ips(const struct dhcp_tx *tx, struct json *j, uint8_t code, const char *key)
{
	struct bytes value;

	if (!get_option(tx, code, &value))
		return;
	json_arr(j, key);
	for (; value.left >= 4; bytes_skip(&value, 4))
		eve_ip(j, NULL, value.at);
	json_arr_end(j);
}

static void
eve_option_ip(const struct dhcp_tx *tx, struct json *j, uint8_t code, const char *key)
{
	struct bytes value;

	if (get_option(tx, code, &value))
		eve_ip(j, key, value.at);
}

static void
eve_seconds(const struct dhcp_tx *tx, struct json *j, uint8_t code, const char *key)
{
	uint64_t n;

	if (get_seconds(tx, code, &n))
		json_u64(j, key, n);
}

static void
dhcp_eve(struct tx *tx, struct json *j)
{
	const struct dhcp_tx *own = (struct dhcp_tx *)tx;
	struct bytes          id;

	json_obj(j, "dhcp");
	json_str(j, "type", own->op == 1 ? "request" : "reply");
	json_u64(j, "id", own->id);
	json_hex(j, "client_mac", bytes_of(own->hardware, own->hardware_len), ':');
	eve_ip(j, "assigned_ip", own->assigned);
	eve_ip(j, "client_ip", own->client);
	eve_ip(j, "relay_ip", own->relay);
	eve_ip(j, "next_server_ip", own->next_server);
	if (own->type > 0 && own->type < sizeof(types) / sizeof(types[0]))
		json_str(j, "dhcp_type", types[own->type]);
	if (get_option(own, OPT_CLIENT_ID, &id) && id.left > 1)
		json_hex(j, "client_id", bytes_of(id.at + 1, id.left - 1), ':');
	eve_option_ip(own, j, OPT_REQUESTED_IP, "requested_ip");
	eve_option_ip(own, j, OPT_SUBNET_MASK, "subnet_mask");
	eve_ips(own, j, OPT_ROUTER, "routers");
	eve_ips(own, j, OPT_DNS, "dns_servers");
	eve_seconds(own, j, OPT_LEASE_TIME, "lease_time");
	eve_seconds(own, j, OPT_RENEWAL_TIME, "renewal_time");
	eve_seconds(own, j, OPT_REBINDING_TIME, "rebinding_time");
	fields_eve(&own->options, FIELDS_OWN + OPT_HOSTNAME, j, "hostname");
	fields_eve(&own->options, FIELDS_OWN + OPT_VENDOR, j, "vendor_class_identifier");
	json_obj_end(j);
}

const struct proto dhcp_proto = {
	.id = APPPROTO_DHCP,
	.over = PROTO_UDP,
	.ports = { 67, 68 },
	.state_size = 1,
	.probe = dhcp_probe,
	.parse = dhcp_parse,
	.tx_free = dhcp_tx_free,
	.state_free = dhcp_state_free,
	.ops = { .buffer = dhcp_buffer, .number = dhcp_number },
	.eve = dhcp_eve,
};
