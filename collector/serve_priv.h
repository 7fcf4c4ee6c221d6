/* SPDX-License-Identifier: Apache-2.0 */
/* collector/serve_priv.h - the handlers of the API, for the one table of routes, and what
 * they share. */
#ifndef COLLECTOR_SERVE_PRIV_H
#define COLLECTOR_SERVE_PRIV_H

#include "collector/call.h"
#include "collector/serve.h"
#include "collector/store_read.h"

extern const struct route serve_routes[]; /* ends with a row without a path */

/* serve_look.c */
call_fn serve_inbox, serve_incident, serve_why, serve_alerts;
/* serve_events.c */
call_fn serve_events, serve_event, serve_event_pcap, serve_incident_pcap, serve_timeline;
/* serve_act.c */
call_fn serve_actions, serve_undo;
/* serve_fleet.c */
call_fn serve_sensors, serve_sensor, serve_sensor_add, serve_sensor_revoke, serve_gaps,
	serve_coverage, serve_dead_letters;
/* serve_keep.c */
call_fn serve_stats, serve_db_check, serve_metrics;

/* Its client has gone. libevent lets go of a request whose answer is not complete, and
 * then it is ours to free; else it goes with the connection. */
struct evhttp_request;
void request_gone(struct evhttp_request *req);

/* An incident as an object; names and lists are looked up. 0 or -errno of the store. */
int put_incident(struct json *j, const char *key, struct store_reader *r,
	const struct incident *i);
/* The members of an incident, into the open object. */
int put_incident_members(
	struct json *j, struct store_reader *r, const struct incident *i);
int put_event_members(
	struct json *j, struct store_reader *r, const struct store_event *e);
void put_alert(struct json *j, const char *key, const struct alert *a);
/* The coverage object. */
int put_coverage(
	struct json *j, const char *key, struct store_reader *r, uint64_t now_ns);
void put_id(struct json *j, const char *key, uint64_t id);        /* 0: null */
void put_time(struct json *j, const char *key, uint64_t ns);      /* 0: null */
void put_word(struct json *j, const char *key, const char *word); /* "": null */

#endif
