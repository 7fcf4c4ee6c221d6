/* SPDX-License-Identifier: Apache-2.0 */
/* collector/listen.h - sockets that wait for others, and the file that tells where. While
 * starting. */
#ifndef COLLECTOR_LISTEN_H
#define COLLECTOR_LISTEN_H

#include <stddef.h>

#define LISTEN_TEXT_MAX 80

/* "127.0.0.1:4710", "[::]:0", "name:port" to a listening socket, or -errno, logged.
 * `text` gets the address with the port that was chosen. */
int listen_tcp(const char *where, char text[static LISTEN_TEXT_MAX]);

/* A socket file, mode 0660, in place of one that nobody listens at any more. Or -errno,
 * logged. */
int listen_unix(const char *path);

/* Write DIR/run/ports.json: whole or not at all. 0 or -errno, logged. */
int listen_tell(const char *dir, const char *listen, const char *api);

#endif
