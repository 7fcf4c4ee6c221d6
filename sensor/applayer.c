/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/applayer.h"

#include <limits.h>
#include <string.h>

#include "rules/events.h"
#include "sensor/appframe.h"
#include "sensor/tx.h"

#define DETECT_BYTES_MAX 4096u  /* a probe that still wants more is refused */
#define HOLD_BYTES_MAX 100000u  /* one side waits for the other to say what it is */
#define TXS_AT_ONCE 32u         /* transactions looked at for one packet, however many are open */
#define NS 1000000000ull

enum detect { DETECT_OPEN, DETECT_FOUND, DETECT_NONE };

/* The protocol side of one flow; memory of the pool. */
struct applayer {
	struct proto_env        env; /* head: callbacks get back here through env.owner */
	struct applayer_worker *worker;
	const struct proto     *proto;
	void                   *state;
	uint8_t                 detect[2]; /* enum detect */
	bool                    deaf[2];   /* the parser wants no more of this direction */
	bool                    ended[2];  /* it was told that nothing more comes */
	bool                    lost[2];   /* bytes were missing before the protocol was known */
	bool                    trigger[2];
	bool                    switching;
	enum appproto           switch_app;
};

static uint64_t
flow_bit(enum flow_event event)
{
	return 1ULL << event;
}

/* ---- callbacks of parsers ---- */

static void
on_expect(struct proto_env *env, const struct addr *addr, uint16_t port, enum appproto app,
		const void *cookie, size_t cookie_len)
{
	struct applayer *al = env->owner;
	struct expected  what = { .addr = *addr, .port = port, .app = app,
		 .until_ns = env->now_ns + EXPECT_LIFE_S * NS };

	what.cookie_len = cookie_len < EXPECT_COOKIE_MAX ? cookie_len : EXPECT_COOKIE_MAX;
	if (what.cookie_len)
		memcpy(what.cookie, cookie, what.cookie_len);
	expect_add(&al->worker->expect, &what);
}

static void
on_switch_to(struct proto_env *env, enum appproto app)
{
	struct applayer *al = env->owner;

	al->switching = true;
	al->switch_app = app;
}

/* ---- life ---- */

static struct applayer *
get(struct applayer_worker *w, struct flow *f)
{
	struct applayer *al = f->app;

	if (al || f->facts.app == APPPROTO_FAILED)
		return al;
	al = pool_zero(w->pool, sizeof(*al));
	if (!al) {
		w->counters.no_memory++;
		f->facts.app = APPPROTO_FAILED;
		return NULL;
	}
	al->worker = w;
	f->facts.wants_frames = w->frames;
	al->env = (struct proto_env){
		.pool = w->pool,
		.flow = &f->facts,
		.expect = on_expect,
		.switch_to = on_switch_to,
		.owner = al,
		.files = w->files,
		.settings = w->settings,
	};
	f->app = al;
	return al;
}

static bool
adopt(struct applayer_worker *w, struct flow *f, const struct proto *proto, const void *cookie,
		size_t cookie_len)
{
	struct applayer *al = f->app;

	al->state = pool_zero(w->pool, proto->state_size ? proto->state_size : 1);
	if (!al->state) {
		w->counters.no_memory++;
		return false;
	}
	if (cookie_len)
		memcpy(al->state, cookie, cookie_len < proto->state_size ? cookie_len : proto->state_size);
	al->proto = proto;
	f->facts.app = proto->id;
	f->facts.ops = &proto->ops;
	for (int dir = 0; dir < 2; dir++)
		al->deaf[dir] = al->lost[dir] && !proto->gaps;
	w->counters.flows[proto->id]++;
	return true;
}

static void
tx_free(struct applayer_worker *w, struct flow *f, struct tx *tx)
{
	struct applayer *al = f->app;

	TAILQ_REMOVE(&f->facts.txs, tx, link);
	if (w->tx_release)
		w->tx_release(w->arg, f, tx);
	al->proto->tx_free(al->state, &al->env, tx);
}

