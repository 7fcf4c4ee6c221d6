/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/enroll.h - become a member of the fleet: a token in, a certificate out.
 *
 * Makes the key in the state folder (it never leaves it), asks the collector
 * for a certificate, and keeps that with the CA's. The token carries the hash of the
 * CA's certificate, so the collector is verified before it sees the token.
 * Main thread, blocking.
 */
#ifndef SENSOR_ENROLL_H
#define SENSOR_ENROLL_H

#include <stdint.h>

/* STATE/ of these names, PEM. */
#define ENROLL_KEY "sensor.key"
#define ENROLL_CERT "sensor.crt"
#define ENROLL_CA "ca.crt"

struct enroll_request {
	const char *collector; /* HOST:PORT */
	const char *token;
	const char *state;     /* made with mode 0700 when it is not there */
	uint32_t    timeout_ms; /* 0: 15000 */
};

/* 0, or -errno with a word on standard error: -EEXIST: the folder has an identity
 * already; -EINVAL: not a token; -EACCES: not the collector that the token is of, or the
 * token was refused. */
int enroll(const struct enroll_request *r);

#endif
