/* SPDX-License-Identifier: Apache-2.0 */
/* cli/client.h - asks the collector: HTTP/1.1 over its UNIX socket.
 *
 * One connection, kept open between requests and opened at the first. Each request
 * runs its own event loop until the answer is whole, so to the commands it is a call.
 * A collector that says nothing for as long as the caller's patience is unreachable.
 * Not thread-safe.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stddef.h>

#define CLIENT_BODY_MAX (256u << 20) /* of an answer that is kept in memory */
#define CLIENT_PATIENCE_S 60 /* a stream is silent for 15 s at most */

struct client;
struct evbuffer;

/* `url` is unix:/path/of/api.sock, borrowed for the call. 0, -EINVAL: another kind, -ENOMEM. */
int  client_new(struct client **out, const char *url, int patience_s);
void client_free(struct client *c);

/* Where it asks, for messages. Borrowed. */
const char *client_where(const struct client *c);

/* Called when body bytes of a 2xx answer have arrived; takes what it can use out of `body`.
 * A value other than 0 ends the request, which returns it. */
typedef int client_sink_fn(void *arg, struct evbuffer *body);

/*
 * One request. `path` starts with / and is encoded already; `body` is JSON or NULL.
 * The answer's status goes to *status and what `sink` left of its body (all without a sink,
 * and all of an error) to `reply`, which is emptied first.
 * 0, what `sink` returned, or -errno: the connection failed (-ECONNREFUSED, -ENOENT, -EACCES,
 * -ECONNRESET, -ETIMEDOUT), the answer is not HTTP (-EBADMSG) or too large (-EMSGSIZE), or
 * -EINTR: a SIGINT or SIGTERM came while a sink was in use.
 */
int client_ask(struct client *c, const char *method, const char *path, const char *body,
		int *status, struct evbuffer *reply, client_sink_fn *sink, void *arg);

#endif
