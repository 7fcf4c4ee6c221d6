/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/event.h"

#include "lib/field.h"
#include "lib/utf8.h"

#include <errno.h>

/* The tags are on wires and disks: never give an old one a new meaning.
 * docs/protocol.md. */
static const struct field_row rows[] = {
	FIELD_NUMBER(1, event, type),
	FIELD_NUMBER(2, event, ts_ns),
	FIELD_NUMBER(3, event, severity),
	FIELD_NUMBER(4, event, victim),
	FIELD_NUMBER(5, event, ip_proto),
	FIELD_STRING(6, event, src, FIELD_ADDR, 16),
	FIELD_STRING(7, event, dst, FIELD_ADDR, 16),
	FIELD_NUMBER(8, event, sport),
	FIELD_NUMBER(9, event, dport),
	FIELD_NUMBER(10, event, gid),
	FIELD_NUMBER(11, event, sid),
	FIELD_NUMBER(12, event, rev),
	FIELD_NUMBER(13, event, suppressed),
	FIELD_NUMBER(14, event, flow_id),
	FIELD_NUMBER(15, event, loss_first),
	FIELD_NUMBER(16, event, loss_last),
	FIELD_NUMBER(17, event, loss_count),
	FIELD_NUMBER(18, event, loss_epoch),
	FIELD_NUMBER(19, event, loss_cause),
	FIELD_STRING(20, event, eve, FIELD_BYTES, EVENT_EVE_MAX),
	FIELD_STRING(21, event, packets, FIELD_BYTES, EVENT_PACKETS_MAX),
	FIELD_NUMBER(22, event, to_client),
	{ 0 },
};

int
event_encode(struct buf *out, const struct event *e)
{
	size_t start = out->len;
	int    err = field_encode(out, rows, e);

	if (err == 0 && out->len - start > EVENT_WIRE_MAX) {
		out->len = start;
		err = -EMSGSIZE;
	}
	return err;
}

static bool
is_object(struct bytes eve)
{
	return eve.left >= 2 && eve.at[0] == '{' && eve.at[eve.left - 1] == '}';
}

/* What is wrong with a decoded event; NULL when nothing is. */
static const char *
find_fault(const struct event *e)
{
	bool needs_eve = e->type == EVENT_ALERT || e->type == EVENT_CONTEXT;

	if (e->type == 0)
		return "no type";
	if (e->severity > SEV_CRITICAL)
		return "severity";
	if (e->victim > EVENT_VICTIM_DST)
		return "victim";
	if (e->type == EVENT_LOSS && e->loss_first > e->loss_last)
		return "loss range";
	if ((needs_eve || e->eve.left) && !is_object(e->eve))
		return "eve is not an object";
	if (!utf8_ok(e->eve))
		return "eve is not UTF-8";
	return NULL;
}

int
event_decode(struct event *out, struct bytes in, const char **why)
{
	const char *fault = "too large";

	*out = (struct event){ 0 };
	if (in.left <= EVENT_WIRE_MAX && field_decode(out, rows, in, &fault) == 0)
		fault = find_fault(out);
	if (why)
		*why = fault;
	return fault ? -EBADMSG : 0;
}

const char *
event_loss_name(uint8_t cause)
{
	static const char *const names[] = {
#define X(id, value, name) [value] = name,
		EVENT_LOSS_LIST(X)
#undef X
	};

	if (cause >= sizeof(names) / sizeof(*names) || !names[cause])
		return "unknown";
	return names[cause];
}
