/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/checksum.h"

#include "rules/packet.h"

/* Sums words in host order, eight bytes at a time; the byte order is put right at
 * the end, which RFC 1071 section 2(B) allows. */
uint16_t
checksum_sum(struct bytes b, uint32_t sum)
{
	uint64_t acc = 0;
	uint16_t folded;

	for (; b.left >= 8; b.at += 8, b.left -= 8) {
		uint32_t w[2];

		memcpy(w, b.at, 8);
		acc += (uint64_t)w[0] + w[1];
	}
	for (; b.left >= 2; b.at += 2, b.left -= 2) {
		uint16_t w;

		memcpy(&w, b.at, 2);
		acc += w;
	}
	if (b.left) {
		uint16_t w = 0;

		memcpy(&w, b.at, 1);
		acc += w;
	}
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	folded = (uint16_t)acc;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	folded = (uint16_t)(folded << 8 | folded >> 8);
#endif
	sum += folded;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t
pseudo_header(const struct packet *p, uint8_t ip_proto, size_t len)
{
	size_t   addr_len = p->ip_version == 6 ? 16 : 4;
	uint32_t sum = ip_proto;

	sum += (uint32_t)(len & 0xffff) + (uint32_t)(len >> 16);
	sum += checksum_sum(bytes_of(p->src.b, addr_len), 0);
	sum += checksum_sum(bytes_of(p->dst.b, addr_len), 0);
	return sum;
}

bool
checksum_transport_ok(const struct packet *p, uint8_t ip_proto, struct bytes segment)
{
	return checksum_sum(segment, pseudo_header(p, ip_proto, segment.left)) == 0xffff;
}

bool
checksum_transport_unfinished(const struct packet *p, uint8_t ip_proto, struct bytes segment, uint16_t field)
{
	return checksum_sum(bytes_of(NULL, 0), pseudo_header(p, ip_proto, segment.left)) == field;
}
