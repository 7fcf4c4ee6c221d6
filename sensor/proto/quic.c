/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/quic.h"

#include "lib/json.h"
#include "rules/app/quic.h"
#include "rules/packet.h"
#include "sensor/proto.h"
#include "sensor/proto/quic_packet.h"
#include "sensor/proto/tls_hello.h"
#include "sensor/proto/tls_ja.h"
#include "sensor/tx.h"

#include <errno.h>
#include <openssl/evp.h>

#define CRYPTO_MAX 65535 /* bytes of handshake that are put together */
#define RANGES_MAX 32    /* pieces of it that wait for those between them */
#define TAGS_MAX 128
#define FAILURES_MAX 8   /* packets that cannot be opened, after which nobody tries any more */
#define MD5_HEX 32

enum frame { PADDING = 0, PING = 1, ACK = 2, ACK_ECN = 3, CRYPTO = 6, CLOSE = 0x1c };
enum message { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

struct quic_tx {
	struct tx        tx; /* head first */
	uint8_t          dir;
	uint32_t         version;
	uint8_t          version_wire[4];
	struct pbuf      sni, ua, cyu;
	struct pbuf      ja3, ja3_hash, ja4;
	char             cyu_hash[MD5_HEX];
};

struct range {
	uint32_t from, to;
};

/* The handshake of one direction. */
struct crypto {
	struct pbuf  data;
	struct range ranges[RANGES_MAX]; /* in order, never touching */
	unsigned     n_ranges;
	bool         done; /* the hello was read, or given up */
};

struct quic {
	struct crypto    crypto[2];
	struct quic_keys keys[2];
	uint32_t         version; /* of the keys */
	bool             has_keys;
	uint8_t          n_failures;
};

/* ---- transactions ---- */

/* What is known is known at once, and is of one direction. */
static struct quic_tx *
tell(struct proto_env *env, int dir, uint32_t version)
{
	struct quic_tx *t = tx_begin(env, sizeof(*t), QUIC_COMPLETE);

	if (!t)
		return NULL;
	t->dir = (uint8_t)dir;
	t->version = version;
	for (unsigned i = 0; i < 4; i++)
		t->version_wire[i] = (uint8_t)(version >> (24 - 8 * i));
	for (int d = 0; d < DIR_COUNT; d++)
		tx_complete(&t->tx, d);
	t->tx.done_inspect[!dir] = true;
	return t;
}

static void
tell_event(struct proto_env *env, int dir, uint32_t version, enum quic_event e)
{
	struct quic_tx *t = tell(env, dir, version);

	if (t)
		tx_event(&t->tx, e);
}

static void
quic_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct quic_tx *t = (struct quic_tx *)tx;
	struct pbuf    *parts[] = { &t->sni, &t->ua, &t->cyu, &t->ja3, &t->ja3_hash, &t->ja4 };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		pbuf_release(env->pool, parts[i]);
	tx_end(env, tx, sizeof(*t));
}

static void
quic_state_free(void *state, struct proto_env *env)
{
	struct quic *q = state;

	for (int d = 0; d < DIR_COUNT; d++)
		pbuf_release(env->pool, &q->crypto[d].data);
}

/* ---- Google's hello: tags and their values ---- */

struct tag {
	uint8_t      name[4];
	struct bytes value;
};

/* The tag at `index` of a message; false: there is none, or it does not fit. Integers are little-endian. */
static bool
tag_at(struct bytes message, unsigned n, unsigned index, struct tag *out)
{
	struct bytes table = message, values = message;
	uint32_t     from = 0, to;

	bytes_skip(&table, 8 * (size_t)index);
	bytes_skip(&values, 8 * (size_t)n);
	if (index > 0) {
		struct bytes before = message;

		bytes_skip(&before, 8 * (size_t)index - 4);
		from = bytes_le32(&before);
	}
	if (!bytes_ok(&table) || table.left < 8 || !bytes_ok(&values))
		return false;
	memcpy(out->name, table.at, 4);
	bytes_skip(&table, 4);
	to = bytes_le32(&table);
	bytes_skip(&values, from);
	out->value = bytes_cut(&values, to >= from ? to - from : SIZE_MAX);
	return bytes_ok(&values);
}

