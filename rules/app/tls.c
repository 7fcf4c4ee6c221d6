/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/tls.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const client_states[] = {
	[TLS_CLIENT_STARTED] = "request_started",
	[TLS_CLIENT_IN_PROGRESS] = "client_in_progress",
	[TLS_CLIENT_HELLO_DONE] = "client_hello_done",
	[TLS_CLIENT_CERT_DONE] = "client_cert_done",
	[TLS_CLIENT_HANDSHAKE_DONE] = "client_handshake_done",
	[TLS_CLIENT_FINISHED] = "client_finished",
	[TLS_CLIENT_COMPLETE] = "request_complete",
	NULL,
};

static const char *const server_states[] = {
	[TLS_SERVER_STARTED] = "response_started",
	[TLS_SERVER_IN_PROGRESS] = "server_in_progress",
	[TLS_SERVER_HELLO] = "server_hello",
	[TLS_SERVER_CERT_DONE] = "server_cert_done",
	[TLS_SERVER_HELLO_DONE] = "server_hello_done",
	[TLS_SERVER_HANDSHAKE_DONE] = "server_handshake_done",
	[TLS_SERVER_FINISHED] = "server_finished",
	[TLS_SERVER_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	TLS_EVENT_LIST(X)
#undef X
	NULL,
};

#define CLIENT(id, stage) { id, DIR_TOSERVER, TLS_CLIENT_##stage }
#define SERVER(id, stage) { id, DIR_TOCLIENT, TLS_SERVER_##stage }
/* What a certificate says, of whichever side sent it. */
#define CERT(id) CLIENT(id, CERT_DONE), SERVER(id, CERT_DONE)

static const struct app_buffer buffers[] = {
	CLIENT(BUF_TLS_SNI, HELLO_DONE),
	CLIENT(BUF_TLS_ALPN, HELLO_DONE),
	SERVER(BUF_TLS_ALPN, HELLO),
	CERT(BUF_TLS_CERT_SUBJECT),
	CERT(BUF_TLS_CERT_ISSUER),
	CERT(BUF_TLS_CERT_SERIAL),
	CERT(BUF_TLS_CERT_FINGERPRINT),
	CERT(BUF_TLS_CERTS),
	CERT(BUF_TLS_SUBJECTALTNAME),
	CLIENT(BUF_TLS_RANDOM, HELLO_DONE),
	SERVER(BUF_TLS_RANDOM, HELLO),
	CLIENT(BUF_TLS_RANDOM_TIME, HELLO_DONE),
	SERVER(BUF_TLS_RANDOM_TIME, HELLO),
	CLIENT(BUF_TLS_RANDOM_BYTES, HELLO_DONE),
	SERVER(BUF_TLS_RANDOM_BYTES, HELLO),
	CLIENT(BUF_JA3_HASH, HELLO_DONE),
	CLIENT(BUF_JA3_STRING, HELLO_DONE),
	SERVER(BUF_JA3S_HASH, HELLO),
	SERVER(BUF_JA3S_STRING, HELLO),
	CLIENT(BUF_JA4_HASH, HELLO_DONE),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	CLIENT(NUM_TLS_VERSION, HELLO_DONE),
	SERVER(NUM_TLS_VERSION, HELLO),
	CERT(NUM_TLS_CERT_CHAIN_LEN),
	CERT(NUM_TLS_CERT_NOTBEFORE),
	CERT(NUM_TLS_CERT_NOTAFTER),
	{ NUM_NONE, 0, 0 },
};

const struct app tls_app = {
	.id = APPPROTO_TLS,
	.states = { client_states, server_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
