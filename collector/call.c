/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/call.h"

#include "collector/rfc3339.h"
#include "collector/store_read.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* ---- errors ---- */

void
call_fail(struct call *c, int status, const char *code, const char *fmt, ...)
{
	char    text[512];
	va_list ap;

	if (c->status >= 400)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->status = status;
	c->type = "application/json";
	c->raw.len = 0;
	json_reset(&c->out);
	json_obj(&c->out, NULL);
	json_str(&c->out, "error", code);
	json_str(&c->out, "message", text);
	json_obj_end(&c->out);
}

void
call_store_failed(struct call *c, int err)
{
	const char *why = c->reader ? store_reader_error(c->reader) : "";

	if (err == -EBUSY) {
		call_fail(c, 503, "busy", "the store is busy: try again");
		return;
	}
	log_err("a request failed at the store", "path=%s error=%s reason=\"%s\"",
		c->route ? c->route->path : "", strerror(-err), why);
	call_fail(c, 500, "store_failed",
		"the store cannot be read or written (%s): see the "
		"collector's log, then `tocsin db check`",
		*why ? why : strerror(-err));
}

/* ---- the request ---- */

/* Does `path` have the form of the route? Its `*` goes to c->part. */
static bool
fits(struct call *c, const char *form, const char *path)
{
	c->part[0] = '\0';
	for (; *form; form++) {
		size_t n;

		if (*form != '*') {
			if (*form != *path++)
				return false;
			continue;
		}
		n = strcspn(path, "/");
		if (n == 0 || n >= sizeof(c->part))
			return false;
		memcpy(c->part, path, n);
		c->part[n] = '\0';
		path += n;
	}
	return *path == '\0';
}

static void
find_route(
	struct call *c, const struct route *routes, const char *method, const char *path)
{
	bool known = false;

	for (const struct route *r = routes; r->path; r++) {
		if (!fits(c, r->path, path))
			continue;
		known = true;
		if (strcmp(r->method, method) == 0) {
			c->route = r;
			return;
		}
	}
	if (known)
		call_fail(c, 405, "bad_request", "%s is not done here", method);
	else
		call_fail(c, 404, "not_found", "there is nothing at this address");
}

static void
decode_part(struct call *c)
{
	size_t len;
	char  *plain = evhttp_uridecode(c->part, 0, &len);

	if (!plain || len >= sizeof(c->part) || strlen(plain) != len)
		call_fail(c, 400, "bad_request", "the address cannot be read");
	else
		memcpy(c->part, plain, len + 1);
	free(plain);
}

static void
read_uri(struct call *c, const struct route *routes, const char *method, const char *uri)
{
	struct evhttp_uri *u = evhttp_uri_parse_with_flags(uri, EVHTTP_URI_NONCONFORMANT);
	const char        *path = u ? evhttp_uri_get_path(u) : NULL;
	const char        *query = u ? evhttp_uri_get_query(u) : NULL;

	if (!path)
		call_fail(c, 400, "bad_request", "the address cannot be read");
	else
		find_route(c, routes, method, path);
	if (!c->status)
		decode_part(c);
	if (!c->status && query && evhttp_parse_query_str(query, c->query) < 0)
		call_fail(c, 400, "bad_request", "the query after `?` cannot be read");
	if (u)
		evhttp_uri_free(u);
}

void
call_read(struct call *c, const struct route *routes, const char *method, const char *uri,
	struct bytes body)
{
	json_error_t why;

	json_init_heap(&c->out);
	c->type = "application/json";
	c->id = c->part;
	c->query = calloc(1, sizeof(*c->query));
	if (!c->query)
		abort();
	TAILQ_INIT(c->query);
	read_uri(c, routes, method, uri);
	if (c->status || body.left == 0)
		return;
	c->body = json_loadb(
		(const char *)body.at, body.left, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(c->body))
		call_fail(c, 400, "bad_request", "the body is no JSON object: %s",
			c->body ? "it is something else" : why.text);
}

void
call_release(struct call *c)
{
	if (c->query)
		evhttp_clear_headers(c->query);
	free(c->query);
	json_decref(c->body);
	json_release(&c->out);
	buf_release(&c->raw);
}

/* ---- parameters ---- */

const char *
call_text(struct call *c, const char *name)
{
	const char *text = evhttp_find_header(c->query, name);

	return text && *text ? text : NULL;
}

uint64_t
call_parse_id(const char *text)
{
	char    *end;
	uint64_t v;

	if (*text < '1' || *text > '9')
		return 0;
	errno = 0;
	v = strtoull(text, &end, 10);
	return *end || errno || v > INT64_MAX ? 0 : v;
}

bool
call_u64(struct call *c, const char *name, uint64_t *out)
{
	const char *text = call_text(c, name);

	if (!text)
		return false;
	*out = call_parse_id(text);
	if (!*out && strcmp(text, "0") != 0)
		call_fail(c, 400, "bad_request", "%s is a whole number", name);
	return true;
}

bool
call_time(struct call *c, const char *name, uint64_t *out)
{
	const char *text = call_text(c, name);

	if (text && rfc3339_parse(out, text))
		call_fail(c, 400, "bad_request", "%s is a time like 2026-03-02T02:13:00Z",
			name);
	return text != NULL;
}

bool
call_prefix(struct call *c, const char *name, struct prefix *out)
{
	const char *text = call_text(c, name);

	if (text && prefix_parse(out, text, strlen(text)))
		call_fail(c, 400, "bad_request",
			"%s is an address, or a prefix like 10.0.0.0/8", name);
	return text != NULL;
}

uint64_t
call_limit(struct call *c)
{
	uint64_t n = CALL_LIMIT;

	call_u64(c, "limit", &n);
	return n < 1 ? 1 : n > CALL_LIMIT_MAX ? CALL_LIMIT_MAX : n;
}

uint64_t
call_number(struct call *c)
{
	uint64_t id = call_parse_id(c->id);

	if (!id)
		call_fail(
			c, 404, "not_found", "there is no %.64s: ids are numbers", c->id);
	return id;
}
