/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/ike.h"

#include "lib/json.h"
#include "rules/app/ike.h"
#include "rules/app/plain.h"
#include "sensor/proto.h"
#include "sensor/proto/fields.h"
#include "sensor/tx.h"

#include <errno.h>

#define PORT_NAT 4500 /* RFC 3948: four zero bytes come before a message */
#define HEAD_LEN 28u
#define SPI_LEN 8u
#define PAYLOADS_MAX 64u
#define FLAG_ENCRYPTED 1 /* version 1 */
#define V2_ENCRYPTED 46

/* Payloads of version 1 (RFC 2408, 3.1) and 2 (RFC 7296, 3.2). */
enum payload {
	V1_SA = 1,
	V1_KEY_EXCHANGE = 4,
	V1_NONCE = 10,
	V1_VENDOR = 13,
	V2_SA = 33,
	V2_VENDOR = 43,
};

enum transform { ENC = 1, PRF = 2, AUTH = 3, DH = 4, TRANSFORMS };

struct ike_tx {
	struct tx     tx;
	uint8_t       version, minor, exchange;
	bool          by_responder;
	uint32_t      message;
	uint8_t       n_payloads;
	uint8_t       payloads[PAYLOADS_MAX];
	bool          has[IKE_ATTRIBUTE_COUNT];
	uint32_t      attributes[IKE_ATTRIBUTE_COUNT];
	struct fields fields;
};

static const struct {
	uint8_t v1, v2;
} attributes[IKE_ATTRIBUTE_COUNT] = {
#define X(id, word, v1, v2) { v1, v2 },
	IKE_ATTRIBUTE_LIST(X)
#undef X
};

static void
set_attribute(struct ike_tx *tx, int id, uint32_t value)
{
	if (tx->has[id])
		return; /* the first one chosen counts */
	tx->has[id] = true;
	tx->attributes[id] = value;
}

static void
add_hex(struct fields *f, struct pool *pool, enum buffer what, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";
	char              text[256];
	size_t            n = b.left < sizeof(text) / 2 ? b.left : sizeof(text) / 2;

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[b.at[i] >> 4];
		text[2 * i + 1] = digits[b.at[i] & 15];
	}
	fields_add(f, pool, what, bytes_of(text, 2 * n));
}

/* ---- version 1 ---- */

/* RFC 2408, 3.3: a value of two bytes, or of the length that stands there. */
static bool
v1_attribute(struct ike_tx *tx, struct bytes *in)
{
	uint16_t     type = bytes_be16(in), len = bytes_be16(in);
	uint32_t     value = len;
	struct bytes data;

	if (!(type & 0x8000)) {
		data = bytes_cut(in, len);
		for (value = 0; data.left > 0;)
			value = value << 8 | bytes_u8(&data);
		if (len > 4)
			value = UINT32_MAX;
	}
	for (int i = 0; bytes_ok(in) && i < IKE_ATTRIBUTE_COUNT; i++)
		if (attributes[i].v1 == (type & 0x7fff))
			set_attribute(tx, i, value);
	return bytes_ok(in);
}

/* Domain, situation, then proposals with transforms. What a responder sends is what it chose. */
static bool
v1_association(struct ike_tx *tx, struct bytes in)
{
	uint8_t  spi_len, n;
	unsigned proposals = 0;

	bytes_skip(&in, 8);
	while (in.left > 0) {
		struct bytes proposal = in;

		bytes_skip(&proposal, 2);
		proposal = bytes_cut(&in, bytes_be16(&proposal));
		bytes_skip(&proposal, 4 + 2); /* its head, number, protocol */
		spi_len = bytes_u8(&proposal);
		n = bytes_u8(&proposal);
		bytes_skip(&proposal, spi_len);
		for (; n > 0 && bytes_ok(&proposal); n--) {
			struct bytes transform = proposal;

			bytes_skip(&transform, 2);
			transform = bytes_cut(&proposal, bytes_be16(&transform));
			bytes_skip(&transform, 8);
			proposals++;
			while (tx->by_responder && bytes_ok(&transform) && transform.left > 0)
				if (!v1_attribute(tx, &transform))
					return false;
		}
		if (!bytes_ok(&proposal) || !bytes_ok(&in))
			return false;
	}
	if (tx->by_responder && proposals > 1)
		tx_event(&tx->tx, IKE_EVENT_MULTIPLE_SERVER_PROPOSAL);
	return bytes_ok(&in);
}

