/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of the API, as docs/api.md has them. */
#include "collector/serve_priv.h"

/* clang-format off */
const struct route serve_routes[] = {
	{ "GET", "/v1/inbox", serve_inbox, ROUTE_CALL },
	{ "GET", "/v1/incidents/*", serve_incident, ROUTE_CALL },
	{ "GET", "/v1/incidents/*/why", serve_why, ROUTE_CALL },
	{ "GET", "/v1/incidents/*/timeline", serve_timeline, ROUTE_CALL },
	{ "GET", "/v1/incidents/*/pcap", serve_incident_pcap, ROUTE_CALL },
	{ "GET", "/v1/events", serve_events, ROUTE_CALL },
	{ "GET", "/v1/events/*", serve_event, ROUTE_CALL },
	{ "GET", "/v1/events/*/pcap", serve_event_pcap, ROUTE_CALL },
	{ "GET", "/v1/alerts", serve_alerts, ROUTE_CALL },
	{ "GET", "/v1/watch", NULL, ROUTE_STREAM },
	{ "GET", "/v1/stats", serve_stats, ROUTE_CALL },
	{ "POST", "/v1/actions", serve_actions, ROUTE_CALL },
	{ "POST", "/v1/undo", serve_undo, ROUTE_CALL },
	{ "GET", "/v1/sensors", serve_sensors, ROUTE_CALL },
	{ "POST", "/v1/sensors", serve_sensor_add, ROUTE_CALL },
	{ "GET", "/v1/sensors/*", serve_sensor, ROUTE_CALL },
	{ "POST", "/v1/sensors/*/revoke", serve_sensor_revoke, ROUTE_CALL },
	{ "GET", "/v1/gaps", serve_gaps, ROUTE_CALL },
	{ "GET", "/v1/coverage", serve_coverage, ROUTE_CALL },
	{ "GET", "/v1/dead_letters", serve_dead_letters, ROUTE_CALL },
	{ "POST", "/v1/db/check", serve_db_check, ROUTE_CALL },
	{ "GET", "/metrics", serve_metrics, ROUTE_CALL },
	{ 0 },
};
/* clang-format on */
