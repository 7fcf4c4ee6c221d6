/* SPDX-License-Identifier: Apache-2.0 */
/* What rules remember with a flow (flowbits, flowint) and with addresses (xbits, hostbits). */
#include "rules/flowvars.h"

#include "tests/rig.h"
#include "tests/test.h"

#define U "alert udp any any -> any any "

static void
a_bit_set_by_one_rule_is_seen_by_another(void **state)
{
	struct rig r;

	(void)state;
	/* the setter stands last in the file and goes first all the same */
	rig_open(&r, U "(content:\"c\"; flowbits:isset,a; sid:1;)\n"
		     U "(content:\"c\"; flowbits:isnotset,a; sid:2;)\n"
		     U "(content:\"u\"; flowbits:unset,a; sid:3;)\n"
		     U "(content:\"t\"; flowbits:toggle,a; sid:4;)\n"
		     U "(content:\"s\"; flowbits:set,a; flowbits:noalert; sid:5;)\n");
	assert_string_equal(rig_udp(&r, "c"), "2");
	assert_string_equal(rig_udp(&r, "s"), "");
	assert_string_equal(rig_udp(&r, "c"), "1");
	assert_string_equal(rig_udp(&r, "u"), "3");
	assert_string_equal(rig_udp(&r, "c"), "2");
	assert_string_equal(rig_udp(&r, "sc"), "1"); /* in one packet */
	assert_string_equal(rig_udp(&r, "t"), "4");
	assert_string_equal(rig_udp(&r, "c"), "2");
	assert_string_equal(rig_udp(&r, "t"), "4");
	assert_string_equal(rig_udp(&r, "c"), "1");
	rig_next_flow(&r);
	assert_string_equal(rig_udp(&r, "c"), "2");
	rig_close(&r);
}

static void
a_bit_is_set_only_when_all_else_matched(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(flowbits:set,a; content:\"s\"; content:\"x\"; noalert; sid:1;)\n"
		     U "(content:\"c\"; flowbits:isset,a; sid:2;)\n");
	assert_string_equal(rig_udp(&r, "s"), "");
	assert_string_equal(rig_udp(&r, "c"), "");
	assert_string_equal(rig_udp(&r, "sx"), "");
	assert_string_equal(rig_udp(&r, "c"), "2");
	rig_close(&r);
}

static void
bits_can_be_asked_in_groups(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"a\"; flowbits:set,a; noalert; sid:1;)\n"
		     U "(content:\"b\"; flowbits:set,b; noalert; sid:2;)\n"
		     U "(content:\"?\"; flowbits:isset,a|b; sid:3;)\n"
		     U "(content:\"?\"; flowbits:isset,a; flowbits:isset,b; sid:4;)\n");
	assert_string_equal(rig_udp(&r, "?"), "");
	assert_string_equal(rig_udp(&r, "b"), "");
	assert_string_equal(rig_udp(&r, "?"), "3");
	assert_string_equal(rig_udp(&r, "a"), "");
	assert_string_equal(rig_udp(&r, "?"), "3 4");
	rig_close(&r);
}

static void
numbers_count_and_compare(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"+\"; flowint:n,+,1; noalert; sid:1;)\n"
		     U "(content:\"-\"; flowint:n,-,2; noalert; sid:2;)\n"
		     U "(content:\"=\"; flowint:n,=,7; flowint:m,=,7; noalert; sid:3;)\n"
		     U "(content:\"?\"; flowint:n,isset; sid:4;)\n"
		     U "(content:\"?\"; flowint:n,notset; sid:5;)\n"
		     U "(content:\"?\"; flowint:n,>,2; sid:6;)\n"
		     U "(content:\"?\"; flowint:n,<=,2; sid:7;)\n"
		     U "(content:\"?\"; flowint:n,==,7; sid:8;)\n"
		     U "(content:\"?\"; flowint:n,!=,7; sid:9;)\n"
		     U "(content:\"?\"; flowint:n,==,m; sid:10;)\n");
	assert_string_equal(rig_udp(&r, "?"), "5");
	rig_udp(&r, "+");
	assert_string_equal(rig_udp(&r, "?"), "4 7 9");
	rig_udp(&r, "+");
	rig_udp(&r, "+");
	assert_string_equal(rig_udp(&r, "?"), "4 6 9");
	rig_udp(&r, "-");
	rig_udp(&r, "-");
	rig_udp(&r, "-"); /* zero is the end */
	assert_string_equal(rig_udp(&r, "?"), "4 7 9");
	rig_udp(&r, "=");
	assert_string_equal(rig_udp(&r, "?"), "4 6 8 10");
	rig_next_flow(&r);
	assert_string_equal(rig_udp(&r, "?"), "5");
	rig_close(&r);
}

