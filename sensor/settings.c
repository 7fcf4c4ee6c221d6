/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/settings.h"

#include "rules/vars.h"
#include "sensor/proto.h"

#include <stddef.h>

#define KIB 1024u

const struct proto_settings proto_defaults = {
	.http_request_limit = 100 * KIB,
	.http_request_least = 32 * KIB,
	.http_request_window = 4 * KIB,
	.http_response_limit = 100 * KIB,
	.http_response_least = 40 * KIB,
	.http_response_window = 16 * KIB,
	.http_layers = 2,
	.ftp_txs = 1024,
	.smtp_txs = 256,
	.smb_txs = 1024,
	.dcerpc_txs = 1024,
};

#define HTTP "app-layer.protocols.http.libhtp.default-config."
#define ROW(name, field) { name, offsetof(struct proto_settings, field) }

static const struct {
	const char *name;
	size_t      at;
} rows[] = {
	ROW(HTTP "request-body-limit", http_request_limit),
	ROW(HTTP "request-body-minimal-inspect-size", http_request_least),
	ROW(HTTP "request-body-inspect-window", http_request_window),
	ROW(HTTP "response-body-limit", http_response_limit),
	ROW(HTTP "response-body-minimal-inspect-size", http_response_least),
	ROW(HTTP "response-body-inspect-window", http_response_window),
	ROW(HTTP "response-body-decompress-layer-limit", http_layers),
	ROW("app-layer.protocols.ftp.max-tx", ftp_txs),
	ROW("app-layer.protocols.smtp.max-tx", smtp_txs),
	ROW("app-layer.protocols.smb.max-tx", smb_txs),
	ROW("app-layer.protocols.dcerpc.max-tx", dcerpc_txs),
};

const struct proto_settings *
proto_settings(const struct proto_env *env)
{
	return env->settings ? env->settings : &proto_defaults;
}

void
proto_settings_read(struct proto_settings *out, const struct vars *vars)
{
	*out = proto_defaults;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t *field = (uint32_t *)(void *)((char *)out + rows[i].at);
		uint64_t  value = vars_u64(vars, rows[i].name, *field);

		*field = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	}
}
