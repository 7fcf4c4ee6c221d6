/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/eve.h - an alert as an EVE JSON object, with Suricata's field names. Worker's thread, nothing kept. */
#ifndef SENSOR_EVE_H
#define SENSOR_EVE_H

#include "lib/json.h"
#include "rules/engine.h"
#include "rules/packet.h"
#include "sensor/flow.h"

#include <stdbool.h>

/* Where a packet came from, by struct packet.source. */
struct eve_source {
	const char *name; /* of the interface or capture file */
	bool        live;
};

/* What an alert is about. */
struct eve_alert {
	const struct packet     *packet;
	struct flow             *flow; /* NULL: none */
	const struct alert      *alert;
	const struct eve_source *source;
};

/* One object, nothing after it. */
void eve_alert(struct json *j, const struct eve_alert *a);

/* As EVE writes a protocol: "http" for HTTP/1. */
const char *eve_app_name(enum appproto app);

#endif
