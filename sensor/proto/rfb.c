/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/rfb.h"

#include "lib/json.h"
#include "rules/app/plain.h"
#include "rules/app/rfb.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define VERSION_LEN 12u
#define CHALLENGE_LEN 16u
#define STRING_MAX 500u
#define SECURITY_NONE 1
#define SECURITY_VNC 2

/* What comes next, and from whom. */
enum step {
	SERVER_VERSION,
	CLIENT_VERSION,
	SERVER_CHOOSES, /* before version 3.7 */
	SERVER_OFFERS,
	CLIENT_CHOOSES,
	CHALLENGE,
	RESPONSE,
	RESULT,
	REASON,
	CLIENT_INIT,
	SERVER_INIT,
	OVER,
};

struct rfb_tx {
	struct tx   tx;
	bool        has_type, has_result, has_init, has_response;
	char        version[2][VERSION_LEN]; /* per direction */
	uint32_t    type, result;
	uint8_t     challenge[CHALLENGE_LEN], response[CHALLENGE_LEN];
	uint8_t     shared;
	uint16_t    width, height;
	uint8_t     pixel_format[13];
	struct pbuf name, reason;
};

struct rfb {
	struct rfb_tx *tx;
	bool           begun;
	uint8_t        step;  /* enum step */
	uint8_t        minor; /* what both sides speak: 3.3, 3.7 or 3.8 */
};

static bool
is_version(struct bytes b)
{
	return b.left >= VERSION_LEN && memcmp(b.at, "RFB ", 4) == 0 && b.at[7] == '.' && b.at[11] == '\n';
}

static void
give_up(struct rfb *rfb, enum rfb_event event)
{
	tx_event(&rfb->tx->tx, event);
	rfb->step = OVER;
}

static void
after_type(struct rfb *rfb)
{
	rfb->tx->has_type = true;
	tx_complete(&rfb->tx->tx, DIR_TOSERVER);
	if (rfb->tx->type == SECURITY_VNC)
		rfb->step = CHALLENGE;
	else if (rfb->tx->type == SECURITY_NONE)
		rfb->step = rfb->minor >= 8 ? RESULT : CLIENT_INIT;
	else if (rfb->tx->type == 0)
		rfb->step = REASON;
	else
		give_up(rfb, RFB_EVENT_UNIMPLEMENTED_SECURITY_TYPE);
}

/* One function a step: takes its message off `in`, which goes bad when more is needed. */

static void
take_version(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	int          dir = rfb->step == CLIENT_VERSION ? DIR_TOSERVER : DIR_TOCLIENT;
	struct bytes v = bytes_cut(in, VERSION_LEN);

	(void)env;
	if (!bytes_ok(in))
		return;
	if (!is_version(v)) {
		give_up(rfb, RFB_EVENT_MALFORMED_MESSAGE);
		return;
	}
	memcpy(rfb->tx->version[dir], v.at, VERSION_LEN);
	if (rfb->step == SERVER_VERSION) {
		rfb->step = CLIENT_VERSION;
		return;
	}
	rfb->minor = v.at[10] == '7' || v.at[10] == '8' ? (uint8_t)(v.at[10] - '0') : 3;
	rfb->step = rfb->minor == 3 ? SERVER_CHOOSES : SERVER_OFFERS;
}

static void
take_choice_of_server(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	(void)env;
	rfb->tx->type = bytes_be32(in);
	if (bytes_ok(in))
		after_type(rfb);
}

static void
take_offer(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	uint8_t n = bytes_u8(in);

	(void)env;
	bytes_skip(in, n);
	if (bytes_ok(in))
		rfb->step = n > 0 ? CLIENT_CHOOSES : REASON;
}

static void
take_choice_of_client(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	(void)env;
	rfb->tx->type = bytes_u8(in);
	if (bytes_ok(in))
		after_type(rfb);
}

static void
take_challenge(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	struct bytes b = bytes_cut(in, CHALLENGE_LEN);

	(void)env;
	if (!bytes_ok(in))
		return;
	memcpy(rfb->step == CHALLENGE ? rfb->tx->challenge : rfb->tx->response, b.at, CHALLENGE_LEN);
	rfb->tx->has_response |= rfb->step == RESPONSE;
	rfb->step++;
}

