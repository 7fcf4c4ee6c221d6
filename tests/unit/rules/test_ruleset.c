/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/ruleset.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/rig.h"
#include "tests/test.h"

#define U "alert udp any any -> any any "

static void
of_rules_with_one_sid_the_highest_rev_stays(void **state)
{
	struct ruleset_counts n;
	struct rig            r;
	const char           *rules = U "(content:\"a\"; sid:1; rev:2;)\n"   /* stays */
				  U "(content:\"b\"; sid:1; rev:1;)\n"   /* lower */
				  U "(content:\"c\"; sid:1; rev:2;)\n"   /* the same */
				  U "(content:\"d\"; sid:2; rev:1;)\n"   /* replaced … */
				  U "(content:\"e\"; sid:2; rev:5;)\n"   /* … by this */
				  U "(content:\"f\"; sid:1; gid:9;)\n";  /* another gid is another rule */

	(void)state;
	rig_load(&r, rules, strlen(rules));
	n = ruleset_counts(r.rs);
	assert_int_equal(n.rules, 6);
	assert_int_equal(n.loaded, 3);
	assert_int_equal(n.rejected, 2);
	assert_int_equal(n.skipped, 1);
	assert_int_equal(ruleset_n_errors(r.rs), 3);
	assert_int_equal(ruleset_error(r.rs, 0)->line, 2);
	assert_int_equal(ruleset_error(r.rs, 1)->line, 3);
	assert_int_equal(ruleset_error(r.rs, 2)->line, 4);
	assert_true(ruleset_error(r.rs, 2)->warning);
	rig_ready(&r);
	assert_string_equal(rig_udp(&r, "abcdef"), "1 2 1");
	assert_string_equal(rig_udp(&r, "bcd"), "");
	rig_close(&r);
}

static void
loading_goes_on_after_a_mistake(void **state)
{
	const char *rules = U "(content:\"a\"; sid:1;)\n" U "(content:\"b\"; sid:;)\nnonsense\n" U "(content:\"c\"; sid:3;)\n";
	struct rig  r;

	(void)state;
	rig_load(&r, rules, strlen(rules));
	assert_int_equal(ruleset_counts(r.rs).loaded, 2);
	assert_int_equal(ruleset_counts(r.rs).rejected, 2);
	assert_int_equal(ruleset_error(r.rs, 0)->line, 2);
	assert_int_equal(ruleset_error(r.rs, 1)->line, 3);
	assert_string_equal(ruleset_error(r.rs, 1)->file, "test.rules");
	assert_null(ruleset_error(r.rs, 2));
	rig_ready(&r);
	assert_string_equal(rig_udp(&r, "abc"), "1 3");
	rig_close(&r);
}

static void
counts_add_up(void **state)
{
	const char *rules = U "(sid:1;)\n" U "(sid:2; requires: version >= 99;)\n" U "(nonsense; sid:3;)\n# x\n\n";
	struct ruleset_counts n;
	struct rig            r;

	(void)state;
	rig_load(&r, rules, strlen(rules));
	n = ruleset_counts(r.rs);
	assert_int_equal(n.files, 1);
	assert_int_equal(n.rules, 3);
	assert_int_equal(n.loaded + n.rejected + n.skipped, n.rules);
	assert_int_equal(n.skipped, 1);
	rig_close(&r);
}

static const char *
hash_of(const char *rules, const char *name, const char *value)
{
	static char hashes[8][80];
	static int  at;
	struct rig  r;

	at = (at + 1) % 8;
	rig_load(&r, "", 0);
	if (name)
		vars_set(r.vars, name, value);
	ruleset_add_text(r.rs, "more.rules", rules, strlen(rules));
	rig_ready(&r);
	snprintf(hashes[at], sizeof(hashes[at]), "%s", ruleset_hash(r.rs));
	rig_close(&r);
	return hashes[at];
}

static void
the_hash_changes_with_the_rules_and_the_variables(void **state)
{
	const char *one = U "(content:\"a\"; sid:1;)\n";

	(void)state;
	assert_int_equal(strlen(hash_of(one, NULL, NULL)), 64);
	assert_string_equal(hash_of(one, NULL, NULL), hash_of(one, NULL, NULL));
	assert_string_not_equal(hash_of(one, NULL, NULL), hash_of(U "(content:\"b\"; sid:1;)\n", NULL, NULL));
	assert_string_not_equal(hash_of(one, NULL, NULL), hash_of(one, "HOME_NET", "10.0.0.0/8"));
	assert_string_equal(hash_of(one, NULL, NULL), hash_of("# comment\n" U "(content:\"a\"; sid:1;)\n", NULL, NULL));
}

static void
nothing_is_added_once_compiled(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(sid:1;)\n");
	assert_int_equal(ruleset_add_text(r.rs, "x", "", 0), -EINVAL);
	assert_int_equal(ruleset_compile(r.rs), -EINVAL);
	rig_close(&r);
}

static void
an_empty_set_is_quiet(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "");
	assert_string_equal(rig_udp(&r, "abc"), "");
	assert_string_equal(rig_stream(&r, 0, "abc", 0, 3), "");
	rig_close(&r);
}

