/* SPDX-License-Identifier: Apache-2.0 */
/* lib/notify.h - tell systemd how we are: ready, alive, stopping.
 *
 * Does nothing where NOTIFY_SOCKET is not set. Any thread.
 */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

#include <stdint.h>

/* Send "READY=1", "STOPPING=1", "STATUS=…", "WATCHDOG=1" or several joined by '\n'.
 * 0, or -errno; 0 also when nobody listens. */
int notify(const char *state);

/* How often WATCHDOG=1 is due, in milliseconds: half of what systemd asks for; 0: not at
 * all. */
uint32_t notify_watchdog_ms(void);

#endif