/* ---- version 2 ---- */

/* What is known to be too weak or broken: RFC 8247. */
static void
judge(struct ike_tx *tx, enum transform type, uint16_t id)
{
	switch (type) {
	case ENC:
		if ((id >= 1 && id <= 9) || id == 11)
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_ENC);
		break;
	case PRF:
		if (id == 0)
			tx_event(&tx->tx, IKE_EVENT_INVALID_PROPOSAL);
		else if (id <= 2)
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_PRF);
		break;
	case AUTH:
		if (id == 0)
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_NO_AUTH);
		else if (id <= 7)
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_AUTH);
		break;
	case DH:
		if (id == 0)
			tx_event(&tx->tx, IKE_EVENT_INVALID_PROPOSAL);
		else if (id == 1 || id == 2 || id == 5 || id == 22)
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_DH);
		break;
	default:
		break;
	}
}

/* Encryption that authenticates by itself needs no other (RFC 7296, 3.3.3). */
static bool
is_combined(uint16_t enc)
{
	return (enc >= 14 && enc <= 20) || (enc >= 25 && enc <= 28);
}

struct offer {
	bool     has[TRANSFORMS];
	uint16_t id[TRANSFORMS];
};

static bool
v2_transforms(struct ike_tx *tx, struct bytes in, struct offer *offer)
{
	while (in.left > 0) {
		struct bytes transform = in;
		uint8_t      type;
		uint16_t     id;

		bytes_skip(&transform, 2);
		transform = bytes_cut(&in, bytes_be16(&transform));
		bytes_skip(&transform, 4);
		type = bytes_u8(&transform);
		bytes_skip(&transform, 1);
		id = bytes_be16(&transform);
		if (!bytes_ok(&in) || !bytes_ok(&transform))
			return false;
		judge(tx, type, id);
		if (type > 0 && type < TRANSFORMS) {
			offer->has[type] = true;
			offer->id[type] = id;
		}
		for (int i = 0; tx->by_responder && i < IKE_ATTRIBUTE_COUNT; i++)
			if (attributes[i].v2 == type && type > 0)
				set_attribute(tx, i, id);
	}
	return true;
}

static bool
v2_association(struct ike_tx *tx, struct bytes in)
{
	unsigned proposals = 0;

	while (in.left > 0) {
		struct bytes proposal = in;
		struct offer offer = { 0 };
		uint8_t      spi_len;

		bytes_skip(&proposal, 2);
		proposal = bytes_cut(&in, bytes_be16(&proposal));
		bytes_skip(&proposal, 4 + 2);
		spi_len = bytes_u8(&proposal);
		bytes_skip(&proposal, 1);
		bytes_skip(&proposal, spi_len);
		if (!bytes_ok(&in) || !bytes_ok(&proposal) || !v2_transforms(tx, proposal, &offer))
			return false;
		proposals++;
		if (!offer.has[DH])
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_NO_DH);
		if (!offer.has[AUTH] && !(offer.has[ENC] && is_combined(offer.id[ENC])))
			tx_event(&tx->tx, IKE_EVENT_WEAK_CRYPTO_NO_AUTH);
	}
	if (tx->by_responder && proposals > 1)
		tx_event(&tx->tx, IKE_EVENT_MULTIPLE_SERVER_PROPOSAL);
	return true;
}

/* ---- messages ---- */

static bool
take_payload(struct ike_tx *tx, struct pool *pool, uint8_t type, struct bytes body)
{
	switch (type) {
	case V1_SA:
		return v1_association(tx, body);
	case V1_KEY_EXCHANGE:
		fields_add(&tx->fields, pool, BUF_IKE_KEY_EXCHANGE_PAYLOAD, body);
		return true;
	case V1_NONCE:
		fields_add(&tx->fields, pool, BUF_IKE_NONCE_PAYLOAD, body);
		return true;
	case V2_SA:
		return v2_association(tx, body);
	case V1_VENDOR:
	case V2_VENDOR:
		add_hex(&tx->fields, pool, BUF_IKE_VENDOR, body);
		return true;
	default:
		return true;
	}
}