static void
marks_on_addresses_outlive_the_flow_until_their_end(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"s\"; xbits:set,x,track ip_src,expire 10; noalert; sid:1;)\n"
		     U "(content:\"u\"; xbits:unset,x,track ip_src; noalert; sid:2;)\n"
		     U "(content:\"?\"; xbits:isset,x,track ip_src; sid:3;)\n"
		     U "(content:\"?\"; xbits:isset,x,track ip_dst; sid:4;)\n"
		     U "(content:\"?\"; xbits:isnotset,x,track ip_src; sid:5;)\n");
	assert_string_equal(rig_udp(&r, "?"), "5");
	rig_udp(&r, "s");
	rig_next_flow(&r);
	assert_string_equal(rig_udp(&r, "?"), "3");
	rig_packet(&r, 17, DIR_TOCLIENT, "?", 1);
	assert_string_equal(rig_inspect(&r, (struct stream_window){ 0 }), "4 5");
	r.now_ns += 10 * RIG_SECOND;
	assert_string_equal(rig_udp(&r, "?"), "3");
	r.now_ns += 1;
	assert_string_equal(rig_udp(&r, "?"), "5");
	rig_udp(&r, "s");
	assert_string_equal(rig_udp(&r, "?"), "3");
	rig_udp(&r, "u");
	assert_string_equal(rig_udp(&r, "?"), "5");
	rig_close(&r);
}

static void
a_pair_is_the_same_from_both_sides(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"s\"; xbits:set,x,track ip_pair; noalert; sid:1;)\n"
		     U "(content:\"?\"; xbits:isset,x,track ip_pair; sid:2;)\n");
	rig_udp(&r, "s");
	rig_packet(&r, 17, DIR_TOCLIENT, "?", 1);
	assert_string_equal(rig_inspect(&r, (struct stream_window){ 0 }), "2");
	r.flow.addr[1].b[3]++;
	assert_string_equal(rig_udp(&r, "?"), "");
	rig_close(&r);
}

static void
hostbits_mark_one_host_or_both(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"s\"; hostbits:set,h,dst; noalert; sid:1;)\n"
		     U "(content:\"b\"; hostbits:set,both,both; noalert; sid:2;)\n"
		     U "(content:\"?\"; hostbits:isset,h,dst; sid:3;)\n"
		     U "(content:\"?\"; hostbits:isset,h; sid:4;)\n"
		     U "(content:\"?\"; hostbits:isset,both,both; sid:5;)\n"
		     U "(content:\"?\"; hostbits:isset,both,src; sid:6;)\n");
	rig_udp(&r, "s");
	assert_string_equal(rig_udp(&r, "?"), "3");
	rig_udp(&r, "b");
	assert_string_equal(rig_udp(&r, "?"), "3 5 6");
	r.now_ns += 86400 * RIG_SECOND;
	rig_next_flow(&r);
	assert_string_equal(rig_udp(&r, "?"), "3 5 6");
	r.flow.addr[1].b[3]++;
	assert_string_equal(rig_udp(&r, "?"), "6");
	rig_close(&r);
}

/* A packet without a flow has nowhere to keep or to find a mark. */
static void
without_a_flow_nothing_is_set_and_nothing_breaks(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"s\"; flowbits:set,a; flowint:n,+,1; sid:1;)\n"
		     U "(content:\"s\"; flowbits:unset,a; sid:2;)\n"
		     U "(content:\"s\"; flowbits:toggle,a; sid:3;)\n"
		     U "(content:\"?\"; flowbits:isset,a; sid:4;)\n"
		     U "(content:\"?\"; flowint:n,>,0; sid:5;)\n");
	r.no_flow = true;
	rig_udp(&r, "s");
	assert_string_equal(rig_udp(&r, "?"), "");
	rig_close(&r);
}

static void
variables_of_a_flow_are_bounded_and_freed(void **state)
{
	struct pool      *p = pool_new(1u << 20);
	struct flow_facts f = { 0 };
	uint8_t           text[4096] = { 'x' };

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		flowvars_set_bit(p, &f, i * 7 % 10000);
	assert_true(flowvars_bit(&f, 7));
	assert_true(pool_used(p) < 256u << 10);
	flowvars_free(p, &f);
	assert_int_equal(pool_used(p), 0);
	flowvars_set_text(p, &f, 1, bytes_of(text, sizeof(text)));
	assert_true(flowvars_text(&f, 1).left <= 1024);
	flowvars_set_text(p, &f, 1, bytes_of("y", 1));
	assert_int_equal(flowvars_text(&f, 1).left, 1);
	flowvars_set_int(p, &f, 1, 5); /* the same name in another space */
	assert_false(flowvars_bit(&f, 1));
	assert_int_equal(flowvars_text(&f, 1).left, 1);
	flowvars_free(p, &f);
	flowvars_free(p, &f);
	assert_int_equal(pool_used(p), 0);
	pool_free(p);
}

static void
a_full_pool_forgets_and_does_not_break(void **state)
{
	struct pool      *p = pool_new(4096);
	struct flow_facts f = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		flowvars_set_int(p, &f, i, i);
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t v = i;

		flowvars_int(&f, i, &v);
		assert_int_equal(v, i);
	}
	flowvars_free(p, &f);
	assert_int_equal(pool_used(p), 0);
	pool_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bit_set_by_one_rule_is_seen_by_another),
		cmocka_unit_test(a_bit_is_set_only_when_all_else_matched),
		cmocka_unit_test(bits_can_be_asked_in_groups),
		cmocka_unit_test(numbers_count_and_compare),
		cmocka_unit_test(marks_on_addresses_outlive_the_flow_until_their_end),
		cmocka_unit_test(a_pair_is_the_same_from_both_sides),
		cmocka_unit_test(hostbits_mark_one_host_or_both),
		cmocka_unit_test(without_a_flow_nothing_is_set_and_nothing_breaks),
		cmocka_unit_test(variables_of_a_flow_are_bounded_and_freed),
		cmocka_unit_test(a_full_pool_forgets_and_does_not_break),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
