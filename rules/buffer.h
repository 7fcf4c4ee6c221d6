/* SPDX-License-Identifier: Apache-2.0 */
/* rules/buffer.h - the sticky buffers and numbers of transactions that rules match on.
 *
 * The two lists are the only place where they are named. Columns of a buffer:
 * id, sticky name, older name of the sticky buffer or of the content modifier
 * (NULL: none), flags. Which protocol has it, in which direction and from which
 * state on: rules/app/. Constant data, any thread.
 */
#ifndef RULES_BUFFER_H
#define RULES_BUFFER_H

#include <stdint.h>

enum buffer_flag {
	BUF_MULTI = 1,    /* may occur several times: index 0, 1, … until the getter says no */
	BUF_STREAMS = 2,  /* grows while the transaction runs: the getter gives a window */
	BUF_MODIFIER = 4, /* the older name is a content modifier (http_uri), not a sticky one */
	BUF_FILE = 8,     /* of a file of the transaction, index = the file */
	BUF_PACKET = 16,  /* a header of the packet, in no transaction */
};

#define BUFFER_LIST(X)                                                              \
	X(HTTP_URI, "http.uri", "http_uri", BUF_MODIFIER)                           \
	X(HTTP_URI_RAW, "http.uri.raw", "http_raw_uri", BUF_MODIFIER)               \
	X(HTTP_METHOD, "http.method", "http_method", BUF_MODIFIER)                  \
	X(HTTP_HOST, "http.host", "http_host", BUF_MODIFIER)                        \
	X(HTTP_HOST_RAW, "http.host.raw", "http_raw_host", BUF_MODIFIER)            \
	X(HTTP_USER_AGENT, "http.user_agent", "http_user_agent", BUF_MODIFIER)      \
	X(HTTP_HEADER, "http.header", "http_header", BUF_MODIFIER)                  \
	X(HTTP_HEADER_RAW, "http.header.raw", "http_raw_header", BUF_MODIFIER)      \
	X(HTTP_HEADER_NAMES, "http.header_names", "http_header_names", 0)           \
	X(HTTP_REQUEST_HEADER, "http.request_header", NULL, BUF_MULTI)              \
	X(HTTP_RESPONSE_HEADER, "http.response_header", NULL, BUF_MULTI)            \
	X(HTTP_COOKIE, "http.cookie", "http_cookie", BUF_MODIFIER)                  \
	X(HTTP_REQUEST_BODY, "http.request_body", "http_client_body", BUF_MODIFIER | BUF_STREAMS) \
	X(HTTP_RESPONSE_BODY, "http.response_body", "http_server_body", BUF_MODIFIER | BUF_STREAMS) \
	X(HTTP_STAT_CODE, "http.stat_code", "http_stat_code", BUF_MODIFIER)         \
	X(HTTP_STAT_MSG, "http.stat_msg", "http_stat_msg", BUF_MODIFIER)            \
	X(HTTP_REQUEST_LINE, "http.request_line", "http_request_line", 0)           \
	X(HTTP_RESPONSE_LINE, "http.response_line", "http_response_line", 0)        \
	X(HTTP_PROTOCOL, "http.protocol", "http_protocol", 0)                       \
	X(HTTP_START, "http.start", "http_start", 0)                                \
	X(HTTP_ACCEPT, "http.accept", "http_accept", 0)                             \
	X(HTTP_ACCEPT_ENC, "http.accept_enc", "http_accept_enc", 0)                 \
	X(HTTP_ACCEPT_LANG, "http.accept_lang", "http_accept_lang", 0)              \
	X(HTTP_REFERER, "http.referer", "http_referer", 0)                          \
	X(HTTP_CONNECTION, "http.connection", "http_connection", 0)                 \
	X(HTTP_CONTENT_TYPE, "http.content_type", "http_content_type", 0)           \
	X(HTTP_CONTENT_LEN, "http.content_len", "http_content_len", 0)              \
	X(HTTP_SERVER, "http.server", NULL, 0)                                      \
	X(HTTP_LOCATION, "http.location", NULL, 0)                                  \
	X(HTTP2_HEADER_NAME, "http2.header_name", NULL, BUF_MULTI)                  \
	X(FILE_DATA, "file.data", "file_data", BUF_STREAMS | BUF_FILE | BUF_MULTI)  \
	X(FILE_NAME, "file.name", NULL, BUF_FILE | BUF_MULTI)                       \
	X(FILE_MAGIC, "file.magic", NULL, BUF_FILE | BUF_MULTI)                     \
	X(DNS_QUERY, "dns.query", "dns_query", BUF_MULTI)                           \
	X(DNS_QUERY_NAME, "dns.query.name", NULL, BUF_MULTI)                        \
	X(DNS_QUERIES_RRNAME, "dns.queries.rrname", NULL, BUF_MULTI)                \
	X(DNS_ANSWER_NAME, "dns.answer.name", NULL, BUF_MULTI)                      \
	X(DNS_ANSWERS_RRNAME, "dns.answers.rrname", NULL, BUF_MULTI)                \
	X(DNS_AUTHORITIES_RRNAME, "dns.authorities.rrname", NULL, BUF_MULTI)        \
	X(DNS_ADDITIONALS_RRNAME, "dns.additionals.rrname", NULL, BUF_MULTI)        \
	X(DNS_RESPONSE_RRNAME, "dns.response.rrname", NULL, BUF_MULTI)              \
	X(TLS_SNI, "tls.sni", "tls_sni", 0)                                         \
	X(TLS_ALPN, "tls.alpn", NULL, BUF_MULTI)                                    \
	X(TLS_CERT_SUBJECT, "tls.cert_subject", "tls_cert_subject", 0)              \
	X(TLS_CERT_ISSUER, "tls.cert_issuer", "tls_cert_issuer", 0)                 \
	X(TLS_CERT_SERIAL, "tls.cert_serial", "tls_cert_serial", 0)                 \
	X(TLS_CERT_FINGERPRINT, "tls.cert_fingerprint", "tls_cert_fingerprint", 0)  \
	X(TLS_CERTS, "tls.certs", NULL, BUF_MULTI)                                  \
	X(TLS_SUBJECTALTNAME, "tls.subjectaltname", NULL, BUF_MULTI)                \
	X(TLS_RANDOM, "tls.random", NULL, 0)                                        \
	X(TLS_RANDOM_TIME, "tls.random_time", NULL, 0)                              \
	X(TLS_RANDOM_BYTES, "tls.random_bytes", NULL, 0)                            \
	X(JA3_HASH, "ja3.hash", "ja3_hash", 0)                                      \
	X(JA3_STRING, "ja3.string", "ja3_string", 0)                                \
	X(JA3S_HASH, "ja3s.hash", NULL, 0)                                          \
	X(JA3S_STRING, "ja3s.string", NULL, 0)                                      \
	X(JA4_HASH, "ja4.hash", "ja4_hash", 0)                                      \
	X(SSH_PROTO, "ssh.proto", "ssh_proto", 0)                                   \
	X(SSH_SOFTWARE, "ssh.software", "ssh_software", 0)                          \
	X(SSH_HASSH, "ssh.hassh", "ssh-hassh", 0)                                   \
	X(SSH_HASSH_STRING, "ssh.hassh.string", "ssh-hassh-string", 0)              \
	X(SSH_HASSH_SERVER, "ssh.hassh.server", "ssh-hassh-server", 0)              \
	X(SSH_HASSH_SERVER_STRING, "ssh.hassh.server.string", "ssh-hassh-server-string", 0)\
	X(SMTP_HELO, "smtp.helo", NULL, 0)                                          \
	X(SMTP_MAIL_FROM, "smtp.mail_from", NULL, 0)                                \
	X(SMTP_RCPT_TO, "smtp.rcpt_to", NULL, BUF_MULTI)                            \
	X(EMAIL_FROM, "email.from", NULL, 0)                                        \
	X(EMAIL_TO, "email.to", NULL, 0)                                            \
	X(EMAIL_CC, "email.cc", NULL, 0)                                            \
	X(EMAIL_SUBJECT, "email.subject", NULL, 0)                                  \
	X(EMAIL_DATE, "email.date", NULL, 0)                                        \
	X(EMAIL_MESSAGE_ID, "email.message_id", NULL, 0)                            \
	X(EMAIL_X_MAILER, "email.x_mailer", NULL, 0)                                \
	X(EMAIL_URL, "email.url", NULL, BUF_MULTI)                                  \
	X(EMAIL_RECEIVED, "email.received", NULL, BUF_MULTI)                        \
	X(EMAIL_BODY_MD5, "email.body_md5", NULL, 0)                                \
	X(EMAIL_COMMAND, "email.command", NULL, 0)                                  \
	X(FTP_COMMAND, "ftp.command", NULL, 0)                                      \
	X(FTP_COMMAND_DATA, "ftp.command_data", NULL, 0)                            \
	X(FTP_REPLY, "ftp.reply", NULL, BUF_MULTI)                                  \
	X(FTP_COMPLETION_CODE, "ftp.completion_code", NULL, BUF_MULTI)              \
	X(FTPDATA_COMMAND, "ftpdata_command", NULL, 0)                              \
	X(SMB_NAMED_PIPE, "smb.named_pipe", "smb_named_pipe", 0)                    \
	X(SMB_SHARE, "smb.share", "smb_share", 0)                                   \
	X(SMB_NTLMSSP_USER, "smb.ntlmssp_user", NULL, 0)                            \
	X(SMB_NTLMSSP_DOMAIN, "smb.ntlmssp_domain", NULL, 0)                        \
	X(DCE_STUB_DATA, "dce_stub_data", "dcerpc.stub_data", 0)                    \
	X(SIP_METHOD, "sip.method", NULL, 0)                                        \
	X(SIP_URI, "sip.uri", NULL, 0)                                              \
	X(SIP_REQUEST_LINE, "sip.request_line", NULL, 0)                            \
	X(SIP_STAT_CODE, "sip.stat_code", NULL, 0)                                  \
	X(SIP_STAT_MSG, "sip.stat_msg", NULL, 0)                                    \
	X(SIP_RESPONSE_LINE, "sip.response_line", NULL, 0)                          \
	X(SIP_PROTOCOL, "sip.protocol", NULL, 0)                                    \
	X(SIP_FROM, "sip.from", NULL, BUF_MULTI)                                    \
	X(SIP_TO, "sip.to", NULL, BUF_MULTI)                                        \
	X(SIP_VIA, "sip.via", NULL, BUF_MULTI)                                      \
	X(SIP_USER_AGENT, "sip.user_agent", NULL, BUF_MULTI)                        \
	X(SIP_CONTENT_TYPE, "sip.content_type", NULL, BUF_MULTI)                    \
	X(SIP_CONTENT_LENGTH, "sip.content_length", NULL, BUF_MULTI)                \
	X(SDP_ORIGIN, "sdp.origin", NULL, 0)                                        \
	X(SDP_SESSION_NAME, "sdp.session_name", NULL, 0)                            \
	X(SDP_SESSION_INFO, "sdp.session_info", NULL, 0)                            \
	X(SDP_URI, "sdp.uri", NULL, 0)                                              \
	X(SDP_EMAIL, "sdp.email", NULL, 0)                                          \
	X(SDP_PHONE_NUMBER, "sdp.phone_number", NULL, 0)                            \
	X(SDP_CONNECTION_DATA, "sdp.connection_data", NULL, 0)                      \
	X(SDP_BANDWIDTH, "sdp.bandwidth", NULL, BUF_MULTI)                          \
	X(SDP_TIME, "sdp.time", NULL, BUF_MULTI)                                    \
	X(SDP_REPEAT_TIME, "sdp.repeat_time", NULL, BUF_MULTI)                      \
	X(SDP_TIMEZONE, "sdp.timezone", NULL, 0)                                    \
	X(SDP_ENCRYPTION_KEY, "sdp.encryption_key", NULL, 0)                        \
	X(SDP_ATTRIBUTE, "sdp.attribute", NULL, BUF_MULTI)                          \
	X(SDP_MEDIA_MEDIA, "sdp.media.media", NULL, BUF_MULTI)                      \
	X(SDP_MEDIA_INFO, "sdp.media.media_info", "sdp.media.session_info", BUF_MULTI) \
	X(SDP_MEDIA_CONNECTION_DATA, "sdp.media.connection_data", NULL, BUF_MULTI)  \
	X(SDP_MEDIA_ENCRYPTION_KEY, "sdp.media.encryption_key", NULL, BUF_MULTI)    \
	X(QUIC_VERSION, "quic.version", NULL, 0)                                       \
	X(QUIC_SNI, "quic.sni", NULL, 0)                                               \
	X(QUIC_UA, "quic.ua", NULL, 0)                                                 \
	X(QUIC_CYU_HASH, "quic.cyu.hash", NULL, BUF_MULTI)                             \
	X(QUIC_CYU_STRING, "quic.cyu.string", NULL, BUF_MULTI)                         \
	X(WEBSOCKET_PAYLOAD, "websocket.payload", NULL, 0)                             \
	X(KRB5_CNAME, "krb5.cname", "krb5_cname", BUF_MULTI)                        \
	X(KRB5_SNAME, "krb5.sname", "krb5_sname", BUF_MULTI)                        \
	X(SNMP_COMMUNITY, "snmp.community", NULL, 0)                                \
	X(SNMP_USM, "snmp.usm", NULL, 0)                                            \
	X(NTP_REFERENCE_ID, "ntp.reference_id", NULL, 0)                            \
	X(IKE_INIT_SPI, "ike.init_spi", NULL, 0)                                    \
	X(IKE_RESP_SPI, "ike.resp_spi", NULL, 0)                                    \
	X(IKE_VENDOR, "ike.vendor", NULL, BUF_MULTI)                                \
	X(IKE_NONCE_PAYLOAD, "ike.nonce_payload", NULL, 0)                          \
	X(IKE_KEY_EXCHANGE_PAYLOAD, "ike.key_exchange_payload", NULL, 0)            \
	X(MQTT_PROTOCOL_STRING, "mqtt.connect.protocol_string", NULL, BUF_MULTI)       \
	X(MQTT_CLIENTID, "mqtt.connect.clientid", NULL, BUF_MULTI)                     \
	X(MQTT_USERNAME, "mqtt.connect.username", NULL, BUF_MULTI)                     \
	X(MQTT_PASSWORD, "mqtt.connect.password", NULL, BUF_MULTI)                     \
	X(MQTT_WILLTOPIC, "mqtt.connect.willtopic", NULL, BUF_MULTI)                   \
	X(MQTT_WILLMESSAGE, "mqtt.connect.willmessage", NULL, BUF_MULTI)               \
	X(MQTT_PUBLISH_TOPIC, "mqtt.publish.topic", NULL, BUF_MULTI)                   \
	X(MQTT_PUBLISH_MESSAGE, "mqtt.publish.message", NULL, BUF_MULTI)               \
	X(MQTT_SUBSCRIBE_TOPIC, "mqtt.subscribe.topic", NULL, BUF_MULTI)               \
	X(MQTT_UNSUBSCRIBE_TOPIC, "mqtt.unsubscribe.topic", NULL, BUF_MULTI)           \
	X(RFB_NAME, "rfb.name", NULL, 0)                                            \
	X(ENIP_PRODUCT_NAME, "enip.product_name", NULL, 0)                             \
	X(ENIP_SERVICE_NAME, "enip.service_name", NULL, 0)                             \
	X(ETHER_HDR, "ether.hdr", NULL, BUF_PACKET)                                 \
	X(IP_SRC, "ip.src", NULL, BUF_PACKET)                                       \
	X(IP_DST, "ip.dst", NULL, BUF_PACKET)                                       \
	X(IPV4_HDR, "ipv4.hdr", NULL, BUF_PACKET)                                   \
	X(IPV6_HDR, "ipv6.hdr", NULL, BUF_PACKET)                                   \
	X(TCP_HDR, "tcp.hdr", NULL, BUF_PACKET)                                     \
	X(UDP_HDR, "udp.hdr", NULL, BUF_PACKET)                                     \
	X(ICMPV4_HDR, "icmpv4.hdr", NULL, BUF_PACKET)                               \
	X(ICMPV6_HDR, "icmpv6.hdr", NULL, BUF_PACKET)

