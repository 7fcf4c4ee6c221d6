/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/applayer.h - between the bytes of a flow and the parser of its protocol.
 *
 * Finds out which protocol it is, hands it the bytes, keeps its state, and frees
 * its transactions when everybody is done with them. TCP offers bytes in order
 * and learns how many are done with; UDP offers datagrams. One worker.
 */
#ifndef SENSOR_APPLAYER_H
#define SENSOR_APPLAYER_H

#include "lib/bytes.h"
#include "rules/packet.h"
#include "sensor/expect.h"
#include "sensor/flow.h"
#include "sensor/proto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct applayer_counters {
	uint64_t flows[APPPROTO_COUNT]; /* by what they were found to be */
	uint64_t parse_errors, no_memory, switched, expected;
};

/* What one worker's parsers share. */
struct applayer_worker {
	struct pool                 *pool;
	struct file_worker          *files;    /* NULL: no digests, no magic */
	const struct proto_settings *settings; /* NULL: the defaults */
	bool                         frames;   /* some rule asks for frames */
	struct expect                expect;
	struct applayer_counters     counters;
	/* before a transaction goes; NULL: nobody asks */
	void (*tx_release)(void *arg, struct flow *f, struct tx *tx);
	void *arg;
};

/* Look at the first bytes of a direction to see what they are. True: now the protocol is known, and what
 * the other side sent before should be offered first. */
bool applayer_detect(struct applayer_worker *w, struct flow *f, int dir, struct bytes data,
		uint64_t now_ns);

/* Offer bytes of direction `dir` with flags of enum proto_input. Returns how many are done with; the
 * rest must come again with more behind it. */
size_t applayer_data(struct applayer_worker *w, struct flow *f, int dir, struct bytes data,
		unsigned flags, uint64_t gap, uint64_t now_ns);

/* A UDP datagram, or the like: done with whatever becomes of it. */
void applayer_datagram(struct applayer_worker *w, struct flow *f, const struct packet *p);

/* Give up: no protocol from now on. */
void applayer_fail(struct applayer_worker *w, struct flow *f);

/* Is it open yet what the flow speaks? */
bool applayer_is_waiting(const struct flow *f);

/* Has nobody any use for this direction's bytes? */
bool applayer_is_deaf(const struct flow *f, int dir);

/* Is it settled what this direction speaks, or that nobody knows? */
bool applayer_is_decided(const struct flow *f, int dir);

/* Did the parser finish something in this direction, so that the matcher should look now? Asked once. */
bool applayer_take_trigger(struct flow *f, int dir);

/* Does the protocol want to go on as another? Then both directions are to be inspected, and after
 * applayer_switch() the bytes offered again. */
bool applayer_wants_switch(const struct flow *f);
void applayer_switch(struct applayer_worker *w, struct flow *f);

/* Free the transactions that are complete and inspected in both directions. */
void applayer_reap(struct applayer_worker *w, struct flow *f);

/* There are no rules: what is complete counts as inspected. */
void applayer_ignore(struct flow *f, int dir);

/* Does some transaction still wait for the engine in this direction? */
bool applayer_has_unseen(const struct flow *f, int dir);

/* The protocol whose transactions hang on the flow; NULL: none. */
const struct proto *applayer_proto(const struct flow *f);

/* The flow goes: free all. */
void applayer_release(struct applayer_worker *w, struct flow *f);

#endif