/* Transactions and state of the present protocol. */
static void
drop_proto(struct applayer_worker *w, struct flow *f)
{
	struct applayer *al = f->app;
	struct tx       *tx;

	if (!al->proto)
		return;
	while ((tx = TAILQ_FIRST(&f->facts.txs)))
		tx_free(w, f, tx);
	al->proto->state_free(al->state, &al->env);
	pool_put(w->pool, al->state, al->proto->state_size ? al->proto->state_size : 1);
	al->state = NULL;
	al->proto = NULL;
	f->facts.ops = NULL;
}

void
applayer_release(struct applayer_worker *w, struct flow *f)
{
	if (!f->app)
		return;
	drop_proto(w, f);
	appframes_release(w->pool, &f->facts);
	pbuf_release(w->pool, &f->app->env.carried);
	pool_put(w->pool, f->app, sizeof(*f->app));
	f->app = NULL;
}

void
applayer_fail(struct applayer_worker *w, struct flow *f)
{
	struct applayer *al = f->app;

	if (!al || !al->proto) {
		if (f->facts.app != APPPROTO_FAILED)
			w->counters.flows[APPPROTO_FAILED]++;
		f->facts.app = APPPROTO_FAILED;
	}
	if (al)
		al->deaf[0] = al->deaf[1] = true;
}

bool
applayer_is_waiting(const struct flow *f)
{
	return f->app && !f->app->proto && f->facts.app == APPPROTO_UNKNOWN;
}

bool
applayer_is_deaf(const struct flow *f, int dir)
{
	if (!f->app)
		return f->facts.app == APPPROTO_FAILED;
	return f->app->deaf[dir] || (f->facts.app == APPPROTO_FAILED && !f->app->switching);
}

/* ---- detection ---- */

static void
take_expected(struct applayer_worker *w, struct flow *f, uint64_t now_ns)
{
	const struct expected *x = NULL;
	const struct proto    *proto;

	for (int i = 0; i < 2 && !x; i++)
		x = expect_take(&w->expect, &f->facts.addr[i], f->facts.port[i], now_ns);
	if (!x || !(proto = proto_get(x->app)))
		return;
	if (adopt(w, f, proto, x->cookie, x->cookie_len)) {
		w->counters.expected++;
		f->app->detect[0] = f->app->detect[1] = DETECT_FOUND;
		f->facts.app_in[0] = f->facts.app_in[1] = proto->id;
	}
}

/* What one side's bytes look like, once the flow's protocol is known from the other side. */
static void
compare_sides(struct flow *f, int dir, enum proto_probe probe, const struct proto *found)
{
	struct applayer *al = f->app;

	if (probe == PROBE_MORE)
		return;
	if (probe == PROBE_YES) {
		al->detect[dir] = DETECT_FOUND;
		f->facts.app_in[dir] = found->id;
		if (found != al->proto)
			f->facts.app_events |= flow_bit(FLOW_EVENT_MISMATCH_PROTOCOL_BOTH_DIRECTIONS);
		return;
	}
	al->detect[dir] = DETECT_NONE;
	f->facts.app_in[dir] = APPPROTO_FAILED;
	f->facts.app_events |= flow_bit(FLOW_EVENT_DETECT_PROTOCOL_ONLY_ONE_DIRECTION);
}

/* Look at the first bytes of a direction. True: the flow has a protocol now. */
static bool
detect(struct applayer_worker *w, struct flow *f, enum proto_over over, int dir, struct bytes data)
{
	struct applayer    *al = f->app;
	const struct proto *found = NULL;
	uint16_t            sport = f->facts.port[dir], dport = f->facts.port[!dir];
	enum proto_probe    probe;

	if (al->detect[dir] == DETECT_NONE && !al->proto)
		return false;
	probe = proto_detect(&found, over, data, dir, sport, dport);
	if (probe == PROBE_MORE && data.left >= DETECT_BYTES_MAX)
		probe = PROBE_NO;
	if (al->proto) {
		compare_sides(f, dir, probe, found);
		return true;
	}
	if (probe == PROBE_YES && adopt(w, f, found, NULL, 0)) {
		al->detect[dir] = DETECT_FOUND;
		f->facts.app_in[dir] = found->id;
		if (al->detect[!dir] == DETECT_NONE)
			f->facts.app_events |= flow_bit(FLOW_EVENT_DETECT_PROTOCOL_ONLY_ONE_DIRECTION);
		return true;
	}
	if (probe != PROBE_MORE) {
		al->detect[dir] = DETECT_NONE;
		f->facts.app_in[dir] = APPPROTO_FAILED;
	}
	return false;
}

