/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/smb_state.h - what the SMB parser remembers of one connection. Private to smb*.c.
 *
 * smb.c frames records, smb1.c and smb2.c read them, smb_file.c follows files and
 * pipes, smb_tx.c has the transactions. All lists are bounded; the oldest entry
 * makes way. Memory of the pool, one worker.
 */
#ifndef SENSOR_PROTO_SMB_STATE_H
#define SENSOR_PROTO_SMB_STATE_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/app/smb.h"
#include "rules/packet.h"
#include "rules/tx.h"
#include "sensor/proto/dcerpc_pdu.h"
#include "sensor/proto/ntlmssp.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct json;
struct proto_env;

#define SMB1_NEGOTIATE 0x72
#define SMB1_SESSION_SETUP_ANDX 0x73
#define SMB1_TREE_CONNECT_ANDX 0x75
#define SMB1_NT_CREATE_ANDX 0xa2
#define SMB1_OPEN_ANDX 0x2d
#define SMB1_READ_ANDX 0x2e
#define SMB1_WRITE_ANDX 0x2f
#define SMB1_WRITE_AND_CLOSE 0x2c
#define SMB1_WRITE 0x0b
#define SMB1_CLOSE 0x04
#define SMB1_TRANS 0x25
#define SMB1_NO_ANDX 0xff

#define SMB2_NEGOTIATE 0
#define SMB2_SESSION_SETUP 1
#define SMB2_TREE_CONNECT 3
#define SMB2_CREATE 5
#define SMB2_CLOSE 6
#define SMB2_READ 8
#define SMB2_WRITE 9
#define SMB2_IOCTL 11
#define SMB2_GET_INFO 16
#define SMB2_SET_INFO 17

#define SMB_STATUS_PENDING 0x00000103u

enum smb_kind { SMB_OTHER, SMB_NEGOTIATION, SMB_SESSION, SMB_TREE, SMB_OPEN, SMB_FILE, SMB_CALL, SMB_IOCTL };

enum smb_share { SMB_SHARE_UNKNOWN, SMB_SHARE_DISK, SMB_SHARE_PIPE, SMB_SHARE_PRINT };

/* A file handle: SMB 1 has two bytes of it. */
struct smb_fid {
	uint8_t id[16];
	uint8_t len;
};

/* The header fields of both versions that matter here. */
struct smb_head {
	uint8_t  version;  /* 1 or 2; 3 has the form of 2 */
	bool     response;
	bool     unicode;  /* version 1: texts are UTF-16 */
	uint16_t command;
	uint32_t status;
	uint32_t tree_id;
	uint64_t session_id;
	uint64_t message_id;
};

struct smb_negotiation {
	uint8_t  client_guid[16], server_guid[16];
	uint32_t max_read, max_write;
	bool     has_client_guid, has_server_guid;
};

struct smb_opening {
	uint32_t disposition;
	bool     delete_on_close;
	uint64_t created, accessed, modified, changed, size; /* as EVE has them: seconds since 1970 */
};

struct smb_tx {
	struct tx       tx;
	struct smb_head head; /* of the request */
	uint8_t         kind; /* enum smb_kind */
	uint8_t         share_type;
	bool            requested, answered;
	uint32_t        status;
	const char     *dialect; /* of the connection, static text */
	uint16_t        dialect_code;
	struct pbuf     name;    /* share, file or dialects, each ended by NUL */
	struct pbuf     share;   /* of the file */
	struct pbuf     native[2][2]; /* SMB 1 session setup: OS, LAN manager; per direction */
	struct smb_fid  fid;
	uint32_t        function; /* of an ioctl */
	struct smb_negotiation nego;
	struct smb_opening     opening;
	bool                   has_ntlm;
	struct ntlmssp         ntlm;
	struct dce_call       *call;
	struct file           *file;
	uint64_t               next; /* SMB_FILE: offset behind what was seen */
};

/* A share that is connected. */
struct smb_tree {
	TAILQ_ENTRY(smb_tree) link;
	uint64_t    session_id;
	uint32_t    tree_id;
	uint8_t     type; /* enum smb_share */
	struct pbuf name;
};

/* A file or pipe that is open. */
struct smb_open {
	TAILQ_ENTRY(smb_open) link;
	struct smb_fid fid;
	uint8_t        type;   /* enum smb_share of its tree */
	bool           not_rpc;/* a pipe that carries something else */
	struct pbuf    name, share;
	struct pbuf    pipe[2];/* bytes of a PDU that is not whole yet */
	struct smb_tx *file[2];/* the transfer under way in each direction */
};

