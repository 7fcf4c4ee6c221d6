/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/quic_packet.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#define LONG 0x80
#define TYPE(first) ((first) >> 4 & 3)
#define SALT_LEN 20
#define HASH_LEN 32 /* SHA-256 */

enum style {
	STYLE_IETF,
	STYLE_PUBLIC, /* Google's first: flags, id, version */
	STYLE_LONG,   /* Google's later: lengths of ids as nibbles */
};

struct version {
	uint32_t    version;
	const char *name;
	uint8_t     style;
	uint8_t     initial; /* packet type */
	const char *label;   /* of key derivation */
	uint8_t     salt[SALT_LEN];
};

#define SALT_DRAFT_23 { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, \
	0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 }
#define SALT_DRAFT_29 { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, \
	0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 }

static const struct version versions[] = {
	{ 1, "1", STYLE_IETF, 0, "quic", { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
	{ 0x6b3343cf, "v2", STYLE_IETF, 1, "quicv2", { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81,
		0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 } },
	{ 0xff00001b, "draft-27", STYLE_IETF, 0, "quic", SALT_DRAFT_23 },
	{ 0xff00001c, "draft-28", STYLE_IETF, 0, "quic", SALT_DRAFT_23 },
	{ 0xff00001d, "draft-29", STYLE_IETF, 0, "quic", SALT_DRAFT_29 },
	{ 0xff00001e, "draft-30", STYLE_IETF, 0, "quic", SALT_DRAFT_29 },
	{ 0xff00001f, "draft-31", STYLE_IETF, 0, "quic", SALT_DRAFT_29 },
	{ 0xff000020, "draft-32", STYLE_IETF, 0, "quic", SALT_DRAFT_29 },
	{ 0x51303530, "Q050", STYLE_IETF, 0, "quic", { 0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d,
		0x94, 0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45 } },
	{ 0x51303436, "Q046", STYLE_LONG, 0, NULL, { 0 } },
	{ 0x51303435, "Q045", STYLE_LONG, 0, NULL, { 0 } },
	{ 0x51303434, "Q044", STYLE_LONG, 0, NULL, { 0 } },
	{ 0x51303433, "Q043", STYLE_PUBLIC, 0, NULL, { 0 } },
	{ 0x51303339, "Q039", STYLE_PUBLIC, 0, NULL, { 0 } },
};

static const struct version *
version_of(uint32_t version)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (versions[i].version == version)
			return &versions[i];
	return NULL;
}

const char *
quic_version_name(uint32_t version, char buf[static 9])
{
	const struct version *v = version_of(version);

	if (v)
		return v->name;
	snprintf(buf, 9, "%08x", version);
	return buf;
}

uint64_t
quic_varint(struct bytes *b)
{
	uint64_t v = bytes_u8(b);

	for (unsigned more = (1u << (v >> 6)) - 1, first = 1; more > 0; more--, first = 0)
		v = (first ? v & 0x3f : v) << 8 | bytes_u8(b);
	return v & (UINT64_MAX >> 2);
}

/* ---- headers ---- */

/* RFC 9000 17.2: ids, a token in Initial packets, length, packet number. */
static struct quic_packet
take_ietf(const struct version *v, uint8_t first, struct bytes start, struct bytes *b)
{
	struct quic_packet p = { .version = v->version };
	uint64_t           len;

	p.cid = bytes_cut(b, bytes_u8(b));
	bytes_skip(b, bytes_u8(b));
	if (!bytes_ok(b) || p.cid.left > QUIC_CID_MAX)
		return p;
	p.kind = QUIC_SEALED;
	if (TYPE(first) != v->initial) {
		len = TYPE(first) == (3 + v->initial) % 4 ? b->left : quic_varint(b); /* Retry has no length */
		bytes_skip(b, len);
		return p;
	}
	bytes_skip(b, quic_varint(b));
	len = quic_varint(b);
	p.header = bytes_of(start.at, start.left - b->left);
	p.rest = bytes_cut(b, len);
	if (bytes_ok(b))
		p.kind = QUIC_INITIAL;
	return p;
}

/* A nibble of an id's length: 0, or 3 less than it is. */
static size_t
id_len(uint8_t nibble)
{
	return nibble ? nibble + 3u : 0;
}

static struct quic_packet
take_google(const struct version *v, uint8_t first, struct bytes *b)
{
	struct quic_packet p = { .version = v->version };
	uint8_t            lens = bytes_u8(b);

	p.cid = bytes_cut(b, id_len(lens >> 4));
	bytes_skip(b, id_len(lens & 15));
	bytes_skip(b, v->version == 0x51303436 ? (first & 3u) + 1 : 4); /* the packet number */
	bytes_skip(b, QUIC_HASH_LEN);
	p.kind = bytes_ok(b) ? QUIC_GOOGLE : QUIC_NONE;
	p.rest = bytes_cut(b, b->left);
	return p;
}

/* Flags, id of eight bytes, version, packet number of 1, 2, 4 or 6 bytes. */
static struct quic_packet
take_public(uint8_t flags, struct bytes *b)
{
	static const uint8_t number_len[] = { 1, 2, 4, 6 };
	struct quic_packet   p = { 0 };

	p.cid = bytes_cut(b, 8);
	p.version = bytes_be32(b);
	bytes_skip(b, number_len[flags >> 4 & 3]);
	bytes_skip(b, QUIC_HASH_LEN);
	p.rest = bytes_cut(b, b->left);
	if (bytes_ok(&p.rest) && version_of(p.version) && version_of(p.version)->style == STYLE_PUBLIC)
		p.kind = QUIC_GOOGLE;
	return p;
}

struct quic_packet
quic_packet_take(struct bytes *datagram)
{
	struct bytes          start = *datagram;
	uint8_t               first = bytes_u8(datagram);
	const struct version *v;

	if (!(first & LONG)) /* version and id present, nothing else odd */
		return (first & 0xcf) == 0x09 ? take_public(first, datagram) : (struct quic_packet){ 0 };
	v = version_of(bytes_be32(datagram));
	if (!v || v->style == STYLE_PUBLIC)
		return (struct quic_packet){ 0 };
	return v->style == STYLE_IETF ? take_ietf(v, first, start, datagram) : take_google(v, first, datagram);
}

/* ---- keys (RFC 9001 5.2) ---- */

static bool
hmac(uint8_t out[static HASH_LEN], const uint8_t *key, size_t key_len, struct bytes data)
{
	return HMAC(EVP_sha256(), key, (int)key_len, data.at, data.left, out, NULL) != NULL;
}

/* HKDF-Expand-Label of at most one block (RFC 8446 7.1). */
static bool
expand(uint8_t *out, size_t len, const uint8_t secret[static HASH_LEN], const char *prefix, const char *label)
{
	uint8_t info[64], block[HASH_LEN];
	int     n = snprintf((char *)info + 3, sizeof(info) - 5, "tls13 %s%s", prefix, label);

	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)n;
	info[3 + n] = 0; /* no context */
	info[4 + n] = 1; /* first block */
	if (!hmac(block, secret, HASH_LEN, bytes_of(info, (size_t)n + 5)))
		return false;
	memcpy(out, block, len);
	return true;
}

