/* SPDX-License-Identifier: Apache-2.0 */
/* collector/serve.h - the API: HTTP and JSON on a UNIX socket, by docs/api.md.
 *
 * One thread reads requests and writes answers (libevent); a few others run the
 * handlers, each with a reader of its own, so that a long question holds up
 * nobody. Who asks is known by the socket's peer credentials. What changes
 * something goes through the writer. Clients that follow the stream are fed
 * after each commit, each at its own pace.
 */
#ifndef COLLECTOR_SERVE_H
#define COLLECTOR_SERVE_H

#include <stdint.h>

struct ca;
struct figures;
struct serve;
struct writer;

/* What handlers may need; borrowed while serving. */
struct serve_env {
	const char     *dir; /* DIR */
	struct writer  *writer;
	struct figures *figures;
	const uint8_t  *pin; /* SHA-256 of the CA's certificate */
	uint64_t        started_ns;
	/* A sensor was revoked: end its connections. Any thread. */
	void (*revoked)(void *arg, uint32_t sensor);
	void *arg;
};

/* Take over a listening socket (owned from now on) and start the threads. 0 or -errno. */
int serve_new(struct serve **out, const struct serve_env *env, int fd);
/* Answer what is running and take nothing more: the writer may end after this. */
void serve_close(struct serve *s);
void serve_free(struct serve *s);
/* Something was committed: feed the streams. Any thread. */
void serve_changed(struct serve *s);

#endif
