/* SPDX-License-Identifier: Apache-2.0 */
/* lib/event.h - one observation by one sensor: the contract between the processes.
 *
 * An event is a fixed header (identity, time, addresses, rule, severity), the
 * EVE JSON object that people and tools read, and, where policy allows, the
 * packets that made it fire. It never changes after it got its sequence number.
 * The wire form is a sequence of fields, each `tag, length, bytes`; a reader
 * skips tags that it does not know (docs/protocol.md). Not thread-safe.
 */
#ifndef LIB_EVENT_H
#define LIB_EVENT_H

#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENT_WIRE_MAX (256u << 10) /* largest wire form of one event, bytes */
#define EVENT_EVE_MAX (64u << 10)   /* largest EVE text, bytes */
#define EVENT_PACKETS_MAX (64u << 10)

enum event_type {
	EVENT_ALERT = 1,
	EVENT_LOSS = 2,    /* a declared loss: sequence range and cause; takes a number itself */
	EVENT_CONTEXT = 3, /* flow, dns, http, … as EVE's event_type says */
	EVENT_OBSERVED = 4,/* look-back feed: kind, value, first, last, count */
};

/* Who in src/dst is the one attacked: the rule's `target`, else its direction and
 * kind. */
enum event_victim { EVENT_VICTIM_UNKNOWN, EVENT_VICTIM_SRC, EVENT_VICTIM_DST };

/* Why events are gone: the names that `gaps` shows. */
#define EVENT_LOSS_LIST(X)                                                          \
	X(SPOOL, 1, "spool_overflow")   /* the spool was full, less severe ones went first */ \
	X(QUEUE, 2, "queue_overflow")   /* came faster than the disk takes them */           \
	X(DISK, 3, "disk_failed")       /* could not be written */                           \
	X(DAMAGE, 4, "spool_damaged")   /* was written and could not be read any more */     \
	X(SIZE, 5, "event_too_large")

enum event_loss {
#define X(id, value, name) EVENT_LOSS_##id = value,
	EVENT_LOSS_LIST(X)
#undef X
};

/* Severity as incidents have it: 0 info, 1 low, 2 medium, 3 high, 4 critical. */
enum severity { SEV_INFO, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL };

struct event {
	uint64_t    epoch;  /* one life of a sensor's spool; grows when it starts anew */
	uint64_t    seq;    /* 1, 2, 3, … in the epoch, without holes */
	uint64_t    ts_ns;  /* time of the packet, by the sensor's clock */
	uint8_t     type;   /* enum event_type */
	uint8_t     severity;
	uint8_t     victim; /* enum event_victim */
	uint8_t     ip_proto;
	uint8_t     to_client; /* 1: the packet went from the flow's server to its client */
	struct addr src, dst; /* of the packet or of the flow as EVE shows it */
	uint16_t    sport, dport;
	uint32_t    gid, sid, rev;
	uint32_t    suppressed;   /* further events of the same key held back by rate limits */
	uint64_t    flow_id;
	uint64_t    exercise;     /* drill lane; 0 = real. Set by the collector alone */
	uint64_t    loss_first, loss_last; /* EVENT_LOSS: what is missing from this range is gone */
	uint64_t    loss_count; /* how many of it; other numbers of the range may be there */
	uint64_t    loss_epoch; /* whose numbers they are; 0: the event's own epoch */
	uint8_t     loss_cause; /* enum event_loss */
	struct bytes eve;      /* JSON object, UTF-8; borrowed */
	struct bytes packets;  /* pcap file image (little-endian, its own header), empty: none; borrowed */
};

/* Append the wire form, without epoch and sequence number: those are the batch's and the
 * spool's to tell. 0, -EMSGSIZE above the limits, -ENOMEM. */
int event_encode(struct buf *out, const struct event *e);

/* Read one wire form; eve and packets borrow from `in`; epoch, seq and exercise are left
 * 0 for the caller. 0, or -EBADMSG with *why (static text, may be NULL) telling what is
 * wrong. Checks limits, UTF-8 and that eve is an object in braces. */
int event_decode(struct event *out, struct bytes in, const char **why);

/* "spool_overflow", …; "unknown" for what this build does not know. */
const char *event_loss_name(uint8_t cause);

#endif
