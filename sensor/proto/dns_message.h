/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/dns_message.h - one DNS message (RFC 1035) as a list of records.
 *
 * Names are expanded once, with limits on jumps, labels and length, and kept as
 * text without the last dot. Everything lies in the worker's pool. One thread.
 */
#ifndef SENSOR_PROTO_DNS_MESSAGE_H
#define SENSOR_PROTO_DNS_MESSAGE_H

#include "lib/bytes.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

#define DNS_HEADER_LEN 12
#define DNS_NAME_MAX 1025 /* bytes of text that are kept of a name */
#define DNS_RECORDS_MAX 2048

enum dns_section { DNS_QUERIES, DNS_ANSWERS, DNS_AUTHORITIES, DNS_ADDITIONALS, DNS_SECTIONS };

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_SSHFP = 44,
};

/* Bits of what is wrong with a message. */
enum dns_wrong {
	DNS_WRONG_LOOP = 1,
	DNS_WRONG_NAME_LONG = 2,
	DNS_WRONG_LABELS = 4,
	DNS_WRONG_RECORD = 8,      /* a record does not fit: what follows is not read */
	DNS_WRONG_AUTHORITIES = 16,/* that record is an authority, … */
	DNS_WRONG_ADDITIONALS = 32,
};

/* Part of struct dns_message.text. */
struct dns_span {
	uint32_t at, len;
};

struct dns_record {
	uint8_t         section;
	uint16_t        type, class;
	uint32_t        ttl;
	struct dns_span name;
	struct dns_span target;     /* the name in the data (CNAME, NS, PTR, MX, SRV, SOA's server) */
	struct dns_span mailbox;    /* SOA's second name */
	uint32_t        data;       /* offset of the record's data in the message */
	uint16_t        data_len;
	uint16_t        fixed;      /* offset in the data of what follows its names (SOA) */
};

struct dns_message {
	uint16_t    id, flags;
	uint16_t    count[DNS_SECTIONS]; /* as the header claims */
	uint8_t     wrong;               /* bits of enum dns_wrong */
	uint32_t    n_records;
	struct pbuf wire;    /* the message itself */
	struct pbuf text;    /* expanded names */
	struct pbuf records; /* struct dns_record[n_records] */
};

static inline bool
dns_is_response(const struct dns_message *m)
{
	return m->flags & 0x8000;
}

static inline unsigned
dns_opcode(const struct dns_message *m)
{
	return m->flags >> 11 & 15;
}

static inline const struct dns_record *
dns_record_at(const struct dns_message *m, uint32_t i)
{
	return (const struct dns_record *)(const void *)m->records.data + i;
}

static inline struct bytes
dns_text(const struct dns_message *m, struct dns_span s)
{
	return bytes_of(m->text.data ? m->text.data + s.at : NULL, s.len);
}

static inline struct bytes
dns_data(const struct dns_message *m, const struct dns_record *r)
{
	return bytes_of(m->wire.data + r->data, r->data_len);
}

/* Read a message into `m` (zeroed). -EBADMSG: no header; -ENOMEM: the pool refused. What is wrong
 * further on is in m->wrong, and the records before it are there. */
int  dns_message_read(struct dns_message *m, struct pool *pool, struct bytes wire);
void dns_message_release(struct dns_message *m, struct pool *pool);

/* Expand the name at offset `at` of `wire` into `out`. Returns the bytes it takes there, 0: broken.
 * Adds to *wrong. */
size_t dns_name(uint8_t out[static DNS_NAME_MAX], size_t *out_len, struct bytes wire, size_t at,
		uint8_t *wrong);

#endif
