/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/sip.h"

#include "lib/json.h"
#include "rules/app/plain.h"
#include "rules/app/sip.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/proto/fields.h"
#include "sensor/proto/line.h"
#include "sensor/proto/sdp.h"
#include "sensor/tx.h"

#include <errno.h>

#define HEAD_MAX (32u << 10) /* bytes of the head over TCP */
#define BODY_MAX (64u << 10) /* of the body that is waited for */
#define METHOD_MAX 32u
#define VERSION_LEN 7u /* SIP/2.0 */

struct sip_tx {
	struct tx     tx;
	struct fields fields;
};

struct sip {
	uint64_t skip[2]; /* rest of a body too long to wait for */
};

/* A message as it lies in the bytes. */
struct message {
	struct bytes all, line, headers, body;
	bool         is_response;
	bool         is_whole; /* the head's end is there */
};

/* The headers that rules ask for, with their compact forms (RFC 3261, 7.3.3). */
enum { TYPE, LENGTH };

static const struct {
	const char *name, *compact;
	uint16_t    what;
} headers[] = {
	[TYPE] = { "Content-Type", "c", BUF_SIP_CONTENT_TYPE },
	[LENGTH] = { "Content-Length", "l", BUF_SIP_CONTENT_LENGTH },
	{ "From", "f", BUF_SIP_FROM },
	{ "To", "t", BUF_SIP_TO },
	{ "Via", "v", BUF_SIP_VIA },
	{ "User-Agent", NULL, BUF_SIP_USER_AGENT },
};

static bool
is_version(struct bytes word)
{
	return bytes_starts(&word, "SIP/", 4) && word.left >= VERSION_LEN && word.at[5] == '.';
}

static bool
is_method(struct bytes word)
{
	if (word.left == 0 || word.left > METHOD_MAX)
		return false;
	for (size_t i = 0; i < word.left; i++)
		if (word.at[i] < 'A' || word.at[i] > 'Z')
			return false;
	return true;
}

static struct bytes
without_end(struct bytes line)
{
	while (line.left > 0 && (line.at[line.left - 1] == '\n' || line.at[line.left - 1] == '\r'))
		line.left--;
	return line;
}

struct start {
	struct bytes first, second, rest;
};

static bool
read_start(struct start *out, struct bytes line)
{
	line = without_end(line);
	out->first = line_word(&line);
	out->second = line_word(&line);
	out->rest = line;
	if (is_version(out->first))
		return line_code(out->second) > 0 && out->second.left == 3;
	out->rest = line_trim(line);
	return is_method(out->first) && out->second.left > 0 && is_version(out->rest);
}

/* The next line with its end and what is folded into it; empty: none that is whole. */
static struct bytes
take_header(struct bytes *in)
{
	struct bytes all = *in, rest = *in;

	for (;;) {
		size_t end = bytes_find(&rest, '\n');

		if (end >= rest.left)
			return bytes_of(in->at, 0);
		bytes_skip(&rest, end + 1);
		if (rest.left == 0 || (rest.at[0] != ' ' && rest.at[0] != '\t'))
			break;
	}
	*in = rest;
	return bytes_of(all.at, all.left - rest.left);
}

/* The index in headers[] of the next header, -1: none of them; false: no more come. */
static bool
next_header(struct bytes *head, int *row, struct bytes *value)
{
	struct bytes line = take_header(head), name;

	if (line.left == 0)
		return false;
	*row = -1;
	name = line_trim(bytes_cut(&line, bytes_find(&line, ':')));
	bytes_skip(&line, 1);
	*value = line_trim(without_end(line));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (bytes_is_nocase(name, headers[i].name) ||
				(headers[i].compact && bytes_is_nocase(name, headers[i].compact)))
			*row = (int)i;
	return true;
}

static bool
find_header(struct bytes head, int wanted, struct bytes *value)
{
	int row;

	while (next_header(&head, &row, value))
		if (row == wanted)
			return true;
	return false;
}

