/* SPDX-License-Identifier: Apache-2.0 */
/* collector/eve.h - is this text JSON? What sensors send is passed on as it is, so it
 * must be. Any thread. */
#ifndef COLLECTOR_EVE_H
#define COLLECTOR_EVE_H

#include "lib/bytes.h"

#include <stdbool.h>

#define EVE_DEPTH_MAX 32

/* One object by RFC 8259, nested no deeper than EVE_DEPTH_MAX, on one line, nothing after
 * it. UTF-8 is not looked at (event_decode does). */
bool eve_ok(struct bytes text);

#endif