bool
quic_keys_derive(struct quic_keys *out, uint32_t version, struct bytes cid, bool client)
{
	const struct version *v = version_of(version);
	uint8_t               initial[HASH_LEN], secret[HASH_LEN];

	return v && v->label && hmac(initial, v->salt, SALT_LEN, cid) &&
			expand(secret, sizeof(secret), initial, "", client ? "client in" : "server in") &&
			expand(out->key, sizeof(out->key), secret, v->label, " key") &&
			expand(out->iv, sizeof(out->iv), secret, v->label, " iv") &&
			expand(out->hp, sizeof(out->hp), secret, v->label, " hp");
}

/* ---- opening (RFC 9001 5.3, 5.4) ---- */

static bool
mask_of(EVP_CIPHER_CTX *ctx, const uint8_t hp[static 16], const uint8_t *sample, uint8_t mask[static 16])
{
	int n;

	return EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, hp, NULL) &&
			EVP_CIPHER_CTX_set_padding(ctx, 0) && EVP_EncryptUpdate(ctx, mask, &n, sample, 16);
}

static bool
decrypt(EVP_CIPHER_CTX *ctx, const struct quic_keys *keys, const uint8_t iv[static 12], struct bytes head,
		uint8_t first, struct bytes number, struct bytes sealed, uint8_t *out)
{
	uint8_t tag[QUIC_TAG_LEN];
	int     n, text = (int)(sealed.left - QUIC_TAG_LEN);

	memcpy(tag, sealed.at + text, sizeof(tag));
	return EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, keys->key, iv) &&
			EVP_DecryptUpdate(ctx, NULL, &n, &first, 1) &&
			EVP_DecryptUpdate(ctx, NULL, &n, head.at + 1, (int)head.left - 1) &&
			EVP_DecryptUpdate(ctx, NULL, &n, number.at, (int)number.left) &&
			EVP_DecryptUpdate(ctx, out, &n, sealed.at, text) &&
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, sizeof(tag), tag) &&
			EVP_DecryptFinal_ex(ctx, out + n, &n) > 0;
}

long
quic_packet_open(const struct quic_packet *p, const struct quic_keys *keys, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	struct bytes    sealed = p->rest;
	uint8_t         mask[16], number[4], iv[12], first, n;
	bool            ok;

	if (sealed.left < 4 + QUIC_TAG_LEN || /* the longest number and a tag, and enough for a sample */
			!(ctx = EVP_CIPHER_CTX_new()))
		return -EBADMSG;
	ok = mask_of(ctx, keys->hp, sealed.at + 4, mask);
	first = p->header.at[0] ^ (mask[0] & 0x0f);
	n = (first & 3) + 1;
	memcpy(iv, keys->iv, sizeof(iv));
	for (unsigned i = 0; ok && i < n; i++) {
		number[i] = sealed.at[i] ^ mask[1 + i];
		iv[12 - n + i] ^= number[i];
	}
	bytes_skip(&sealed, n);
	ok = ok && decrypt(ctx, keys, iv, p->header, first, bytes_of(number, n), sealed, out);
	EVP_CIPHER_CTX_free(ctx);
	return ok ? (long)(sealed.left - QUIC_TAG_LEN) : -EBADMSG;
}