/* Where the parts of a message lie. False: its first line is not one of SIP. */
static bool
split(struct message *m, struct bytes data)
{
	struct bytes in = data, line;
	struct start start;

	*m = (struct message){ .all = data };
	m->line = bytes_cut(&in, bytes_find(&in, '\n') + 1);
	if (!bytes_ok(&in) || !read_start(&start, m->line))
		return false;
	m->is_response = is_version(start.first);
	m->headers = in;
	while ((line = take_header(&in)).left > 0) {
		if (without_end(line).left > 0)
			continue;
		m->headers.left = (size_t)(line.at - m->headers.at);
		m->body = in;
		m->is_whole = true;
		return true;
	}
	m->body = bytes_of(in.at + in.left, 0);
	return true;
}

static uint64_t
body_len(const struct message *m)
{
	struct bytes value;
	uint64_t     n = 0;

	if (!find_header(m->headers, LENGTH, &value))
		return 0;
	for (; value.left > 0 && value.at[0] >= '0' && value.at[0] <= '9'; bytes_skip(&value, 1))
		if (n < UINT32_MAX)
			n = n * 10 + (unsigned)(value.at[0] - '0');
	return n;
}

static void
mark_frames(struct proto_env *env, int dir, const struct message *m)
{
	bool r = m->is_response;

	appframe_mark(env, dir, APPFRAME_SIP_PDU, m->all.at, m->all.left);
	appframe_mark(env, dir, r ? APPFRAME_SIP_RESPONSE_LINE : APPFRAME_SIP_REQUEST_LINE, m->line.at,
			m->line.left);
	appframe_mark(env, dir, r ? APPFRAME_SIP_RESPONSE_HEADERS : APPFRAME_SIP_REQUEST_HEADERS,
			m->headers.at, m->headers.left);
	if (m->body.left > 0)
		appframe_mark(env, dir, r ? APPFRAME_SIP_RESPONSE_BODY : APPFRAME_SIP_REQUEST_BODY,
				m->body.at, m->body.left);
}

static void
add_start(struct fields *f, struct pool *pool, const struct message *m)
{
	struct bytes line = without_end(m->line);
	struct start s;

	(void)read_start(&s, line);
	fields_add(f, pool, m->is_response ? BUF_SIP_RESPONSE_LINE : BUF_SIP_REQUEST_LINE, line);
	fields_add(f, pool, BUF_SIP_PROTOCOL, m->is_response ? s.first : s.rest);
	fields_add(f, pool, m->is_response ? BUF_SIP_STAT_CODE : BUF_SIP_METHOD,
			m->is_response ? s.second : s.first);
	fields_add(f, pool, m->is_response ? BUF_SIP_STAT_MSG : BUF_SIP_URI,
			m->is_response ? s.rest : s.second);
}

static void
add_headers(struct fields *f, struct pool *pool, struct bytes head)
{
	struct bytes value;
	int          row;

	while (next_header(&head, &row, &value))
		if (row >= 0)
			fields_add(f, pool, headers[row].what, value);
}

static void
take_message(struct proto_env *env, int dir, const struct message *m)
{
	struct sip_tx *tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);
	struct bytes   type;

	mark_frames(env, dir, m);
	if (!tx)
		return;
	add_start(&tx->fields, env->pool, m);
	add_headers(&tx->fields, env->pool, m->headers);
	if (m->body.left > 0 && find_header(m->headers, TYPE, &type) &&
			bytes_is_nocase(bytes_cut(&type, bytes_find(&type, ';')), "application/sdp"))
		sdp_read(&tx->fields, env->pool, m->body);
	if (!m->is_whole)
		tx_event(&tx->tx, SIP_EVENT_INCOMPLETE_DATA);
}

static void
take_invalid(struct proto_env *env, int dir)
{
	struct sip_tx *tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);

	if (tx)
		tx_event(&tx->tx, SIP_EVENT_INVALID_DATA);
}

static int
take_datagram(struct proto_env *env, int dir, struct bytes data)
{
	struct message m;

	if (split(&m, data))
		take_message(env, dir, &m);
	else if (data.left > 4) /* RFC 5626, 3.5.1: a client keeps its way open with CR LF CR LF */
		take_invalid(env, dir);
	return (int)data.left;
}

