/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/dns_message.h"

#include <errno.h>

#define POINTER 0xc0
#define JUMPS_MAX 255
#define LABELS_MAX 255

/* A name on its way to text. */
struct name {
	uint8_t *out;
	size_t   len;
	uint8_t *wrong;
};

static void
name_byte(struct name *n, uint8_t c)
{
	if (n->len < DNS_NAME_MAX)
		n->out[n->len++] = c;
	else
		*n->wrong |= DNS_WRONG_NAME_LONG;
}

static void
name_label(struct name *n, struct bytes label)
{
	if (n->len)
		name_byte(n, '.');
	for (size_t i = 0; i < label.left; i++)
		name_byte(n, label.at[i]);
}

size_t
dns_name(uint8_t out[static DNS_NAME_MAX], size_t *out_len, struct bytes wire, size_t at,
		uint8_t *wrong)
{
	struct name n = { .out = out, .wrong = wrong };
	size_t      taken = 0; /* known at the first jump or at the end */
	unsigned    jumps = 0;

	for (unsigned labels = 0;; labels++) {
		struct bytes b = wire;
		uint8_t      len;

		bytes_skip(&b, at);
		len = bytes_u8(&b);
		if ((len & POINTER) == POINTER) {
			uint16_t to = (uint16_t)((len & 0x3f) << 8 | bytes_u8(&b));

			taken = taken ? taken : (size_t)(b.at - wire.at);
			if (!bytes_ok(&b))
				return 0;
			if (++jumps > JUMPS_MAX) {
				*wrong |= DNS_WRONG_LOOP;
				break;
			}
			at = to;
			continue;
		}
		struct bytes label = bytes_cut(&b, len);

		if (!bytes_ok(&b) || len & POINTER)
			return 0;
		at = (size_t)(b.at - wire.at);
		if (len == 0)
			break;
		if (labels >= LABELS_MAX) { /* its beginning counts, so that rules see it */
			*wrong |= DNS_WRONG_LABELS;
			break;
		}
		name_label(&n, label);
	}
	*out_len = n.len;
	return taken ? taken : at;
}

/* The name at the cursor, its text appended to the message's. false: broken or no memory. */
static bool
take_name(struct dns_message *m, struct pool *pool, struct bytes wire, struct bytes *at,
		struct dns_span *out)
{
	uint8_t text[DNS_NAME_MAX];
	size_t  len = 0, here = (size_t)(at->at - wire.at);
	size_t  end = dns_name(text, &len, wire, here, &m->wrong);

	if (!end)
		return false;
	*out = (struct dns_span){ m->text.len, (uint32_t)len };
	if (pbuf_add(pool, &m->text, text, len) < 0)
		return false;
	bytes_skip(at, end - here);
	return bytes_ok(at);
}

/* Names inside the data of a record; a broken one leaves the span empty. */
static void
read_data_names(struct dns_message *m, struct pool *pool, struct bytes wire, struct dns_record *r,
		struct bytes data)
{
	switch (r->type) {
	case DNS_TYPE_SRV:
		bytes_skip(&data, 4); /* priority, weight; the port follows */
		/* fallthrough */
	case DNS_TYPE_MX:
		bytes_skip(&data, 2);
		/* fallthrough */
	case DNS_TYPE_NS:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_PTR:
		if (bytes_ok(&data))
			(void)take_name(m, pool, wire, &data, &r->target);
		return;
	case DNS_TYPE_SOA:
		if (take_name(m, pool, wire, &data, &r->target) &&
				take_name(m, pool, wire, &data, &r->mailbox))
			r->fixed = (uint16_t)(r->data_len - data.left);
		return;
	default:
		return;
	}
}

static bool
read_record(struct dns_message *m, struct pool *pool, struct bytes wire, struct bytes *b,
		uint8_t section)
{
	struct dns_record r = { .section = section };

	if (!take_name(m, pool, wire, b, &r.name))
		return false;
	r.type = bytes_be16(b);
	r.class = bytes_be16(b);
	if (section != DNS_QUERIES) {
		struct bytes data;

		r.ttl = bytes_be32(b);
		r.data_len = bytes_be16(b);
		r.data = (uint32_t)(b->at - wire.at);
		data = bytes_cut(b, r.data_len);
		if (bytes_ok(b))
			read_data_names(m, pool, wire, &r, data);
	}
	if (!bytes_ok(b) || pbuf_add(pool, &m->records, &r, sizeof(r)) < 0)
		return false;
	m->n_records++;
	return true;
}

int
dns_message_read(struct dns_message *m, struct pool *pool, struct bytes wire)
{
	struct bytes b = wire;

	m->id = bytes_be16(&b);
	m->flags = bytes_be16(&b);
	for (unsigned s = 0; s < DNS_SECTIONS; s++)
		m->count[s] = bytes_be16(&b);
	if (!bytes_ok(&b))
		return -EBADMSG;
	if (pbuf_add(pool, &m->wire, wire.at, wire.left) < 0)
		return -ENOMEM;
	for (uint8_t s = 0; s < DNS_SECTIONS; s++) {
		for (unsigned i = 0; i < m->count[s] && m->n_records < DNS_RECORDS_MAX; i++) {
			if (read_record(m, pool, wire, &b, s))
				continue;
			m->wrong |= s == DNS_AUTHORITIES ? DNS_WRONG_AUTHORITIES
				  : s == DNS_ADDITIONALS ? DNS_WRONG_ADDITIONALS
							 : DNS_WRONG_RECORD;
			return 0;
		}
	}
	return 0;
}

void
dns_message_release(struct dns_message *m, struct pool *pool)
{
	pbuf_release(pool, &m->wire);
	pbuf_release(pool, &m->text);
	pbuf_release(pool, &m->records);
}
