/* SPDX-License-Identifier: Apache-2.0 */
/* collector/call.h - one request to the API and its answer, without the connection.
 *
 * serve.c reads the request and runs the handler in a thread that may take its
 * time; serve_*.c are the handlers. What a request says is checked by the
 * getters: the first thing wrong sticks and becomes the answer. One thread at a
 * time.
 */
#ifndef COLLECTOR_CALL_H
#define COLLECTOR_CALL_H

#include "collector/triage.h"
#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/json.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct evkeyvalq;
struct incident;
struct serve_env;
struct store_event;
struct store_reader;

#define CALL_BODY_MAX (4u << 20) /* of a request */
#define CALL_LIMIT 200           /* items of a listing, when nothing is said */
#define CALL_LIMIT_MAX 10000

struct call {
	/* the request */
	const char       *id;    /* the part of the path that names something; "" */
	struct evkeyvalq *query; /* owned */
	json_t           *body;  /* an object, or NULL */
	struct actor      actor;
	uint64_t          now_ns;

	/* what handlers work with */
	struct serve_env    *env;
	struct store_reader *reader;

	/* the answer */
	int         status; /* 0: all is well so far; else of an error */
	const char *type;   /* of its content */
	struct json out;
	struct buf  raw; /* used instead when it has something */

	const struct route *route;
	char                name[65];  /* of the actor */
	char                part[257]; /* of the path: what `id` points to */
};

typedef void call_fn(struct call *c);

enum route_kind { ROUTE_CALL, ROUTE_STREAM };

struct route {
	const char *method, *path; /* one segment may be `*` */
	call_fn    *run;
	uint8_t     kind; /* enum route_kind */
};

/* Read a request: find its route, take it apart. What is wrong becomes the answer.
 * `routes` end with a row without a path. Release in any case. */
void call_read(struct call *c, const struct route *routes, const char *method,
	const char *uri, struct bytes body);
void call_release(struct call *c);

/* The answer is an error; the first one counts. */
void call_fail(struct call *c, int status, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The store failed: logged, 500 or 503. */
void call_store_failed(struct call *c, int err);

/* Query parameters; absent ones leave *out alone and give false. */
const char *call_text(struct call *c, const char *name);
bool        call_u64(struct call *c, const char *name, uint64_t *out);
bool        call_time(struct call *c, const char *name, uint64_t *out);
bool        call_prefix(struct call *c, const char *name, struct prefix *out);
uint64_t    call_limit(struct call *c);
/* The id in the path as a number; 0 after an error. */
uint64_t call_number(struct call *c);
/* A number as ids are written: digits, not 0. 0: it is none. */
uint64_t call_parse_id(const char *text);

#endif
