/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto.h"

#include "sensor/proto/dcerpc.h"
#include "sensor/proto/dhcp.h"
#include "sensor/proto/dns.h"
#include "sensor/proto/enip.h"
#include "sensor/proto/ftp.h"
#include "sensor/proto/ftp_data.h"
#include "sensor/proto/http1.h"
#include "sensor/proto/http2.h"
#include "sensor/proto/ike.h"
#include "sensor/proto/krb5.h"
#include "sensor/proto/modbus.h"
#include "sensor/proto/mqtt.h"
#include "sensor/proto/nfs.h"
#include "sensor/proto/ntp.h"
#include "sensor/proto/quic.h"
#include "sensor/proto/rfb.h"
#include "sensor/proto/sip.h"
#include "sensor/proto/smb.h"
#include "sensor/proto/smtp.h"
#include "sensor/proto/snmp.h"
#include "sensor/proto/ssh.h"
#include "sensor/proto/tftp.h"
#include "sensor/proto/tls.h"
#include "sensor/proto/websocket.h"

/* In this order their probes are asked. */
static const struct proto *const rows[] = {
	&http1_proto,
	&http2_proto,
	&tls_proto,
	&dns_proto,
	&smb_proto,
	&smtp_proto,
	&ftp_proto,
	&ssh_proto,
	&enip_proto,
	&modbus_proto,
	&mqtt_proto,
	&websocket_proto,
	&quic_proto,
	&dcerpc_proto,
	&tftp_proto,
	&sip_proto,
	&krb5_proto,
	&snmp_proto,
	&ntp_proto,
	&dhcp_proto,
	&ike_proto,
	&rfb_proto,
	&nfs_proto,
	&ftp_data_proto,
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct proto *
proto_get(enum appproto id)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i]->id == id)
			return rows[i];
	return NULL;
}

static bool
is_on_port(const struct proto *proto, uint16_t port)
{
	for (size_t i = 0; i < sizeof(proto->ports) / sizeof(proto->ports[0]); i++) {
		if (proto->ports[i] == 0)
			return false;
		if (proto->ports[i] == port)
			return true;
	}
	return false;
}

enum proto_probe
proto_detect(const struct proto **out, enum proto_over over, struct bytes data, int dir, uint16_t sport,
		uint16_t dport)
{
	uint16_t         server = dir == DIR_TOSERVER ? dport : sport;
	enum proto_probe answer = PROBE_NO;

	*out = NULL;
	for (int on_port = 1; on_port >= 0; on_port--) {
		for (size_t i = 0; i < N_ROWS; i++) {
			if (!(rows[i]->over & over) || is_on_port(rows[i], server) != on_port)
				continue;
			switch (rows[i]->probe(data, dir, sport, dport)) {
			case PROBE_YES:
				*out = rows[i];
				return PROBE_YES;
			case PROBE_MORE:
				answer = PROBE_MORE;
				break;
			case PROBE_NO:
				break;
			}
		}
	}
	return answer;
}
