/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/smb_state.h"

#include "lib/json.h"

#include <stdio.h>

struct name {
	uint32_t    code;
	const char *text;
};

static const struct name dialects[] = {
	{ 0x0202, "2.02" },
	{ 0x0210, "2.10" },
	{ 0x0222, "2.22" },
	{ 0x0224, "2.24" },
	{ 0x02ff, "2.??" },
	{ 0x0300, "3.00" },
	{ 0x0302, "3.02" },
	{ 0x0310, "3.10" },
	{ 0x0311, "3.11" },
	{ 0, NULL },
};

static const char *const smb1_dialects[] = {
	"PC NETWORK PROGRAM 1.0", "MICROSOFT NETWORKS 1.03", "MICROSOFT NETWORKS 3.0", "LANMAN1.0",
	"LM1.2X002", "DOS LM1.2X002", "DOS LANMAN2.1", "LANMAN2.1", "Samba", "NT LANMAN 1.0",
	"NT LM 0.12", "Windows for Workgroups 3.1a", "SMB 2.002", "SMB 2.???",
};

static const char *const smb2_commands[] = {
	"NEGOTIATE_PROTOCOL", "SESSION_SETUP", "SESSION_LOGOFF", "TREE_CONNECT", "TREE_DISCONNECT",
	"CREATE", "CLOSE", "FLUSH", "READ", "WRITE", "LOCK", "IOCTL", "CANCEL", "KEEPALIVE", "FIND",
	"NOTIFY", "GET_INFO", "SET_INFO", "OPLOCK_BREAK",
};

static const struct name smb1_commands[] = {
	{ 0x00, "CREATE_DIRECTORY" },
	{ 0x01, "DELETE_DIRECTORY" },
	{ 0x02, "OPEN" },
	{ 0x03, "CREATE" },
	{ 0x04, "CLOSE" },
	{ 0x05, "FLUSH" },
	{ 0x06, "DELETE" },
	{ 0x07, "RENAME" },
	{ 0x08, "QUERY_INFORMATION" },
	{ 0x09, "SET_INFORMATION" },
	{ 0x0a, "READ" },
	{ 0x0b, "WRITE" },
	{ 0x24, "LOCKING_ANDX" },
	{ 0x25, "TRANS" },
	{ 0x2b, "ECHO" },
	{ 0x2c, "WRITE_AND_CLOSE" },
	{ 0x2d, "OPEN_ANDX" },
	{ 0x2e, "READ_ANDX" },
	{ 0x2f, "WRITE_ANDX" },
	{ 0x32, "TRANS2" },
	{ 0x33, "TRANS2_SECONDARY" },
	{ 0x34, "FIND_CLOSE2" },
	{ 0x71, "TREE_DISCONNECT" },
	{ 0x72, "NEGOTIATE_PROTOCOL" },
	{ 0x73, "SESSION_SETUP_ANDX" },
	{ 0x74, "LOGOFF_ANDX" },
	{ 0x75, "TREE_CONNECT_ANDX" },
	{ 0x80, "QUERY_INFO_DISK" },
	{ 0xa0, "NT_TRANS" },
	{ 0xa1, "NT_TRANS_SECONDARY" },
	{ 0xa2, "NT_CREATE_ANDX" },
	{ 0xa4, "NT_CANCEL" },
	{ 0, NULL },
};

