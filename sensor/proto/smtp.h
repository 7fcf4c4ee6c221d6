/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/smtp.h - SMTP (RFC 5321) with DATA, BDAT (RFC 3030), pipelining and STARTTLS.
 *
 * A transaction is one mail with the commands before it; its message goes through
 * mime.h. One worker owns the flow.
 */
#ifndef SENSOR_PROTO_SMTP_H
#define SENSOR_PROTO_SMTP_H

struct proto;

extern const struct proto smtp_proto;

#endif
