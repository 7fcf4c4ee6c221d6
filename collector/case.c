/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/case.h"

#include <string.h>

const char *
part_name(enum part p)
{
	static const char *const name[] = {"source", "attacker", "victim"};

	return name[p];
}

static const char *const states[STATE_COUNT] = {
	[STATE_NEW] = "new",
	[STATE_TRIAGED] = "triaged",
	[STATE_CONTAINED] = "contained",
	[STATE_ERADICATED] = "eradicated",
	[STATE_RECOVERED] = "recovered",
	[STATE_CLOSED] = "closed",
	[STATE_REOPENED] = "reopened",
};

const char *
state_name(enum incident_state s)
{
	return states[s];
}

enum incident_state
state_by_name(const char *name)
{
	int s = 0;

	while (s < STATE_COUNT && strcmp(states[s], name) != 0)
		s++;
	return s;
}
