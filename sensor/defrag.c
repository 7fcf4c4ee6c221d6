/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/defrag.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "rules/events.h"
#include "sensor/decode.h"
#include "sensor/reassembly.h"

#define NS 1000000000ull
#define BUCKETS 1024u
#define DATAGRAM_MAX 65535u
#define HEADER_MAX 60u

enum { FRAG_MORE = 0x2000, FRAG_OFFSET = 0x1fff };

/* Which fragments belong together. Compared whole, so always cleared first. */
struct fragment_key {
	struct addr src, dst;
	uint32_t    id;
	uint16_t    vlan[PACKET_VLAN_MAX];
	uint8_t     ip_proto, depth;
};

struct datagram {
	TAILQ_ENTRY(datagram) age;    /* oldest first */
	TAILQ_ENTRY(datagram) bucket;
	struct fragment_key key;
	uint64_t            first_ns;
	struct reassembly   bytes;
	uint32_t            total;  /* length of the payload, 0: the last fragment is missing */
	uint8_t             header[HEADER_MAX]; /* of the first fragment */
	uint8_t             header_len; /* 0: not here yet */
};
TAILQ_HEAD(datagram_list, datagram);

struct defrag {
	struct defrag_settings settings;
	struct defrag_counters counters;
	struct pool           *pool;
	uint32_t               n_datagrams;
	struct datagram_list   by_age;
	struct datagram_list   buckets[BUCKETS];
	struct pbuf            done[DECODE_PACKETS_MAX]; /* handed out */
	unsigned               n_done;
};

const struct defrag_settings defrag_defaults = {
	.policy = OVERLAP_BSD,
	.timeout_s = 60,
	.max_datagrams = 4096,
};

struct defrag *
defrag_new(const struct defrag_settings *settings, struct pool *pool)
{
	struct defrag *df = calloc(1, sizeof(*df));

	if (!df)
		return NULL;
	df->settings = *settings;
	df->pool = pool;
	TAILQ_INIT(&df->by_age);
	for (unsigned i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&df->buckets[i]);
	return df;
}

static struct datagram_list *
bucket_of(struct defrag *df, const struct fragment_key *k)
{
	const uint8_t *at = (const uint8_t *)k;
	uint32_t       h = 2166136261u;

	for (size_t i = 0; i < sizeof(*k); i++)
		h = (h ^ at[i]) * 16777619u;
	return &df->buckets[(h ^ h >> 16) % BUCKETS];
}

static void
datagram_free(struct defrag *df, struct datagram *d)
{
	TAILQ_REMOVE(&df->by_age, d, age);
	TAILQ_REMOVE(bucket_of(df, &d->key), d, bucket);
	reassembly_release(&d->bytes, df->pool);
	pool_put(df->pool, d, sizeof(*d));
	df->n_datagrams--;
}

void
defrag_free(struct defrag *df)
{
	struct datagram *d;

	if (!df)
		return;
	while ((d = TAILQ_FIRST(&df->by_age)))
		datagram_free(df, d);
	defrag_release(df);
	free(df);
}

void
defrag_release(struct defrag *df)
{
	while (df->n_done)
		pbuf_release(df->pool, &df->done[--df->n_done]);
}

static void
expire(struct defrag *df, uint64_t now_ns)
{
	struct datagram *d;

	while ((d = TAILQ_FIRST(&df->by_age)) && d->first_ns + df->settings.timeout_s * NS < now_ns) {
		df->counters.timeouts++;
		datagram_free(df, d);
	}
}

static struct datagram *
datagram_get(struct defrag *df, const struct packet *p, uint32_t id, uint8_t ip_proto)
{
	struct datagram_list *bucket;
	struct fragment_key   key;
	struct datagram      *d;

	memset(&key, 0, sizeof(key));
	key.src = p->src;
	key.dst = p->dst;
	key.id = id;
	key.ip_proto = ip_proto;
	key.depth = p->depth;
	memcpy(key.vlan, p->vlan, sizeof(key.vlan));
	bucket = bucket_of(df, &key);
	TAILQ_FOREACH(d, bucket, bucket)
		if (memcmp(&d->key, &key, sizeof(key)) == 0)
			return d;
	if (df->n_datagrams == df->settings.max_datagrams) {
		df->counters.no_tracker++;
		datagram_free(df, TAILQ_FIRST(&df->by_age));
	}
	d = pool_zero(df->pool, sizeof(*d));
	if (!d) {
		df->counters.no_memory++;
		return NULL;
	}
	d->key = key;
	d->first_ns = p->ts_ns;
	reassembly_init(&d->bytes);
	TAILQ_INSERT_TAIL(&df->by_age, d, age);
	TAILQ_INSERT_HEAD(bucket, d, bucket);
	df->n_datagrams++;
	return d;
}

