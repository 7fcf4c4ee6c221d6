/* SPDX-License-Identifier: Apache-2.0 */
/* lib/sandbox.h - what a program may still do once it is open for hostile bytes.
 *
 * All profiles stand here, next to each other. A profile drops capabilities,
 * limits the file system to named folders (Landlock) and the system calls to a
 * list (seccomp). Where the kernel lacks Landlock or seccomp, that part is
 * left out and one line says so. For all threads to come: call it before they start.
 */
#ifndef LIB_SANDBOX_H
#define LIB_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#define SANDBOX_PATHS_MAX 32

struct sandbox {
	const char *user;  /* become this user when we are root; NULL: stay */
	size_t      n_read, n_write;
	const char *read[SANDBOX_PATHS_MAX];  /* files and folders to read; missing ones are skipped */
	const char *write[SANDBOX_PATHS_MAX]; /* folders to do everything in */
	bool        capture; /* keep CAP_NET_RAW and packet sockets: interfaces are opened again */
	bool        network; /* sockets to elsewhere */
};

/* Both: 0, or -errno with a logged reason; the program must then end. Parts that the
 * kernel does not have are no error. */
int sandbox_sensor(const struct sandbox *s);
int sandbox_collector(const struct sandbox *s);

#endif
