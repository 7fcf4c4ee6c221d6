/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "cli/client.h"
#include "tests/unit/cli/double.h"

static const struct canned rows[] = {
	{ "GET /v1/ok", 200, "{\"a\":1}" },
	{ "GET /v1/lines", 200, "one\ntwo\nthree\n" },
	{ "GET /v1/refused", 403, "{\"message\":\"no\"}" },
	{ "POST /v1/echo", 200, "ECHO" },
	{ 0 },
};

static struct double_collector collector;
static struct evbuffer        *reply;

static int
setup(void **state)
{
	(void)state;
	double_start(&collector, rows);
	reply = evbuffer_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	evbuffer_free(reply);
	double_stop(&collector);
	return 0;
}

static struct client *
open_client(const char *url)
{
	struct client *c;

	assert_int_equal(client_new(&c, url, 5), 0);
	return c;
}

static void
assert_reply(const char *want)
{
	assert_int_equal(evbuffer_get_length(reply), strlen(want));
	assert_memory_equal(evbuffer_pullup(reply, -1), want, strlen(want));
}

static void
many_questions_go_over_one_connection(void **state)
{
	struct client *c = open_client(collector.url);
	int            status;

	(void)state;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(client_ask(c, "GET", "/v1/ok", NULL, &status, reply, NULL, NULL), 0);
		assert_int_equal(status, 200);
		assert_reply("{\"a\":1}");
	}
	client_free(c);
}

static void
a_body_is_sent_whole(void **state)
{
	struct client *c = open_client(collector.url);
	int            status;

	(void)state;
	assert_int_equal(client_ask(c, "POST", "/v1/echo", "{\"x\":[1,2]}", &status, reply, NULL, NULL), 0);
	assert_reply("{\"asked\":\"POST /v1/echo\",\"body\":{\"x\":[1,2]}}");
	client_free(c);
}

static int
count_lines(void *arg, struct evbuffer *body)
{
	char  *line;
	size_t n;

	while ((line = evbuffer_readln(body, &n, EVBUFFER_EOL_LF))) {
		++*(int *)arg;
		free(line);
	}
	return 0;
}

static int
stop_at_once(void *arg, struct evbuffer *body)
{
	(void)arg;
	(void)body;
	return 77;
}

static void
a_sink_gets_the_body_and_may_end_it(void **state)
{
	struct client *c = open_client(collector.url);
	int            status, n = 0;

	(void)state;
	assert_int_equal(client_ask(c, "GET", "/v1/lines", NULL, &status, reply, count_lines, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(client_ask(c, "GET", "/v1/lines", NULL, &status, reply, stop_at_once, NULL), 77);
	assert_int_equal(client_ask(c, "GET", "/v1/ok", NULL, &status, reply, NULL, NULL), 0);
	client_free(c);
}

static void
a_sink_never_sees_an_error(void **state)
{
	struct client *c = open_client(collector.url);
	int            status;

	(void)state;
	assert_int_equal(client_ask(c, "GET", "/v1/refused", NULL, &status, reply, stop_at_once, NULL), 0);
	assert_int_equal(status, 403);
	assert_reply("{\"message\":\"no\"}");
	client_free(c);
}

static void
where_nobody_listens_is_told_from_where_nothing_is(void **state)
{
	struct double_collector gone;
	struct client          *c;
	int                     status;

	(void)state;
	c = open_client("unix:/nowhere/api.sock");
	assert_int_equal(client_ask(c, "GET", "/v1/ok", NULL, &status, reply, NULL, NULL), -ENOENT);
	client_free(c);

	double_start(&gone, rows);
	kill(gone.pid, SIGKILL); /* the socket outlives its process */
	waitpid(gone.pid, NULL, 0);
	c = open_client(gone.url);
	assert_int_equal(client_ask(c, "GET", "/v1/ok", NULL, &status, reply, NULL, NULL), -ECONNREFUSED);
	client_free(c);
	unlink(gone.url + 5);
	rmdir(gone.dir);
}

/* A peer that says `answer` to the first who comes, and leaves. */
static pid_t
one_answer(const char *path, const char *answer)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int                fd = socket(AF_UNIX, SOCK_STREAM, 0), peer;
	pid_t              pid;
	char               buf[4096];

	strcpy(at.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (pid == 0) {
		peer = accept(fd, NULL, NULL);
		if (read(peer, buf, sizeof(buf)) < 0 || write(peer, answer, strlen(answer)) < 0)
			_exit(1);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void
what_is_no_http_is_told_from_what_breaks_off(void **state)
{
	static const struct {
		const char *answer;
		int         err;
	} cases[] = {
		{ "220 mail.example ESMTP\r\n", -EBADMSG },
		{ "", -ECONNRESET },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", -ECONNRESET },
	};
	char           dir[] = "/tmp/tocsin-client-XXXXXX", path[64], url[80];
	struct client *c;
	int            status;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(url, sizeof(url), "unix:%s", path);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = one_answer(path, cases[i].answer);

		c = open_client(url);
		assert_int_equal(client_ask(c, "GET", "/", NULL, &status, reply, NULL, NULL), cases[i].err);
		client_free(c);
		waitpid(pid, NULL, 0);
		unlink(path);
	}
	rmdir(dir);
}

static void
a_socket_may_lie_deeper_than_its_address_has_room(void **state)
{
	char           dir[256] = "", url[400], deep[300];
	struct client *c;
	int            status;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/%0150d", collector.dir, 7);
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(deep, sizeof(deep), "%s/%0150d/s", collector.dir, 7);
	assert_int_equal(rename(collector.url + 5, deep), 0);
	snprintf(url, sizeof(url), "unix:%s", deep);
	c = open_client(url);
	assert_int_equal(client_ask(c, "GET", "/v1/ok", NULL, &status, reply, NULL, NULL), 0);
	assert_int_equal(status, 200);
	client_free(c);
	rename(deep, collector.url + 5);
	rmdir(dir);
}

static void
only_unix_sockets_are_known(void **state)
{
	struct client *c;

	(void)state;
	assert_int_equal(client_new(&c, "http://127.0.0.1:1", 5), -EINVAL);
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_questions_go_over_one_connection),
		cmocka_unit_test(a_body_is_sent_whole),
		cmocka_unit_test(a_sink_gets_the_body_and_may_end_it),
		cmocka_unit_test(a_sink_never_sees_an_error),
		cmocka_unit_test(where_nobody_listens_is_told_from_where_nothing_is),
		cmocka_unit_test(what_is_no_http_is_told_from_what_breaks_off),
		cmocka_unit_test(a_socket_may_lie_deeper_than_its_address_has_room),
		cmocka_unit_test(only_unix_sockets_are_known),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}
