/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/sdp.h"

#include "lib/json.h"
#include "sensor/proto/fields.h"
#include "sensor/proto/line.h"

#define LINE_MAX_LEN 8192u

enum { MEDIA_ATTRIBUTE = FIELDS_OWN, UNASKED };

/* RFC 8866, 5: a letter means one thing before the first m= and another after it. */
static const struct {
	char     letter;
	uint16_t session, media;
} lines[] = {
	{ 'o', BUF_SDP_ORIGIN, UNASKED },
	{ 's', BUF_SDP_SESSION_NAME, UNASKED },
	{ 'i', BUF_SDP_SESSION_INFO, BUF_SDP_MEDIA_INFO },
	{ 'u', BUF_SDP_URI, UNASKED },
	{ 'e', BUF_SDP_EMAIL, UNASKED },
	{ 'p', BUF_SDP_PHONE_NUMBER, UNASKED },
	{ 'c', BUF_SDP_CONNECTION_DATA, BUF_SDP_MEDIA_CONNECTION_DATA },
	{ 'b', BUF_SDP_BANDWIDTH, UNASKED },
	{ 't', BUF_SDP_TIME, UNASKED },
	{ 'r', BUF_SDP_REPEAT_TIME, UNASKED },
	{ 'z', BUF_SDP_TIMEZONE, UNASKED },
	{ 'k', BUF_SDP_ENCRYPTION_KEY, BUF_SDP_MEDIA_ENCRYPTION_KEY },
	{ 'a', BUF_SDP_ATTRIBUTE, MEDIA_ATTRIBUTE },
	{ 'm', BUF_SDP_MEDIA_MEDIA, BUF_SDP_MEDIA_MEDIA },
};

static void
take(struct fields *out, struct pool *pool, struct bytes line, bool *in_media)
{
	char letter = (char)bytes_u8(&line);

	if (bytes_u8(&line) != '=' || !bytes_ok(&line))
		return;
	*in_media |= letter == 'm';
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		unsigned what = *in_media ? lines[i].media : lines[i].session;

		if (lines[i].letter == letter && what != UNASKED)
			fields_add(out, pool, what, line);
	}
}

void
sdp_read(struct fields *out, struct pool *pool, struct bytes text)
{
	bool        skipping = false, in_media = false;
	struct line line;

	while (line_take(&line, &text, LINE_MAX_LEN, &skipping))
		take(out, pool, line.text, &in_media);
	if (text.left > 0) /* the last line's end may be missing */
		take(out, pool, text, &in_media);
}

/* ---- events ---- */

static void
eve_times(const struct fields *f, struct json *j)
{
	struct bytes text;
	unsigned     what;
	bool         open = false;

	if (!fields_get(f, BUF_SDP_TIME, 0, &text))
		return;
	json_arr(j, "time_descriptions");
	for (unsigned i = 0; fields_at(f, i, &what, &text); i++) {
		if (what == BUF_SDP_TIME) {
			if (open)
				json_obj_end(j);
			json_obj(j, NULL);
			json_bytes(j, "time", text);
			open = true;
		} else if (what == BUF_SDP_REPEAT_TIME && open) {
			json_bytes(j, "repeat_time", text);
		}
	}
	json_obj_end(j);
	json_arr_end(j);
}

/* The lines of the media description that begins at field `i`. */
static void
eve_medium(const struct fields *f, struct json *j, unsigned i)
{
	static const struct {
		uint16_t    what;
		const char *key;
	} keys[] = {
		{ BUF_SDP_MEDIA_MEDIA, "media" },
		{ BUF_SDP_MEDIA_INFO, "media_info" },
		{ BUF_SDP_MEDIA_CONNECTION_DATA, "connection_data" },
		{ BUF_SDP_MEDIA_ENCRYPTION_KEY, "encryption_key" },
	};
	struct bytes text;
	unsigned     what, first = i, attributes = 0;

	json_obj(j, NULL);
	for (; fields_at(f, i, &what, &text) && (i == first || what != BUF_SDP_MEDIA_MEDIA); i++) {
		attributes += what == MEDIA_ATTRIBUTE;
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (keys[k].what == what)
				json_bytes(j, keys[k].key, text);
	}
	if (attributes > 0) {
		json_arr(j, "attributes");
		for (i = first; attributes > 0 && fields_at(f, i, &what, &text); i++)
			if (what == MEDIA_ATTRIBUTE && attributes--)
				json_bytes(j, NULL, text);
		json_arr_end(j);
	}
	json_obj_end(j);
}

static void
eve_media(const struct fields *f, struct json *j)
{
	struct bytes text;
	unsigned     what;

	if (!fields_get(f, BUF_SDP_MEDIA_MEDIA, 0, &text))
		return;
	json_arr(j, "media_descriptions");
	for (unsigned i = 0; fields_at(f, i, &what, &text); i++)
		if (what == BUF_SDP_MEDIA_MEDIA)
			eve_medium(f, j, i);
	json_arr_end(j);
}

void
sdp_eve(const struct fields *f, struct json *j)
{
	struct bytes text;

	if (!fields_get(f, BUF_SDP_ORIGIN, 0, &text))
		return;
	json_obj(j, "sdp");
	json_bytes(j, "origin", text);
	fields_eve(f, BUF_SDP_SESSION_NAME, j, "session_name");
	fields_eve(f, BUF_SDP_SESSION_INFO, j, "session_info");
	fields_eve(f, BUF_SDP_URI, j, "uri");
	fields_eve(f, BUF_SDP_EMAIL, j, "email");
	fields_eve(f, BUF_SDP_PHONE_NUMBER, j, "phone_number");
	fields_eve(f, BUF_SDP_CONNECTION_DATA, j, "connection_data");
	fields_eve_all(f, BUF_SDP_BANDWIDTH, j, "bandwidths");
	eve_times(f, j);
	fields_eve(f, BUF_SDP_TIMEZONE, j, "timezone");
	fields_eve(f, BUF_SDP_ENCRYPTION_KEY, j, "encryption_key");
	fields_eve_all(f, BUF_SDP_ATTRIBUTE, j, "attributes");
	eve_media(f, j);
	json_obj_end(j);
}
