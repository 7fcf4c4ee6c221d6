/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/krb5.h - Kerberos 5 (RFC 4120) over UDP and TCP: every message is one transaction.
 * See sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_KRB5_H
#define SENSOR_PROTO_KRB5_H

extern const struct proto krb5_proto;

#endif
