/* SPDX-License-Identifier: Apache-2.0 */
/* Reputation files, and the keyword that asks them. */
#include "rules/reputation.h"

#include <unistd.h>

#include "tests/rig.h"
#include "tests/test.h"

struct files {
	char         categories[32], scores[32];
	struct vars *vars;
};

static void
write_file(char path[static 32], const char *text)
{
	int fd;

	strcpy(path, "/tmp/reputation-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
make(struct files *f, const char *categories, const char *scores)
{
	write_file(f->categories, categories);
	write_file(f->scores, scores);
	f->vars = vars_new();
	assert_int_equal(vars_set(f->vars, "reputation-categories-file", f->categories), 0);
	assert_int_equal(vars_set(f->vars, "reputation-files.0", f->scores), 0);
}

static void
drop(struct files *f)
{
	unlink(f->categories);
	unlink(f->scores);
	vars_free(f->vars);
}

static int
score(const struct reputation *r, const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text, strlen(text)), 0);
	return reputation_score(r, reputation_category(r, "Bad"), &a);
}

#define CATEGORIES "# number,name,text\n1,Bad,Known bad hosts\n2,CnC,Command and control\n"

static void
the_smallest_prefix_counts(void **state)
{
	struct files       f;
	struct reputation *r;
	char               why[256];

	(void)state;
	make(&f, CATEGORIES, "10.0.0.0/8,1,10\n10.1.0.0/16,1,20\n10.1.2.3,1,127\n10.1.2.3,2,5\n2001:db8::/32,1,7\n");
	r = reputation_open(f.vars, why, sizeof(why));
	assert_non_null(r);
	assert_int_equal(reputation_category(r, "CnC"), 2);
	assert_int_equal(reputation_category(r, "Good"), -1);
	assert_int_equal(score(r, "10.1.2.3"), 127);
	assert_int_equal(score(r, "10.1.9.9"), 20);
	assert_int_equal(score(r, "10.200.0.1"), 10);
	assert_int_equal(score(r, "11.0.0.1"), -1);
	assert_int_equal(score(r, "2001:db8::1"), 7);
	assert_int_equal(score(r, "2001:db9::1"), -1);
	reputation_free(r);
	drop(&f);
}

static void
a_bad_line_is_named(void **state)
{
	static const char *const bad[] = { "10.0.0.300,1,5\n", "10.0.0.1,1\n", "10.0.0.1,1,128\n", "10.0.0.1,99,1\n" };
	struct files f;
	char         why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		make(&f, CATEGORIES, bad[i]);
		assert_null(reputation_open(f.vars, why, sizeof(why)));
		assert_non_null(strstr(why, ":1: not understood"));
		drop(&f);
	}
}

static void
settings_are_needed(void **state)
{
	struct vars *vars = vars_new();
	char         why[256];

	(void)state;
	assert_null(reputation_open(vars, why, sizeof(why)));
	assert_string_equal(why, "needs the setting reputation-categories-file");
	vars_free(vars);
}

static void
iprep_asks_the_side_that_it_names(void **state)
{
	static const char rules[] = "alert ip any any -> any any (iprep:src,Bad,>,50; sid:1;)\n"
				    "alert ip any any -> any any (iprep:dst,Bad,>,50; sid:2;)\n"
				    "alert ip any any -> any any (iprep:any,Bad,=,100; sid:3;)\n"
				    "alert ip any any -> any any (iprep:both,Bad,>=,1; sid:4;)\n"
				    "alert ip any any -> any any (iprep:dst,Bad,isnotset; sid:5;)\n"
				    "alert ip any any -> any any (iprep:src,Bad,isset; sid:6;)\n";
	struct files f;
	struct rig   r;

	(void)state;
	make(&f, CATEGORIES, "10.0.0.1,1,100\n");
	memset(&r, 0, sizeof(r));
	r.vars = f.vars;
	assert_int_equal(ruleset_new(&r.rs, r.vars, NULL), 0);
	assert_int_equal(ruleset_add_text(r.rs, "test.rules", rules, strlen(rules)), 0);
	assert_int_equal(ruleset_counts(r.rs).loaded, 6);
	rig_ready(&r);
	assert_string_equal(rig_udp(&r, "x"), "1 3 5 6");
	f.vars = NULL; /* goes with the rig */
	rig_close(&r);
	drop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_prefix_counts),
		cmocka_unit_test(a_bad_line_is_named),
		cmocka_unit_test(settings_are_needed),
		cmocka_unit_test(iprep_asks_the_side_that_it_names),
	};

	return cmocka_run_group_tests_name("reputation", tests, NULL, NULL);
}
