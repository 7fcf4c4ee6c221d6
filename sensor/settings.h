/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/settings.h - limits of the protocol parsers that a user may set, by Suricata's names.
 *
 * Read once from the settings while starting, then shared read-only by all
 * workers.
 */
#ifndef SENSOR_SETTINGS_H
#define SENSOR_SETTINGS_H

#include <stdint.h>

struct vars;
struct proto_env;

struct proto_settings {
	/* HTTP: how much of a body is looked at (0: all of it, as far as memory goes), from which
	 * size on an unfinished one is, and how far back a later look reaches */
	uint32_t http_request_limit, http_request_least, http_request_window;
	uint32_t http_response_limit, http_response_least, http_response_window;
	uint32_t http_layers; /* content encodings undone, one inside the other */
	/* transactions of a flow that may wait for their end */
	uint32_t ftp_txs, smtp_txs, smb_txs, dcerpc_txs;
};

extern const struct proto_settings proto_defaults;

/* The settings of a flow, never NULL. */
const struct proto_settings *proto_settings(const struct proto_env *env);

/* Defaults changed by what the user set. */
void proto_settings_read(struct proto_settings *out, const struct vars *vars);

#endif
