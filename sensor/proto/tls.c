/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/tls.h"

#include "sensor/appframe.h"
#include "sensor/proto.h"

#include <errno.h>
#include <string.h>

#define RECORD_HEADER_LEN 5
#define RECORD_MAX ((1u << 14) + 2048) /* RFC 5246 6.2.3 */
#define MESSAGE_HEADER_LEN 4
#define MESSAGE_MAX (128u << 10) /* of a handshake message that comes in pieces */
#define HEARTBEAT_MIN 16         /* RFC 6520: padding */

enum record_type {
	RECORD_CIPHER = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	RECORD_HEARTBEAT = 24,
};

enum message_type {
	MESSAGE_CLIENT_HELLO = 1,
	MESSAGE_SERVER_HELLO = 2,
	MESSAGE_TICKET = 4,
	MESSAGE_CERTIFICATE = 11,
	MESSAGE_SERVER_DONE = 14,
	MESSAGE_CLIENT_KEYS = 16,
};

struct side {
	struct pbuf message;   /* handshake bytes that are not a whole message yet */
	uint32_t    skip;      /* bytes of a record to go over */
	bool        encrypted; /* by ChangeCipherSpec or application data */
};

struct tls_state {
	struct tls_tx *tx;
	struct side    side[2];
	bool           heartbleed; /* an oversized request was seen: the answer shows whether it worked */
	uint16_t       heartbeat_len;
};

static void
event(struct tls_tx *t, enum tls_event e)
{
	t->tx.events |= 1ULL << e;
	t->tx.updated[0] = t->tx.updated[1] = true;
}

static void
advance(struct tls_tx *t, int dir, uint8_t progress)
{
	if (t->tx.progress[dir] < progress)
		t->tx.progress[dir] = progress;
	t->tx.updated[dir] = true;
}

/* ---- life ---- */

static struct tls_tx *
tx_of(struct tls_state *s, struct proto_env *env)
{
	struct tls_tx *t = s->tx;

	if (t)
		return t;
	t = pool_zero(env->pool, sizeof(*t));
	if (!t)
		return NULL;
	t->pool = env->pool;
	t->first_ns = env->now_ns;
	t->tx.id = env->next_tx++;
	t->tx.complete_at[DIR_TOSERVER] = TLS_CLIENT_COMPLETE;
	t->tx.complete_at[DIR_TOCLIENT] = TLS_SERVER_COMPLETE;
	TAILQ_INIT(&t->tx.files);
	TAILQ_INSERT_TAIL(&env->flow->txs, &t->tx, link);
	s->tx = t;
	return t;
}

static void
tls_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct tls_state *s = state;
	struct tls_tx    *t = (struct tls_tx *)tx;

	if (s->tx == t) {
		s->tx = NULL;
		s->side[0].encrypted = s->side[1].encrypted = true; /* nothing of it is looked at again */
	}
	for (int d = 0; d < DIR_COUNT; d++) {
		tls_hello_release(&t->hello[d], env->pool);
		if (t->chain[d])
			tls_chain_release(t->chain[d], env->pool);
		pool_put(env->pool, t->chain[d], sizeof(*t->chain[d]));
		pbuf_release(env->pool, &t->ja3[d]);
		pbuf_release(env->pool, &t->ja3_hash[d]);
	}
	pbuf_release(env->pool, &t->ja4);
	pool_put(env->pool, t, sizeof(*t));
}

static void
tls_state_free(void *state, struct proto_env *env)
{
	struct tls_state *s = state;

	for (int d = 0; d < DIR_COUNT; d++)
		pbuf_release(env->pool, &s->side[d].message);
}

/* ---- handshake messages ---- */