/* One message out of the stream. Returns bytes taken, 0: more is needed. */
static int
take_part(struct sip *sip, struct proto_env *env, int dir, struct bytes data)
{
	struct message m;
	uint64_t       len;

	if (sip->skip[dir] > 0) {
		size_t n = sip->skip[dir] < data.left ? (size_t)sip->skip[dir] : data.left;

		sip->skip[dir] -= n;
		return (int)n;
	}
	if (data.at[0] == '\r' || data.at[0] == '\n')
		return 1;
	if (bytes_find(&data, '\n') == data.left)
		return data.left > HEAD_MAX ? -EBADMSG : 0;
	if (!split(&m, data)) {
		take_invalid(env, dir);
		return -EBADMSG;
	}
	if (!m.is_whole)
		return data.left > HEAD_MAX ? -EBADMSG : 0;
	len = body_len(&m);
	if (len > m.body.left && len <= BODY_MAX)
		return 0;
	if (len > m.body.left)
		sip->skip[dir] = len - m.body.left;
	else
		m.body.left = (size_t)len;
	m.all.left = (size_t)(m.body.at - m.all.at) + m.body.left;
	take_message(env, dir, &m);
	return (int)m.all.left;
}

static int
sip_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	size_t all = data.left;

	(void)flags, (void)gap;
	if (env->flow->ip_proto == 17)
		return take_datagram(env, dir, data);
	while (data.left > 0) {
		int n = take_part(state, env, dir, data);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		bytes_skip(&data, (size_t)n);
	}
	return (int)(all - data.left);
}

/* As much as there is. */
static bool
starts_like(struct bytes data, const char *with)
{
	size_t len = strlen(with);

	return bytes_starts(&data, with, data.left < len ? data.left : len);
}

/* A line is SIP's when it begins or ends with the version. */
static enum proto_probe
sip_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes in = data;
	size_t       end = bytes_find(&in, '\n');
	struct start s;

	(void)dir, (void)sport, (void)dport;
	if (end < data.left)
		return read_start(&s, bytes_cut(&in, end)) ? PROBE_YES : PROBE_NO;
	s.first = line_word(&in);
	if (s.first.left == data.left)
		return is_method(data) || starts_like(data, "SIP/") ? PROBE_MORE : PROBE_NO;
	return is_version(s.first) || (is_method(s.first) && starts_like(in, "sip")) ? PROBE_MORE : PROBE_NO;
}

static void
sip_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct sip_tx *own = (struct sip_tx *)tx;

	(void)state;
	fields_release(&own->fields, env->pool);
	tx_end(env, tx, sizeof(*own));
}

static void
sip_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on transactions */
}

static bool
sip_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)dir;
	return fields_view(&((struct sip_tx *)tx)->fields, b, index, out);
}

static void
sip_eve(struct tx *tx, struct json *j)
{
	struct sip_tx       *own = (struct sip_tx *)tx;
	const struct fields *f = &own->fields;

	json_obj(j, "sip");
	fields_eve(f, BUF_SIP_METHOD, j, "method");
	fields_eve(f, BUF_SIP_URI, j, "uri");
	fields_eve(f, BUF_SIP_PROTOCOL, j, "version");
	fields_eve(f, BUF_SIP_STAT_CODE, j, "code");
	fields_eve(f, BUF_SIP_STAT_MSG, j, "reason");
	sdp_eve(f, j);
	fields_eve(f, BUF_SIP_REQUEST_LINE, j, "request_line");
	fields_eve(f, BUF_SIP_RESPONSE_LINE, j, "response_line");
	json_obj_end(j);
}

const struct proto sip_proto = {
	.id = APPPROTO_SIP,
	.over = PROTO_TCP | PROTO_UDP,
	.ports = { 5060, 5061 },
	.state_size = sizeof(struct sip),
	.probe = sip_probe,
	.parse = sip_parse,
	.tx_free = sip_tx_free,
	.state_free = sip_state_free,
	.ops = { .buffer = sip_buffer },
	.eve = sip_eve,
};
