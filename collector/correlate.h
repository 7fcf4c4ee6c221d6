/* SPDX-License-Identifier: Apache-2.0 */
/* collector/correlate.h - from events to alerts, from alerts to incidents.
 *
 * An alert is the events of one rule about one address at one site, as long as
 * they follow within a window. An incident gathers the alerts of one victim or
 * one attacker at one site. Everything is decided from the event and the store,
 * in the store's own transaction: the same events in the same order give the
 * same incidents, wherever the collector was restarted. Writer thread.
 */
#ifndef COLLECTOR_CORRELATE_H
#define COLLECTOR_CORRELATE_H

#include <stdint.h>

struct store;
struct store_event;

struct correlate_policy {
	uint64_t alert_window_ns;    /* events of one alert follow within this */
	uint64_t incident_window_ns; /* alerts of one incident */
	uint32_t crowd; /* so many attackers on one victim are one incident of the victim
			 */
};

/* One hour, one day, three. */
extern const struct correlate_policy correlate_defaults;

/*
 * Find or make the alert and incident of this event and count it there; e->alert gets
 * the alert (0 for what is no alert). `e` has all but its id, which will be the
 * store's next. `ruleset` is the hash of the sensor's rules, borrowed.
 * 0 or -errno of the store.
 */
int correlate_event(struct store *s, const struct correlate_policy *p,
	struct store_event *e, const char *ruleset);

#endif