static void
put(const char *folder, const char *name, const char *text)
{
	char  path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
a_folder_is_read_in_the_order_of_names(void **state)
{
	char            folder[] = "/tmp/tocsin-rules-XXXXXX", path[256];
	struct vars    *vars = vars_new();
	struct ruleset *rs;
	struct rule_error const *e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	put(folder, "b.rules", U "(msg:\"b\"; sid:1; rev:1;)\n");
	put(folder, "a.rules", U "(msg:\"a\"; sid:1; rev:1;)\n");
	put(folder, "c.txt", U "(msg:\"c\"; sid:3;)\n");
	put(folder, ".rules", U "(msg:\"d\"; sid:4;)\n");
	assert_int_equal(ruleset_new(&rs, vars, NULL), 0);
	assert_int_equal(ruleset_add(rs, folder), 0);
	assert_int_equal(ruleset_counts(rs).files, 2);
	assert_int_equal(ruleset_counts(rs).loaded, 1);
	e = ruleset_error(rs, 0); /* b.rules comes second, so it is the one refused */
	snprintf(path, sizeof(path), "%s/b.rules", folder);
	assert_string_equal(e->file, path);
	ruleset_free(rs);
	vars_free(vars);
	unlink(path);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "a.rules", "c.txt", ".rules" };

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void
paths_that_cannot_be_read_are_told(void **state)
{
	struct vars           *vars = vars_new();
	struct ruleset        *rs;
	struct ruleset_options options = { .classification = "/nonexistent/classes" };

	(void)state;
	assert_int_equal(ruleset_new(&rs, vars, NULL), 0);
	assert_int_equal(ruleset_add(rs, "/nonexistent/x.rules"), -ENOENT);
	assert_int_equal(ruleset_n_errors(rs), 1);
	assert_string_equal(ruleset_error(rs, 0)->file, "/nonexistent/x.rules");
	assert_true(ruleset_add(rs, "/dev/null") < 0);
	assert_int_equal(ruleset_n_errors(rs), 2);
	ruleset_free(rs);
	assert_int_equal(ruleset_new(&rs, vars, &options), -ENOENT);
	assert_null(rs);
	ruleset_free(NULL);
	vars_free(vars);
}

/* The second start takes the databases from the folder; a file that was changed there is not trusted. */
static void
compiled_databases_come_from_the_cache_and_bad_ones_do_not(void **state)
{
	char                   folder[] = "/tmp/tocsin-cache-XXXXXX", command[128];
	struct ruleset_options options = { 0 };
	const char            *rules = U "(content:\"abc\"; sid:1;)\n" U "(content:\"def\"; nocase; sid:2;)\n";

	(void)state;
	assert_non_null(mkdtemp(folder));
	options.cache = folder;
	for (int round = 0; round < 4; round++) {
		struct rig r = { 0 };

		r.vars = vars_new();
		assert_int_equal(ruleset_new(&r.rs, r.vars, &options), 0);
		ruleset_add_text(r.rs, "x", rules, strlen(rules));
		rig_ready(&r);
		assert_string_equal(rig_udp(&r, "abc DEF"), "1 2");
		rig_close(&r);
		if (round == 1) /* cut short */
			snprintf(command, sizeof(command), "for f in %s/*.hs; do truncate -s 100 $f; done", folder);
		else /* one byte wrong in the middle */
			snprintf(command, sizeof(command),
					"for f in %s/*.hs; do printf X | dd of=$f bs=1 seek=200 conv=notrunc 2>/dev/null; done", folder);
		if (round > 0)
			assert_int_equal(system(command), 0);
	}
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void
the_text_is_kept_only_when_wanted(void **state)
{
	struct ruleset_options options = { .keep_text = true };
	const char            *rules = "\n" U "(sid:1;)\n";
	struct rig             r = { 0 };

	(void)state;
	r.vars = vars_new();
	assert_int_equal(ruleset_new(&r.rs, r.vars, &options), 0);
	ruleset_add_text(r.rs, "x", rules, strlen(rules));
	rig_ready(&r);
	assert_string_equal(rig_udp(&r, "x"), "1");
	assert_string_equal(rule_info(r.alerts[0].rule)->text, U "(sid:1;)");
	rig_close(&r);
	rig_open(&r, rules);
	rig_udp(&r, "x");
	assert_null(rule_info(r.alerts[0].rule)->text);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_rules_with_one_sid_the_highest_rev_stays),
		cmocka_unit_test(loading_goes_on_after_a_mistake),
		cmocka_unit_test(counts_add_up),
		cmocka_unit_test(the_hash_changes_with_the_rules_and_the_variables),
		cmocka_unit_test(nothing_is_added_once_compiled),
		cmocka_unit_test(an_empty_set_is_quiet),
		cmocka_unit_test(a_folder_is_read_in_the_order_of_names),
		cmocka_unit_test(paths_that_cannot_be_read_are_told),
		cmocka_unit_test(compiled_databases_come_from_the_cache_and_bad_ones_do_not),
		cmocka_unit_test(the_text_is_kept_only_when_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
