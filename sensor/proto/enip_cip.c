/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/packet.h"
#include "sensor/appframe.h"
#include "sensor/proto/enip.h"

#define RESPONSE 0x80
#define DEPTH_MAX 2     /* messages inside messages */
#define MESSAGES_MAX 64 /* in one Multiple Service Packet */
#define ATTRIBUTES_MAX 64

enum service {
	SET_ATTRIBUTE_LIST = 0x04,
	GET_ATTRIBUTE_LIST = 0x03,
	MULTIPLE_SERVICE = 0x0a,
	UNCONNECTED_SEND = 0x52,
};

/* CIP volume 1, C-1.4: logical segments */
enum logical { CLASS = 0, INSTANCE = 1, MEMBER = 2, CONNECTION = 3, ATTRIBUTE = 4 };

struct path {
	uint32_t class, attribute;
	bool     has_class, has_attribute;
};

const char *
cip_service_name(uint8_t service)
{
	static const struct {
		uint8_t     service;
		const char *name;
	} names[] = {
		{ 0x01, "Get Attribute All" }, { 0x02, "Set Attribute All" }, { 0x03, "Get Attribute List" },
		{ 0x04, "Set Attribute List" }, { 0x05, "Reset" }, { 0x06, "Start" }, { 0x07, "Stop" },
		{ 0x08, "Create" }, { 0x09, "Delete" }, { 0x0a, "Multiple Service Packet" },
		{ 0x0d, "Apply Attributes" }, { 0x0e, "Get Attribute Single" }, { 0x10, "Set Attribute Single" },
		{ 0x4b, "Kick Timer" }, { 0x4c, "Read Tag" }, { 0x4d, "Write Tag" }, { 0x4e, "Forward Close" },
		{ 0x52, "Unconnected Send" }, { 0x54, "Forward Open" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].service == (service & ~RESPONSE))
			return names[i].name;
	return NULL;
}

/* ---- paths ---- */

/* 000tttff: a value of 1, 2 or 4 bytes; the longer ones after a byte of padding. */
static uint32_t
logical_value(struct bytes *b, uint8_t format)
{
	if (format == 0)
		return bytes_u8(b);
	bytes_skip(b, 1);
	return format == 1 ? bytes_le16(b) : bytes_le32(b);
}

static void
read_logical(struct enip_reader *r, struct path *p, struct bytes *b, uint8_t segment)
{
	uint32_t v = logical_value(b, segment & 3);

	if (!bytes_ok(b))
		return;
	switch (segment >> 2 & 7) {
	case CLASS:
		p->class = v;
		p->has_class = true;
		enip_note(r, NUM_ENIP_CIP_CLASS, v);
		break;
	case INSTANCE:
		enip_note(r, NUM_ENIP_CIP_INSTANCE, v);
		break;
	case ATTRIBUTE:
		p->attribute = v;
		p->has_attribute = true;
		enip_note(r, NUM_ENIP_CIP_ATTRIBUTE, v);
		break;
	default:
		break;
	}
}

static void
skip_segment(struct bytes *b, uint8_t segment)
{
	uint8_t n;

	switch (segment >> 5) {
	case 0: /* port: perhaps with an address of some length */
		n = segment & 0x10 ? bytes_u8(b) : 1;
		if ((segment & 15) == 15)
			bytes_skip(b, 2);
		bytes_skip(b, n + (segment & 0x10 ? n & 1u : 0));
		break;
	case 4: /* data: words, or a name */
		n = bytes_u8(b);
		bytes_skip(b, segment & 0x10 ? n + (n & 1u) : 2u * n);
		break;
	default: /* network, symbolic, key: not told apart, so the rest is not read */
		bytes_skip(b, b->left);
		break;
	}
}

static struct path
read_path(struct enip_reader *r, struct bytes b)
{
	struct path p = { 0 };

	while (b.left && bytes_ok(&b)) {
		uint8_t segment = bytes_u8(&b);

		if (segment >> 5 == 1)
			read_logical(r, &p, &b, segment);
		else
			skip_segment(&b, segment);
	}
	return p;
}

/* ---- messages ---- */

