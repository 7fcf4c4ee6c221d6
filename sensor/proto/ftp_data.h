/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ftp_data.h - an FTP data connection: one file.
 *
 * Never found by its bytes, only because ftp.h expected it. One worker owns the flow.
 */
#ifndef SENSOR_PROTO_FTP_DATA_H
#define SENSOR_PROTO_FTP_DATA_H

#include <stdint.h>

struct proto;

#define FTP_DATA_NAME_MAX 256

/* What the control connection knows; the head of the data connection's state. */
struct ftp_data_cookie {
	uint8_t  upload; /* the client sends */
	uint16_t name_len;
	char     command[8]; /* "RETR", "STOR", … with NUL */
	char     name[FTP_DATA_NAME_MAX];
};

extern const struct proto ftp_data_proto;

#endif
