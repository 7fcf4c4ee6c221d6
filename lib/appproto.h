/* SPDX-License-Identifier: Apache-2.0 */
/* lib/appproto.h - the application protocols we know, by Suricata's names.
 *
 * One list that rules (alert http …, app-layer-protocol) and parsers share.
 * Adding a protocol starts with its row here. Constant data, any thread.
 */
#ifndef LIB_APPPROTO_H
#define LIB_APPPROTO_H

#include <stddef.h>
#include <stdint.h>

/*  id            name in rules and EVE   */
#define APPPROTO_LIST(X)          \
	X(HTTP1, "http1")         \
	X(HTTP2, "http2")         \
	X(DNS, "dns")             \
	X(TLS, "tls")             \
	X(SMTP, "smtp")           \
	X(FTP, "ftp")             \
	X(FTP_DATA, "ftp-data")   \
	X(SSH, "ssh")             \
	X(SMB, "smb")             \
	X(DCERPC, "dcerpc")       \
	X(QUIC, "quic")           \
	X(KRB5, "krb5")           \
	X(LDAP, "ldap")           \
	X(RDP, "rdp")             \
	X(RFB, "rfb")             \
	X(TFTP, "tftp")           \
	X(NFS, "nfs")             \
	X(SNMP, "snmp")           \
	X(SIP, "sip")             \
	X(IKE, "ike")             \
	X(DHCP, "dhcp")           \
	X(NTP, "ntp")             \
	X(MDNS, "mdns")           \
	X(MQTT, "mqtt")           \
	X(WEBSOCKET, "websocket") \
	X(PGSQL, "pgsql")         \
	X(MYSQL, "mysql")         \
	X(TELNET, "telnet")       \
	X(POP3, "pop3")           \
	X(IMAP, "imap")           \
	X(BITTORRENT_DHT, "bittorrent-dht") \
	X(MODBUS, "modbus")       \
	X(DNP3, "dnp3")           \
	X(ENIP, "enip")           \
	X(IEC104, "iec104")       \
	X(BACNET, "bacnet")       \
	X(S7COMM, "s7comm")       \
	X(RTSP, "rtsp")           \
	X(RPC, "rpc")             \
	X(DOH2, "doh2")

enum appproto {
	APPPROTO_UNKNOWN, /* not decided yet */
	APPPROTO_FAILED,  /* decided: none that we know */
#define X(id, name) APPPROTO_##id,
	APPPROTO_LIST(X)
#undef X
	APPPROTO_COUNT
};

/* "http1", …; "unknown" and "failed" for the first two. Never NULL. */
const char *appproto_name(enum appproto p);

/* By name; "http" is not one protocol but HTTP1, HTTP2 alike: see appproto_mask().
 * APPPROTO_UNKNOWN when there is none of that name. */
enum appproto appproto_by_name(const char *name);

/* Bit set (1 << enum appproto) that a rule's protocol word means: "http" is HTTP1|HTTP2|DOH2,
 * "http2" HTTP2|DOH2, "dns" DNS|DOH2, "dcerpc" is DCERPC|SMB, others one bit; 0 when the word is none of
 * ours. */
uint64_t appproto_mask(const char *name);

#endif
