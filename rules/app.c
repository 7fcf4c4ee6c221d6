/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app.h"

#include "rules/app/dcerpc.h"
#include "rules/app/dhcp.h"
#include "rules/app/dns.h"
#include "rules/app/enip.h"
#include "rules/app/ftp.h"
#include "rules/app/ftp_data.h"
#include "rules/app/http1.h"
#include "rules/app/http2.h"
#include "rules/app/ike.h"
#include "rules/app/krb5.h"
#include "rules/app/modbus.h"
#include "rules/app/mqtt.h"
#include "rules/app/nfs.h"
#include "rules/app/ntp.h"
#include "rules/app/quic.h"
#include "rules/app/rfb.h"
#include "rules/app/sip.h"
#include "rules/app/smb.h"
#include "rules/app/smtp.h"
#include "rules/app/snmp.h"
#include "rules/app/ssh.h"
#include "rules/app/tftp.h"
#include "rules/app/tls.h"
#include "rules/app/websocket.h"

#include <string.h>

static const struct app *const apps[APPPROTO_COUNT] = {
	[APPPROTO_HTTP1] = &http1_app,
	[APPPROTO_HTTP2] = &http2_app,
	[APPPROTO_DOH2] = &doh2_app,
	[APPPROTO_DNS] = &dns_app,
	[APPPROTO_TLS] = &tls_app,
	[APPPROTO_SMTP] = &smtp_app,
	[APPPROTO_FTP] = &ftp_app,
	[APPPROTO_FTP_DATA] = &ftp_data_app,
	[APPPROTO_SSH] = &ssh_app,
	[APPPROTO_ENIP] = &enip_app,
	[APPPROTO_MODBUS] = &modbus_app,
	[APPPROTO_MQTT] = &mqtt_app,
	[APPPROTO_WEBSOCKET] = &websocket_app,
	[APPPROTO_QUIC] = &quic_app,
	[APPPROTO_SMB] = &smb_app,
	[APPPROTO_DCERPC] = &dcerpc_app,
	[APPPROTO_TFTP] = &tftp_app,
	[APPPROTO_SIP] = &sip_app,
	[APPPROTO_KRB5] = &krb5_app,
	[APPPROTO_SNMP] = &snmp_app,
	[APPPROTO_NTP] = &ntp_app,
	[APPPROTO_DHCP] = &dhcp_app,
	[APPPROTO_IKE] = &ike_app,
	[APPPROTO_RFB] = &rfb_app,
	[APPPROTO_NFS] = &nfs_app,
};

const struct app *
app_get(enum appproto id)
{
	return id < APPPROTO_COUNT ? apps[id] : NULL;
}

static int
find(const char *const *names, const char *name)
{
	for (int i = 0; names && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
app_event(const struct app *app, const char *name)
{
	return find(app->events, name);
}

int
app_state(const struct app *app, int dir, const char *name)
{
	return find(app->states[dir], name);
}
