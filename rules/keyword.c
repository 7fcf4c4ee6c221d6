/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/keyword.h"

#include <string.h>

/* One line a keyword; its row is in rules/kw/. */
#define KEYWORD_LIST(X)  \
	/* the rule */   \
	X(msg)           \
	X(sid)           \
	X(rev)           \
	X(gid)           \
	X(classtype)     \
	X(priority)      \
	X(reference)     \
	X(metadata)      \
	X(target)        \
	X(noalert)       \
	X(requires)      \
	X(alert)         \
	X(tag)          \
	X(prefilter)    \
	/* buffers */    \
	X(content)       \
	X(uricontent)   \
	X(nocase)        \
	X(depth)         \
	X(offset)        \
	X(distance)      \
	X(within)        \
	X(startswith)    \
	X(endswith)      \
	X(fast_pattern)  \
	X(rawbytes)      \
	X(frame)         \
	X(pkt_data)      \
	X(pcre)          \
	X(isdataat)      \
	X(asn1)         \
	X(absent)        \
	X(bsize)         \
	X(byte_extract) \
	X(byte_jump)    \
	X(byte_math)    \
	X(byte_test)    \
	X(entropy)      \
	X(base64_decode) \
	X(base64_data)  \
	X(dataset)      \
	X(datarep)      \
	/* transforms */ \
	X(compress_whitespace) \
	X(domain)       \
	X(dotprefix)    \
	X(from_base64)  \
	X(gunzip)       \
	X(header_lowercase) \
	X(strip_pseudo_headers) \
	X(strip_whitespace) \
	X(tld)          \
	X(pcrexform)    \
	X(to_lowercase) \
	X(to_md5)       \
	X(to_sha1)      \
	X(to_sha256)    \
	X(to_uppercase) \
	X(url_decode)   \
	X(xor)          \
	X(zlib_deflate) \
	/* transactions */ \
	X(urilen)        \
	X(ftpbounce)    \
	X(tls_version)  \
	X(ssl_version)  \
	X(ssl_state)    \
	X(tls_cert_notbefore) \
	X(tls_cert_notafter) \
	X(tls_cert_expired) \
	X(tls_cert_valid) \
	X(tls_subject)  \
	X(tls_issuerdn) \
	X(tls_fingerprint) \
	X(tls_store)    \
	X(filesize)     \
	X(filename)     \
	X(fileext)      \
	X(filemagic)    \
	X(filestore)    \
	X(filemd5)      \
	X(filesha1)     \
	X(filesha256)   \
	X(app_layer_event) \
	X(app_layer_state) \
	X(dcerpc_iface) \
	X(dcerpc_opnum) \
	X(ftp_mode)     \
	X(ftp_reply_received) \
	X(ftpdata_command) \
	X(krb5_ticket_encryption) \
	X(ike_chosen_sa_attribute) \
	X(nfs_procedure) \
	X(nfs_version) \
	X(http2_settings) \
	X(cip_service) \
	X(modbus) \
	X(websocket_flags) \
	X(mqtt_flags) \
	X(mqtt_connect_flags) \
	X(dnp3_ind) \
	/* packet and flow */ \
	X(dsize)         \
	X(ttl)          \
	X(tos)          \
	X(id)           \
	X(fragoffset)   \
	X(itype)        \
	X(icode)        \
	X(icmp_id)      \
	X(icmp_seq)     \
	X(icmpv6_mtu)   \
	X(seq)          \
	X(ack)          \
	X(window)       \
	X(tcp_mss)      \
	X(tcp_wscale)   \
	X(vlan_layers)  \
	X(vlan_id)      \
	X(ip_proto)     \
	X(l3_proto)     \
	X(geoip)        \
	X(iprep)        \
	X(rpc)          \
	X(ipv4_csum)    \
	X(tcpv4_csum)   \
	X(tcpv6_csum)   \
	X(udpv4_csum)   \
	X(udpv6_csum)   \
	X(icmpv4_csum)  \
	X(icmpv6_csum)  \
	X(ipopts)       \
	X(fragbits)     \
	X(sameip)       \
	X(decode_event) \
	X(engine_event) \
	X(stream_event) \
	X(app_layer_protocol) \
	X(flags)         \
	X(flow)          \
	X(flowbits)      \
	X(flowint)      \
	X(xbits)        \
	X(hostbits)     \
	X(flow_age)     \
	X(flow_bytes)   \
	X(flow_bytes_toclient) \
	X(flow_bytes_toserver) \
	X(flow_pkts)    \
	X(flow_pkts_toclient) \
	X(flow_pkts_toserver) \
	X(stream_size)  \
	/* after a match */ \
	X(bypass)        \
	X(config)        \
	/* how often */  \
	X(threshold)     \
	X(detection_filter) \
	/* refused */   \
	X(lua)          \
	X(luaxform)     \
	X(nfq_set_mark) \
	X(replace)      \
	X(ssh_protoversion) \
	X(ssh_softwareversion)

#define X(id) extern const struct keyword kw_##id;
KEYWORD_LIST(X)
#undef X

#define X(id) &kw_##id,
static const struct keyword *const rows[] = { KEYWORD_LIST(X) };
#undef X

const struct keyword *const *
keyword_all(size_t *n)
{
	*n = sizeof(rows) / sizeof(*rows);
	return rows;
}

static bool
is_name(const char *known, const char *name, size_t len)
{
	return known && strlen(known) == len && memcmp(known, name, len) == 0;
}

const struct keyword *
keyword_get(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (is_name(rows[i]->name, name, len) || is_name(rows[i]->alias, name, len))
			return rows[i];
	return NULL;
}
