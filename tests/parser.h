/* SPDX-License-Identifier: Apache-2.0 */
/* tests/parser.h - drives one protocol parser as the stream does, for unit tests and fuzz targets.
 *
 * Bytes that the parser does not take are held and come again with more behind
 * them. parser_close() makes sure that every block of the pool went back.
 */
#ifndef TESTS_PARSER_H
#define TESTS_PARSER_H

#include "lib/json.h"
#include "sensor/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARSER_HELD_MAX (256u << 10)

struct parser {
	const struct proto *proto;
	struct proto_env    env; /* env.owner is this struct */
	struct flow_facts   flow;
	void               *state;
	uint8_t            *held[2];
	size_t              n_held[2];
	bool                dead;        /* the parser gave up */
	enum appproto       switched;    /* last switch_to(), APPPROTO_FAILED: none */
	unsigned            n_expected;
	uint16_t            expected_port;
	struct addr         expected_addr;
	enum appproto       expected_app;
	uint8_t             cookie[512];
	size_t              cookie_len;
	char                text[4096];  /* the last buffer that was asked for */
	char                eve[65536];
};

static void
parser_expect(struct proto_env *env, const struct addr *addr, uint16_t port, enum appproto app,
		const void *cookie, size_t cookie_len)
{
	struct parser *p = env->owner;

	p->n_expected++;
	p->expected_addr = *addr;
	p->expected_port = port;
	p->expected_app = app;
	p->cookie_len = cookie_len < sizeof(p->cookie) ? cookie_len : sizeof(p->cookie);
	memcpy(p->cookie, cookie, p->cookie_len);
}

static void
parser_switch(struct proto_env *env, enum appproto app)
{
	struct parser *p = env->owner;

	p->switched = app;
}

static void
parser_must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "parser: %s\n", what);
	abort();
}

/* `budget` bytes of pool; `cookie` may be NULL. */
static inline void
parser_open(struct parser *p, const struct proto *proto, size_t budget)
{
	memset(p, 0, sizeof(*p));
	p->proto = proto;
	p->switched = APPPROTO_FAILED;
	p->env.pool = pool_new(budget);
	parser_must(p->env.pool != NULL, "no pool");
	TAILQ_INIT(&p->flow.txs);
	p->flow.addr[0] = addr_v4((const uint8_t[]){ 10, 0, 0, 1 });
	p->flow.addr[1] = addr_v4((const uint8_t[]){ 10, 0, 0, 2 });
	p->flow.ip_proto = proto->over & PROTO_TCP ? 6 : 17;
	p->env.flow = &p->flow;
	p->env.expect = parser_expect;
	p->env.switch_to = parser_switch;
	p->env.owner = p;
	p->state = pool_zero(p->env.pool, proto->state_size);
	for (int dir = 0; dir < 2; dir++)
		p->held[dir] = malloc(PARSER_HELD_MAX);
}

static inline void
parser_call(struct parser *p, int dir, unsigned flags, uint64_t gap)
{
	size_t len = p->n_held[dir];
	int    n;

	if (p->dead || p->switched != APPPROTO_FAILED || !p->state)
		return;
	/* an exact copy, so that a sanitizer sees a read behind the end */
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, p->held[dir], len);
	n = p->proto->parse(p->state, &p->env, dir, bytes_of(copy, len), flags, gap);
	free(copy);
	if (n < 0) {
		p->dead = true;
		return;
	}
	parser_must((size_t)n <= len, "took more than there was");
	memmove(p->held[dir], p->held[dir] + n, len - (size_t)n);
	p->n_held[dir] -= (size_t)n;
}

static inline void
parser_give(struct parser *p, int dir, const void *data, size_t len)
{
	if (len > PARSER_HELD_MAX - p->n_held[dir])
		return;
	memcpy(p->held[dir] + p->n_held[dir], data, len);
	p->n_held[dir] += len;
	parser_call(p, dir, 0, 0);
}

/* In pieces of `step` bytes; 0: at once. */
static inline void
parser_give_in(struct parser *p, int dir, const void *data, size_t len, size_t step)
{
	const uint8_t *at = data;

	for (size_t n; len > 0; at += n, len -= n) {
		n = step > 0 && step < len ? step : len;
		parser_give(p, dir, at, n);
	}
}

static inline void
parser_gap(struct parser *p, int dir, uint64_t n)
{
	p->n_held[dir] = 0;
	if (p->proto->gaps)
		parser_call(p, dir, PROTO_GAP, n);
	else
		p->dead = true;
}

static inline void
parser_end(struct parser *p)
{
	parser_call(p, DIR_TOSERVER, PROTO_EOF, 0);
	parser_call(p, DIR_TOCLIENT, PROTO_EOF, 0);
}