enum buffer {
	BUF_NONE, /* raw packet payload or stream */
#define X(id, name, older, flags) BUF_##id,
	BUFFER_LIST(X)
#undef X
	BUF_COUNT
};

/* Numbers of a transaction that a keyword compares: id, keyword. */
#define NUMBER_LIST(X)                           \
	X(DNS_OPCODE, "dns.opcode")              \
	X(DNS_RCODE, "dns.rcode")                \
	X(DNS_RRTYPE, "dns.rrtype")              \
	X(TLS_VERSION, "tls.version")            \
	X(TLS_CERT_CHAIN_LEN, "tls.cert_chain_len") \
	X(TLS_CERT_NOTBEFORE, "tls_cert_notbefore") \
	X(TLS_CERT_NOTAFTER, "tls_cert_notafter")  \
	X(SSH_PROTOVERSION, "ssh.protoversion")  \
	X(SMB_VERSION, "smb.version")            \
	X(SMB_DIALECT, "smb.dialect")            \
	X(DCE_OPNUM, "dcerpc.opnum")             \
	X(FTP_DYNAMIC_PORT, "ftp.dynamic_port")  \
	X(FTP_MODE, "ftp.mode")                  \
	X(FTP_REPLY_RECEIVED, "ftp.reply_received") \
	X(WEBSOCKET_OPCODE, "websocket.opcode") \
	X(WEBSOCKET_MASK, "websocket.mask") \
	X(WEBSOCKET_FLAGS, "websocket.flags") \
	X(MQTT_TYPE, "mqtt.type") \
	X(MQTT_FLAGS, "mqtt.flags") \
	X(MQTT_QOS, "mqtt.qos") \
	X(MQTT_REASON_CODE, "mqtt.reason_code") \
	X(MQTT_PROTOCOL_VERSION, "mqtt.protocol_version") \
	X(MQTT_CONNECT_FLAGS, "mqtt.connect.flags") \
	X(MQTT_CONNACK_SESSION, "mqtt.connack.session_present") \
	X(DNP3_FUNC, "dnp3_func") \
	X(DNP3_INDICATIONS, "dnp3_ind") \
	X(KRB5_MSG_TYPE, "krb5_msg_type")        \
	X(KRB5_ERR_CODE, "krb5_err_code")        \
	X(KRB5_TICKET_ENCRYPTION, "krb5.ticket_encryption") \
	X(SNMP_VERSION, "snmp.version")          \
	X(SNMP_PDU_TYPE, "snmp.pdu_type")        \
	X(SNMP_TRAP_TYPE, "snmp.trap_type")      \
	X(NTP_VERSION, "ntp.version")            \
	X(NTP_MODE, "ntp.mode")                  \
	X(NTP_STRATUM, "ntp.stratum")            \
	X(DHCP_LEASETIME, "dhcp.leasetime")      \
	X(DHCP_REBINDING_TIME, "dhcp.rebinding_time") \
	X(DHCP_RENEWAL_TIME, "dhcp.renewal_time") \
	X(IKE_EXCHTYPE, "ike.exchtype")          \
	X(IKE_SA_ATTRIBUTE, "ike.chosen_sa_attribute") \
	X(IKE_KEY_EXCHANGE_PAYLOAD_LENGTH, "ike.key_exchange_payload_length") \
	X(IKE_NONCE_PAYLOAD_LENGTH, "ike.nonce_payload_length") \
	X(RFB_SECTYPE, "rfb.sectype")            \
	X(RFB_SECRESULT, "rfb.secresult")        \
	X(MODBUS_UNIT, "modbus.unit") \
	X(MODBUS_FUNCTION, "modbus.function") \
	X(MODBUS_SUBFUNCTION, "modbus.subfunction") \
	X(MODBUS_ACCESS, "modbus.access") \
	X(MODBUS_CATEGORY, "modbus.category") \
	X(MODBUS_ADDRESS, "modbus.address") \
	X(MODBUS_VALUE, "modbus.value") \
	X(MODBUS_EXCEPTION, "modbus.exception") \
	X(NFS_VERSION, "nfs.version")            \
	X(NFS_PROCEDURE, "nfs_procedure")        \
	X(ENIP_COMMAND, "enip_command") \
	X(ENIP_STATUS, "enip.status") \
	X(CIP_SERVICE, "cip_service") \
	X(ENIP_CIP_CLASS, "enip.cip_class") \
	X(ENIP_CIP_INSTANCE, "enip.cip_instance") \
	X(ENIP_CIP_ATTRIBUTE, "enip.cip_attribute") \
	X(ENIP_CIP_STATUS, "enip.cip_status") \
	X(ENIP_CIP_EXTENDED_STATUS, "enip.cip_extendedstatus") \
	X(ENIP_CAPABILITIES, "enip.capabilities") \
	X(ENIP_PROTOCOL_VERSION, "enip.protocol_version") \
	X(ENIP_VENDOR_ID, "enip.vendor_id") \
	X(ENIP_DEVICE_TYPE, "enip.device_type") \
	X(ENIP_PRODUCT_CODE, "enip.product_code") \
	X(ENIP_REVISION, "enip.revision") \
	X(ENIP_IDENTITY_STATUS, "enip.identity_status") \
	X(ENIP_SERIAL, "enip.serial") \
	X(ENIP_STATE, "enip.state") \
	X(HTTP2_FRAMETYPE, "http2.frametype")    \
	X(HTTP2_ERRORCODE, "http2.errorcode")    \
	X(HTTP2_PRIORITY, "http2.priority")      \
	X(HTTP2_WINDOW, "http2.window")          \
	X(HTTP2_SIZE_UPDATE, "http2.size_update") \
	X(HTTP2_SETTINGS, "http2.settings")

enum number {
	NUM_NONE,
#define X(id, name) NUM_##id,
	NUMBER_LIST(X)
#undef X
	NUM_COUNT
};

/* The sticky name; "payload" for BUF_NONE. */
const char *buffer_name(enum buffer b);
/* By sticky or older name; BUF_NONE when unknown. *modifier tells a content modifier. */
enum buffer buffer_by_name(const char *name, _Bool *modifier);
uint8_t     buffer_flags(enum buffer b);
/* The older name, NULL: none. */
const char *buffer_older_name(enum buffer b);

#endif
