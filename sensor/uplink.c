/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/uplink.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/spool.h"
#include "lib/tls.h"
#include "sensor/enroll.h"
#include "sensor/link.h"

#define QUEUE_MAX (8u << 20) /* bytes between the workers and the spool */
#define QUEUE_HEAD 5         /* u32 length, u8 severity */
#define SPOOL_BYTES_USUAL (UINT64_C(1) << 30)
#define HEARTBEAT_USUAL_S 10
#define GROUP_MS 10          /* least time between two syncs of few events */
#define GROUP_BYTES (256u << 10)
#define DISK_RETRY_MS 200
#define GOODBYE_S 3 /* for what is left to write; mostly it takes none of it */

struct uplink {
	struct uplink_settings s;
	char                   name[TLS_NAME_MAX + 1];
	struct tls            *tls;
	struct spool          *spool;
	struct link           *link;
	struct event_base     *base;
	struct event          *wake, *sync;
	int                    wake_fd;
	pthread_t              thread;
	bool                   started;
	uint64_t               synced_ns; /* when the last sync was */
	struct buf             taken;     /* out of the queue, on its way into the spool */
	size_t                 taken_at;
	bool                   leaving;
	struct log_limit       log_disk;

	pthread_mutex_t     lock; /* for all below */
	pthread_cond_t      moved;  /* room in the queue, or everything acknowledged */
	struct buf          queue;
	uint64_t            lost[EVENT_LOSS_SIZE + 1]; /* by cause, not told to the spool yet */
	bool                stop, draining, drained;
	struct uplink_stats stats;
};

/* ---- the workers' side ---- */

static void
wake(struct uplink *u)
{
	uint64_t one = 1;

	if (write(u->wake_fd, &one, sizeof(one)) < 0) {
		/* it is full: the thread is awake */
	}
}

/* Append the event to the queue. 0 or -errno; the lock is held. */
static int
enqueue(struct uplink *u, const struct event *e)
{
	size_t at = u->queue.len, len;
	int    err;

	buf_be32(&u->queue, 0);
	buf_u8(&u->queue, e->severity);
	err = u->queue.failed ? -ENOMEM : event_encode(&u->queue, e);
	if (err < 0) {
		u->queue.len = at;
		u->queue.failed = false;
		return err;
	}
	len = u->queue.len - at - QUEUE_HEAD;
	for (int i = 4; i-- > 0; len >>= 8)
		u->queue.data[at + (size_t)i] = (uint8_t)len;
	return 0;
}

static int
enqueue_if_room(struct uplink *u, const struct event *e)
{
	struct event without = *e;
	int          err;

	while (u->queue.len >= QUEUE_MAX && u->s.paced && !u->stop)
		pthread_cond_wait(&u->moved, &u->lock);
	if (u->queue.len >= QUEUE_MAX)
		return -ENOSPC;
	err = enqueue(u, e);
	if (err != -EMSGSIZE || e->packets.left == 0)
		return err;
	without.packets = bytes_of(NULL, 0); /* better than nothing */
	return enqueue(u, &without);
}

void
uplink_event(void *uplink, const struct event *e)
{
	struct uplink *u = uplink;
	bool           was_empty;
	int            err;

	pthread_mutex_lock(&u->lock);
	was_empty = u->queue.len == 0;
	err = enqueue_if_room(u, e);
	if (err < 0)
		u->lost[err == -EMSGSIZE ? EVENT_LOSS_SIZE : EVENT_LOSS_QUEUE]++;
	u->drained = false;
	pthread_mutex_unlock(&u->lock);
	if (was_empty)
		wake(u);
}

int
uplink_drain(struct uplink *u, uint32_t timeout_ms)
{
	struct timespec until;
	int             err = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&u->lock);
	if (!u->draining) {
		u->draining = true;
		u->drained = false;
		wake(u);
	}
	while (!u->drained && err == 0)
		err = -pthread_cond_timedwait(&u->moved, &u->lock, &until);
	err = u->drained ? 0 : err;
	pthread_mutex_unlock(&u->lock);
	return err;
}

void
uplink_stats(struct uplink *u, struct uplink_stats *out)
{
	pthread_mutex_lock(&u->lock);
	*out = u->stats;
	pthread_mutex_unlock(&u->lock);
}

/* ---- the uplink's thread ---- */

/* Let the others see how far we are. */
static void
publish(struct uplink *u)
{
	const struct link_stats *l = link_stats(u->link);
	struct spool_stats       st;

	spool_stats(u->spool, &st);
	pthread_mutex_lock(&u->lock);
	u->stats = (struct uplink_stats){ .events = st.appended_total,
		.lost = st.lost_total,
		.rejected = l->rejected,
		.connects = l->connects,
		.waiting = st.waiting,
		.spool_bytes = st.bytes,
		.connected = l->ready };
	u->drained = u->queue.len == 0 && u->taken_at == u->taken.len && spool_is_drained(u->spool);
	if (u->drained)
		pthread_cond_broadcast(&u->moved);
	pthread_mutex_unlock(&u->lock);
}

