/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/tls.h - states and events of TLS. Constant data, any thread. */
#ifndef RULES_APP_TLS_H
#define RULES_APP_TLS_H

#include "rules/app.h"

enum tls_client {
	TLS_CLIENT_STARTED,
	TLS_CLIENT_IN_PROGRESS,
	TLS_CLIENT_HELLO_DONE,
	TLS_CLIENT_CERT_DONE,
	TLS_CLIENT_HANDSHAKE_DONE,
	TLS_CLIENT_FINISHED,
	TLS_CLIENT_COMPLETE,
};

enum tls_server {
	TLS_SERVER_STARTED,
	TLS_SERVER_IN_PROGRESS,
	TLS_SERVER_HELLO,
	TLS_SERVER_CERT_DONE,
	TLS_SERVER_HELLO_DONE,
	TLS_SERVER_HANDSHAKE_DONE,
	TLS_SERVER_FINISHED,
	TLS_SERVER_COMPLETE,
};

/* Bit, name after the protocol. */
#define TLS_EVENT_LIST(X)							\
	X(INVALID_SSLV2_HEADER, "invalid_sslv2_header")				\
	X(INVALID_TLS_HEADER, "invalid_tls_header")				\
	X(INVALID_RECORD_VERSION, "invalid_record_version")			\
	X(INVALID_RECORD_TYPE, "invalid_record_type")				\
	X(INVALID_HANDSHAKE_MESSAGE, "invalid_handshake_message")		\
	X(INVALID_CERTIFICATE, "invalid_certificate")				\
	X(CERTIFICATE_INVALID_LENGTH, "certificate_invalid_length")		\
	X(ERROR_MESSAGE_ENCOUNTERED, "error_message_encountered")		\
	X(INVALID_SSL_RECORD, "invalid_ssl_record")				\
	X(HEARTBEAT_MESSAGE, "heartbeat_message")				\
	X(OVERFLOW_HEARTBEAT_MESSAGE, "overflow_heartbeat_message")		\
	X(INVALID_HEARTBEAT_MESSAGE, "invalid_heartbeat_message")		\
	X(DATALEAK_HEARTBEAT_MISMATCH, "dataleak_heartbeat_mismatch")		\
	X(MULTIPLE_SNI_EXTENSIONS, "multiple_sni_extensions")			\
	X(INVALID_SNI_TYPE, "invalid_sni_type")					\
	X(INVALID_SNI_LENGTH, "invalid_sni_length")				\
	X(HANDSHAKE_INVALID_LENGTH, "handshake_invalid_length")			\
	X(TOO_MANY_RECORDS_IN_PACKET, "too_many_records_in_packet")		\
	X(CERTIFICATE_INVALID_VERSION, "certificate_invalid_version")		\
	X(CERTIFICATE_INVALID_SERIAL, "certificate_invalid_serial")		\
	X(CERTIFICATE_INVALID_ALGORITHMIDENTIFIER, "certificate_invalid_algorithmidentifier")	\
	X(CERTIFICATE_INVALID_X509NAME, "certificate_invalid_x509name")		\
	X(CERTIFICATE_INVALID_DATE, "certificate_invalid_date")			\
	X(CERTIFICATE_INVALID_EXTENSIONS, "certificate_invalid_extensions")	\
	X(CERTIFICATE_INVALID_DER, "certificate_invalid_der")			\
	X(CERTIFICATE_INVALID_SUBJECT, "certificate_invalid_subject")		\
	X(CERTIFICATE_INVALID_ISSUER, "certificate_invalid_issuer")		\
	X(CERTIFICATE_INVALID_VALIDITY, "certificate_invalid_validity")		\
	X(INVALID_ALERT_MESSAGE, "invalid_alert_message")			\
	X(TOO_MANY_SUBJECT_ALTERNATIVE_NAMES, "too_many_subject_alternative_names")	\
	X(INVALID_RECORD_LENGTH, "invalid_record_length")			\
	X(CERTIFICATE_MISSING_ELEMENT, "certificate_missing_element")		\
	X(CERTIFICATE_UNKNOWN_ELEMENT, "certificate_unknown_element")		\
	X(CERTIFICATE_INVALID_STRING, "certificate_invalid_string")

enum tls_event {
#define X(id, name) TLS_EVENT_##id,
	TLS_EVENT_LIST(X)
#undef X
	TLS_EVENT_COUNT
};

extern const struct app tls_app;

#endif