/* The n-th transaction, NULL when there are fewer. */
static inline struct tx *
parser_tx(struct parser *p, unsigned n)
{
	struct tx *tx;

	TAILQ_FOREACH (tx, &p->flow.txs, link)
		if (n-- == 0)
			return tx;
	return NULL;
}

/* A buffer as text; NULL when there is none. */
static inline const char *
parser_buffer(struct parser *p, struct tx *tx, enum buffer b, int dir, unsigned index)
{
	struct view v;
	size_t      len;

	if (!tx || !p->proto->ops.buffer(tx, b, dir, index, &v))
		return NULL;
	len = v.data.left < sizeof(p->text) - 1 ? v.data.left : sizeof(p->text) - 1;
	if (len > 0)
		memcpy(p->text, v.data.at, len);
	p->text[len] = '\0';
	return p->text;
}

static inline const char *
parser_eve(struct parser *p, struct tx *tx)
{
	struct json j;

	json_init(&j, p->eve, sizeof(p->eve));
	json_obj(&j, NULL);
	p->proto->eve(tx, &j);
	json_obj_end(&j);
	return json_end(&j);
}

/* Free the transactions that both sides are done with; `all`: every one. */
static inline void
parser_reap(struct parser *p, bool all)
{
	struct tx *tx, *next;

	for (tx = TAILQ_FIRST(&p->flow.txs); tx; tx = next) {
		next = TAILQ_NEXT(tx, link);
		if (!all && (tx->progress[0] < tx->complete_at[0] || tx->progress[1] < tx->complete_at[1]))
			continue;
		TAILQ_REMOVE(&p->flow.txs, tx, link);
		p->proto->tx_free(p->state, &p->env, tx);
	}
}

static inline void
parser_close(struct parser *p)
{
	if (p->state) {
		parser_reap(p, true);
		p->proto->state_free(p->state, &p->env);
		pool_put(p->env.pool, p->state, p->proto->state_size);
	}
	parser_must(pool_used(p->env.pool) == 0, "some memory did not go back to the pool");
	pool_free(p->env.pool);
	free(p->held[0]);
	free(p->held[1]);
}

/* ---- conversations in files, as the fuzz targets have them (tests/fuzz/conversation.h) ---- */

/* The file's bytes, to be freed. */
static inline uint8_t *
parser_file(const char *path, size_t *len)
{
	uint8_t *data = malloc(PARSER_HELD_MAX);
	FILE    *f = fopen(path, "rb");

	parser_must(data && f, path);
	*len = fread(data, 1, PARSER_HELD_MAX, f);
	fclose(f);
	return data;
}

/* Play what two sides say, in pieces of `step` bytes (0: as they stand there). */
static inline void
parser_play(struct parser *p, struct bytes in, size_t step)
{
	while (in.left >= 3) {
		uint8_t      head = bytes_u8(&in);
		uint16_t     len = bytes_be16(&in);
		struct bytes piece = bytes_cut(&in, len < in.left ? len : in.left);

		if (head & 2)
			parser_gap(p, head & 1, 1);
		parser_give_in(p, head & 1, piece.at, piece.left, step);
	}
	parser_end(p);
}

/* All transactions as EVE, to compare. To be freed. */
static inline char *
parser_story(struct parser *p)
{
	char      *story = calloc(1, 1u << 20);
	size_t     len = 0;
	struct tx *tx;

	parser_must(story != NULL, "no memory");
	TAILQ_FOREACH (tx, &p->flow.txs, link) {
		const char *eve = parser_eve(p, tx);

		parser_must(eve != NULL, "EVE too long");
		len += (size_t)snprintf(story + len, (1u << 20) - len, "%llx %s\n",
				(unsigned long long)tx->events, eve);
	}
	return story;
}

/* Plays the file whole, then byte by byte and in threes, which must tell the same; then every
 * beginning of it, which must do no harm. */
static inline void
parser_torture(struct parser *p, const struct proto *proto, const char *path)
{
	static const size_t steps[] = { 1, 3 };
	size_t              len;
	uint8_t            *data = parser_file(path, &len);
	char               *story, *other;

	parser_open(p, proto, 8u << 20);
	parser_play(p, bytes_of(data, len), 0);
	story = parser_story(p);
	parser_close(p);
	for (unsigned i = 0; i < 2; i++) {
		parser_open(p, proto, 8u << 20);
		parser_play(p, bytes_of(data, len), steps[i]);
		other = parser_story(p);
		if (strcmp(story, other) != 0)
			fprintf(stderr, "%s\nwhole:\n%s\nin steps of %zu:\n%s\n", path, story, steps[i], other);
		parser_must(strcmp(story, other) == 0, "pieces tell another story");
		free(other);
		parser_close(p);
	}
	for (size_t n = 0; n < len; n++) {
		parser_open(p, proto, 1u << 20);
		parser_play(p, bytes_of(data, n), 0);
		parser_close(p);
	}
	free(story);
	free(data);
}

#endif
