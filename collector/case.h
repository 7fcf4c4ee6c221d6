/* SPDX-License-Identifier: Apache-2.0 */
/* collector/case.h - alerts and incidents as values: what the collector makes of events.
 *
 * An alert is many events with one key; an incident is the case that gathers the
 * alerts of one attacker or one victim at one site. Facts from the wire (counts,
 * times, addresses) are the correlator's; the rest is people's, through triage.
 * Plain values, any thread.
 */
#ifndef COLLECTOR_CASE_H
#define COLLECTOR_CASE_H

#include "lib/addr.h"
#include "lib/event.h"

#include <stdbool.h>
#include <stdint.h>

/* Which part an address plays. */
enum part { PART_SOURCE, PART_ATTACKER, PART_VICTIM };
const char *part_name(enum part p);

/* The addresses that an incident remembers: as packets had them, and whom rules call the
 * victim. */
enum side { SIDE_SOURCE, SIDE_TARGET, SIDE_VICTIM, SIDE_COUNT };
#define CASE_ADDRS_MAX 64 /* of each side */
#define CASE_TEXT_MAX 256 /* signature, title, names of people */

struct alert_key {
	uint32_t    gid, sid;
	uint32_t    site;
	uint32_t    part; /* enum part of `addr` */
	struct addr addr;
	uint8_t     pad[3]; /* zero: keys are compared as bytes */
};

struct alert {
	uint64_t         id, incident;
	struct alert_key key;
	uint32_t         rev;
	uint8_t          severity;
	uint64_t         first_ns, last_ns; /* of the events, by the sensors' clocks */
	uint64_t         events, suppressed;
	uint64_t         first_event, last_event; /* ids */
	char             uuid[37];
	char             signature[CASE_TEXT_MAX];
	char             category[64];
	char ruleset[65]; /* hash of the rule set that the sensor had, or "" */
	/* Not stored: what the last event had, since it is mostly the same again. */
	struct addr last_src, last_dst;
	uint32_t    last_sensor;
};

enum incident_state {
	STATE_NEW,
	STATE_TRIAGED,
	STATE_CONTAINED,
	STATE_ERADICATED,
	STATE_RECOVERED,
	STATE_CLOSED,
	STATE_REOPENED,
	STATE_COUNT
};
const char         *state_name(enum incident_state s);
enum incident_state state_by_name(const char *name); /* STATE_COUNT: no such */

/* What people say of an incident. Each field is changed by actions alone. */
struct verdict {
	enum incident_state state;
	int                 severity; /* -1: as the correlator says */
	uint64_t            acknowledged_ns, escalated_ns; /* 0: not */
	char                disposition[32], classification[48], tlp[16];
	char                assignee[64], escalated_to[64];
};

struct incident {
	uint64_t    id;
	uint32_t    site;
	uint32_t    part; /* enum part of `subject` */
	struct addr subject;
	uint8_t     severity; /* the highest of its alerts */
	uint64_t    first_ns, last_ns;
	uint64_t    events, alerts;
	uint64_t    exercise;
	uint64_t    created_ns, modified_ns;
	uint64_t    revision; /* grows with people's actions; bulk actions pin it */
	uint64_t change; /* grows with everything, over the whole store; watch follows it
			  */
	uint32_t       n_addrs[SIDE_COUNT]; /* how many are remembered */
	char           uuid[37];
	uint8_t        top; /* severity of the alert that gave the title */
	uint32_t       n_rules;
	char           signature[CASE_TEXT_MAX]; /* of that alert */
	char           title[CASE_TEXT_MAX];
	struct verdict verdict;
};

static inline int
incident_severity(const struct incident *i)
{
	return i->verdict.severity >= 0 ? i->verdict.severity : i->severity;
}

#endif