static void
add_cyu_tag(struct proto_env *env, struct pbuf *cyu, const uint8_t name[static 4], bool is_first)
{
	size_t len = 4;

	while (len > 0 && name[len - 1] == 0)
		len--;
	(void)pbuf_add(env->pool, cyu, is_first ? "," : "-", 1);
	(void)pbuf_add(env->pool, cyu, name, len);
}

static void
hash_cyu(struct quic_tx *t)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t           md5[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(t->cyu.data, t->cyu.len, md5, NULL, EVP_md5(), NULL))
		return;
	for (unsigned i = 0; i < MD5_HEX / 2; i++) {
		t->cyu_hash[2 * i] = digits[md5[i] >> 4];
		t->cyu_hash[2 * i + 1] = digits[md5[i] & 15];
	}
}

/* "CHLO", number of tags, two bytes of nothing, tags with the ends of their values, values. */
static void
read_chlo(struct proto_env *env, struct quic_tx *t, struct bytes b)
{
	char       name[9];
	unsigned   n;
	struct tag tag;

	bytes_skip(&b, 4);
	n = bytes_le16(&b);
	bytes_skip(&b, 2);
	if (!bytes_ok(&b) || n == 0 || n > TAGS_MAX || !tag_at(b, n, 0, &tag))
		return;
	(void)pbuf_add(env->pool, &t->cyu, quic_version_name(t->version, name) + 2, 2); /* 46 of Q046 */
	for (unsigned i = 0; i < n && tag_at(b, n, i, &tag); i++) {
		add_cyu_tag(env, &t->cyu, tag.name, i == 0);
		if (memcmp(tag.name, "SNI", 4) == 0)
			(void)pbuf_add(env->pool, &t->sni, tag.value.at, tag.value.left);
		else if (memcmp(tag.name, "UAID", 4) == 0)
			(void)pbuf_add(env->pool, &t->ua, tag.value.at, tag.value.left);
	}
	hash_cyu(t);
}

/* Frames before the hello (acknowledgements) need not be understood to find it. */
static void
take_google(struct proto_env *env, int dir, const struct quic_packet *p)
{
	struct quic_tx *t = tell(env, dir, p->version);
	const uint8_t  *at = memmem(p->rest.at, p->rest.left, "CHLO", 4);

	if (t && dir == DIR_TOSERVER && at)
		read_chlo(env, t, bytes_of(at, p->rest.left - (size_t)(at - p->rest.at)));
}

/* ---- TLS's hello ---- */

static void
read_hello(struct proto_env *env, int dir, uint32_t version, struct bytes message)
{
	struct tls_hello hello = { 0 };
	struct quic_tx  *t = tell(env, dir, version);

	if (!t || tls_hello_read(&hello, env->pool, message, dir == DIR_TOSERVER) < 0)
		return;
	if (hello.odd & TLS_ODD_LENGTH)
		tx_event(&t->tx, QUIC_EVENT_ERROR_ON_DATA);
	if (hello.sni.len)
		(void)pbuf_add(env->pool, &t->sni, tls_part(&hello, hello.sni).at, hello.sni.len);
	ja3_string(&t->ja3, env->pool, &hello);
	ja3_hash(&t->ja3_hash, env->pool, &t->ja3);
	if (dir == DIR_TOSERVER)
		ja4_hash(&t->ja4, env->pool, &hello, 'q');
	tls_hello_release(&hello, env->pool);
}

/* ---- CRYPTO frames ---- */

/* Note that these bytes are there; neighbours become one. False: too many pieces. */
static bool
add_range(struct crypto *c, struct range r)
{
	unsigned i = 0, k;

	while (i < c->n_ranges && c->ranges[i].to < r.from)
		i++;
	for (k = i; k < c->n_ranges && c->ranges[k].from <= r.to; k++) {
		r.from = c->ranges[k].from < r.from ? c->ranges[k].from : r.from;
		r.to = c->ranges[k].to > r.to ? c->ranges[k].to : r.to;
	}
	if (k == i && c->n_ranges == RANGES_MAX)
		return false;
	memmove(&c->ranges[i + 1], &c->ranges[k], (c->n_ranges - k) * sizeof(r));
	c->n_ranges = c->n_ranges - (k - i) + 1;
	c->ranges[i] = r;
	return true;
}

