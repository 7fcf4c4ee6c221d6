/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve.h"

#include "collector/listen.h"
#include "collector/writer.h"
#include "tests/unit/collector/fix.h"

#include <event2/thread.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A store with a writer and the API before it. */
struct api {
	struct fix      f;
	struct writer  *writer;
	struct serve   *serve;
	struct figures *figures;
	char            path[96];
};

static void
committed(void *arg)
{
	struct api *a = arg;

	if (a->serve)
		serve_changed(a->serve);
}

static void
fatal(void *arg, const char *why)
{
	(void)arg;
	fail_msg("fatal: %s", why);
}

static int
setup(void **state)
{
	static const uint8_t   pin[32];
	void                  *fix;
	struct api            *a = calloc(1, sizeof(*a));
	struct writer_settings ws = {.linger_ms = 1,
		.weight_max = 100,
		.committed = committed,
		.fatal = fatal,
		.arg = a};
	struct serve_env       env = {.pin = pin, .started_ns = NOON};

	signal(SIGPIPE, SIG_IGN); /* as main() does */
	evthread_use_pthreads();
	fix_setup(&fix);
	a->f = *(struct fix *)fix;
	free(fix);
	a->figures = calloc(1, 4096);
	env.figures = a->figures;
	env.dir = a->f.dir;
	fix_put(&a->f, 3,
		(struct shape){.sid = 5, .severity = 3, .victim = EVENT_VICTIM_DST});
	fix_put(&a->f, 1, (struct shape){.sid = 6, .severity = 1, .src = "10.9.9.9"});
	assert_int_equal(writer_new(&a->writer, a->f.store, &ws), 0);
	env.writer = a->writer;
	snprintf(a->path, sizeof(a->path), "%s/api.sock", a->f.dir);
	assert_int_equal(serve_new(&a->serve, &env, listen_unix(a->path)), 0);
	*state = a;
	return 0;
}

static int
teardown(void **state)
{
	struct api *a = *state;
	struct fix *f = malloc(sizeof(*f));
	void       *fix = f;

	serve_close(a->serve);
	writer_free(a->writer);
	serve_free(a->serve);
	*f = a->f;
	fix_teardown(&fix);
	free(a->figures);
	free(a);
	return 0;
}

/* ---- a very simple client ---- */

static int
dial(const struct api *a)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct timeval     patience = {.tv_sec = 10};
	int                fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(sa.sun_path, a->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Status and body; the connection is closed after it. */
static int
ask(const struct api *a, const char *method, const char *target, const char *body,
	json_t **out)
{
	static char text[1 << 20];
	size_t      n = 0;
	ssize_t     got;
	int         fd = dial(a), status = 0;
	char       *at;

	dprintf(fd,
		"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
		"%zu\r\n\r\n%s",
		method, target, body ? strlen(body) : 0, body ? body : "");
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(fd);
	assert_int_equal(sscanf(text, "HTTP/1.1 %d", &status), 1);
	at = strstr(text, "\r\n\r\n");
	assert_non_null(at);
	*out = json_loads(at + 4, JSON_DISABLE_EOF_CHECK, NULL);
	return status;
}

/* Ask, expect a status, and read one thing of the answer: `"a.b"` by its path. */
static char *
expect(const struct api *a, int want, const char *method, const char *target,
	const char *body, const char *path)
{
	static char value[4096];
	json_t     *answer, *at;
	char        copy[128], *part, *rest = copy;
	int         status = ask(a, method, target, body, &answer);

	snprintf(copy, sizeof(copy), "%s", path);
	if (status != want)
		fail_msg("%s %s: %d, not %d", method, target, status, want);
	at = answer;
	while ((part = strsep(&rest, ".")))
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part))
				       : json_object_get(at, part);
	if (json_is_string(at))
		snprintf(value, sizeof(value), "%s", json_string_value(at));
	else if (json_is_integer(at))
		snprintf(value, sizeof(value), "%lld", (long long)json_integer_value(at));
	else
		snprintf(value, sizeof(value), "%s",
			json_is_true(at)                            ? "true"
			: json_is_null(at)                          ? "null"
			: json_is_array(at) && !json_array_size(at) ? "[]"
			: at                                        ? "(value)"
								    : "(none)");
	json_decref(answer);
	return value;
}
#define GET(status, target, path) expect(a, status, "GET", target, NULL, path)
#define POST(status, target, body, path) expect(a, status, "POST", target, body, path)