static const struct name statuses[] = {
	{ 0x00000000, "STATUS_SUCCESS" },
	{ 0x00000103, "STATUS_PENDING" },
	{ 0x0000010b, "STATUS_NOTIFY_CLEANUP" },
	{ 0x0000010c, "STATUS_NOTIFY_ENUM_DIR" },
	{ 0x80000005, "STATUS_BUFFER_OVERFLOW" },
	{ 0x80000006, "STATUS_NO_MORE_FILES" },
	{ 0xc0000001, "STATUS_UNSUCCESSFUL" },
	{ 0xc0000002, "STATUS_NOT_IMPLEMENTED" },
	{ 0xc0000003, "STATUS_INVALID_INFO_CLASS" },
	{ 0xc0000004, "STATUS_INFO_LENGTH_MISMATCH" },
	{ 0xc0000008, "STATUS_INVALID_HANDLE" },
	{ 0xc000000d, "STATUS_INVALID_PARAMETER" },
	{ 0xc000000f, "STATUS_NO_SUCH_FILE" },
	{ 0xc0000010, "STATUS_INVALID_DEVICE_REQUEST" },
	{ 0xc0000011, "STATUS_END_OF_FILE" },
	{ 0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED" },
	{ 0xc0000022, "STATUS_ACCESS_DENIED" },
	{ 0xc0000023, "STATUS_BUFFER_TOO_SMALL" },
	{ 0xc0000033, "STATUS_OBJECT_NAME_INVALID" },
	{ 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND" },
	{ 0xc0000035, "STATUS_OBJECT_NAME_COLLISION" },
	{ 0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND" },
	{ 0xc0000043, "STATUS_SHARING_VIOLATION" },
	{ 0xc0000054, "STATUS_FILE_LOCK_CONFLICT" },
	{ 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD" },
	{ 0xc000006a, "STATUS_WRONG_PASSWORD" },
	{ 0xc000006d, "STATUS_LOGON_FAILURE" },
	{ 0xc000006e, "STATUS_ACCOUNT_RESTRICTION" },
	{ 0xc0000070, "STATUS_INVALID_WORKSTATION" },
	{ 0xc0000071, "STATUS_PASSWORD_EXPIRED" },
	{ 0xc0000072, "STATUS_ACCOUNT_DISABLED" },
	{ 0xc000007f, "STATUS_DISK_FULL" },
	{ 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES" },
	{ 0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE" },
	{ 0xc00000ae, "STATUS_PIPE_BUSY" },
	{ 0xc00000b0, "STATUS_PIPE_DISCONNECTED" },
	{ 0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY" },
	{ 0xc00000bb, "STATUS_NOT_SUPPORTED" },
	{ 0xc00000c9, "STATUS_NETWORK_NAME_DELETED" },
	{ 0xc00000ca, "STATUS_NETWORK_ACCESS_DENIED" },
	{ 0xc00000cc, "STATUS_BAD_NETWORK_NAME" },
	{ 0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED" },
	{ 0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY" },
	{ 0xc0000103, "STATUS_NOT_A_DIRECTORY" },
	{ 0xc0000120, "STATUS_CANCELLED" },
	{ 0xc0000121, "STATUS_CANNOT_DELETE" },
	{ 0xc0000128, "STATUS_FILE_CLOSED" },
	{ 0xc000014b, "STATUS_PIPE_BROKEN" },
	{ 0xc0000184, "STATUS_INVALID_DEVICE_STATE" },
	{ 0xc000019c, "STATUS_FS_DRIVER_REQUIRED" },
	{ 0xc0000203, "STATUS_USER_SESSION_DELETED" },
	{ 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE" },
	{ 0xc0000225, "STATUS_NOT_FOUND" },
	{ 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT" },
	{ 0xc0000257, "STATUS_PATH_NOT_COVERED" },
	{ 0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED" },
	{ 0, NULL },
};

static const struct name functions[] = {
	{ 0x00060194, "FSCTL_DFS_GET_REFERRALS" },
	{ 0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX" },
	{ 0x00090000, "FSCTL_REQUEST_OPLOCK_LEVEL_1" },
	{ 0x00090028, "FSCTL_IS_PATHNAME_VALID" },
	{ 0x0009009c, "FSCTL_GET_OBJECT_ID" },
	{ 0x000900a4, "FSCTL_SET_REPARSE_POINT" },
	{ 0x000900a8, "FSCTL_GET_REPARSE_POINT" },
	{ 0x000900c0, "FSCTL_CREATE_OR_GET_OBJECT_ID" },
	{ 0x0011400c, "FSCTL_PIPE_PEEK" },
	{ 0x00110018, "FSCTL_PIPE_WAIT" },
	{ 0x0011c017, "FSCTL_PIPE_TRANSCEIVE" },
	{ 0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY" },
	{ 0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY" },
	{ 0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO" },
	{ 0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO" },
	{ 0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS" },
	{ 0x001440f2, "FSCTL_SRV_COPYCHUNK" },
	{ 0, NULL },
};

static const char *const dispositions[] = {
	"FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF", "FILE_OVERWRITE",
	"FILE_OVERWRITE_IF",
};

static const char *
find(const struct name *list, uint32_t code, const char *otherwise)
{
	for (; list->text; list++)
		if (list->code == code)
			return list->text;
	return otherwise;
}

const char *
smb_dialect_name(uint16_t code)
{
	return find(dialects, code, "unknown");
}

const char *
smb1_dialect_name(struct bytes name)
{
	for (unsigned i = 0; i < sizeof(smb1_dialects) / sizeof(*smb1_dialects); i++)
		if (bytes_is(name, smb1_dialects[i]))
			return smb1_dialects[i];
	return "unknown";
}

static void
eve_text(struct json *j, const char *key, const struct pbuf *b)
{
	json_bytes(j, key, bytes_of(b->data, b->len));
}

static void
eve_command(const struct smb_head *head, struct json *j)
{
	char        text[48];
	const char *name = NULL;

	if (head->version == 1)
		name = find(smb1_commands, head->command, NULL);
	else if (head->command < sizeof(smb2_commands) / sizeof(*smb2_commands))
		name = smb2_commands[head->command];
	if (name)
		snprintf(text, sizeof(text), "SMB%u_COMMAND_%s", head->version, name);
	else
		snprintf(text, sizeof(text), "SMB%u_COMMAND_UNKNOWN_%u", head->version, head->command);
	json_str(j, "command", text);
}

static void
eve_status(const struct smb_tx *tx, struct json *j)
{
	char        text[16];
	const char *name = find(statuses, tx->status, NULL);

	if (!tx->answered)
		return;
	snprintf(text, sizeof(text), "0x%x", tx->status);
	if (name)
		json_str(j, "status", name);
	json_str(j, "status_code", text);
}

/* First three groups of a GUID are little-endian numbers. */
static void
eve_guid(struct json *j, const char *key, const uint8_t g[static 16])
{
	char text[40];

	snprintf(text, sizeof(text),
			"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3],
			g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12],
			g[13], g[14], g[15]);
	json_str(j, key, text);
}

static void
eve_fid(const struct smb_fid *fid, struct json *j)
{
	char text[8];

	if (fid->len == 16) {
		eve_guid(j, "fuid", fid->id);
		return;
	}
	snprintf(text, sizeof(text), "%02x%02x", fid->id[1], fid->id[0]);
	json_str(j, "fuid", fid->len == 2 ? text : "");
}

static void
eve_negotiation(const struct smb_tx *tx, struct json *j)
{
	struct bytes list = bytes_of(tx->name.data, tx->name.len);

	json_arr(j, "client_dialects");
	while (list.left > 0) {
		json_bytes(j, NULL, bytes_cut(&list, bytes_find(&list, 0)));
		if (list.left > 0)
			bytes_skip(&list, 1);
	}
	json_arr_end(j);
	if (tx->nego.has_client_guid)
		eve_guid(j, "client_guid", tx->nego.client_guid);
	if (tx->nego.has_server_guid)
		eve_guid(j, "server_guid", tx->nego.server_guid);
	if (tx->nego.max_read != 0)
		json_u64(j, "max_read_size", tx->nego.max_read);
	if (tx->nego.max_write != 0)
		json_u64(j, "max_write_size", tx->nego.max_write);
}

static void
eve_session(const struct smb_tx *tx, struct json *j)
{
	static const char *const sides[2] = { "request", "response" };

	if (tx->has_ntlm)
		ntlmssp_eve(&tx->ntlm, j);
	for (unsigned dir = 0; dir < 2 && tx->head.version == 1; dir++) {
		if (tx->native[dir][0].len == 0)
			continue;
		json_obj(j, sides[dir]);
		eve_text(j, "native_os", &tx->native[dir][0]);
		eve_text(j, "native_lm", &tx->native[dir][1]);
		json_obj_end(j);
	}
}

static void
eve_tree(const struct smb_tx *tx, struct json *j)
{
	static const char *const types[] = { "UNKNOWN", "FILE", "PIPE", "PRINT" };

	eve_text(j, tx->share_type == SMB_SHARE_PIPE ? "named_pipe" : "share", &tx->name);
	if (tx->head.version == 2) {
		json_str(j, "share_type", types[tx->share_type]);
		return;
	}
	json_obj(j, "service");
	eve_text(j, "request", &tx->share);
	if (tx->answered)
		eve_text(j, "response", &tx->native[1][0]);
	json_obj_end(j);
}

static void
eve_opening(const struct smb_tx *tx, struct json *j)
{
	const struct smb_opening *o = &tx->opening;

	if (tx->name.len > 0)
		eve_text(j, "filename", &tx->name);
	else
		json_str(j, "filename", "<share_root>");
	json_str(j, "disposition", o->disposition < sizeof(dispositions) / sizeof(*dispositions)
					? dispositions[o->disposition] : "UNKNOWN");
	json_str(j, "access", o->delete_on_close ? "delete on close" : "normal");
	json_u64(j, "created", o->created);
	json_u64(j, "accessed", o->accessed);
	json_u64(j, "modified", o->modified);
	json_u64(j, "changed", o->changed);
	json_u64(j, "size", o->size);
	eve_fid(&tx->fid, j);
}

static void
eve_details(const struct smb_tx *tx, struct json *j)
{
	switch (tx->kind) {
	case SMB_NEGOTIATION:
		eve_negotiation(tx, j);
		break;
	case SMB_SESSION:
		eve_session(tx, j);
		break;
	case SMB_TREE:
		eve_tree(tx, j);
		break;
	case SMB_OPEN:
		eve_opening(tx, j);
		break;
	case SMB_FILE:
		eve_text(j, "filename", &tx->name);
		eve_text(j, "share", &tx->share);
		eve_fid(&tx->fid, j);
		break;
	case SMB_CALL:
		json_obj(j, "dcerpc");
		dce_eve(tx->call, j, true);
		json_obj_end(j);
		break;
	case SMB_IOCTL:
		json_str(j, "function", find(functions, tx->function, "UNKNOWN"));
		break;
	default:
		break;
	}
}

void
smb_eve(struct tx *tx, struct json *j)
{
	struct smb_tx *own = (struct smb_tx *)tx;
	bool           is_file = own->kind == SMB_FILE;

	json_obj(j, "smb");
	json_u64(j, "id", tx->id + 1);
	json_str(j, "dialect", own->dialect);
	eve_command(&own->head, j);
	eve_status(own, j);
	json_u64(j, "session_id", is_file ? 0 : own->head.session_id);
	json_u64(j, "tree_id", is_file ? 0 : own->head.tree_id);
	eve_details(own, j);
	json_obj_end(j);
}
