/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/escape.h"
#include "cli/i18n.h"
#include "rules/ruleset.h"
#include "rules/vars.h"

static const char *
harmless(struct cli *cli, const char *text)
{
	return escape_text(cli->arena, text, strlen(text));
}

/* As compilers write it, so that editors find the place. */
static void
print_error(struct cli *cli, FILE *to, const struct rule_error *e)
{
	fprintf(to, "%s:", harmless(cli, e->file));
	if (e->line) /* else the file itself is what is wrong */
		fprintf(to, "%u:%u:", e->line, e->column);
	if (e->warning)
		fprintf(to, " %s", _("warning:"));
	if (e->sid)
		fprintf(to, " sid %llu:", (unsigned long long)e->sid);
	if (*e->keyword)
		fprintf(to, " %s:", harmless(cli, e->keyword));
	fprintf(to, " %s\n", harmless(cli, e->reason));
}

static void
print_text(struct cli *cli, const struct ruleset *rs)
{
	struct ruleset_counts n = ruleset_counts(rs);

	for (size_t i = 0; i < ruleset_n_errors(rs); i++)
		print_error(cli, stdout, ruleset_error(rs, i));
	printf(_("%u files, %u rules: %u loaded, %u rejected\n"), n.files, n.rules, n.loaded,
			n.rejected);
}

/* Text of rule files may be in any encoding; JSON's may not. */
static json_t *
text(struct cli *cli, const char *s)
{
	json_t *value = json_string(s);

	return value ? value : json_string(harmless(cli, s));
}

static json_t *
error_json(struct cli *cli, const struct rule_error *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", text(cli, e->file));
	json_object_set_new(o, "line", json_integer(e->line));
	json_object_set_new(o, "column", json_integer(e->column));
	json_object_set_new(o, "sid", e->sid ? json_integer((json_int_t)e->sid) : json_null());
	json_object_set_new(o, "keyword", text(cli, e->keyword));
	json_object_set_new(o, "reason", text(cli, e->reason));
	return o;
}

static void
print_json(struct cli *cli, const struct ruleset *rs)
{
	struct ruleset_counts n = ruleset_counts(rs);
	json_t               *errors = json_array(), *o;

	for (size_t i = 0; i < ruleset_n_errors(rs); i++) {
		const struct rule_error *e = ruleset_error(rs, i);

		if (e->warning) /* no error, so it has no place in the answer */
			print_error(cli, stderr, e);
		else
			json_array_append_new(errors, error_json(cli, e));
	}
	o = json_pack("{s:i, s:i, s:i, s:i, s:o}", "files", (int)n.files, "rules", (int)n.rules,
			"loaded", (int)n.loaded, "rejected", (int)n.rejected, "errors", errors);
	out_json(o, true);
	putchar('\n');
	json_decref(o);
}

/* All paths are read before anything is said, so that one mistake does not hide another. A path
 * that cannot be read is among the errors. */
static int
load(struct cli *cli, struct ruleset *rs)
{
	int code = CLI_DONE, err;

	for (int i = 0; i < cli->args.n_words; i++)
		if (ruleset_add(rs, cli->args.words[i]) < 0)
			code = CLI_ERROR;
	err = ruleset_compile(rs);
	if (err && code == CLI_DONE)
		code = cli_fail(cli, CLI_ERROR, _("the rules do not compile: %s"), strerror(-err));
	return code;
}

int
cmd_rules_check(struct cli *cli)
{
	struct vars                 *vars = vars_new();
	struct ruleset              *rs = NULL;
	const struct ruleset_options options = { 0 };
	int                          code;

	if (!vars || ruleset_new(&rs, vars, &options) < 0)
		abort();
	code = load(cli, rs);
	if (cli->out.form == OUT_JSON)
		print_json(cli, rs);
	else
		print_text(cli, rs);
	if (code == CLI_DONE && ruleset_counts(rs).rejected)
		code = CLI_NO_MATCH;
	ruleset_free(rs);
	vars_free(vars);
	return code;
}
