/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto.h"
#include "sensor/proto/http1.h"
#include "sensor/proto/http1_uri.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const known_methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT",
	"OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK",
	"UNLOCK", "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT", "CHECKIN", "UPDATE", "LABEL",
	"REPORT", "MKWORKSPACE", "MKACTIVITY", "BASELINE-CONTROL", "MERGE", "INVALID" };

/* `part`: or the beginning of one. */
static bool
is_known_method(struct bytes word, bool part)
{
	for (size_t i = 0; i < sizeof(known_methods) / sizeof(known_methods[0]); i++) {
		size_t len = strlen(known_methods[i]);

		if (part ? word.left > len : word.left != len)
			continue;
		if (memcmp(known_methods[i], word.at, word.left) == 0)
			return true;
	}
	return false;
}

/* ---- the request line ---- */

static struct http1_span
span(size_t from, size_t to)
{
	return (struct http1_span){ (uint32_t)from, (uint32_t)(to - from) };
}

/* METHOD space TARGET space PROTOCOL: the last word is the protocol, the target may have spaces. */
static void
split_line(struct http1_tx *t, struct bytes line)
{
	size_t at = 0, end = line.left, stop;

	while (end > 0 && http1_is_space(line.at[end - 1]))
		end--;
	while (at < end && http1_is_space(line.at[at]))
		at++;
	if (at > 0 && at < end)
		http1_event(t, HTTP1_EVENT_REQUEST_LINE_LEADING_WHITESPACE);
	stop = at;
	while (stop < end && !http1_is_space(line.at[stop]))
		stop++;
	t->method = span(at, stop);
	for (at = stop; at < end && http1_is_space(line.at[at]); at++)
		if (line.at[at] != ' ')
			http1_event(t, HTTP1_EVENT_METHOD_DELIM_NON_COMPLIANT);
	stop = end;
	while (stop > at && !http1_is_space(line.at[stop - 1]))
		stop--;
	if (stop > at) { /* two words or more after the method */
		t->protocol = span(stop, end);
		while (stop > at && http1_is_space(line.at[stop - 1]))
			stop--;
		end = stop;
	}
	t->target = span(at, end);
	if (memchr(line.at + at, '\t', end - at) || memchr(line.at + at, '\r', end - at) ||
			(t->protocol.len && line.at[t->protocol.at - 1] != ' '))
		http1_event(t, HTTP1_EVENT_URI_DELIM_NON_COMPLIANT);
}

static uint16_t
read_port(struct bytes digits)
{
	uint32_t port = 0;

	for (size_t i = 0; i < digits.left; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return 0;
		port = port * 10 + (digits.at[i] - '0');
		if (port > UINT16_MAX)
			return 0;
	}
	return (uint16_t)port;
}

static void
set_host(struct http1_tx *t, const struct http1_uri *u)
{
	t->host.len = 0;
	for (size_t i = 0; i < u->host.left; i++) {
		uint8_t c = u->host.at[i];

		c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
		if (pbuf_add(t->pool, &t->host, &c, 1) < 0)
			return;
	}
	t->port = read_port(u->port);
}

static void
read_target(struct http1_tx *t)
{
	struct bytes     target = http1_part(&t->head[DIR_TOSERVER], t->target);
	struct http1_uri u = { 0 };

	if (t->is_connect)
		http1_uri_authority(&u, target);
	else
		u = http1_uri_split(target);
	if (u.host.left) {
		t->host_from_uri = true;
		set_host(t, &u);
		if (u.port.left && !t->port)
			http1_event(t, t->is_connect ? HTTP1_EVENT_INVALID_AUTHORITY_PORT
						     : HTTP1_EVENT_REQUEST_URI_HOST_INVALID);
	}
	if (!t->is_connect)
		(void)http1_uri_normalise(t->pool, &t->uri, &u, &t->path_len);
}

static int
begin(struct http1_conn *c, struct bytes line)
{
	struct http1_side *side = &c->state->side[DIR_TOSERVER];
	struct http1_tx   *t = http1_tx_begin(c);
	struct bytes       method;

	if (!t) { /* full: better nothing than requests and responses that do not fit */
		side->step = HTTP1_STEP_IGNORE;
		return 1;
	}
	side->tx = t;
	line = http1_chomp(line);
	if (pbuf_add(t->pool, &t->head[DIR_TOSERVER].line, line.at, line.left) == 0)
		split_line(t, line);
	method = http1_part(&t->head[DIR_TOSERVER], t->method);
	t->is_connect = bytes_is(method, "CONNECT");
	t->is_head = bytes_is(method, "HEAD");
	read_target(t);
	t->tx.progress[DIR_TOSERVER] = HTTP1_REQUEST_LINE;
	t->tx.updated[DIR_TOSERVER] = true;
	side->step = t->protocol.len ? HTTP1_STEP_HEAD : HTTP1_STEP_OLD;
	return 1;
}

int
http1_request_line(struct http1_conn *c, int dir, struct bytes *b)
{
	struct bytes line;

	do {
		if (!http1_take_line(c, dir, b, &line))
			return 0;
	} while (http1_trim(line).left == 0);
	return begin(c, line);
}

