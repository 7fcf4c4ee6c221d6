/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/eve.h - alerts, flows, transactions as EVE JSON objects, with Suricata's field names.
 *
 * Worker's thread, nothing kept. Alerts in eve.c, all else in eve_context.c.
 */
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

/* What an object is about. */
struct eve_about {
	const struct packet     *packet; /* the one in hand, or flow_packet() */
	struct flow             *flow;   /* NULL: none */
	const struct eve_source *source;
};

/* Each writes one object, nothing after it. */
void eve_alert(struct json *j, const struct eve_about *a, const struct alert *alert);
void eve_tx(struct json *j, const struct eve_about *a, struct tx *tx);
void eve_fileinfo(struct json *j, const struct eve_about *a, struct tx *tx, const struct file *file);
void eve_flow(struct json *j, const struct eve_about *a);

struct eve_anomaly {
	const char      *type;  /* decode, stream, applayer */
	const char      *prefix, *event; /* the name's two parts */
	const char      *layer; /* NULL: none */
	const struct tx *tx;    /* NULL: none */
};
void eve_anomaly(struct json *j, const struct eve_about *a, const struct eve_anomaly *what);

/* The parts that these share. */
void eve_head(struct json *j, const struct eve_about *a, const char *type);
void eve_app(struct json *j, const struct flow_facts *x);
void eve_proto(struct json *j, struct flow *f, struct tx *tx);
void eve_file(struct json *j, const struct tx *tx, const struct file *file);

/* As EVE writes a protocol: "http" for HTTP/1. */
const char *eve_app_name(enum appproto app);

#endif
