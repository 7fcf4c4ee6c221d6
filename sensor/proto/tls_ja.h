/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/tls_ja.h - fingerprints of TLS peers by their hellos: JA3, JA3S (Salesforce), JA4 (FoxIO).
 *
 * Pure functions of a hello; QUIC uses them, too. One thread.
 */
#ifndef SENSOR_PROTO_TLS_JA_H
#define SENSOR_PROTO_TLS_JA_H

#include "lib/pool.h"
#include "sensor/proto/tls_hello.h"

#define JA4_LEN 36
#define JA3_HASH_LEN 32

/* "771,4865-4866,0-23,29-23,0" appended to `out`; of a server "771,4865,43-51". */
void ja3_string(struct pbuf *out, struct pool *pool, const struct tls_hello *h);
/* MD5 of that in hex, appended. */
void ja3_hash(struct pbuf *out, struct pool *pool, const struct pbuf *string);
/* "t13d1516h2_8daaf6152771_e5627efa2ab1" appended; `transport` is 't' or 'q'. */
void ja4_hash(struct pbuf *out, struct pool *pool, const struct tls_hello *h, char transport);

#endif
