/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "lib/json.h"
#include "sensor/proto/fields.h"
#include "sensor/proto/sdp.h"

static void
session_and_media_lines_are_told_apart(void **state)
{
	static const char text[] = "v=0\r\no=who\ns=name\r\nb=AS:1\r\nt=1 2\r\nr=3\r\nt=4 5\r\na=x\r\n?\r\n"
				   "m=audio\r\ni=about\r\na=y\r\nm=video\r\na=z";
	struct pool  *pool = pool_new(1u << 16);
	struct fields f = { 0 };
	char          out[1024];
	struct json   j;

	(void)state;
	sdp_read(&f, pool, bytes_str(text));
	json_init(&j, out, sizeof(out));
	json_obj(&j, NULL);
	sdp_eve(&f, &j);
	json_obj_end(&j);
	assert_string_equal(json_end(&j),
			"{\"sdp\":{\"origin\":\"who\",\"session_name\":\"name\",\"bandwidths\":[\"AS:1\"],"
			"\"time_descriptions\":[{\"time\":\"1 2\",\"repeat_time\":\"3\"},{\"time\":\"4 5\"}],"
			"\"attributes\":[\"x\"],\"media_descriptions\":[{\"media\":\"audio\","
			"\"media_info\":\"about\",\"attributes\":[\"y\"]},"
			"{\"media\":\"video\",\"attributes\":[\"z\"]}]}}");
	fields_release(&f, pool);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_and_media_lines_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