static bool
take_payloads(struct ike_tx *tx, struct pool *pool, uint8_t type, struct bytes in)
{
	while (type != 0 && tx->n_payloads < PAYLOADS_MAX) {
		uint8_t      next = bytes_u8(&in);
		uint16_t     len;
		struct bytes body;

		bytes_skip(&in, 1);
		len = bytes_be16(&in);
		if (len < 4)
			return false;
		body = bytes_cut(&in, len - 4u);
		if (!bytes_ok(&in))
			return false;
		tx->payloads[tx->n_payloads++] = type;
		if (type == V2_ENCRYPTED && tx->version == 2)
			return true;
		if ((tx->version == 2) == (type >= V2_SA) && !take_payload(tx, pool, type, body))
			return false;
		type = next;
	}
	return true;
}

struct head {
	struct bytes init_spi, resp_spi;
	uint8_t      next, version, minor, exchange, flags;
	uint32_t     message, len;
};

static bool
read_head(struct head *h, struct bytes *in)
{
	uint8_t version;

	h->init_spi = bytes_cut(in, SPI_LEN);
	h->resp_spi = bytes_cut(in, SPI_LEN);
	h->next = bytes_u8(in);
	version = bytes_u8(in);
	h->version = version >> 4;
	h->minor = version & 15;
	h->exchange = bytes_u8(in);
	h->flags = bytes_u8(in);
	h->message = bytes_be32(in);
	h->len = bytes_be32(in);
	return bytes_ok(in) && (h->version == 1 || h->version == 2) && h->len >= HEAD_LEN;
}

static struct bytes
without_marker(struct bytes data)
{
	if (bytes_starts(&data, "\0\0\0", 4))
		bytes_skip(&data, 4);
	return data;
}

static int
ike_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct bytes   in = without_marker(data);
	struct head    h;
	struct ike_tx *tx;

	(void)state, (void)flags, (void)gap;
	if (data.left == 1) /* RFC 3948, 2.3: keeps the way open */
		return 1;
	tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);
	if (!tx)
		return (int)data.left;
	if (!read_head(&h, &in)) {
		tx_event(&tx->tx, IKE_EVENT_MALFORMED_DATA);
		return (int)data.left;
	}
	tx->version = h.version;
	tx->minor = h.minor;
	tx->exchange = h.exchange;
	tx->message = h.message;
	tx->by_responder = dir == DIR_TOCLIENT;
	add_hex(&tx->fields, env->pool, BUF_IKE_INIT_SPI, h.init_spi);
	add_hex(&tx->fields, env->pool, BUF_IKE_RESP_SPI, h.resp_spi);
	if (!(h.version == 1 && h.flags & FLAG_ENCRYPTED) && !take_payloads(tx, env->pool, h.next, in))
		tx_event(&tx->tx, IKE_EVENT_MALFORMED_DATA);
	return (int)data.left;
}

/* A first message: its length is that of the datagram, and its exchange is one that there is. */
static enum proto_probe
ike_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	bool         nat = sport == PORT_NAT || dport == PORT_NAT;
	struct bytes in = nat ? without_marker(data) : data;
	size_t       len = in.left;
	struct head  h;

	(void)dir;
	if (!read_head(&h, &in) || h.len != len || h.minor > 0)
		return PROBE_NO;
	if (h.version == 1)
		return h.next <= 13 && (h.exchange <= 6 || h.exchange == 32 || h.exchange == 33) ? PROBE_YES
												 : PROBE_NO;
	return h.next >= V2_SA && h.next <= 53 && h.exchange >= 34 && h.exchange <= 44 ? PROBE_YES : PROBE_NO;
}

static void
ike_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct ike_tx *own = (struct ike_tx *)tx;

	(void)state;
	fields_release(&own->fields, env->pool);
	tx_end(env, tx, sizeof(*own));
}

static void
ike_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on transactions */
}

static bool
ike_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)dir;
	return fields_view(&((struct ike_tx *)tx)->fields, b, index, out);
}

