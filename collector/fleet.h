/* SPDX-License-Identifier: Apache-2.0 */
/* collector/fleet.h - how the sensors are, and the tokens that let new ones in.
 *
 * A diagnosis is drawn from what the store knows of a sensor and the time, so
 * that it needs no timer: silence is seen by whoever looks. Any thread.
 */
#ifndef COLLECTOR_FLEET_H
#define COLLECTOR_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_sensor;

enum health {
	HEALTH_OK,
	HEALTH_STOPPED,     /* its program ended: the machine said so, or it did itself */
	HEALTH_UNREACHABLE, /* nothing comes through, and nobody said good-bye */
	HEALTH_DROPPING,    /* it is there, and misses packets */
	HEALTH_CLOCK,       /* it is there, and its clock is wrong */
	HEALTH_NEVER,       /* it has not been heard of yet */
};

#define FLEET_CLOCK_MAX_MS 5000
#define FLEET_INTERVAL_S 10 /* of heartbeats, wished for */

/* Silence of two intervals is an alarm. */
enum health fleet_health(const struct store_sensor *s, uint64_t now_ns);
const char *health_name(enum health h);
/* Does it see its site: there, even if not well? */
bool health_sees(enum health h);
/* Since when it is as it is, as well as is known. */
uint64_t fleet_since(const struct store_sensor *s, enum health h);

/* How a connection ended, as the store keeps it. */
#define GONE_CLOSED "closed"   /* by the sensor or its machine */
#define GONE_LOST "lost"       /* an error of the network */
#define GONE_SILENT "silent"   /* we closed it */
#define GONE_RESTART "restart" /* of the collector */
#define GONE_REVOKED "revoked"

/* ---- tokens: ID.SECRET.CA, see docs/protocol.md ---- */

#define TOKEN_ID_LEN 8      /* characters */
#define TOKEN_SECRET_LEN 32 /* bytes */
#define TOKEN_TEXT_MAX 128

/* Make one. `pin` is the SHA-256 of the CA's certificate; *hash is what the store keeps.
 */
int token_make(char text[static TOKEN_TEXT_MAX], char id[static TOKEN_ID_LEN + 1],
	uint8_t hash[static 32], const uint8_t pin[static 32]);
/* Take one apart: its id and the hash of its secret. 0 or -EBADMSG. */
int token_parse(const char *text, size_t len, char id[static TOKEN_ID_LEN + 1],
	uint8_t hash[static 32]);
/* Equal, in time that does not depend on where they differ. */
bool token_same(const uint8_t a[static 32], const uint8_t b[static 32]);

#endif
