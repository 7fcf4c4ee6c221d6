/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/portset.h"

#include "lib/arena.h"
#include "rules/vars.h"
#include "tests/test.h"

#include <errno.h>
#include <string.h>

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
	vars_set(f.vars, "LOOP", "[$LOOP,1]");
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
parse(struct fixture *f, struct portset *out, const char *text)
{
	return portset_parse(out, f->keep, f->vars, (struct lex_word){ text, strlen(text) }, &f->why);
}

static void
ports_are_in_the_sets_that_name_them(void **state)
{
	static const struct {
		const char *set;
		uint16_t    port;
		bool        in;
		uint32_t    count;
	} rows[] = {
		{ "any", 0, true, 65536 },
		{ "any", 65535, true, 65536 },
		{ "80", 80, true, 1 },
		{ "80", 81, false, 1 },
		{ "80:82", 82, true, 3 },
		{ "80:82", 83, false, 3 },
		{ "80:80", 80, true, 1 },
		{ "1024:", 65535, true, 64512 },
		{ "1024:", 1023, false, 64512 },
		{ ":1023", 0, true, 1024 },
		{ ":1023", 1024, false, 1024 },
		{ "!80", 80, false, 65535 },
		{ "!80", 0, true, 65535 },
		{ "!80:90", 85, false, 65525 },
		{ "[80,443]", 443, true, 2 },
		{ "[ 80 , 443 ]", 443, true, 2 },
		{ "[80:90,!85]", 85, false, 10 },
		{ "[!85,80:90]", 85, false, 10 },
		{ "[80:90,85:95]", 95, true, 16 },
		{ "![80,443]", 443, false, 65534 },
		{ "[1:100,![10:20,!15]]", 15, true, 90 },
		{ "[1:100,![10:20,!15]]", 16, false, 90 },
		{ "$HTTP_PORTS", 80, true, 1 },
		{ "!$HTTP_PORTS", 80, false, 65535 },
		{ "[$HTTP_PORTS,8080]", 8080, true, 2 },
		{ "$SHELLCODE_PORTS", 80, false, 65535 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture *f = *state;
		struct portset  s;

		if (parse(f, &s, rows[i].set) < 0)
			fail_msg("%s: %s", rows[i].set, f->why);
		if (portset_has(&s, rows[i].port) != rows[i].in || s.n_ports != rows[i].count)
			fail_msg("%s %u: %u ports", rows[i].set, rows[i].port, s.n_ports);
	}
}

static void
what_is_no_set_is_refused_with_a_reason(void **state)
{
	static const char *const bad[] = { "", "!", "x", "65536", "-1", "80:79", ":", "80:x", "80:65536", "[80", "80]", "[]",
		"[80,]", "[,80]", "$", "$NOBODY", "$LOOP", "!any", "[80,!80]", "![any]", "8 0", "80-90" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fixture *f = *state;
		struct portset  s;

		f->why = NULL;
		if (parse(f, &s, bad[i]) != -EINVAL)
			fail_msg("\"%s\" is taken", bad[i]);
		if (!f->why || !*f->why)
			fail_msg("\"%s\": no reason", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_in_the_sets_that_name_them),
		cmocka_unit_test(what_is_no_set_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
