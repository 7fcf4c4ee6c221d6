/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/packet.h"
#include "sensor/proto/dns.h"

#include <stddef.h>

/* Which names a buffer walks through: sections as bits, and whether the names inside the data too. */
struct walk {
	uint8_t sections;
	bool    in_data;
};

#define SECTION(s) (1u << DNS_##s)

static struct walk
walk_of(enum buffer b)
{
	switch (b) {
	case BUF_DNS_QUERY:
	case BUF_DNS_QUERY_NAME:
	case BUF_DNS_QUERIES_RRNAME:
		return (struct walk){ SECTION(QUERIES), false };
	case BUF_DNS_ANSWER_NAME:
	case BUF_DNS_ANSWERS_RRNAME:
		return (struct walk){ SECTION(ANSWERS), false };
	case BUF_DNS_AUTHORITIES_RRNAME:
		return (struct walk){ SECTION(AUTHORITIES), false };
	case BUF_DNS_ADDITIONALS_RRNAME:
		return (struct walk){ SECTION(ADDITIONALS), false };
	case BUF_DNS_RESPONSE_RRNAME:
		return (struct walk){ SECTION(QUERIES) | SECTION(ANSWERS) | SECTION(AUTHORITIES) |
						SECTION(ADDITIONALS),
			true };
	default:
		return (struct walk){ 0, false };
	}
}

static bool
give(const struct dns_message *m, struct dns_span s, struct view *out)
{
	*out = (struct view){ .data = dns_text(m, s), .ended = true };
	return true;
}

bool
dns_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct dns_tx            *t = (struct dns_tx *)tx;
	const struct dns_message *m = &t->message;
	struct walk               w = walk_of(b);

	if (dir != t->dir)
		return false;
	for (uint32_t i = 0; i < m->n_records; i++) {
		const struct dns_record *r = dns_record_at(m, i);

		if (!(w.sections >> r->section & 1))
			continue;
		if (index-- == 0)
			return give(m, r->name, out);
		if (w.in_data && r->target.len && index-- == 0)
			return give(m, r->target, out);
		if (w.in_data && r->mailbox.len && index-- == 0)
			return give(m, r->mailbox, out);
	}
	return false;
}

bool
dns_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct dns_tx            *t = (struct dns_tx *)tx;
	const struct dns_message *m = &t->message;

	if (dir != t->dir)
		return false;
	switch (n) {
	case NUM_DNS_OPCODE:
		*out = dns_opcode(m);
		return index == 0;
	case NUM_DNS_RCODE:
		*out = m->flags & 15;
		return index == 0 && dns_is_response(m);
	case NUM_DNS_RRTYPE:
		for (uint32_t i = 0; i < m->n_records; i++) {
			const struct dns_record *r = dns_record_at(m, i);

			*out = r->type;
			if (r->section <= DNS_ANSWERS && index-- == 0)
				return true;
		}
		return false;
	default:
		return false;
	}
}
