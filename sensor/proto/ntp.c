/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/ntp.h"

#include "lib/json.h"
#include "rules/app/ntp.h"
#include "rules/app/plain.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define PORT 123
#define MODE_CONTROL 6
#define MODE_PRIVATE 7
#define MESSAGE_LEN 48u  /* RFC 5905, 7.3 */
#define CONTROL_LEN 12u  /* RFC 9327, 2 */
#define PRIVATE_LEN 8u

struct ntp_tx {
	struct tx tx;
	uint8_t   version, mode, stratum;
	bool      has_reference; /* it is a message about time, and so has a stratum too */
	uint8_t   reference[4];
};

static bool
read_message(struct ntp_tx *out, struct bytes data)
{
	size_t       len = data.left;
	uint8_t      first = bytes_u8(&data);
	struct bytes reference;

	out->version = first >> 3 & 7;
	out->mode = first & 7;
	if (out->version != 3 && out->version != 4)
		return false;
	if (out->mode >= MODE_CONTROL)
		return len >= (out->mode == MODE_CONTROL ? CONTROL_LEN : PRIVATE_LEN);
	out->stratum = bytes_u8(&data);
	bytes_skip(&data, 10); /* poll, precision, delay, dispersion */
	reference = bytes_cut(&data, sizeof(out->reference));
	if (!bytes_ok(&data) || len < MESSAGE_LEN)
		return false;
	memcpy(out->reference, reference.at, sizeof(out->reference));
	out->has_reference = true;
	return true;
}

static int
ntp_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct ntp_tx *tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);

	(void)state, (void)flags, (void)gap;
	if (tx && !read_message(tx, data))
		tx_event(&tx->tx, NTP_EVENT_MALFORMED_DATA);
	return (int)data.left;
}

/* There is nothing in it but numbers, so the port has its say. */
static enum proto_probe
ntp_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct ntp_tx message = { 0 };

	(void)dir;
	return (sport == PORT || dport == PORT) && read_message(&message, data) ? PROBE_YES : PROBE_NO;
}

static void
ntp_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	(void)state;
	tx_end(env, tx, sizeof(struct ntp_tx));
}

static void
ntp_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* messages share nothing */
}

static bool
ntp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	const struct ntp_tx *own = (struct ntp_tx *)tx;

	(void)dir;
	*out = (struct view){ .data = bytes_of(own->reference, sizeof(own->reference)), .ended = true };
	return b == BUF_NTP_REFERENCE_ID && index == 0 && own->has_reference;
}

static bool
ntp_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct ntp_tx *own = (struct ntp_tx *)tx;

	(void)dir;
	if (index > 0)
		return false;
	switch (n) {
	case NUM_NTP_VERSION:
		*out = own->version;
		return true;
	case NUM_NTP_MODE:
		*out = own->mode;
		return true;
	case NUM_NTP_STRATUM:
		*out = own->stratum;
		return own->has_reference;
	default:
		return false;
	}
}

static void
ntp_eve(struct tx *tx, struct json *j)
{
	const struct ntp_tx *own = (struct ntp_tx *)tx;

	json_obj(j, "ntp");
	json_u64(j, "version", own->version);
	json_u64(j, "mode", own->mode);
	if (own->has_reference) {
		json_u64(j, "stratum", own->stratum);
		json_hex(j, "reference_id", bytes_of(own->reference, sizeof(own->reference)), ':');
	}
	json_obj_end(j);
}

const struct proto ntp_proto = {
	.id = APPPROTO_NTP,
	.over = PROTO_UDP,
	.ports = { PORT },
	.state_size = 1,
	.probe = ntp_probe,
	.parse = ntp_parse,
	.tx_free = ntp_tx_free,
	.state_free = ntp_state_free,
	.ops = { .buffer = ntp_buffer, .number = ntp_number },
	.eve = ntp_eve,
};