/* Neither side is anything we know, or we waited long enough. */
static bool
detection_is_over(const struct applayer *al, int dir, size_t waiting, unsigned flags)
{
	if (al->detect[0] == DETECT_NONE && al->detect[1] == DETECT_NONE)
		return true;
	return waiting > HOLD_BYTES_MAX || (flags & PROTO_EOF && al->detect[dir] == DETECT_NONE &&
						       al->ended[!dir]);
}

/* ---- parsing ---- */

static void
after_parse(struct flow *f, int dir, unsigned flags)
{
	struct applayer *al = f->app;
	struct tx       *tx;

	al->trigger[dir] |= al->env.look_now[dir];
	al->env.look_now[dir] = false;
	if (flags & (PROTO_EOF | PROTO_GAP))
		appframes_end(&f->facts, dir);
	TAILQ_FOREACH(tx, &f->facts.txs, link) {
		if (flags & PROTO_EOF)
			tx_complete(tx, dir);
		if (tx_is_complete(tx, dir) && !tx->done_inspect[dir])
			al->trigger[dir] = true;
	}
}

static size_t
parse(struct applayer_worker *w, struct flow *f, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct applayer *al = f->app;
	int              n = 0;

	if ((flags & PROTO_GAP) && !al->proto->gaps) {
		al->deaf[dir] = true;
		return 0;
	}
	if (!al->deaf[dir])
		n = al->proto->parse(al->state, &al->env, dir, data, flags, gap);
	if (n < 0) {
		w->counters.parse_errors++;
		al->deaf[0] = al->deaf[1] = true;
	}
	f->facts.fed[dir] = true;
	if (f->facts.frames[dir])
		appframes_feed(w->pool, &f->facts, dir, bytes_of(data.at, n > 0 ? (size_t)n : 0));
	after_parse(f, dir, flags);
	return n < 0 || al->deaf[dir] ? data.left : (size_t)n;
}

bool
applayer_detect(struct applayer_worker *w, struct flow *f, int dir, struct bytes data, uint64_t now_ns)
{
	bool             fresh = !f->app;
	struct applayer *al = get(w, f);
	bool             had;

	if (!al || al->switching || al->detect[dir] != DETECT_OPEN)
		return false;
	if (fresh)
		take_expected(w, f, now_ns);
	had = al->proto != NULL;
	return al->detect[dir] == DETECT_OPEN && detect(w, f, PROTO_TCP, dir, data) && !had;
}

/* Nobody knows yet what it is: hold the bytes, or give up. Returns how many are done with. */
static size_t
wait_for_protocol(struct applayer_worker *w, struct flow *f, int dir, size_t waiting, unsigned flags)
{
	struct applayer *al = f->app;

	al->ended[dir] |= (flags & PROTO_EOF) != 0;
	if (flags & PROTO_GAP) {
		al->lost[dir] = true;
		if (al->detect[dir] == DETECT_OPEN)
			al->detect[dir] = DETECT_NONE;
	}
	if (!detection_is_over(al, dir, waiting, flags))
		return 0;
	if (waiting > HOLD_BYTES_MAX)
		f->facts.app_events |= flow_bit(FLOW_EVENT_PROTO_DETECTION_SKIPPED);
	applayer_fail(w, f);
	return waiting;
}