static size_t
queue_len(struct uplink *u)
{
	size_t len;

	pthread_mutex_lock(&u->lock);
	len = u->queue.len;
	pthread_mutex_unlock(&u->lock);
	return len;
}

/* Take over the queue, when the last one is in the spool. Returns whether to hurry. */
static bool
take_queue(struct uplink *u)
{
	uint64_t lost[EVENT_LOSS_SIZE + 1];
	bool     hurry;

	pthread_mutex_lock(&u->lock);
	if (u->taken_at == u->taken.len) {
		struct buf empty = u->taken;

		u->taken = u->queue;
		u->taken_at = 0;
		u->queue = empty;
		buf_clear(&u->queue);
		pthread_cond_broadcast(&u->moved);
	}
	memcpy(lost, u->lost, sizeof(lost));
	memset(u->lost, 0, sizeof(u->lost));
	hurry = u->draining;
	pthread_mutex_unlock(&u->lock);
	for (unsigned cause = 1; cause <= EVENT_LOSS_SIZE; cause++)
		spool_lose(u->spool, lost[cause], (enum event_loss)cause);
	return hurry;
}

/* Move what was taken into the spool: a group, or as much as it has room for. False:
 * nothing moved. */
static bool
fill_spool(struct uplink *u, bool wait_for_room)
{
	size_t start = u->taken_at;

	while (u->taken_at < u->taken.len && u->taken_at - start < GROUP_BYTES) {
		struct bytes  in = bytes_of(u->taken.data + u->taken_at, u->taken.len - u->taken_at);
		uint32_t      len = bytes_be32(&in);
		enum severity severity = bytes_u8(&in);

		if (wait_for_room && spool_is_full(u->spool, len))
			break; /* on_progress() goes on */
		spool_append(u->spool, severity, bytes_cut(&in, len), NULL);
		u->taken_at += QUEUE_HEAD + len;
	}
	return u->taken_at > start;
}

static void
sync_spool(struct uplink *u)
{
	struct timeval again = { .tv_usec = DISK_RETRY_MS * 1000 };
	uint32_t       held;
	int            err = spool_sync(u->spool);

	u->synced_ns = clock_mono_ns();
	if (err == 0) {
		link_pump(u->link);
		return;
	}
	if (log_allowed(&u->log_disk, u->synced_ns, &held))
		log_err("cannot write the spool", "reason=%s held_back=%u", strerror(-err), held);
	event_add(u->sync, &again);
}

/* Few events wait a moment for company; the first after a silence goes at once. */
static void
sync_in_groups(struct uplink *u)
{
	struct spool_stats st;
	uint64_t           since_ms = (clock_mono_ns() - u->synced_ns) / 1000000;

	spool_stats(u->spool, &st);
	if (st.buffered == 0 && !st.losses_pending)
		return;
	if (since_ms >= GROUP_MS || st.buffered >= GROUP_BYTES)
		sync_spool(u);
	else if (!evtimer_pending(u->sync, NULL))
		event_add(u->sync, &(struct timeval){ .tv_usec = (long)(GROUP_MS - since_ms) * 1000 });
}

static void
feed(struct uplink *u)
{
	bool waits = u->s.paced && u->s.keep_all && !u->leaving;
	bool hurry = take_queue(u);

	while (fill_spool(u, waits))
		sync_in_groups(u);
	sync_in_groups(u); /* what only the book of losses knows */
	if (hurry)
		link_hurry(u->link);
	publish(u);
	if (u->taken_at == u->taken.len && queue_len(u))
		wake(u); /* after the network had its turn */
}

static void
leave(struct uplink *u)
{
	struct timeval latest = { .tv_sec = GOODBYE_S };

	u->leaving = true;
	feed(u); /* what was taken before, */
	feed(u); /* and the last queue */
	sync_spool(u);
	link_bye(u->link);
	event_base_loopexit(u->base, &latest);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *u = arg;
	uint64_t       n;
	bool           stop;

	(void)what;
	if (read(fd, &n, sizeof(n)) < 0) {
		/* nothing: somebody was faster */
	}
	pthread_mutex_lock(&u->lock);
	stop = u->stop;
	pthread_mutex_unlock(&u->lock);
	if (stop && !u->leaving)
		leave(u);
	else
		feed(u);
}

static void
on_sync(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *u = arg;

	(void)fd;
	(void)what;
	sync_spool(u);
	publish(u);
}

static void
on_progress(void *arg)
{
	struct uplink *u = arg;

	if (u->taken_at < u->taken.len)
		feed(u); /* the spool may have room now */
	else
		publish(u);
}

