/* SPDX-License-Identifier: Apache-2.0 */
/* collector/intake_priv.h - what the intake_*.c files share.
 *
 * A connection lives in the intake's thread. What it wants of the store is a
 * `struct work`, which goes to the writer and comes back; the connection waits
 * for all of its work before it is freed.
 */
#ifndef COLLECTOR_INTAKE_PRIV_H
#define COLLECTOR_INTAKE_PRIV_H

#include "collector/fleet.h"
#include "collector/intake.h"
#include "collector/store.h"
#include "collector/writer.h"
#include "lib/batch.h"
#include "lib/buf.h"
#include "lib/frame.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/tls.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

#define SECOND_NS 1000000000ull
#define GREETING_S 10     /* for the handshake, and for HELLO after it */
#define GREETING_MAX 1024 /* connections that have not said HELLO; then the oldest goes  \
			   */
#define WINDOW 4          /* batches of one connection in the writer's queue */
#define BATCH_EVENTS 2048 /* asked of sensors */
#define BATCH_BYTES (1u << 20)
#define QUEUED_MAX                                                                       \
	(48u << 20) /* bytes of batches with the writer: above it nobody is read */
#define INTERVAL_MIN_S 1
#define INTERVAL_MAX_S 600
#define RETRY_MS 5000 /* when the store failed */

/* Why a peer is refused. Each kind is logged on its own account, as are two other things.
 */
enum refusal {
	REFUSED_NO_CERT,
	REFUSED_CERT,
	REFUSED_UNKNOWN,
	REFUSED_REVOKED,
	REFUSED_NAME,
	REFUSED_TOKEN,
	REFUSED_CLONE,
	LOG_DROPPED,
	LOG_ACCEPT,
	LOG_COUNT
};

enum conn_state {
	CONN_HANDSHAKE,
	CONN_GREETING, /* no HELLO yet */
	CONN_ASKING,   /* HELLO or ENROLL is with the writer */
	CONN_LIVE,
	CONN_CLOSING, /* the last bytes go out */
	CONN_GONE,    /* no socket any more; work is under way */
};

struct conn {
	TAILQ_ENTRY(conn) link;
	struct intake      *in;
	struct bufferevent *bev;
	struct ssl_st      *ssl; /* the bufferevent's */
	enum conn_state     state;
	char                peer[64]; /* address, for logs */
	char name[TLS_NAME_MAX + 1];  /* of its certificate; "" without one */
	char serial[TLS_SERIAL_MAX + 1];
	struct store_sensor sensor;          /* what we know of it since HELLO */
	uint64_t            instance;        /* of the HELLO */
	uint64_t            epoch, position; /* where it stands */
	uint64_t            deadline_ns;     /* by the steady clock: silence ends it */
	uint32_t            n_work;          /* with the writer */
	uint32_t            n_batches;       /* of them */
	bool                paused;          /* not read from */
	bool                enrolled;        /* got a certificate in this connection */
	bool                replaced; /* another connection speaks for the sensor now */
};
TAILQ_HEAD(conns, conn);

struct work {
	struct job job; /* first: the writer gives it back */
	STAILQ_ENTRY(work) link;
	struct conn *conn;
	int          err; /* of the writer */
	/* Back in the intake's thread; the connection may be gone. Then release() and
	 * free. */
	void (*finish)(struct work *w);
	void (*release)(struct work *w);
};
STAILQ_HEAD(works, work);

struct intake {
	struct intake_settings set;
	struct tls            *tls;
	struct store_reader   *reader; /* certificates */
	struct evconnlistener *listener;
	struct event          *wake, *recheck, *tick;
	struct conns           conns;
	uint32_t               n_greeting;
	uint64_t               queued; /* bytes of batches with the writer */
	bool                   draining;
	uint64_t               drain_ns;          /* when to stop waiting */
	struct log_limit       limits[LOG_COUNT]; /* by enum refusal */
	pthread_mutex_t        lock;
	struct works           done; /* under the lock: from the writer's thread */
};

/* intake_conn.c */
struct conn *conn_new(struct intake *in, int fd, const char *peer);
/* Close now; frees it when no work is under way. */
void conn_close(struct conn *c, const char *why);
/* Send what is in `out`, which is emptied. */
void conn_send(struct conn *c, struct buf *out);
/* Send an ERROR and close when it is out. */
void conn_error(
	struct conn *c, enum message_error code, uint32_t retry_ms, const char *text);
void conn_refuse(struct conn *c, enum refusal why, const char *text);
void conn_bye(struct conn *c);
/* Read on, if nothing is in the way. */
void conn_resume(struct conn *c);
/* The connection's work has come back. */
void conn_work_done(struct conn *c);
/* It is not silent: a new deadline. */
void conn_heard(struct conn *c);
void intake_refused(struct intake *in, enum refusal why, const char *peer,
	const char *name, const char *text);

/* intake_work.c: frames that need the store. 0, or -EBADMSG with *why: drop the peer. */
int  work_hello(struct conn *c, struct bytes body, const char **why);
int  work_enroll(struct conn *c, struct bytes body, const char **why);
int  work_heartbeat(struct conn *c, struct bytes body, const char **why);
void work_gone(struct conn *c, const char *why);
/* intake_batch.c */
int work_batch(struct conn *c, struct bytes body, const char **why);
/* Hand it to the writer. */
void work_add(struct conn *c, struct work *w);

#endif