static void
the_inbox_lists_the_worst_first_and_pages(void **state)
{
	struct api *a = *state;
	char        next[128], target[256];

	assert_string_equal(
		GET(200, "/v1/inbox", "items.0.title"), "RULE 5 from 203.0.113.9");
	assert_string_equal(GET(200, "/v1/inbox", "items.0.events"), "3");
	assert_string_equal(GET(200, "/v1/inbox", "items.1.severity"), "1");
	assert_string_equal(GET(200, "/v1/inbox", "next"), "null");
	assert_memory_equal(GET(200, "/v1/inbox", "coverage.text"),
		"coverage 0/1 sites; 1 blind", 27);
	assert_string_equal(GET(200, "/v1/inbox?severity=2", "items.1"), "(none)");
	assert_string_equal(GET(200, "/v1/inbox?site=elsewhere", "items"), "[]");
	snprintf(next, sizeof(next), "%s", GET(200, "/v1/inbox?limit=1", "next"));
	snprintf(target, sizeof(target), "/v1/inbox?limit=1&cursor=%s", next);
	assert_string_equal(GET(200, target, "items.0.title"), "RULE 6 from 10.9.9.9");
	assert_string_equal(GET(200, target, "next"), "null");
}

static void
what_is_wrong_with_a_request_is_said(void **state)
{
	struct api *a = *state;

	assert_string_equal(GET(404, "/v1/nothing", "error"), "not_found");
	assert_string_equal(GET(404, "/v1/incidents/99", "error"), "not_found");
	assert_string_equal(GET(404, "/v1/incidents/x", "error"), "not_found");
	assert_string_equal(GET(404, "/v1/events/99", "error"), "not_found");
	assert_string_equal(GET(404, "/v1/events/1/pcap", "error"), "not_found");
	assert_string_equal(GET(405, "/v1/actions", "error"), "bad_request");
	assert_string_equal(
		GET(400, "/v1/inbox?since=yesterday", "error"), "bad_request");
	assert_string_equal(GET(400, "/v1/inbox?cursor=x", "error"), "bad_request");
	assert_string_equal(GET(400, "/v1/events?src=here", "error"), "bad_request");
	assert_string_equal(POST(400, "/v1/actions", "[1]", "error"), "bad_request");
	assert_string_equal(
		POST(400, "/v1/actions", "{\"ids\":[]}", "error"), "bad_request");
	assert_string_equal(
		POST(400, "/v1/actions", "{\"ids\":[\"x\"],\"action\":\"ack\"}", "error"),
		"bad_request");
	assert_string_equal(
		POST(400, "/v1/sensors", "{\"name\":\"Ward 1\",\"site\":\"x\"}", "error"),
		"bad_request");
	assert_string_equal(POST(404, "/v1/undo", "{}", "error"), "not_found");
}

static void
an_incident_tells_its_story(void **state)
{
	struct api *a = *state;

	POST(200, "/v1/actions",
		"{\"action\":\"note\",\"ids\":[\"1\"],\"args\":{\"text\":\"odd\"}}",
		"action_id");
	assert_string_equal(
		GET(200, "/v1/incidents/1", "alert_list.0.signature"), "RULE 5");
	assert_string_equal(GET(200, "/v1/incidents/1", "notes.0.text"), "odd");
	assert_string_equal(GET(200, "/v1/incidents/1", "actions.0.action"), "note");
	assert_string_equal(GET(200, "/v1/incidents/1", "sources.0"), "203.0.113.9");
	assert_string_equal(GET(200, "/v1/incidents/1", "targets.0"), "10.1.1.20");
	assert_string_equal(GET(200, "/v1/incidents/1", "sensors.0"), "ward-12");
	assert_string_equal(GET(200, "/v1/incidents/1/why", "reasons.0.count"), "3");
	assert_string_equal(GET(200, "/v1/incidents/1/why", "ruleset"), "abc");
	assert_string_equal(GET(200, "/v1/incidents/1/why", "severity.value"), "3");
	assert_string_equal(
		GET(200, "/v1/incidents/1/timeline", "items.0.kind"), "event");
	assert_string_equal(GET(200, "/v1/events?incident=1", "items.2.sid"), "5");
	assert_string_equal(GET(200, "/v1/events?incident=1", "items.3"), "(none)");
	assert_string_equal(GET(200, "/v1/events?limit=2", "next"), "2");
	assert_string_equal(GET(200, "/v1/events?after=3", "items.0.id"), "4");
	assert_string_equal(GET(200, "/v1/events/4", "eve.alert.signature"), "RULE 6");
	assert_string_equal(GET(200, "/v1/alerts?incident=1", "items.0.events"), "3");
}

