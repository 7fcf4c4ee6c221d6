/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/call.h"

#include "collector/serve_priv.h"
#include "tests/test.h"

#include <string.h>

static void
reads(struct call *c, const char *method, const char *uri, const char *body)
{
	*c = (struct call){.now_ns = 1};
	call_read(c, serve_routes, method, uri, bytes_str(body));
}

static void
each_address_has_its_handler_and_its_part(void **state)
{
	struct call c;

	(void)state;
	reads(&c, "GET", "/v1/incidents/1042/why", "");
	assert_int_equal(c.status, 0);
	assert_ptr_equal(c.route->run, serve_why);
	assert_string_equal(c.id, "1042");
	assert_int_equal(call_number(&c), 1042);
	call_release(&c);
	reads(&c, "GET", "/v1/sensors/ward%2d12", "");
	assert_string_equal(c.id, "ward-12");
	call_release(&c);
	reads(&c, "GET", "/v1/incidents/", "");
	assert_int_equal(c.status, 404);
	call_release(&c);
	reads(&c, "GET", "/v1/incidents/1/2", "");
	assert_int_equal(c.status, 404);
	call_release(&c);
	reads(&c, "POST", "/v1/inbox", "");
	assert_int_equal(c.status, 405);
	call_release(&c);
	reads(&c, "GET", "/v1/sensors/a%00b", "");
	assert_int_equal(c.status, 400);
	call_release(&c);
}

static void
parameters_are_checked_and_the_first_mistake_counts(void **state)
{
	struct call   c;
	struct prefix p = {0};
	uint64_t      v = 7, t = 0;

	(void)state;
	reads(&c, "GET",
		"/v1/events?after=12&since=2026-03-02T02:13:00Z&src=10.0.0.0/"
		"8&limit=99999",
		"");
	assert_true(call_u64(&c, "after", &v) && v == 12);
	assert_true(call_time(&c, "since", &t) && t == 1772417580000000000);
	assert_true(call_prefix(&c, "src", &p) && p.bits == 8);
	assert_int_equal(call_limit(&c), CALL_LIMIT_MAX);
	assert_false(call_u64(&c, "sid", &v));
	assert_int_equal(v, 12);
	assert_int_equal(c.status, 0);
	call_release(&c);
	reads(&c, "GET", "/v1/events?after=-1&src=x", "");
	call_u64(&c, "after", &v);
	call_prefix(&c, "src", &p);
	assert_int_equal(c.status, 400);
	assert_non_null(strstr(json_end(&c.out), "after is a whole number"));
	call_release(&c);
}

static void
a_body_is_one_json_object_or_refused(void **state)
{
	struct call c;

	(void)state;
	reads(&c, "POST", "/v1/undo", "{\"action_id\":null}");
	assert_int_equal(c.status, 0);
	assert_true(json_is_null(json_object_get(c.body, "action_id")));
	call_release(&c);
	reads(&c, "POST", "/v1/undo", "[]");
	assert_int_equal(c.status, 400);
	call_release(&c);
	reads(&c, "POST", "/v1/undo", "{\"a\":1,\"a\":2}");
	assert_int_equal(c.status, 400);
	call_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_handler_and_its_part),
		cmocka_unit_test(parameters_are_checked_and_the_first_mistake_counts),
		cmocka_unit_test(a_body_is_one_json_object_or_refused),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
