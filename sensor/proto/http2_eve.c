/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"
#include "rules/packet.h"
#include "sensor/proto/dns.h"
#include "sensor/proto/http2.h"

#define FIELDS_MAX 256 /* that are told of one direction */

static void
eve_fields(const struct http1_head *h, struct json *j, const char *key)
{
	const struct http1_field *f;

	json_arr(j, key);
	for (unsigned i = 0; i < FIELDS_MAX && (f = http1_head_at(h, i)); i++) {
		json_obj(j, NULL);
		json_bytes(j, "name", http1_name(h, f));
		json_bytes(j, "value", http1_value(h, f));
		json_obj_end(j);
	}
	json_arr_end(j);
}

static const char *
setting_name(uint64_t id)
{
	static const char *const names[] = { [1] = "SETTINGSHEADERTABLESIZE", [2] = "SETTINGSENABLEPUSH",
		[3] = "SETTINGSMAXCONCURRENTSTREAMS", [4] = "SETTINGSINITIALWINDOWSIZE",
		[5] = "SETTINGSMAXFRAMESIZE", [6] = "SETTINGSMAXHEADERLISTSIZE" };

	return id < sizeof(names) / sizeof(*names) ? names[id] : NULL;
}

static void
eve_settings(struct tx *tx, int dir, struct json *j)
{
	uint64_t v;

	json_arr(j, "settings");
	for (unsigned i = 0; http2_number(tx, NUM_HTTP2_SETTINGS, dir, i, &v); i++) {
		const char *name = setting_name(v >> 32);

		json_obj(j, NULL);
		if (name)
			json_str(j, "settings_id", name);
		else
			json_u64(j, "settings_id", v >> 32);
		json_u64(j, "settings_value", v & UINT32_MAX);
		json_obj_end(j);
	}
	json_arr_end(j);
}

static const char *
error_name(uint64_t code)
{
	static const char *const names[] = { "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR",
		"FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
		"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
		"INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED" };

	return code < sizeof(names) / sizeof(*names) ? names[code] : "unknown";
}

static void
eve_frames(struct tx *tx, int dir, struct json *j, const char *key)
{
	uint64_t v;

	json_obj(j, key);
	if (http2_number(tx, NUM_HTTP2_ERRORCODE, dir, 0, &v))
		json_str(j, "error_code", error_name(v));
	if (http2_number(tx, NUM_HTTP2_PRIORITY, dir, 0, &v))
		json_u64(j, "priority", v);
	if (http2_number(tx, NUM_HTTP2_SETTINGS, dir, 0, &v))
		eve_settings(tx, dir, j);
	json_obj_end(j);
}

void
http2_eve(struct tx *tx, struct json *j)
{
	struct http2_tx *t = (struct http2_tx *)tx;

	json_obj(j, "http");
	json_str(j, "version", "2");
	http1_eve_members(&t->http, j);
	eve_fields(&t->http.head[DIR_TOSERVER], j, "request_headers");
	eve_fields(&t->http.head[DIR_TOCLIENT], j, "response_headers");
	json_obj(j, "http2");
	json_u64(j, "stream_id", t->stream);
	eve_frames(tx, DIR_TOSERVER, j, "request");
	eve_frames(tx, DIR_TOCLIENT, j, "response");
	json_obj_end(j);
	json_obj_end(j);
	for (int d = DIR_COUNT - 1; d >= 0; d--) {
		if (t->more[d].dns) {
			dns_eve(&t->more[d].dns->tx, j);
			break;
		}
	}
}
