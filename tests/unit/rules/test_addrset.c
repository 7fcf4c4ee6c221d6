/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/addrset.h"

#include "lib/arena.h"
#include "rules/vars.h"
#include "tests/random.h"
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>

struct fixture {
	struct vars  *vars;
	struct arena *keep;
	const char   *why;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.vars = vars_new();
	f.keep = arena_new(1 << 16);
	vars_set(f.vars, "LOOP", "[$LOOP,1.1.1.1]");
	vars_set(f.vars, "PING", "$PONG");
	vars_set(f.vars, "PONG", "$PING");
	vars_set(f.vars, "EMPTY", "");
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	vars_free(f->vars);
	arena_free(f->keep);
	return 0;
}

static int
parse(struct fixture *f, struct addrset *out, const char *text)
{
	return addrset_parse(out, f->keep, f->vars, (struct lex_word){ text, strlen(text) }, &f->why);
}

static bool
has(struct fixture *f, const char *set, const char *address)
{
	struct addrset s;
	struct addr    a;

	if (parse(f, &s, set) < 0)
		fail_msg("%s: %s", set, f->why);
	assert_int_equal(addr_parse(&a, address, strlen(address)), 0);
	return addrset_has(&s, &a);
}

static void
addresses_are_in_the_sets_that_name_them(void **state)
{
	static const struct {
		const char *set, *address;
		bool        in;
	} rows[] = {
		{ "any", "1.2.3.4", true },
		{ "any", "::1", true },
		{ "1.2.3.4", "1.2.3.4", true },
		{ "1.2.3.4", "1.2.3.5", false },
		{ "1.2.3.4", "102:304::", false }, /* the same first bytes, another family */
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.1.2.3/8", "10.9.9.9", true }, /* host bits do not matter */
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "10.0.0.0/255.255.0.0", "10.0.255.1", true },
		{ "10.0.0.0/255.255.0.0", "10.1.0.1", false },
		{ "1.2.3.4-1.2.3.9", "1.2.3.4", true },
		{ "1.2.3.4-1.2.3.9", "1.2.3.9", true },
		{ "1.2.3.4-1.2.3.9", "1.2.3.10", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "::/0", "ffff::", true },
		{ "::1", "::1", true },
		{ "::1", "::2", false },
		{ "2001:db8::1-2001:db8::f", "2001:db8::8", true },
		{ "!1.2.3.4", "1.2.3.4", false },
		{ "!1.2.3.4", "1.2.3.3", true },
		{ "!1.2.3.4", "::1", true },
		{ "!0.0.0.0/1", "127.255.255.255", false },
		{ "!0.0.0.0/1", "128.0.0.0", true },
		{ "[1.2.3.4,5.6.7.8]", "5.6.7.8", true },
		{ "[ 1.2.3.4 , 5.6.7.8 ]", "5.6.7.8", true },
		{ "[1.2.3.4,5.6.7.8]", "5.6.7.9", false },
		{ "![1.2.3.4,5.6.7.8]", "5.6.7.8", false },
		{ "![1.2.3.4,5.6.7.8]", "5.6.7.9", true },
		{ "[10.0.0.0/8,!10.1.0.0/16]", "10.1.2.3", false },
		{ "[10.0.0.0/8,!10.1.0.0/16]", "10.2.0.0", true },
		{ "[!10.1.0.0/16,10.0.0.0/8]", "10.1.2.3", false },
		{ "[10.0.0.0/8,![10.1.0.0/16,!10.1.1.0/24]]", "10.1.2.3", false },
		{ "[10.0.0.0/8,![10.1.0.0/16,!10.1.1.0/24]]", "10.1.1.3", true },
		{ "[10.0.0.0/9,10.128.0.0/9]", "10.127.255.255", true },
		{ "$HOME_NET", "192.168.1.1", true },
		{ "$HOME_NET", "8.8.8.8", false },
		{ "!$HOME_NET", "8.8.8.8", true },
		{ "$EXTERNAL_NET", "192.168.1.1", false },
		{ "!$EXTERNAL_NET", "192.168.1.1", true },
		{ "[$HOME_NET,!192.168.1.0/24]", "192.168.1.1", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (has(*state, rows[i].set, rows[i].address) != rows[i].in)
			fail_msg("%s %s", rows[i].set, rows[i].address);
}

static void
what_is_no_set_is_refused_with_a_reason(void **state)
{
	static const char *const bad[] = {
		"", "!", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "::/129", "1.2.3.9-1.2.3.4", "1.2.3.4-::1", "1.2.3.4-",
		"-1.2.3.4", "10.0.0.0/255.0.255.0", "[1.2.3.4", "1.2.3.4]", "[]", "[1.2.3.4,]", "[,1.2.3.4]", "$", "$NOBODY",
		"[$NOBODY]", "$LOOP", "$PING", "$EMPTY", "!any", "![any]", "[1.2.3.4,!1.2.3.4]", "[1.2.3.4,!any]",
		"!!x",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct addrset s;

		f->why = NULL;
		if (parse(f, &s, bad[i]) != -EINVAL)
			fail_msg("\"%s\" is taken", bad[i]);
		if (!f->why || !*f->why)
			fail_msg("\"%s\": no reason", bad[i]);
	}
}

static void
nesting_is_bounded(void **state)
{
	char            text[200];
	struct addrset  s;
	struct fixture *f = *state;
	size_t          n = 60;

	memset(text, '[', n);
	strcpy(text + n, "1.2.3.4");
	memset(text + n + 7, ']', n);
	text[2 * n + 7] = '\0';
	assert_int_equal(parse(f, &s, text), -EINVAL);
	assert_string_equal(f->why, "address lists and variables are nested too deep");
}

/* Random lists against the plain reading of them. */
static void
lists_say_what_their_elements_say(void **state)
{
	uint64_t seed = 1;

	for (int round = 0; round < 200; round++) {
		char     text[512] = "[";
		unsigned low[8], high[8], n = 1 + random_below(&seed, 7);
		bool     minus[8], any_plus = false;
		size_t   at = 1;
		struct addrset s;

		for (unsigned i = 0; i < n; i++) {
			low[i] = random_below(&seed, 40);
			high[i] = low[i] + random_below(&seed, 8);
			minus[i] = random_below(&seed, 3) == 0;
			any_plus |= !minus[i];
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s1.1.1.%u-1.1.1.%u", i ? "," : "",
					minus[i] ? "!" : "", low[i], high[i]);
		}
		snprintf(text + at, sizeof(text) - at, "]");
		if (parse(*state, &s, text) < 0)
			memset(&s, 0, sizeof(s)); /* nothing is left of it */
		for (unsigned a = 0; a < 50; a++) {
			struct addr address = addr_v4((const uint8_t[]){ 1, 1, 1, (uint8_t)a });
			bool        want = !any_plus, out = false;

			for (unsigned i = 0; i < n; i++) {
				want |= !minus[i] && a >= low[i] && a <= high[i];
				out |= minus[i] && a >= low[i] && a <= high[i];
			}
			if (addrset_has(&s, &address) != (want && !out))
				fail_msg("%s: %u", text, a);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_in_the_sets_that_name_them),
		cmocka_unit_test(what_is_no_set_is_refused_with_a_reason),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(lists_say_what_their_elements_say),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