/* Put bytes in their place. -ENOMEM, -EMSGSIZE. */
static int
add_crypto(struct proto_env *env, struct crypto *c, uint64_t offset, struct bytes data)
{
	static const uint8_t zeros[1024];
	uint64_t             end = offset + data.left;

	if (offset > CRYPTO_MAX || end > CRYPTO_MAX)
		return -EMSGSIZE;
	while (c->data.len < end) {
		size_t n = end - c->data.len < sizeof(zeros) ? end - c->data.len : sizeof(zeros);

		if (pbuf_add(env->pool, &c->data, zeros, n) < 0)
			return -ENOMEM;
	}
	if (data.left == 0)
		return 0;
	memcpy(c->data.data + offset, data.at, data.left);
	return add_range(c, (struct range){ (uint32_t)offset, (uint32_t)end }) ? 0 : -EMSGSIZE;
}

/* Is the hello complete? Then it is read, and nothing more is wanted of this direction. */
static void
try_hello(struct quic *q, struct proto_env *env, int dir, uint32_t version)
{
	struct crypto *c = &q->crypto[dir];
	struct bytes   b = bytes_of(c->data.data, c->n_ranges && c->ranges[0].from == 0 ? c->ranges[0].to : 0);
	struct bytes   message;
	uint8_t        type;

	if (bytes_starts(&b, "CHLO", 4)) { /* Google's, in the newer frames */
		struct quic_tx *t = tell(env, dir, version);

		c->done = true;
		if (t)
			read_chlo(env, t, b);
		return;
	}
	type = bytes_u8(&b);
	message = bytes_cut(&b, bytes_be24(&b));
	if (!bytes_ok(&b))
		return;
	c->done = true;
	if (type == (dir == DIR_TOSERVER ? CLIENT_HELLO : SERVER_HELLO))
		read_hello(env, dir, version, message);
	else
		tell_event(env, dir, version, QUIC_EVENT_ERROR_ON_DATA);
}

static void
skip_ack(struct bytes *b, bool ecn)
{
	uint64_t n;

	(void)quic_varint(b);
	(void)quic_varint(b);
	n = quic_varint(b);
	for (n = 2 * n + 1; n > 0 && bytes_ok(b); n--)
		(void)quic_varint(b);
	for (unsigned i = 0; ecn && i < 3; i++)
		(void)quic_varint(b);
}

static void
skip_close(struct bytes *b)
{
	(void)quic_varint(b);
	(void)quic_varint(b);
	bytes_skip(b, quic_varint(b));
}

/* One frame off an opened Initial packet. 0, or what add_crypto() returns, or -EBADMSG. */
static int
take_frame(struct proto_env *env, struct crypto *c, struct bytes *b)
{
	uint64_t type = quic_varint(b), offset;
	int      err = 0;

	switch (type) {
	case PADDING:
	case PING:
		break;
	case ACK:
	case ACK_ECN:
		skip_ack(b, type == ACK_ECN);
		break;
	case CRYPTO:
		offset = quic_varint(b);
		err = add_crypto(env, c, offset, bytes_cut(b, quic_varint(b)));
		break;
	case CLOSE:
		skip_close(b);
		break;
	default:
		return -EBADMSG;
	}
	return bytes_ok(b) ? err : -EBADMSG;
}

static void
take_frames(struct quic *q, struct proto_env *env, int dir, uint32_t version, struct bytes b)
{
	struct crypto *c = &q->crypto[dir];
	int            err = 0;

	while (b.left && err == 0)
		err = take_frame(env, c, &b);
	if (err < 0) {
		c->done = true;
		tell_event(env, dir, version,
				err == -EMSGSIZE ? QUIC_EVENT_CRYPTO_FRAG_TOO_LONG : QUIC_EVENT_ERROR_ON_DATA);
		return;
	}
	try_hello(q, env, dir, version);
}

/* ---- Initial packets ---- */

static bool
derive(struct quic *q, const struct quic_packet *p)
{
	q->version = p->version;
	q->has_keys = quic_keys_derive(&q->keys[DIR_TOSERVER], p->version, p->cid, true) &&
			quic_keys_derive(&q->keys[DIR_TOCLIENT], p->version, p->cid, false);
	return q->has_keys;
}

/* The keys come from the id in the client's first packet, and after a Retry (or a change of version) from
 * that in its next. */
static long
open_packet(struct quic *q, int dir, const struct quic_packet *p, uint8_t *out)
{
	long n;

	if (!q->has_keys && (dir == DIR_TOCLIENT || !derive(q, p)))
		return -EBADMSG;
	n = q->version == p->version ? quic_packet_open(p, &q->keys[dir], out) : -EBADMSG;
	if (n < 0 && dir == DIR_TOSERVER && !q->crypto[DIR_TOCLIENT].done && derive(q, p))
		n = quic_packet_open(p, &q->keys[dir], out);
	return n;
}

