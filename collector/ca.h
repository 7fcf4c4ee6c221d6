/* SPDX-License-Identifier: Apache-2.0 */
/* collector/ca.h - the fleet's own certificate authority: EC P-256, in the collector's
 * folder.
 *
 * DIR/ca.key, DIR/ca.crt, DIR/server.key, DIR/server.crt; keys are 0600. It gives
 * sensors their certificates; which of them are good is the store's to know.
 * Any thread, one at a time.
 */
#ifndef COLLECTOR_CA_H
#define COLLECTOR_CA_H

#include "lib/buf.h"
#include "lib/bytes.h"

#include <stdint.h>

#define CA_PIN_LEN 32
#define CA_SERIAL_TEXT 33 /* hexadecimal digits and NUL */
#define CA_SENSOR_DAYS 365

struct ca;

/* Make what is not there yet of the four files; existing ones stay. 0 or -errno, logged.
 */
int ca_create(const char *dir, uint64_t now_ns);

/* Read it, and renew the server's certificate when it ends within a month. 0 or -errno,
 * logged. */
int  ca_open(struct ca **out, const char *dir, uint64_t now_ns);
void ca_free(struct ca *ca);

/* SHA-256 of the CA's certificate (DER), and the certificate. Borrowed. */
const uint8_t *ca_pin(const struct ca *ca);
struct bytes   ca_cert(const struct ca *ca);

/* A certificate that was given out. */
struct ca_issued {
	struct buf der; /* the caller releases it */
	char       serial[CA_SERIAL_TEXT];
	uint64_t   until_ns;
};
/* Sign for the sensor `name` the key, and nothing else, of this request (PKCS #10, DER).
 * 0; -EBADMSG: the request is malformed, not signed by its key, or of a weak key;
 * -ENOMEM. */
int ca_sign(struct ca *ca, struct ca_issued *out, const char *name, struct bytes csr,
	uint64_t now_ns);

#endif
