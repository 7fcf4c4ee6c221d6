/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/events.h"

#include <stddef.h>
#include <string.h>

#include "rules/packet.h"

#define X(id, name) name,
static const char *const packet_names[] = { DECODE_EVENT_LIST(X) STREAM_EVENT_LIST(X) };
static const char *const flow_names[] = { FLOW_EVENT_LIST(X) };
#undef X

#define X(id, name) +1
enum { N_DECODE = 0 DECODE_EVENT_LIST(X) };
#undef X

_Static_assert(PACKET_EVENT_COUNT <= PACKET_EVENT_WORDS * 64, "struct packet.events is too small");
_Static_assert(FLOW_EVENT_COUNT <= 64, "struct flow_facts.app_events is too small");

static int
find(const char *const *names, int first, int end, const char *name)
{
	for (int i = first; i < end; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
events_decode(const char *name)
{
	return find(packet_names, 0, N_DECODE, name);
}

int
events_stream(const char *name)
{
	return find(packet_names, N_DECODE, PACKET_EVENT_COUNT, name);
}

int
events_flow(const char *name)
{
	return find(flow_names, 0, FLOW_EVENT_COUNT, name);
}

const char *
events_packet_name(unsigned event)
{
	return event < PACKET_EVENT_COUNT ? packet_names[event] : NULL;
}

const char *
events_flow_name(unsigned event)
{
	return event < FLOW_EVENT_COUNT ? flow_names[event] : NULL;
}