size_t
applayer_data(struct applayer_worker *w, struct flow *f, int dir, struct bytes data, unsigned flags,
		uint64_t gap, uint64_t now_ns)
{
	struct applayer *al = get(w, f);

	if (!al || (f->facts.app == APPPROTO_FAILED && !al->switching))
		return data.left;
	if (al->switching)
		return 0;
	al->env.now_ns = now_ns;
	if (!al->proto)
		return wait_for_protocol(w, f, dir, data.left, flags);
	if (al->ended[dir] && data.left == 0)
		flags &= ~(unsigned)PROTO_EOF;
	if (data.left == 0 && !(flags & (PROTO_EOF | PROTO_GAP)))
		return 0;
	al->ended[dir] |= (flags & PROTO_EOF) != 0;
	return parse(w, f, dir, data, flags, gap);
}

void
applayer_datagram(struct applayer_worker *w, struct flow *f, const struct packet *p)
{
	struct applayer *al;
	int              dir = p->dir;

	if (f->facts.app == APPPROTO_FAILED || p->payload.left == 0 || !(al = get(w, f)))
		return;
	al->env.now_ns = p->ts_ns;
	if (al->detect[dir] == DETECT_OPEN && !detect(w, f, PROTO_UDP, dir, p->payload)) {
		/* a datagram is all there will be of it */
		al->detect[dir] = DETECT_NONE;
		f->facts.app_in[dir] = APPPROTO_FAILED;
		if (al->detect[!dir] == DETECT_NONE)
			applayer_fail(w, f);
	}
	if (al->proto)
		(void)parse(w, f, dir, p->payload, 0, 0);
}

bool
applayer_is_decided(const struct flow *f, int dir)
{
	return f->facts.app == APPPROTO_FAILED || (f->app && f->app->detect[dir] != DETECT_OPEN);
}

bool
applayer_take_trigger(struct flow *f, int dir)
{
	bool trigger = f->app && f->app->trigger[dir];

	if (trigger)
		f->app->trigger[dir] = false;
	return trigger;
}

bool
applayer_wants_switch(const struct flow *f)
{
	return f->app && f->app->switching;
}

void
applayer_switch(struct applayer_worker *w, struct flow *f)
{
	struct applayer    *al = f->app;
	const struct proto *next = proto_get(al->switch_app);

	f->facts.app_original = f->facts.app;
	drop_proto(w, f);
	al->switching = false;
	w->counters.switched++;
	for (int dir = 0; dir < 2; dir++) {
		al->detect[dir] = DETECT_OPEN;
		al->deaf[dir] = al->ended[dir] = false;
		f->facts.app_in[dir] = APPPROTO_UNKNOWN;
	}
	f->facts.app = APPPROTO_UNKNOWN;
	if (next)
		(void)adopt(w, f, next, NULL, 0);
}

/* ---- transactions ---- */

static bool
tx_is_done(const struct tx *tx)
{
	return tx_is_complete(tx, 0) && tx_is_complete(tx, 1) && tx->done_inspect[0] && tx->done_inspect[1];
}

void
applayer_reap(struct applayer_worker *w, struct flow *f)
{
	struct tx *tx, *next;
	unsigned   n = TXS_AT_ONCE; /* what finishes out of order waits for those before it */

	for (tx = TAILQ_FIRST(&f->facts.txs); tx && n; tx = next, n--) {
		next = TAILQ_NEXT(tx, link);
		if (tx_is_done(tx))
			tx_free(w, f, tx);
	}
}

void
applayer_ignore(struct flow *f, int dir)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &f->facts.txs, link)
		tx->done_inspect[dir] = tx_is_complete(tx, dir);
}

bool
applayer_has_unseen(const struct flow *f, int dir)
{
	const struct tx *tx;

	TAILQ_FOREACH(tx, &f->facts.txs, link)
		if (!tx->done_inspect[dir])
			return true;
	return f->facts.frames[dir];
}

const struct proto *
applayer_proto(const struct flow *f)
{
	return f->app ? f->app->proto : NULL;
}