void
http1_request_is_old(struct http1_conn *c)
{
	struct http1_side *side = &c->state->side[DIR_TOSERVER];

	side->tx->is_old = true;
	side->tx->head[DIR_TOSERVER].ordered = true;
	http1_message_end(c, DIR_TOSERVER);
}

/* A line without protocol: HTTP/0.9 when nothing follows, else the protocol was left out. */
int
http1_request_old(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];

	if (b->left == 0 && !c->eof)
		return 0; /* the response will tell, too */
	if (b->left && !http1_is_space(b->at[0])) {
		http1_event(side->tx, HTTP1_EVENT_REQUEST_LINE_MISSING_PROTOCOL);
		side->step = HTTP1_STEP_HEAD;
		return 1;
	}
	http1_request_is_old(c);
	return 1;
}

/* ---- the head ---- */

static bool
is_host_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
			c >= 0x80;
}

static bool
is_host_valid(struct bytes host)
{
	if (host.left > 2 && host.at[0] == '[')
		return host.at[host.left - 1] == ']';
	for (size_t i = 0; i < host.left; i++)
		if (!is_host_byte(host.at[i]))
			return false;
	return host.left > 0;
}

/* The host is that of the target, else that of the Host header; both should agree. */
static void
check_host(struct http1_tx *t, uint16_t server_port)
{
	const struct http1_head  *h = &t->head[DIR_TOSERVER];
	const struct http1_field *f = http1_head_find(h, "host");
	struct http1_uri          u = { 0 };
	uint16_t                  uri_port = t->port;
	struct pbuf               uri_host = t->host;

	if (!f) {
		struct bytes protocol = http1_part(h, t->protocol);

		if (bytes_starts(&protocol, "HTTP/1.1", 8))
			http1_event(t, HTTP1_EVENT_MISSING_HOST_HEADER);
		return;
	}
	http1_uri_authority(&u, http1_value(h, f));
	t->host = (struct pbuf){ 0 };
	set_host(t, &u);
	if (!is_host_valid(bytes_of(t->host.data, t->host.len)) || (u.port.left && !t->port))
		http1_event(t, HTTP1_EVENT_REQUEST_HEADER_HOST_INVALID);
	else if (t->port && !t->host_from_uri && t->port != server_port)
		http1_event(t, HTTP1_EVENT_REQUEST_SERVER_PORT_TCP_PORT_MISMATCH);
	if (!t->host_from_uri)
		return;
	if (t->host.len != uri_host.len || memcmp(t->host.data, uri_host.data, uri_host.len) != 0 ||
			(t->port && uri_port && t->port != uri_port))
		http1_event(t, HTTP1_EVENT_HOST_HEADER_AMBIGUOUS);
	pbuf_release(t->pool, &t->host);
	t->host = uri_host;
	t->port = uri_port;
}

static void
check_authorization(struct http1_tx *t)
{
	static const char *const known[] = { "basic", "digest", "bearer" };
	const struct http1_head  *h = &t->head[DIR_TOSERVER];
	const struct http1_field *f = http1_head_find(h, "authorization");
	struct bytes              value, scheme;

	if (!f)
		return;
	value = http1_value(h, f);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		scheme = bytes_of(value.at, strlen(known[i]) < value.left ? strlen(known[i]) : value.left);
		if (bytes_is_nocase(scheme, known[i]))
			return;
	}
	http1_event(t, HTTP1_EVENT_REQUEST_AUTH_UNRECOGNIZED);
}

int
http1_request_head(struct http1_conn *c, struct http1_tx *t)
{
	struct http1_side *side = &c->state->side[DIR_TOSERVER];

	check_host(t, c->env->flow->port[1]);
	check_authorization(t);
	if (t->is_connect) {
		side->step = HTTP1_STEP_WAIT;
		t->tx.progress[DIR_TOSERVER] = HTTP1_REQUEST_COMPLETE;
		return 1;
	}
	side->step = http1_transfer(t, DIR_TOSERVER, &side->left);
	if (side->step == HTTP1_STEP_END)
		return 1;
	t->tx.progress[DIR_TOSERVER] = HTTP1_REQUEST_BODY;
	http1_body_open(c->env, t, DIR_TOSERVER);
	return 1;
}

/* ---- after the message ---- */

static struct bytes
first_word(struct bytes b)
{
	size_t at = 0, end;

	while (at < b.left && http1_is_space(b.at[at]))
		at++;
	end = at;
	while (end < b.left && !http1_is_space(b.at[end]))
		end++;
	return bytes_of(b.at + at, end - at);
}

/* What follows in the same go and is no request still belongs to this one: some servers read it as body. */
int
http1_request_end(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_tx *t = c->state->side[dir].tx;
	struct bytes     word = first_word(*b), line;
	bool             part = word.at + word.left == b->at + b->left && !c->eof;
	size_t           n;

	if (b->left == 0 || is_known_method(word, false)) {
		http1_message_end(c, dir);
		return b->left > 0;
	}
	if (part && word.left && is_known_method(word, true))
		return 0;
	n = bytes_find(b, '\n');
	line = bytes_cut(b, n < b->left ? n + 1 : n);
	if (word.left == 0)
		return 1;
	http1_event(t, HTTP1_EVENT_REQUEST_BODY_UNEXPECTED);
	http1_body_data(c->env, t, dir, line);
	return 1;
}