static void
take_result(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	(void)env;
	rfb->tx->result = bytes_be32(in);
	if (!bytes_ok(in))
		return;
	rfb->tx->has_result = true;
	if (rfb->tx->result > 2)
		give_up(rfb, RFB_EVENT_UNKNOWN_SECURITY_RESULT);
	else if (rfb->tx->result == 0)
		rfb->step = CLIENT_INIT;
	else
		rfb->step = rfb->minor >= 8 ? REASON : OVER;
}

/* A string with its length before it. */
static bool
take_string(struct rfb *rfb, struct proto_env *env, struct bytes *in, struct pbuf *out)
{
	uint32_t     len = bytes_be32(in);
	struct bytes text;

	if (bytes_ok(in) && len > STRING_MAX) {
		give_up(rfb, RFB_EVENT_TOO_LONG_STRING);
		return true;
	}
	text = bytes_cut(in, len);
	if (bytes_ok(in))
		(void)pbuf_add(env->pool, out, text.at, text.left);
	return bytes_ok(in);
}

static void
take_reason(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	if (take_string(rfb, env, in, &rfb->tx->reason))
		rfb->step = OVER;
}

static void
take_client_init(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	(void)env;
	rfb->tx->shared = bytes_u8(in);
	if (bytes_ok(in))
		rfb->step = SERVER_INIT;
}

static void
take_server_init(struct rfb *rfb, struct proto_env *env, struct bytes *in)
{
	struct rfb_tx *tx = rfb->tx;
	struct bytes   format;

	tx->width = bytes_be16(in);
	tx->height = bytes_be16(in);
	format = bytes_cut(in, sizeof(tx->pixel_format));
	bytes_skip(in, 3);
	if (!take_string(rfb, env, in, &tx->name))
		return;
	memcpy(tx->pixel_format, format.at, sizeof(tx->pixel_format));
	tx->has_init = true;
	rfb->step = OVER;
}

static const struct {
	uint8_t dir;
	void (*take)(struct rfb *rfb, struct proto_env *env, struct bytes *in);
} steps[OVER] = {
	[SERVER_VERSION] = { DIR_TOCLIENT, take_version },
	[CLIENT_VERSION] = { DIR_TOSERVER, take_version },
	[SERVER_CHOOSES] = { DIR_TOCLIENT, take_choice_of_server },
	[SERVER_OFFERS] = { DIR_TOCLIENT, take_offer },
	[CLIENT_CHOOSES] = { DIR_TOSERVER, take_choice_of_client },
	[CHALLENGE] = { DIR_TOCLIENT, take_challenge },
	[RESPONSE] = { DIR_TOSERVER, take_challenge },
	[RESULT] = { DIR_TOCLIENT, take_result },
	[REASON] = { DIR_TOCLIENT, take_reason },
	[CLIENT_INIT] = { DIR_TOSERVER, take_client_init },
	[SERVER_INIT] = { DIR_TOCLIENT, take_server_init },
};

static bool
rfb_begin(struct rfb *rfb, struct proto_env *env)
{
	if (!rfb->begun)
		rfb->tx = tx_begin(env, sizeof(*rfb->tx), PLAIN_COMPLETE);
	rfb->begun = true;
	return rfb->tx != NULL;
}

static int
rfb_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct rfb  *rfb = state;
	struct bytes in = data;

	(void)gap;
	if (!rfb_begin(rfb, env))
		return (int)data.left;
	while (rfb->step != OVER && steps[rfb->step].dir == dir && in.left > 0) {
		struct bytes at = in;

		steps[rfb->step].take(rfb, env, &at);
		if (!bytes_ok(&at))
			break;
		appframe_mark(env, dir, APPFRAME_RFB_PDU, in.at, in.left - at.left);
		in = at;
	}
	tx_advance(&rfb->tx->tx, dir, PLAIN_STARTED);
	if (rfb->step == OVER || flags & PROTO_EOF) {
		tx_complete(&rfb->tx->tx, DIR_TOSERVER);
		tx_complete(&rfb->tx->tx, DIR_TOCLIENT);
	}
	return rfb->step == OVER ? (int)data.left : (int)(data.left - in.left);
}

/* Both sides begin with their version. */
static enum proto_probe
rfb_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	(void)dir, (void)sport, (void)dport;
	if (is_version(data))
		return PROBE_YES;
	return data.left < VERSION_LEN && memcmp(data.at, "RFB 003.00", data.left < 10 ? data.left : 10) == 0
			? PROBE_MORE
			: PROBE_NO;
}