static void
note_service(struct enip_reader *r, uint8_t service, const struct path *p)
{
	enip_note(r, NUM_CIP_SERVICE, CIP_KEY(service, p->class & 0xffff, p->has_class, p->attribute & 0xffff,
			p->has_attribute));
}

/* Get and Set Attribute List name their attributes after the path: a count, and that many. Only of the former is
 * their length known. */
static void
read_attributes(struct enip_reader *r, uint8_t service, struct path p, struct bytes b)
{
	uint16_t n = bytes_le16(&b);

	if (service == SET_ATTRIBUTE_LIST && n > 1)
		n = 1;
	for (unsigned i = 0; i < n && i < ATTRIBUTES_MAX; i++) {
		p.attribute = bytes_le16(&b);
		if (!bytes_ok(&b))
			return;
		p.has_attribute = true;
		enip_note(r, NUM_ENIP_CIP_ATTRIBUTE, p.attribute);
		note_service(r, service, &p);
	}
}

static bool read_message(struct enip_reader *r, struct bytes b, unsigned depth);

/* A count, the messages' places, the messages. */
static bool
read_multiple(struct enip_reader *r, struct bytes b, unsigned depth)
{
	struct bytes places = b;
	uint16_t     n = bytes_le16(&places);
	bool         ok = true;

	if (depth == DEPTH_MAX)
		return false;
	for (unsigned i = 0; i < n && i < MESSAGES_MAX && ok; i++) {
		uint16_t     from = bytes_le16(&places), to = (uint16_t)b.left;
		struct bytes next = places, message = b;

		if (i + 1u < n)
			to = bytes_le16(&next);
		bytes_skip(&message, from);
		message = bytes_cut(&message, to >= from ? (size_t)(to - from) : SIZE_MAX);
		ok = bytes_ok(&places) && bytes_ok(&message) && read_message(r, message, depth + 1);
	}
	return ok;
}

static bool
read_request(struct enip_reader *r, uint8_t service, struct bytes b, unsigned depth)
{
	struct path p = read_path(r, bytes_cut(&b, 2 * (size_t)bytes_u8(&b)));

	note_service(r, service, &p);
	if (!bytes_ok(&b))
		return false;
	if (service == GET_ATTRIBUTE_LIST || service == SET_ATTRIBUTE_LIST)
		read_attributes(r, service, p, b);
	else if (service == MULTIPLE_SERVICE)
		return read_multiple(r, b, depth);
	else if (service == UNCONNECTED_SEND && p.class == 6 && depth < DEPTH_MAX) {
		bytes_skip(&b, 2); /* time out */
		return read_message(r, bytes_cut(&b, bytes_le16(&b)), depth + 1);
	}
	return true;
}

static bool
read_response(struct enip_reader *r, uint8_t service, struct bytes b, unsigned depth)
{
	uint8_t status, words;

	bytes_skip(&b, 1);
	status = bytes_u8(&b);
	words = bytes_u8(&b);
	if (!bytes_ok(&b))
		return false;
	enip_note(r, NUM_CIP_SERVICE, CIP_KEY(service, 0, 0, 0, 0));
	enip_note(r, NUM_ENIP_CIP_STATUS, status);
	if (words > 0)
		enip_note(r, NUM_ENIP_CIP_EXTENDED_STATUS, words == 1 ? bytes_le16(&b) : bytes_le32(&b));
	bytes_skip(&b, words > 2 ? 2 * (size_t)words - 4 : 0);
	if (!bytes_ok(&b))
		return false;
	return service != MULTIPLE_SERVICE || b.left == 0 || read_multiple(r, b, depth);
}

static bool
read_message(struct enip_reader *r, struct bytes b, unsigned depth)
{
	const uint8_t *at = b.at;
	uint8_t        service = bytes_u8(&b);

	if (!bytes_ok(&b))
		return false;
	appframe_mark(r->env, r->dir, APPFRAME_ENIP_CIP, at, 1 + b.left);
	return service & RESPONSE ? read_response(r, service & 0x7f, b, depth) : read_request(r, service, b, depth);
}

bool
cip_read(struct enip_reader *r, struct bytes message)
{
	return read_message(r, message, 0);
}