static void
take_initial(struct quic *q, struct proto_env *env, int dir, const struct quic_packet *p)
{
	uint8_t *opened;
	long     n;

	if (q->crypto[dir].done || q->n_failures >= FAILURES_MAX)
		return;
	opened = pool_get(env->pool, p->rest.left + 1);
	if (!opened)
		return;
	n = open_packet(q, dir, p, opened);
	if (n >= 0)
		take_frames(q, env, dir, p->version, bytes_of(opened, (size_t)n));
	else if (q->has_keys && q->n_failures++ == 0)
		tell_event(env, dir, p->version, QUIC_EVENT_FAILED_DECRYPT);
	pool_put(env->pool, opened, p->rest.left + 1);
}

static int
quic_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct quic *q = state;
	struct bytes b = data;

	(void)flags, (void)gap;
	while (b.left) {
		struct quic_packet p = quic_packet_take(&b);

		if (p.kind == QUIC_NONE)
			break;
		if (p.kind == QUIC_INITIAL)
			take_initial(q, env, dir, &p);
		else if (p.kind == QUIC_GOOGLE)
			take_google(env, dir, &p);
	}
	return (int)data.left;
}

/* ---- what rules and EVE ask ---- */

static bool
quic_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct quic_tx *t = (struct quic_tx *)tx;

	if (index > 0 || dir != t->dir)
		return false;
	switch (b) {
	case BUF_QUIC_VERSION:
		*out = (struct view){ .data = bytes_of(t->version_wire, 4), .ended = true };
		return true;
	case BUF_QUIC_SNI:
		return view_whole(out, &t->sni);
	case BUF_QUIC_UA:
		return view_whole(out, &t->ua);
	case BUF_QUIC_CYU_STRING:
		return view_whole(out, &t->cyu);
	case BUF_QUIC_CYU_HASH:
		*out = (struct view){ .data = bytes_of(t->cyu_hash, MD5_HEX), .ended = true };
		return t->cyu.len > 0;
	case BUF_JA3_STRING:
	case BUF_JA3S_STRING:
		return view_whole(out, &t->ja3);
	case BUF_JA3_HASH:
	case BUF_JA3S_HASH:
		return view_whole(out, &t->ja3_hash);
	case BUF_JA4_HASH:
		return view_whole(out, &t->ja4);
	default:
		return false;
	}
}

static void
eve_text(struct json *j, const char *key, const struct pbuf *b)
{
	if (b->len)
		json_bytes(j, key, bytes_of(b->data, b->len));
}

static void
quic_eve(struct tx *tx, struct json *j)
{
	struct quic_tx *t = (struct quic_tx *)tx;
	char            name[9];

	json_obj(j, "quic");
	json_str(j, "version", quic_version_name(t->version, name));
	eve_text(j, "sni", &t->sni);
	eve_text(j, "ua", &t->ua);
	if (t->cyu.len) {
		json_arr(j, "cyu");
		json_obj(j, NULL);
		json_bytes(j, "hash", bytes_of(t->cyu_hash, MD5_HEX));
		eve_text(j, "string", &t->cyu);
		json_obj_end(j);
		json_arr_end(j);
	}
	if (t->ja3.len) {
		json_obj(j, t->dir == DIR_TOSERVER ? "ja3" : "ja3s");
		eve_text(j, "hash", &t->ja3_hash);
		eve_text(j, "string", &t->ja3);
		json_obj_end(j);
	}
	eve_text(j, "ja4", &t->ja4);
	json_obj_end(j);
}

static enum proto_probe
quic_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct quic_packet p = quic_packet_take(&data);

	(void)dir, (void)sport, (void)dport;
	return p.kind == QUIC_NONE ? PROBE_NO : PROBE_YES;
}

const struct proto quic_proto = {
	.id = APPPROTO_QUIC,
	.over = PROTO_UDP,
	.ports = { 443, 80 },
	.state_size = sizeof(struct quic),
	.probe = quic_probe,
	.parse = quic_parse,
	.tx_free = quic_tx_free,
	.state_free = quic_state_free,
	.ops = { .buffer = quic_buffer },
	.eve = quic_eve,
};
