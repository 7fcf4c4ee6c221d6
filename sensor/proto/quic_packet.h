/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/quic_packet.h - QUIC packets with long headers (RFC 8999, 9000, 9001, 9369, and Google's).
 *
 * Initial packets are protected with keys that anybody can derive from the
 * connection id; these are opened here. OpenSSL does the ciphers, on its own
 * heap; the opened payload lies in the caller's memory. One thread.
 */
#ifndef SENSOR_PROTO_QUIC_PACKET_H
#define SENSOR_PROTO_QUIC_PACKET_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define QUIC_CID_MAX 20
#define QUIC_TAG_LEN 16 /* of AES-128-GCM */
#define QUIC_HASH_LEN 12 /* before the frames of Google's packets */

enum quic_kind {
	QUIC_NONE,   /* no long header, or a version that we do not know */
	QUIC_SEALED, /* its payload can not be read */
	QUIC_INITIAL,
	QUIC_GOOGLE, /* in the clear */
};

struct quic_packet {
	uint8_t      kind; /* enum quic_kind */
	uint32_t     version;
	struct bytes cid;    /* destination's */
	struct bytes header; /* INITIAL: up to the packet number */
	struct bytes rest;   /* INITIAL: packet number and payload; GOOGLE: payload */
};

/* Keys of one side's Initial packets. */
struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* Take the next packet off a datagram. The kind is QUIC_NONE when nothing more can be read. */
struct quic_packet quic_packet_take(struct bytes *datagram);

/* "1", "v2", "Q046", …; written to `buf` for others. */
const char *quic_version_name(uint32_t version, char buf[static 9]);

/* Keys from the id that the client chose for the server. False: OpenSSL refused. */
bool quic_keys_derive(struct quic_keys *out, uint32_t version, struct bytes cid, bool client);

/* Open an Initial packet into `out`, which has room for p->rest.left bytes. Returns the length of the
 * frames, or -EBADMSG. */
long quic_packet_open(const struct quic_packet *p, const struct quic_keys *keys, uint8_t *out);

/* A number of 1, 2, 4 or 8 bytes (RFC 9000 16). */
uint64_t quic_varint(struct bytes *b);

#endif