/* The datagram as one piece: the first fragment's header and all the bytes. */
static bool
finish(struct defrag *df, struct datagram *d, struct bytes *out)
{
	struct pbuf *whole = &df->done[df->n_done];
	struct bytes data = reassembly_bytes(&d->bytes, 0, d->total);

	if (df->n_done == DECODE_PACKETS_MAX || pbuf_add(df->pool, whole, d->header, d->header_len) < 0 ||
			pbuf_add(df->pool, whole, data.at, data.left) < 0) {
		pbuf_release(df->pool, whole);
		df->counters.no_memory++;
		return false;
	}
	df->n_done++;
	df->counters.rebuilt++;
	*out = bytes_of(whole->data, whole->len);
	return true;
}

/* What differs between the versions. */
struct fragment {
	uint32_t          offset;
	bool              more;
	struct bytes      data;
	enum packet_event overlap, too_large;
};

/* Add one fragment. True: all is here. */
static bool
take(struct defrag *df, struct datagram *d, struct packet *p, const struct fragment *fr)
{
	unsigned result;

	if (fr->offset + fr->data.left > DATAGRAM_MAX) {
		packet_event(p, fr->too_large);
		df->counters.too_large++;
		return false;
	}
	if (!fr->more && !d->total)
		d->total = fr->offset + (uint32_t)fr->data.left;
	result = reassembly_add(&d->bytes, df->pool, df->settings.policy, fr->offset, fr->data);
	if (result & REASSEMBLY_OVERLAP) {
		df->counters.overlaps++;
		packet_event(p, fr->overlap);
	}
	if (result & REASSEMBLY_FULL)
		df->counters.too_many++;
	return d->total && d->header_len && reassembly_end(&d->bytes) >= d->total;
}

static bool
add(struct defrag *df, struct datagram *d, struct packet *p, const struct fragment *fr, struct bytes *out)
{
	bool whole;

	df->counters.fragments++;
	if (!take(df, d, p, fr))
		return false;
	whole = finish(df, d, out);
	datagram_free(df, d);
	return whole;
}

static void
put_be16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

bool
defrag_add(struct defrag *df, struct packet *p, struct bytes data, struct bytes *out)
{
	struct fragment  fr = { .offset = (p->frag_off & FRAG_OFFSET) * 8u,
		 .more = p->frag_off & FRAG_MORE, .data = data, .overlap = DECODE_IPV4_FRAG_OVERLAP,
		 .too_large = DECODE_IPV4_FRAG_PKT_TOO_LARGE };
	struct datagram *d;
	struct bytes     whole;

	expire(df, p->ts_ns);
	d = datagram_get(df, p, p->ip_id, p->ip_proto);
	if (!d)
		return false;
	if (fr.offset == 0 && !d->header_len) {
		d->header_len = (uint8_t)p->ip_hdr.left; /* at most 60, as its four bits say */
		memcpy(d->header, p->ip_hdr.at, d->header_len);
		put_be16(d->header + 6, 0); /* no fragment any more */
	}
	if (!add(df, d, p, &fr, &whole))
		return false;
	put_be16(df->done[df->n_done - 1].data + 2, (uint32_t)whole.left);
	*out = whole;
	return whole.left <= DATAGRAM_MAX;
}

bool
defrag_add6(struct defrag *df, struct packet *p, uint32_t id, uint8_t next, struct bytes data,
		struct bytes *out)
{
	struct fragment  fr = { .offset = (p->frag_off & FRAG_OFFSET) * 8u,
		 .more = p->frag_off & FRAG_MORE, .data = data, .overlap = DECODE_IPV6_FRAG_OVERLAP,
		 .too_large = DECODE_IPV6_FRAG_PKT_TOO_LARGE };
	struct datagram *d;
	struct bytes     whole;

	expire(df, p->ts_ns);
	d = datagram_get(df, p, id, 0); /* the next header may differ between fragments, RFC 8200 4.5 */
	if (!d)
		return false;
	if (fr.offset == 0 && !d->header_len) {
		d->header_len = 40;
		memcpy(d->header, p->ip_hdr.at, 40);
		d->header[6] = next;
	}
	if (!add(df, d, p, &fr, &whole))
		return false;
	put_be16(df->done[df->n_done - 1].data + 4, (uint32_t)whole.left - 40);
	*out = whole;
	return true;
}

const struct defrag_counters *
defrag_counters(const struct defrag *df)
{
	return &df->counters;
}