static bool
get_attribute(const struct ike_tx *tx, unsigned index, uint64_t *out)
{
	for (uint64_t i = 0; i < IKE_ATTRIBUTE_COUNT; i++)
		if (tx->has[i] && index-- == 0) {
			*out = i << 32 | tx->attributes[i];
			return true;
		}
	return false;
}

static bool
get_len(const struct ike_tx *tx, enum buffer b, unsigned index, uint64_t *out)
{
	struct bytes body;

	if (!fields_get(&tx->fields, b, index, &body))
		return false;
	*out = body.left;
	return true;
}

static bool
ike_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct ike_tx *own = (struct ike_tx *)tx;

	(void)dir;
	switch (n) {
	case NUM_IKE_EXCHTYPE:
		*out = own->exchange;
		return index == 0 && own->version > 0;
	case NUM_IKE_SA_ATTRIBUTE:
		return get_attribute(own, index, out);
	case NUM_IKE_KEY_EXCHANGE_PAYLOAD_LENGTH:
		return get_len(own, BUF_IKE_KEY_EXCHANGE_PAYLOAD, index, out);
	case NUM_IKE_NONCE_PAYLOAD_LENGTH:
		return get_len(own, BUF_IKE_NONCE_PAYLOAD, index, out);
	default:
		return false;
	}
}

/* ---- events ---- */

static const char *
payload_name(uint8_t type)
{
	static const char *const v1[] = { "NoNextPayload", "SecurityAssociation", "Proposal", "Transform",
		"KeyExchange", "Identification", "Certificate", "CertificateRequest", "Hash", "Signature",
		"Nonce", "Notification", "Delete", "VendorID" };
	static const char *const v2[] = { "SecurityAssociation", "KeyExchange", "IdentInitiator",
		"IdentResponder", "Certificate", "CertificateRequest", "Authentication", "Nonce", "Notify",
		"Delete", "VendorID", "TrafficSelectorInitiator", "TrafficSelectorResponder",
		"EncryptedAndAuthenticated", "Configuration", "ExtensibleAuthentication" };

	if (type < sizeof(v1) / sizeof(v1[0]))
		return v1[type];
	if (type >= V2_SA && type - V2_SA < (int)(sizeof(v2) / sizeof(v2[0])))
		return v2[type - V2_SA];
	return "Unknown";
}

static void
eve_attributes(const struct ike_tx *tx, struct json *j)
{
	static const char *const keys[] = {
#define X(id, word, v1, v2) word "_raw",
		IKE_ATTRIBUTE_LIST(X)
#undef X
	};

	for (int i = 0; i < IKE_ATTRIBUTE_COUNT; i++)
		if (tx->has[i])
			json_u64(j, keys[i], tx->attributes[i]);
}

static void
ike_eve(struct tx *tx, struct json *j)
{
	const struct ike_tx *own = (struct ike_tx *)tx;

	json_obj(j, "ike");
	json_u64(j, "version_major", own->version);
	json_u64(j, "version_minor", own->minor);
	fields_eve(&own->fields, BUF_IKE_INIT_SPI, j, "init_spi");
	fields_eve(&own->fields, BUF_IKE_RESP_SPI, j, "resp_spi");
	json_u64(j, "message_id", own->message);
	json_u64(j, "exchange_type", own->exchange);
	json_str(j, "role", own->by_responder ? "responder" : "initiator");
	eve_attributes(own, j);
	json_arr(j, "payload");
	for (unsigned i = 0; i < own->n_payloads; i++)
		json_str(j, NULL, payload_name(own->payloads[i]));
	json_arr_end(j);
	if (own->version == 1) {
		json_obj(j, "ikev1");
		fields_eve_all(&own->fields, BUF_IKE_VENDOR, j, "vendor_ids");
		json_obj_end(j);
	}
	json_obj_end(j);
}

const struct proto ike_proto = {
	.id = APPPROTO_IKE,
	.over = PROTO_UDP,
	.ports = { 500, PORT_NAT },
	.state_size = 1,
	.probe = ike_probe,
	.parse = ike_parse,
	.tx_free = ike_tx_free,
	.state_free = ike_state_free,
	.ops = { .buffer = ike_buffer, .number = ike_number },
	.eve = ike_eve,
};