static void
hello_events(struct tls_tx *t, const struct tls_hello *h)
{
	static const struct {
		uint8_t odd, event;
	} rows[] = {
		{ TLS_ODD_LENGTH, TLS_EVENT_HANDSHAKE_INVALID_LENGTH },
		{ TLS_ODD_SNI_TYPE, TLS_EVENT_INVALID_SNI_TYPE },
		{ TLS_ODD_SNI_LENGTH, TLS_EVENT_INVALID_SNI_LENGTH },
		{ TLS_ODD_SNI_MULTIPLE, TLS_EVENT_MULTIPLE_SNI_EXTENSIONS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (h->odd & rows[i].odd)
			event(t, rows[i].event);
}

/* A session taken up again has the client's session id in the server's answer and no certificate. */
static bool
is_resumed(const struct tls_tx *t)
{
	struct bytes client = tls_part(&t->hello[0], t->hello[0].session_id);
	struct bytes server = tls_part(&t->hello[1], t->hello[1].session_id);

	return client.left && client.left == server.left && t->hello[1].version < TLS_VERSION_13 &&
			memcmp(client.at, server.at, client.left) == 0;
}

static void
take_hello(struct tls_tx *t, int dir, struct bytes body, bool client)
{
	struct tls_hello h;

	if (tls_hello_read(&h, t->pool, body, client) < 0)
		return;
	hello_events(t, &h);
	if (t->has_hello[dir]) { /* the first one counts, also after a retry (RFC 8446 4.1.4) */
		if (client && h.sni.len && t->hello[dir].sni.len)
			event(t, TLS_EVENT_MULTIPLE_SNI_EXTENSIONS);
		tls_hello_release(&h, t->pool);
		return;
	}
	t->hello[dir] = h;
	t->has_hello[dir] = true;
	if (!client)
		t->resumed = is_resumed(t);
	advance(t, dir, client ? TLS_CLIENT_HELLO_DONE : TLS_SERVER_HELLO);
}

static void
take_chain(struct tls_tx *t, int dir, struct bytes body)
{
	struct tls_chain *c;

	if (t->chain[dir])
		return;
	c = pool_zero(t->pool, sizeof(*c));
	if (!c)
		return;
	if (tls_chain_read(c, t->pool, body) < 0) {
		pool_put(t->pool, c, sizeof(*c));
		return;
	}
	t->chain[dir] = c;
	if (c->broken)
		event(t, TLS_EVENT_CERTIFICATE_INVALID_LENGTH);
	if (c->n_der && !c->parsed)
		event(t, TLS_EVENT_INVALID_CERTIFICATE);
	if (c->too_many_sans)
		event(t, TLS_EVENT_TOO_MANY_SUBJECT_ALTERNATIVE_NAMES);
	advance(t, dir, dir == DIR_TOSERVER ? TLS_CLIENT_CERT_DONE : TLS_SERVER_CERT_DONE);
}

static void
take_message(struct tls_tx *t, int dir, uint8_t type, struct bytes body)
{
	switch (type) {
	case MESSAGE_CLIENT_HELLO:
		take_hello(t, dir, body, true);
		return;
	case MESSAGE_SERVER_HELLO:
		take_hello(t, dir, body, false);
		return;
	case MESSAGE_CERTIFICATE:
		take_chain(t, dir, body);
		return;
	case MESSAGE_SERVER_DONE:
		if (dir == DIR_TOCLIENT)
			advance(t, dir, TLS_SERVER_HELLO_DONE);
		return;
	case MESSAGE_CLIENT_KEYS:
		if (dir == DIR_TOSERVER)
			advance(t, dir, TLS_CLIENT_CERT_DONE);
		return;
	default:
		return;
	}
}

/* All whole messages in `b`, which is left with the beginning of the next. */
static int
take_messages(struct tls_tx *t, int dir, struct bytes *b)
{
	for (;;) {
		struct bytes at = *b;
		uint8_t      type = bytes_u8(&at);
		uint32_t     len = bytes_be24(&at);
		struct bytes body = bytes_cut(&at, len);

		if (len > MESSAGE_MAX) {
			event(t, TLS_EVENT_INVALID_HANDSHAKE_MESSAGE);
			return -EBADMSG;
		}
		if (!bytes_ok(&at))
			return 0;
		take_message(t, dir, type, body);
		*b = at;
	}
}

/* A handshake record. Messages may span records; only then they are copied. */
static void
take_handshake(struct tls_state *s, struct tls_tx *t, int dir, struct bytes record)
{
	struct side *side = &s->side[dir];
	struct bytes b = record;
	int          rc;

	if (side->encrypted)
		return;
	if (side->message.len) {
		if (pbuf_add(t->pool, &side->message, record.at, record.left) < 0) {
			side->encrypted = true;
			return;
		}
		b = bytes_of(side->message.data, side->message.len);
		rc = take_messages(t, dir, &b);
		pbuf_cut(&side->message, side->message.len - b.left);
		if (side->message.len == 0)
			pbuf_release(t->pool, &side->message);
	} else {
		rc = take_messages(t, dir, &b);
		if (rc == 0 && b.left && pbuf_add(t->pool, &side->message, b.at, b.left) < 0)
			rc = -ENOMEM;
	}
	side->encrypted |= rc < 0; /* not to be understood: as good as encrypted */
}

/* ---- other records ---- */

static void
take_heartbeat(struct tls_state *s, struct tls_tx *t, int dir, struct bytes record, uint32_t record_len)
{
	uint8_t  type;
	uint16_t len;

	if (s->side[dir].encrypted) { /* lengths are all there is: a long answer to a short question */
		if (s->heartbleed && dir == DIR_TOCLIENT && record_len > s->heartbeat_len)
			event(t, TLS_EVENT_DATALEAK_HEARTBEAT_MISMATCH);
		if (dir == DIR_TOSERVER) {
			s->heartbleed = true;
			s->heartbeat_len = (uint16_t)record_len;
		}
		return;
	}
	type = bytes_u8(&record);
	len = bytes_be16(&record);
	if (!bytes_ok(&record) || (type != 1 && type != 2)) {
		event(t, TLS_EVENT_INVALID_HEARTBEAT_MESSAGE);
		return;
	}
	event(t, TLS_EVENT_HEARTBEAT_MESSAGE);
	if ((size_t)len + HEARTBEAT_MIN > record.left)
		event(t, TLS_EVENT_OVERFLOW_HEARTBEAT_MESSAGE);
	if (type == 2 && s->heartbleed && record_len > s->heartbeat_len)
		event(t, TLS_EVENT_DATALEAK_HEARTBEAT_MISMATCH);
	if (type == 1) {
		s->heartbleed = true;
		s->heartbeat_len = (uint16_t)record_len;
	}
}

static void
take_alert(struct tls_state *s, struct tls_tx *t, int dir, struct bytes record)
{
	uint8_t level;

	if (s->side[dir].encrypted)
		return;
	level = bytes_u8(&record);
	bytes_skip(&record, 1);
	if (!bytes_ok(&record) || level < 1 || level > 2)
		event(t, TLS_EVENT_INVALID_ALERT_MESSAGE);
	else if (level == 2)
		event(t, TLS_EVENT_ERROR_MESSAGE_ENCOUNTERED);
}

static void
take_record(struct tls_state *s, struct tls_tx *t, int dir, uint8_t type, struct bytes record)
{
	bool client = dir == DIR_TOSERVER;

	switch (type) {
	case RECORD_CIPHER:
		s->side[dir].encrypted = t->hello[DIR_TOCLIENT].version != TLS_VERSION_13 || !client;
		advance(t, dir, client ? TLS_CLIENT_HANDSHAKE_DONE : TLS_SERVER_HANDSHAKE_DONE);
		return;
	case RECORD_ALERT:
		take_alert(s, t, dir, record);
		return;
	case RECORD_HANDSHAKE:
		take_handshake(s, t, dir, record);
		return;
	case RECORD_HEARTBEAT:
		take_heartbeat(s, t, dir, record, (uint32_t)record.left);
		return;
	default:
		return;
	}
}

/* Application data: the handshake is over, at least for us. */
static void
take_data(struct tls_state *s, struct proto_env *env, struct tls_tx *t, int dir)
{
	s->side[dir].encrypted = true;
	advance(t, dir, t->tx.complete_at[dir]);
	if (s->side[0].encrypted && s->side[1].encrypted)
		env->flow->no_payload = true;
}

/* ---- records ---- */

static bool
is_version(uint16_t v)
{
	return v >= TLS_VERSION_SSL3 && v <= TLS_VERSION_13;
}

static bool
is_record_type(uint8_t type)
{
	return type >= RECORD_CIPHER && type <= RECORD_HEARTBEAT;
}

/* RFC 5246 E.2: a hello in SSLv2's form, from a client that would rather speak TLS. 1: taken, 0: more,
 * -EBADMSG: it is none. */
static int
take_ssl2(struct tls_tx *t, int dir, struct bytes *b)
{
	struct bytes at = *b;
	uint16_t     len = bytes_be16(&at);
	struct bytes record;

	if (dir != DIR_TOSERVER || t->has_hello[dir] || !(len & 0x8000))
		return -EBADMSG;
	record = bytes_cut(&at, len & 0x7fff);
	if (!bytes_ok(&at))
		return 0;
	if (bytes_u8(&record) != MESSAGE_CLIENT_HELLO) {
		event(t, TLS_EVENT_INVALID_SSLV2_HEADER);
		return -EBADMSG;
	}
	if (tls_hello_read_ssl2(&t->hello[dir], t->pool, record) == 0) {
		t->has_hello[dir] = true;
		advance(t, dir, TLS_CLIENT_HELLO_DONE);
	}
	*b = at;
	return 1;
}

static void
mark_record(struct proto_env *env, int dir, uint8_t type, const uint8_t *at, uint16_t len)
{
	appframe_mark(env, dir, APPFRAME_TLS_PDU, at, RECORD_HEADER_LEN + (uint64_t)len);
	appframe_mark(env, dir, APPFRAME_TLS_HDR, at, RECORD_HEADER_LEN);
	if (len)
		appframe_mark(env, dir, APPFRAME_TLS_DATA, at + RECORD_HEADER_LEN, len);
	if (len && type == RECORD_ALERT)
		appframe_mark(env, dir, APPFRAME_TLS_ALERT, at + RECORD_HEADER_LEN, len);
}

/* One record, or what there is of one that need not be whole. 1: go on, 0: more, -EBADMSG. */
static int
step(struct tls_state *s, struct proto_env *env, struct tls_tx *t, int dir, struct bytes *b)
{
	struct bytes at = *b, record;
	uint8_t      type = bytes_u8(&at);
	uint16_t     version = bytes_be16(&at), len = bytes_be16(&at);

	if (b->left && (type & 0x80) && !t->record_version[dir] && b->left >= 2)
		return take_ssl2(t, dir, b);
	if (!bytes_ok(&at))
		return 0;
	if (!is_record_type(type)) {
		event(t, TLS_EVENT_INVALID_RECORD_TYPE);
		return -EBADMSG;
	}
	if (!is_version(version)) {
		event(t, TLS_EVENT_INVALID_RECORD_VERSION);
		return -EBADMSG;
	}
	if (len > RECORD_MAX) {
		event(t, TLS_EVENT_INVALID_SSL_RECORD);
		return -EBADMSG;
	}
	t->record_version[dir] = version;
	advance(t, dir, dir == DIR_TOSERVER ? TLS_CLIENT_IN_PROGRESS : TLS_SERVER_IN_PROGRESS);
	if (type == RECORD_DATA) {
		mark_record(env, dir, type, b->at, len);
		take_data(s, env, t, dir);
		s->side[dir].skip = len;
		*b = at;
		return 1;
	}
	record = bytes_cut(&at, len);
	if (!bytes_ok(&at))
		return 0;
	mark_record(env, dir, type, b->at, len);
	take_record(s, t, dir, type, record);
	*b = at;
	return 1;
}

/* After the end of the handshake only the lengths of heartbeats are of interest, and only while somebody
 * waits for them. */
static int
tls_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct tls_state *s = state;
	struct side      *side = &s->side[dir];
	struct tls_tx    *t = tx_of(s, env);
	struct bytes      b = data;
	int               rc = 1;

	(void)gap;
	if (!t || flags & PROTO_GAP)
		return (int)data.left;
	while (rc > 0 && (b.left || side->skip)) {
		size_t n = b.left < side->skip ? b.left : side->skip;

		bytes_skip(&b, n);
		side->skip -= (uint32_t)n;
		if (b.left == 0)
			break;
		rc = step(s, env, t, dir, &b);
	}
	if (flags & PROTO_EOF)
		advance(t, dir, t->tx.complete_at[dir]);
	return rc < 0 ? rc : (int)(data.left - b.left);
}

/* ---- recognition ---- */

static enum proto_probe
probe_ssl2(struct bytes b)
{
	uint16_t len = bytes_be16(&b);
	uint8_t  type = bytes_u8(&b);
	uint16_t version = bytes_be16(&b);

	if (!bytes_ok(&b))
		return PROBE_MORE;
	return (len & 0x7fff) >= 9 && type == MESSAGE_CLIENT_HELLO &&
					(version == TLS_VERSION_SSL2 || is_version(version))
			? PROBE_YES
			: PROBE_NO;
}

static enum proto_probe
tls_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes b = data;
	uint8_t      type = bytes_u8(&b), message;
	uint16_t     version, len;

	(void)sport, (void)dport;
	if (data.left == 0)
		return PROBE_MORE;
	if (type & 0x80 && dir == DIR_TOSERVER)
		return probe_ssl2(data);
	if (type != RECORD_HANDSHAKE && !(type == RECORD_ALERT && dir == DIR_TOCLIENT))
		return PROBE_NO;
	version = bytes_be16(&b);
	len = bytes_be16(&b);
	message = bytes_u8(&b);
	if (data.left >= 2 && data.at[1] != 3)
		return PROBE_NO;
	if (!bytes_ok(&b))
		return PROBE_MORE;
	if (!is_version(version) || len > RECORD_MAX || len == 0)
		return PROBE_NO;
	if (type == RECORD_ALERT)
		return len == 2 ? PROBE_YES : PROBE_NO;
	return message == (dir == DIR_TOSERVER ? MESSAGE_CLIENT_HELLO : MESSAGE_SERVER_HELLO) ? PROBE_YES
											       : PROBE_NO;
}

const struct proto tls_proto = {
	.id = APPPROTO_TLS,
	.over = PROTO_TCP,
	.ports = { 443, 8443, 465, 993, 995, 853, 636, 990 },
	.state_size = sizeof(struct tls_state),
	.probe = tls_probe,
	.parse = tls_parse,
	.tx_free = tls_tx_free,
	.state_free = tls_state_free,
	.ops = { .buffer = tls_buffer, .number = tls_number },
	.eve = tls_eve,
};
