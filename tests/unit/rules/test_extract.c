/* SPDX-License-Identifier: Apache-2.0 */
/* byte_test, byte_jump, byte_extract, byte_math, and isdataat behind them. */
#include "rules/extract.h"

#include "tests/rig.h"
#include "tests/test.h"

struct row {
	const char *options;
	const char *payload;
	size_t      len;
	bool        matches;
};
#define P(text) text, sizeof(text) - 1

static void
check_rows(const struct row *rows, size_t n)
{
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		bool got = rig_matches(rows[i].options, rows[i].payload, rows[i].len);

		if (got != rows[i].matches)
			print_error("row %zu: %s: %d\n", i, rows[i].options, got);
		good &= got == rows[i].matches;
	}
	assert_true(good);
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void
byte_test_compares_binary_numbers(void **state)
{
	static const struct row rows[] = {
		{ "byte_test:1,=,5,0;", P("\x05"), true },
		{ "byte_test:1,=,5,0;", P("\x06"), false },
		{ "byte_test:1,!=,5,0;", P("\x06"), true },
		{ "byte_test:1,!,5,0;", P("\x05"), false },
		{ "byte_test:2,>,255,0;", P("\x01\x00"), true },
		{ "byte_test:2,>,255,0,little;", P("\x01\x00"), false },
		{ "byte_test:2,>,255,0,big;", P("\x01\x00"), true },
		{ "byte_test:2,>=,256,0;", P("\x01\x00"), true },
		{ "byte_test:2,<=,256,0;", P("\x01\x01"), false },
		{ "byte_test:2,!<,256,0;", P("\x01\x01"), true },
		{ "byte_test:4,=,0xdeadbeef,1;", P("x\xde\xad\xbe\xef"), true },
		{ "byte_test:8,=,0x0102030405060708,0;", P("\1\2\3\4\5\6\7\x08"), true },
		{ "byte_test:8,=,0x0102030405060708,0,little;", P("\x08\7\6\5\4\3\2\1"), true },
		{ "byte_test:3,=,0x010203,0;", P("\1\2\3"), true },
		{ "byte_test:1,&,0x80,0;", P("\x81"), true },
		{ "byte_test:1,&,0x80,0;", P("\x01"), false },
		{ "byte_test:1,!&,0x80,0;", P("\x01"), true },
		{ "byte_test:1,^,1,0;", P("\x03"), true },
		{ "byte_test:1,^,1,0;", P("\x01"), false },
		{ "byte_test:2,=,0x12,0,bitmask 0xff00;", P("\x12\x34"), true },
		{ "byte_test:2,=,3,0,bitmask 0x3c;", P("\x00\x0c"), true },
		/* does not fit: neither holds nor its contrary */
		{ "byte_test:2,>,0,0;", P("\x01"), false },
		{ "byte_test:2,!>,0,0;", P("\x01"), false },
		{ "byte_test:1,>,0,1;", P("\x01"), false },
		{ "byte_test:1,>,0,-1;", P("\x01"), false },
		/* from where the match before ended */
		{ "content:\"ab\"; byte_test:1,=,5,0,relative;", P("xab\x05"), true },
		{ "content:\"ab\"; byte_test:1,=,5,-3,relative;", P("\5ab"), true },
		{ "content:\"ab\"; byte_test:1,=,5,-4,relative;", P("\5ab"), false },
		{ "content:\"a\"; byte_test:1,=,5,0,relative;", P("a\4a\5"), true }, /* the second a */
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
byte_test_compares_text(void **state)
{
	static const struct row rows[] = {
		{ "byte_test:3,=,123,0,string,dec;", P("123"), true },
		{ "byte_test:4,=,123,0,string,dec;", P(" 123"), true },
		{ "byte_test:4,=,12,0,string,dec;", P("12x3"), true },
		{ "byte_test:3,=,0,0,string,dec;", P("abc"), false },
		{ "byte_test:2,=,255,0,string,hex;", P("fF"), true },
		{ "byte_test:4,=,255,0,string,hex;", P("0xff"), true },
		{ "byte_test:3,=,8,0,string,oct;", P("010"), true },
		{ "byte_test:2,=,8,0,string,oct;", P("08"), false },
		{ "byte_test:5,>,4,0,string,dec,relative;", P("00005"), true },
		{ "byte_test:20,=,18446744073709551615,0,string,dec;", P("18446744073709551615"), true },
		{ "byte_test:20,>,0,0,string,dec;", P("18446744073709551616"), false }, /* does not fit 64 bits */
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
byte_jump_goes_where_the_number_says(void **state)
{
	static const struct row rows[] = {
		{ "byte_jump:1,0; content:\"b\"; distance:0; within:1;", P("\x02xxb"), true },
		{ "byte_jump:1,0; content:\"b\"; distance:0; within:1;", P("\x01xxb"), false },
		{ "byte_jump:1,0; content:\"b\"; distance:0; within:1;", P("\x00" "b"), true },
		{ "byte_jump:1,0,multiplier 2; content:\"b\"; within:1;", P("\x01xxb"), true },
		{ "byte_jump:1,0,align; content:\"b\"; within:1;", P("\x01xxxxb"), true },
		{ "byte_jump:1,0,from_beginning; content:\"b\"; within:1;", P("\x02xb"), true },
		{ "byte_jump:1,0,from_end,post_offset -2; content:\"b\"; within:1;", P("\x00xxbx"), true },
		{ "byte_jump:1,0,post_offset 1; content:\"b\"; within:1;", P("\x01xxb"), true },
		{ "byte_jump:1,0,post_offset -1; content:\"b\"; within:1;", P("\x02xb"), true },
		{ "byte_jump:2,0,little; content:\"b\"; within:1;", P("\x01\x00xb"), true },
		{ "byte_jump:2,0,string,dec; content:\"b\"; within:1;", P("01xb"), true },
		{ "content:\"a\"; byte_jump:1,0,relative; content:\"b\"; within:1;", P("xxa\x01xb"), true },
		/* past the end; to the end is no place either */
		{ "byte_jump:1,0; content:\"b\"; distance:-4;", P("\xff" "bbb"), false },
		{ "byte_jump:1,0;", P("\x03xxx"), false },
		{ "byte_jump:1,0;", P("\x02xxx"), true },
		{ "byte_jump:4,0;", P("\xff\xff\xff\xff"), false },
		{ "byte_jump:4,0,multiplier 65535;", P("\xff\xff\xff\xff"), false },
		/* a variable as the place behind */
		{ "byte_extract:1,0,v; byte_jump:1,1,post_offset v; content:\"b\"; within:1;", P("\x02\x01xxxb"), true },
		{ "byte_extract:8,0,v; byte_jump:4,8,post_offset v;", P("\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), false },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
byte_extract_keeps_a_number_for_later(void **state)
{
	static const struct row rows[] = {
		{ "byte_extract:1,0,n; byte_test:1,=,n,1;", P("\x05\x05"), true },
		{ "byte_extract:1,0,n; byte_test:1,=,n,1;", P("\x05\x06"), false },
		{ "byte_extract:1,0,n; byte_test:1,=,7,n;", P("\x02x\x07"), true },
		{ "byte_extract:1,0,n; byte_test:n,=,258,1;", P("\x02\x01\x02"), true },
		{ "byte_extract:1,0,n; byte_test:n,=,258,1;", P("\x09\x01\x02\0\0\0\0\0\0\0"), false },
		{ "byte_extract:1,0,n,multiplier 2; byte_test:1,=,n,1;", P("\x03\x06"), true },
		{ "byte_extract:1,0,n,align 4; byte_test:1,=,n,1;", P("\x05\x08"), true },
		{ "byte_extract:2,0,n,string,dec; byte_test:1,=,n,2;", P("10\x0a"), true },
		{ "content:\"a\"; byte_extract:1,0,n,relative; content:\"b\"; distance:n; within:1;", P("a\x01xb"), true },
		{ "byte_extract:1,0,n; isdataat:n;", P("\x02xx"), true },
		{ "byte_extract:1,0,n; isdataat:n;", P("\x03xx"), false },
		{ "byte_extract:1,0,n; byte_extract:1,n,m; byte_test:1,=,m,1;", P("\x02\x07\x07"), true },
		{ "byte_extract:8,0,n; byte_test:1,=,0,n;", P("\x7f\xff\xff\xff\xff\xff\xff\xff"), false },
		{ "content:\"|7f|\"; byte_extract:8,-1,n,relative; byte_test:1,=,0,n,relative;",
			P("\x7f\xff\xff\xff\xff\xff\xff\xff"), false },
		{ "byte_extract:8,0,n; isdataat:n;", P("\xff\xff\xff\xff\xff\xff\xff\xff"), false },
		{ "content:\"|ff|\"; byte_extract:8,-1,n,relative; isdataat:n,relative;", P("\xff\xff\xff\xff\xff\xff\xff\xff"), false },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
byte_math_reckons(void **state)
{
	static const struct {
		const char *oper, *rvalue;
		uint8_t     x, result;
		bool        holds;
	} rows[] = {
		{ "+", "3", 5, 8, true },   { "-", "3", 5, 2, true },   { "*", "3", 5, 15, true }, { "/", "2", 5, 2, true },
		{ "<<", "2", 5, 20, true }, { ">>", "1", 5, 2, true },  { ">>", "64", 5, 0, true }, { "+", "3", 5, 9, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char    options[256];
		uint8_t payload[2] = { rows[i].x, rows[i].result };

		snprintf(options, sizeof(options),
				"byte_math:bytes 1, offset 0, oper %s, rvalue %s, result r; byte_test:1,=,r,1;",
				rows[i].oper, rows[i].rvalue);
		if (rig_matches(options, payload, 2) != rows[i].holds)
			fail_msg("%s", options);
	}
	/* by a number from the wire: zero is no divisor */
	assert_false(rig_matches("byte_extract:1,0,d; byte_math:bytes 1, offset 1, oper /, rvalue d, result r;", "\0\5", 2));
	assert_true(rig_matches("byte_extract:1,0,d; byte_math:bytes 1, offset 1, oper /, rvalue d, result r;", "\1\5", 2));
}

static void
isdataat_asks_for_bytes(void **state)
{
	static const struct row rows[] = {
		{ "isdataat:0;", P("a"), true },
		{ "isdataat:1;", P("a"), false },
		{ "isdataat:1;", P("ab"), true },
		{ "isdataat:!1;", P("a"), true },
		{ "isdataat:!1;", P("ab"), false },
		{ "content:\"a\"; isdataat:1,relative;", P("ab"), true },
		{ "content:\"a\"; isdataat:1,relative;", P("a"), false },
		{ "content:\"a\"; isdataat:2,relative;", P("abc"), true },
		{ "content:\"a\"; isdataat:2,relative;", P("ab"), false },
		{ "content:\"a\"; isdataat:!1,relative;", P("ba"), true },
		{ "content:\"a\"; isdataat:!1,relative;", P("aab"), false },
		{ "content:\"a\"; isdataat:!1,relative;", P("aba"), true }, /* the second a */
		{ "content:\"a\"; isdataat:0,relative;", P("a"), false },
		{ "content:\"a\"; isdataat:1,relative,rawbytes;", P("ab"), true },
	};

	(void)state;
	CHECK_ROWS(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_test_compares_binary_numbers),
		cmocka_unit_test(byte_test_compares_text),
		cmocka_unit_test(byte_jump_goes_where_the_number_says),
		cmocka_unit_test(byte_extract_keeps_a_number_for_later),
		cmocka_unit_test(byte_math_reckons),
		cmocka_unit_test(isdataat_asks_for_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