static void
rfb_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct rfb    *rfb = state;
	struct rfb_tx *own = (struct rfb_tx *)tx;

	if (rfb->tx == own)
		rfb->tx = NULL;
	pbuf_release(env->pool, &own->name);
	pbuf_release(env->pool, &own->reason);
	tx_end(env, tx, sizeof(*own));
}

static void
rfb_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on the transaction */
}

static bool
rfb_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)dir;
	return b == BUF_RFB_NAME && index == 0 && view_whole(out, &((struct rfb_tx *)tx)->name);
}

static bool
rfb_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct rfb_tx *own = (struct rfb_tx *)tx;

	(void)dir;
	*out = n == NUM_RFB_SECTYPE ? own->type : own->result;
	if (index > 0)
		return false;
	return n == NUM_RFB_SECTYPE ? own->has_type : n == NUM_RFB_SECRESULT && own->has_result;
}

/* ---- events ---- */

static void
eve_version(struct json *j, const char *key, const char version[static VERSION_LEN])
{
	if (!version[0])
		return;
	json_obj(j, key);
	json_bytes(j, "major", bytes_of(version + 4, 3));
	json_bytes(j, "minor", bytes_of(version + 8, 3));
	json_obj_end(j);
}

static void
eve_authentication(const struct rfb_tx *tx, struct json *j)
{
	static const char *const results[] = { "OK", "FAIL", "TOOMANY" };

	if (!tx->has_type)
		return;
	json_obj(j, "authentication");
	json_u64(j, "security_type", tx->type);
	if (tx->has_response) {
		json_obj(j, "vnc");
		json_hex(j, "challenge", bytes_of(tx->challenge, CHALLENGE_LEN), 0);
		json_hex(j, "response", bytes_of(tx->response, CHALLENGE_LEN), 0);
		json_obj_end(j);
	}
	if (tx->has_result)
		json_str(j, "security_result", tx->result < 3 ? results[tx->result] : "UNKNOWN");
	json_obj_end(j);
}

static void
eve_framebuffer(const struct rfb_tx *tx, struct json *j)
{
	struct bytes f = bytes_of(tx->pixel_format, sizeof(tx->pixel_format));

	json_obj(j, "framebuffer");
	json_u64(j, "width", tx->width);
	json_u64(j, "height", tx->height);
	json_bytes(j, "name", bytes_of(tx->name.data, tx->name.len));
	json_obj(j, "pixel_format");
	json_u64(j, "bits_per_pixel", bytes_u8(&f));
	json_u64(j, "depth", bytes_u8(&f));
	json_bool(j, "big_endian", bytes_u8(&f) != 0);
	json_bool(j, "true_color", bytes_u8(&f) != 0);
	json_u64(j, "red_max", bytes_be16(&f));
	json_u64(j, "green_max", bytes_be16(&f));
	json_u64(j, "blue_max", bytes_be16(&f));
	json_u64(j, "red_shift", bytes_u8(&f));
	json_u64(j, "green_shift", bytes_u8(&f));
	json_u64(j, "blue_shift", bytes_u8(&f));
	json_obj_end(j);
	json_obj_end(j);
}

static void
rfb_eve(struct tx *tx, struct json *j)
{
	const struct rfb_tx *own = (struct rfb_tx *)tx;

	json_obj(j, "rfb");
	eve_version(j, "server_protocol_version", own->version[DIR_TOCLIENT]);
	eve_version(j, "client_protocol_version", own->version[DIR_TOSERVER]);
	eve_authentication(own, j);
	if (own->reason.len > 0)
		json_bytes(j, "server_security_failure_reason", bytes_of(own->reason.data, own->reason.len));
	if (own->has_init) {
		json_bool(j, "screen_shared", own->shared != 0);
		eve_framebuffer(own, j);
	}
	json_obj_end(j);
}

const struct proto rfb_proto = {
	.id = APPPROTO_RFB,
	.over = PROTO_TCP,
	.ports = { 5900, 5901, 5902, 5903 },
	.state_size = sizeof(struct rfb),
	.probe = rfb_probe,
	.parse = rfb_parse,
	.tx_free = rfb_tx_free,
	.state_free = rfb_state_free,
	.ops = { .buffer = rfb_buffer, .number = rfb_number },
	.eve = rfb_eve,
};
