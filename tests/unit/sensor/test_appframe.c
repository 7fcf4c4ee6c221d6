/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: marked by parsers, gathered over calls, asked by rules once they are whole. */
#include "sensor/appframe.h"

#include "sensor/proto.h"
#include "tests/rig.h"
#include "tests/test.h"

#define RULES                                                                              \
	"alert tls any any -> any any (frame:tls.pdu; content:\"abc\"; startswith; bsize:6; sid:1;)\n" \
	"alert tls any any -> any any (frame:hdr; content:\"abc\"; sid:2;)\n"                \
	"alert tls any any -> any any (frame:data; to_uppercase; content:\"DEF\"; sid:3;)\n"

struct bench {
	struct rig       rig;
	struct proto_env env;
};

static void
begin(struct bench *b)
{
	rig_open(&b->rig, RULES);
	b->rig.flow.app = APPPROTO_TLS;
	b->rig.flow.wants_frames = true;
	b->env = (struct proto_env){ .pool = b->rig.pool, .flow = &b->rig.flow };
}

static void
end(struct bench *b)
{
	appframes_release(b->rig.pool, &b->rig.flow);
	rig_close(&b->rig);
}

static void
feed(struct bench *b, const char *data)
{
	appframes_feed(b->rig.pool, &b->rig.flow, DIR_TOSERVER, bytes_of(data, strlen(data)));
}

static void
a_frame_is_asked_when_it_is_whole(void **state)
{
	static const char first[] = "..ab", second[] = "cde", third[] = "fgh";
	struct bench      b;

	(void)state;
	begin(&b);
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_PDU, (const uint8_t *)first + 2, 6);
	feed(&b, first);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "");
	feed(&b, second);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "");
	feed(&b, third);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOCLIENT, ""), "");
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "1");
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "");
	assert_null(b.rig.flow.frames[DIR_TOSERVER]);
	end(&b);
}

static void
each_frame_has_its_kind(void **state)
{
	static const char data[] = "abcdef";
	struct bench      b;

	(void)state;
	begin(&b);
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_HDR, (const uint8_t *)data, 3);
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_DATA, (const uint8_t *)data + 3, 3);
	feed(&b, data);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "2 3");
	end(&b);
}

static void
what_the_parser_did_not_consume_is_forgotten(void **state)
{
	static const char data[] = "xyzabc";
	struct bench      b;

	(void)state;
	begin(&b);
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_HDR, (const uint8_t *)data + 3, 3);
	appframes_feed(b.rig.pool, &b.rig.flow, DIR_TOSERVER, bytes_of(data, 3));
	assert_null(b.rig.flow.frames[DIR_TOSERVER]);
	end(&b);
}

static void
an_open_frame_ends_where_it_is_told_or_with_the_stream(void **state)
{
	static const char data[] = "abcdefgh";
	struct bench      b;

	(void)state;
	begin(&b);
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_PDU, (const uint8_t *)data, APPFRAME_UNTIL_END);
	appframe_end(&b.env, DIR_TOSERVER, APPFRAME_TLS_PDU, (const uint8_t *)data + 6);
	feed(&b, data);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "1");
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_HDR, (const uint8_t *)data, APPFRAME_UNTIL_END);
	feed(&b, data);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "");
	appframes_end(&b.rig.flow, DIR_TOSERVER);
	assert_string_equal(rig_tcp(&b.rig, DIR_TOSERVER, ""), "2");
	end(&b);
}

static void
frames_are_bounded(void **state)
{
	static const char data[] = "a";
	struct bench      b;
	unsigned          n = 0;

	(void)state;
	begin(&b);
	for (int i = 0; i < 100000; i++)
		appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_PDU, (const uint8_t *)data, 1);
	for (struct appframe *f = b.rig.flow.frames[DIR_TOSERVER]; f; f = f->next)
		n++;
	assert_in_range(n, 1, 1000);
	end(&b);
}

static void
nothing_is_kept_when_no_rule_asks(void **state)
{
	static const char data[] = "abc";
	struct bench      b;

	(void)state;
	begin(&b);
	b.rig.flow.wants_frames = false;
	appframe_mark(&b.env, DIR_TOSERVER, APPFRAME_TLS_PDU, (const uint8_t *)data, 3);
	assert_null(b.rig.flow.frames[DIR_TOSERVER]);
	end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_asked_when_it_is_whole),
		cmocka_unit_test(each_frame_has_its_kind),
		cmocka_unit_test(what_the_parser_did_not_consume_is_forgotten),
		cmocka_unit_test(an_open_frame_ends_where_it_is_told_or_with_the_stream),
		cmocka_unit_test(frames_are_bounded),
		cmocka_unit_test(nothing_is_kept_when_no_rule_asks),
	};

	return cmocka_run_group_tests_name("appframe", tests, NULL, NULL);
}
