/* SPDX-License-Identifier: Apache-2.0 */
/* lib/message.h - what sensor and collector say to each other, as structs.
 *
 * message_put_X() appends a whole frame to `out`; message_get_X() reads a
 * frame's body. Both are driven by tables in message.c; the meaning of every
 * field is in docs/protocol.md. BATCH is in lib/batch.h. Strings are borrowed:
 * on reading from the body. Any thread.
 */
#ifndef LIB_MESSAGE_H
#define LIB_MESSAGE_H

#include "lib/buf.h"
#include "lib/bytes.h"

#include <stdint.h>

#define MESSAGE_PROTOCOL 1 /* the version that we speak */

#define MESSAGE_NAME_MAX 64
#define MESSAGE_TEXT_MAX 512
#define MESSAGE_CERT_MAX 8192
#define MESSAGE_EPOCHS_MAX 16
#define MESSAGE_REJECTED_MAX 128
#define MESSAGE_INTERFACES_MAX 64

/* The numbers that a sensor holds of one epoch. */
struct message_span {
	uint64_t epoch;
	uint64_t first; /* oldest that it can still send */
	uint64_t next;  /* one after the newest that is on its disk */
};

struct message_hello {
	uint32_t            protocol;
	struct bytes        sensor;   /* name; must be the certificate's */
	struct bytes        software; /* version text */
	uint64_t            instance; /* random per start: tells a clone from a reconnect */
	uint64_t            time_ns;
	uint32_t            heartbeat_s; /* a HEARTBEAT comes at least this often */
	uint32_t            n_spans;
	struct message_span spans[MESSAGE_EPOCHS_MAX]; /* oldest first; the last is the current */
};

/* Everything up to and with `seq` of the epoch is durable at the collector. */
struct message_position {
	uint64_t epoch;
	uint64_t seq;
};

struct message_welcome {
	uint32_t                protocol; /* the lower of both */
	struct bytes            collector;
	struct bytes            software;
	uint64_t                time_ns;
	uint32_t                batch_events; /* most that one batch may hold */
	uint32_t                batch_bytes;  /* most bytes of its events, before compression */
	uint32_t                window;       /* most batches that may be unacknowledged */
	uint32_t                heartbeat_s;  /* wished for; 0: the sensor's choice */
	uint32_t                n_positions;
	struct message_position positions[MESSAGE_EPOCHS_MAX]; /* of the HELLO's epochs that it knows */
};

struct message_rejected {
	uint64_t     seq;
	struct bytes reason;
};

struct message_ack {
	uint64_t                epoch;
	uint64_t                seq; /* this and all before: stored, or kept as dead letters */
	uint32_t                n_rejected;
	struct message_rejected rejected[MESSAGE_REJECTED_MAX];
};

struct message_interface {
	struct bytes name;
	uint64_t     packets;
	uint64_t     drops; /* by the kernel */
	uint8_t      up;
};

struct message_heartbeat {
	uint64_t                 time_ns; /* the sensor's clock as it is sent */
	uint64_t                 uptime_s;
	uint64_t                 last_packet_ns; /* 0: none yet */
	uint64_t                 packets, bytes;
	uint64_t                 kernel_drops;
	uint64_t                 own_drops; /* for want of memory or time, in the sensor */
	uint64_t                 events;
	uint64_t                 events_lost;
	uint64_t                 spool_events, spool_bytes, spool_limit; /* bytes: limit */
	uint64_t                 epoch, next; /* of the spool */
	uint64_t                 rules;
	struct bytes             ruleset; /* hash of the rules in use */
	struct bytes             software;
	uint32_t                 n_interfaces;
	struct message_interface interfaces[MESSAGE_INTERFACES_MAX];
};

struct message_enroll {
	uint32_t     protocol;
	struct bytes token; /* as the operator typed it; empty over a client certificate: renewal */
	struct bytes csr;   /* PKCS #10, DER */
	struct bytes software;
};

struct message_enrolled {
	struct bytes sensor;
	struct bytes site;
	struct bytes cert; /* DER */
	struct bytes ca;   /* DER */
};

/* What the collector ends a connection with. */
enum message_error {
	MESSAGE_ERROR_PROTOCOL = 1, /* malformed or out of order */
	MESSAGE_ERROR_REFUSED = 2,  /* identity, token, revoked: do not come back by yourself soon */
	MESSAGE_ERROR_BUSY = 3,     /* come back after retry_ms */
	MESSAGE_ERROR_STORE = 4,    /* cannot store now: come back after retry_ms */
	MESSAGE_ERROR_CLONE = 5,    /* the identity is connected from elsewhere */
};

struct message_bye { /* BYE and ERROR */
	uint32_t     code;     /* enum message_error; 0 in BYE */
	uint32_t     retry_ms; /* 0: the receiver's choice */
	struct bytes text;
};

/* 0, -EMSGSIZE when a field is above its limit, -ENOMEM; on failure nothing is
 * appended. */
int message_put_hello(struct buf *out, const struct message_hello *m);
int message_put_welcome(struct buf *out, const struct message_welcome *m);
int message_put_ack(struct buf *out, const struct message_ack *m);
int message_put_heartbeat(struct buf *out, const struct message_heartbeat *m);
int message_put_enroll(struct buf *out, const struct message_enroll *m);
int message_put_enrolled(struct buf *out, const struct message_enrolled *m);
int message_put_bye(struct buf *out, const struct message_bye *m);
int message_put_error(struct buf *out, const struct message_bye *m);

/* 0, or -EBADMSG with *why (static text; may be NULL): drop the peer. */
int message_get_hello(struct message_hello *out, struct bytes body, const char **why);
int message_get_welcome(struct message_welcome *out, struct bytes body, const char **why);
int message_get_ack(struct message_ack *out, struct bytes body, const char **why);
int message_get_heartbeat(struct message_heartbeat *out, struct bytes body, const char **why);
int message_get_enroll(struct message_enroll *out, struct bytes body, const char **why);
int message_get_enrolled(struct message_enrolled *out, struct bytes body, const char **why);
int message_get_bye(struct message_bye *out, struct bytes body, const char **why); /* and ERROR */

#endif