/* A read whose answer is to come. */
struct smb_read {
	TAILQ_ENTRY(smb_read) link;
	uint64_t       message_id;
	struct smb_fid fid;
	uint64_t       offset;
};

/* Where the data part of the present record goes. */
enum smb_sink_kind { SINK_NONE, SINK_FILE, SINK_PIPE };

struct smb_sink {
	uint8_t          kind;
	uint32_t         from, to; /* place in the record */
	struct smb_tx   *file;
	struct smb_open *pipe;
	struct smb_head  head;     /* of the command that brings it */
};

/* The record that is being received in one direction. */
struct smb_input {
	uint32_t        pos, len; /* bytes taken of, and of the whole record; equal: none is open */
	bool            resync;   /* after a gap: look for the next record */
	struct smb_sink sink;
};

struct smb {
	struct smb_input in[2];
	const char      *dialect;
	uint16_t         dialect_code;
	uint32_t         max_read, max_write; /* negotiated, 0: not known */
	struct dce_assoc assoc;
	unsigned         n_trees, n_opens, n_reads, n_open_tx;
	TAILQ_HEAD(smb_trees, smb_tree) trees;
	TAILQ_HEAD(smb_opens, smb_open) opens; /* last used first */
	TAILQ_HEAD(smb_reads, smb_read) reads;
	bool             begun;
};

/* smb1.c, smb2.c: one whole message, or, for the data carriers, its first bytes of a record of `len`. */
void smb1_take(struct smb *smb, struct proto_env *env, int dir, struct bytes message, uint32_t len);
void smb2_take(struct smb *smb, struct proto_env *env, int dir, struct bytes message, uint32_t len);
/* Is this the head of a message whose data can be passed on as it comes? */
bool smb1_streams(struct bytes head);
bool smb2_streams(struct bytes head);

/* smb_tx.c */
struct smb_tx *smb_tx_new(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		enum smb_kind kind);
/* The request that this answers; NULL: none. */
struct smb_tx *smb_tx_find(struct proto_env *env, const struct smb_head *head);
void smb_tx_answer(struct smb *smb, struct smb_tx *tx, const struct smb_head *head);
void smb_tx_done(struct smb *smb, struct smb_tx *tx);
void smb_tx_free(struct smb *smb, struct proto_env *env, struct smb_tx *tx);
/* An event that belongs to no transaction gets one of its own. */
void smb_event(struct smb *smb, struct proto_env *env, const struct smb_head *head, enum smb_event e);
void smb_session_blob(struct smb *smb, struct proto_env *env, struct smb_tx *tx, struct bytes blob);
bool smb_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
bool smb_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out);
bool smb_dce(struct tx *tx, struct dce_view *out);

/* smb_eve.c */
void        smb_eve(struct tx *tx, struct json *j);
const char *smb_dialect_name(uint16_t code);
/* "NT LM 0.12" and its kind as static text; "unknown". */
const char *smb1_dialect_name(struct bytes name);

/* smb_file.c */
void smb_tree_add(struct smb *smb, struct proto_env *env, const struct smb_tx *tx, uint32_t tree_id,
		uint8_t type);
struct smb_tree *smb_tree_find(struct smb *smb, uint64_t session_id, uint32_t tree_id);
struct smb_open *smb_open_add(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, struct bytes name);
struct smb_open *smb_open_find(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid);
void smb_open_close(struct smb *smb, struct proto_env *env, const struct smb_fid *fid);
void smb_read_add(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, uint64_t offset);
/* Take the read that this answers off the list; false: there is none. */
bool smb_read_take(struct smb *smb, struct proto_env *env, uint64_t message_id, struct smb_read *out);
/* Data of a file or pipe stands at [from, to) of this direction's message. */
void smb_data(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct smb_open *open, uint64_t offset, uint32_t from, uint32_t to);
/* Bytes for the sink, and its end. */
void smb_sink_take(struct smb *smb, struct proto_env *env, int dir, struct bytes data);
void smb_sink_gap(struct smb *smb, struct proto_env *env, int dir, uint64_t n);
void smb_sink_end(struct smb *smb, struct proto_env *env, int dir);
/* DCERPC in a pipe: whole PDUs of a request or an answer. False: it is none. */
bool smb_pipe_take(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, struct bytes pdus);
void smb_file_release(struct smb *smb, struct proto_env *env);
/* A transaction goes: nothing may point to it. */
void smb_file_forget(struct smb *smb, const struct smb_tx *tx);

#endif
