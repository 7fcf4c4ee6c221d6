/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/enip.h - EtherNet/IP and the CIP messages in it (ODVA, CIP volumes 1 and 2), over TCP and UDP.
 *
 * A request and its response are one transaction. enip.c reads the encapsulation,
 * enip_cip.c what is in it. See sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_ENIP_H
#define SENSOR_PROTO_ENIP_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/app/enip.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

#define ENIP_NOTES_MAX 512 /* numbers kept of one transaction */

struct proto;
struct proto_env;

/* A number that a message tells. */
struct enip_note {
	uint64_t value;
	uint16_t number; /* enum number */
	uint8_t  dir;    /* which message told it */
};

struct enip_side {
	bool     seen;
	uint16_t command;
	uint32_t status;
};

struct enip_tx {
	struct tx        tx; /* head first */
	struct enip_side side[2];
	uint32_t         session;
	uint8_t          context[8];
	struct pbuf      notes; /* struct enip_note[] */
	struct pbuf      product, service;
};

/* What a parse function works with. */
struct enip_reader {
	struct enip_tx   *t;
	struct proto_env *env;
	int               dir;
};

void enip_note(struct enip_reader *r, enum number n, uint64_t value);

/* A CIP request or response. False: something in it does not fit. */
bool cip_read(struct enip_reader *r, struct bytes message);

/* "Get Attribute List", …; NULL: unknown. */
const char *cip_service_name(uint8_t service);

extern const struct proto enip_proto;

#endif