static void *
run(void *arg)
{
	struct uplink *u = arg;

	link_start(u->link);
	publish(u);
	while (event_base_loop(u->base, EVLOOP_ONCE) == 0) {
		if (u->leaving && (link_unsent(u->link) == 0 || event_base_got_exit(u->base)))
			break;
	}
	return NULL;
}

/* ---- life ---- */

static int
load_identity(struct uplink *u)
{
	char             ca[4096], cert[4096], key[4096];
	struct tls_files files = { ca, cert, key };
	int              err;

	snprintf(ca, sizeof(ca), "%s/" ENROLL_CA, u->s.state);
	snprintf(cert, sizeof(cert), "%s/" ENROLL_CERT, u->s.state);
	snprintf(key, sizeof(key), "%s/" ENROLL_KEY, u->s.state);
	if (access(cert, F_OK) < 0 && errno == ENOENT) {
		log_err("this sensor is not enrolled: tocsin-sensor enroll", "state=%s", u->s.state);
		return -ENOENT;
	}
	err = tls_new_client(&u->tls, &files);
	if (err < 0)
		return err;
	err = tls_own_sensor(u->tls, u->name);
	if (err < 0)
		log_err("the certificate names no sensor", "file=%s", cert);
	return err;
}

static int
open_spool(struct uplink *u)
{
	struct spool_limits limits = {
		.max_bytes = u->s.spool_bytes ? u->s.spool_bytes : SPOOL_BYTES_USUAL
	};
	char dir[4096];
	int  err;

	snprintf(dir, sizeof(dir), "%s/spool", u->s.state);
	err = spool_open(&u->spool, dir, &limits, clock_wall_ns());
	if (err == -EWOULDBLOCK)
		log_err("another sensor uses this state", "state=%s", u->s.state);
	else if (err < 0)
		log_err("cannot open the spool", "folder=%s reason=%s", dir, strerror(-err));
	return err;
}

static int
open_loop(struct uplink *u)
{
	struct link_settings l = {
		.spool = u->spool,
		.tls = u->tls,
		.name = u->name,
		.collectors = u->s.collectors,
		.n_collectors = u->s.n_collectors,
		.heartbeat_s = u->s.heartbeat_s,
		.figures = u->s.figures,
		.figures_arg = u->s.arg,
		.progress = on_progress,
		.progress_arg = u,
	};

	u->base = event_base_new();
	u->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!u->base || u->wake_fd < 0)
		return -ENOMEM;
	u->wake = event_new(u->base, u->wake_fd, EV_READ | EV_PERSIST, on_wake, u);
	u->sync = evtimer_new(u->base, on_sync, u);
	if (!u->wake || !u->sync || event_add(u->wake, NULL) < 0)
		return -ENOMEM;
	l.base = u->base;
	return link_new(&u->link, &l);
}

int
uplink_open(struct uplink **out, const struct uplink_settings *s)
{
	struct uplink     *u = calloc(1, sizeof(*u));
	pthread_condattr_t attr;
	int                err;

	*out = NULL;
	if (!u)
		return -ENOMEM;
	u->s = *s;
	u->wake_fd = -1;
	u->s.heartbeat_s = s->heartbeat_s ? s->heartbeat_s : HEARTBEAT_USUAL_S;
	u->log_disk = (struct log_limit){ .burst = 1, .every_ms = 10000 };
	pthread_mutex_init(&u->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&u->moved, &attr);
	pthread_condattr_destroy(&attr);

	err = load_identity(u);
	if (err == 0)
		err = open_spool(u);
	if (err == 0)
		err = open_loop(u);
	if (err < 0) {
		uplink_close(u);
		return err;
	}
	*out = u;
	return 0;
}

int
uplink_start(struct uplink *u)
{
	sigset_t all, old;
	int      err;

	sigfillset(&all); /* signals are the main thread's, and SIGPIPE nobody's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&u->thread, NULL, run, u);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	u->started = err == 0;
	return -err;
}

void
uplink_close(struct uplink *u)
{
	if (!u)
		return;
	if (u->started) {
		pthread_mutex_lock(&u->lock);
		u->stop = true;
		pthread_cond_broadcast(&u->moved);
		pthread_mutex_unlock(&u->lock);
		wake(u);
		pthread_join(u->thread, NULL);
	}
	link_free(u->link);
	if (u->wake)
		event_free(u->wake);
	if (u->sync)
		event_free(u->sync);
	if (u->base)
		event_base_free(u->base);
	if (u->wake_fd >= 0)
		close(u->wake_fd);
	spool_free(u->spool);
	tls_free(u->tls);
	buf_release(&u->queue);
	buf_release(&u->taken);
	pthread_cond_destroy(&u->moved);
	pthread_mutex_destroy(&u->lock);
	free(u);
}
