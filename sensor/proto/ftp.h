/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ftp.h - FTP control connections (RFC 959, 2428, 4217).
 *
 * A transaction is a command with its replies. PORT, EPRT, PASV and EPSV name a
 * data connection, the next transfer command announces it to the sensor, which
 * hands it to ftp_data.h. One worker owns the flow.
 */
#ifndef SENSOR_PROTO_FTP_H
#define SENSOR_PROTO_FTP_H

struct proto;

extern const struct proto ftp_proto;

#endif