static void
an_action_and_its_undo_change_the_incident(void **state)
{
	struct api *a = *state;

	assert_string_equal(
		POST(200, "/v1/actions",
			"{\"action\":\"close\",\"ids\":[\"1\",\"77\"],"
			"\"args\":{\"disposition\":\"benign\"},\"dry_run\":true}",
			"undo"),
		"null");
	assert_string_equal(GET(200, "/v1/incidents/1", "state"), "new");
	assert_string_equal(POST(200, "/v1/actions",
				    "{\"action\":\"close\",\"ids\":[\"1\",\"77\"],"
				    "\"args\":{\"disposition\":\"benign\"}}",
				    "failed.0.error"),
		"not_found");
	assert_string_equal(GET(200, "/v1/incidents/1", "disposition"), "benign");
	assert_string_equal(
		GET(200, "/v1/inbox", "items.0.id"), "2"); /* closed ones are gone */
	assert_string_equal(GET(200, "/v1/inbox?state=all", "items.0.id"), "1");
	assert_string_equal(POST(200, "/v1/actions",
				    "{\"action\":\"reopen\",\"ids\":[\"1\"],"
				    "\"expect\":{\"1\":1}}",
				    "failed.0.error"),
		"conflict");
	assert_string_equal(
		POST(200, "/v1/undo", "{\"dry_run\":true}", "done.0.state"), "closed");
	assert_string_equal(
		POST(200, "/v1/undo", "{\"action_id\":null}", "done.0.state"), "new");
	assert_string_equal(
		POST(409, "/v1/undo", "{\"action_id\":\"1\"}", "error"), "conflict");
}

static void
sensors_are_added_once_and_revoked(void **state)
{
	struct api *a = *state;

	assert_int_equal(strlen(POST(200, "/v1/sensors",
				 "{\"name\":\"w13\",\"site\":\"ward-13\"}", "token")),
		8 + 1 + 43 + 1 + 43);
	assert_string_equal(GET(200, "/v1/sensors/w13", "state"), "pending");
	assert_string_equal(GET(200, "/v1/coverage", "sites"), "2");
	assert_string_equal(POST(409, "/v1/sensors",
				    "{\"name\":\"w13\",\"site\":\"elsewhere\"}", "error"),
		"conflict");
	assert_string_equal(POST(200, "/v1/sensors/w13/revoke", "{\"reason\":\"gone\"}",
				    "revoked_reason"),
		"gone");
	assert_string_equal(GET(200, "/v1/coverage", "sites"), "1");
	assert_string_equal(
		POST(404, "/v1/sensors/w99/revoke", "{}", "error"), "not_found");
	assert_string_equal(GET(200, "/v1/gaps", "items"), "[]");
	assert_string_equal(POST(200, "/v1/db/check", "{}", "ok"), "true");
	assert_string_equal(GET(200, "/v1/stats", "events"), "4");
}

/* ---- the stream ---- */

struct store_one {
	struct job  job;
	struct fix *f;
};

static int
store_one(struct job *j, struct store *s, uint64_t now_ns)
{
	(void)s;
	(void)now_ns;
	fix_add(((struct store_one *)j)->f, (struct shape){.sid = 9});
	return 0;
}

static void
a_stream_gives_what_is_stored_as_it_is_stored(void **state)
{
	struct api      *a = *state;
	struct store_one one = {.job = {.work = store_one}, .f = &a->f};
	char             line[4096], seen[8][32];
	int              fd = dial(a), n = 0, added = 0;
	FILE            *in;

	dprintf(fd, "GET /v1/watch?after=3 HTTP/1.1\r\nHost: x\r\n\r\n");
	in = fdopen(fd, "r");
	for (unsigned i = 0; n < 3 && fgets(line, sizeof(line), in); i++) {
		json_t *j = json_loads(line, 0, NULL); /* other lines are HTTP's */

		if (j && json_object_get(j, "type"))
			snprintf(seen[n++], 32, "%s %s",
				json_string_value(json_object_get(j, "type")),
				json_string_value(json_object_get(j, "id")));
		json_decref(j);
		if (n == 1 && !added++) /* what was there has come: now something new */
			assert_int_equal(writer_run(a->writer, &one.job), 0);
	}
	assert_int_equal(n, 3);
	assert_string_equal(seen[0], "event 4");
	assert_string_equal(seen[1], "event 5");
	assert_string_equal(seen[2], "incident 1");
	fclose(in);
}

static void
many_ask_at_once(void **state)
{
	struct api *a = *state;
	int         fds[60];
	char        text[64];

	for (int i = 0; i < 60; i++) {
		fds[i] = dial(a);
		dprintf(fds[i], "GET /v1/inbox HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	for (int i = 0; i < 60; i += 2)
		close(fds[i]); /* some do not wait for the answer */
	for (int i = 1; i < 60; i += 2) {
		assert_true(read(fds[i], text, sizeof(text)) > 12);
		assert_memory_equal(text, "HTTP/1.1 200", 12);
		close(fds[i]);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_inbox_lists_the_worst_first_and_pages),
		T(what_is_wrong_with_a_request_is_said),
		T(an_incident_tells_its_story),
		T(an_action_and_its_undo_change_the_incident),
		T(sensors_are_added_once_and_revoked),
		T(a_stream_gives_what_is_stored_as_it_is_stored),
		T(many_ask_at_once),
	};

	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
