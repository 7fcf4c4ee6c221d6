/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/i18n.h"
#include "cli/when.h"
#include "cli/wire.h"
#include "lib/arena.h"

#define LIST_PAGE 1000 /* records a request */
#define LIST_FIELDS_MAX 64
#define LIST_SCRATCH (256u << 10) /* bytes */

struct list {
	struct cli             *cli;
	const struct list_spec *spec;
	struct field            fields[LIST_FIELDS_MAX];
	size_t                  n_fields;
	struct table           *table;   /* text only; owned */
	struct arena           *scratch; /* of one page; owned */
	size_t                  limit; /* SIZE_MAX: none */
	struct list_end         end;
};

static bool
add_field(struct list *l, const struct field *f)
{
	if (l->n_fields == LIST_FIELDS_MAX)
		return false;
	l->fields[l->n_fields++] = *f;
	return true;
}

static void
default_fields(struct list *l, const struct record *r)
{
	const struct out *out = &l->cli->out;
	unsigned          form = out->form == OUT_PLAIN ? IN_PLAIN
			: out->terminal         ? IN_TERMINAL
						: IN_PIPE;

	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].in & form)
			add_field(l, &r->fields[i]);
}

static int
unknown_field(struct list *l, const char *key)
{
	const struct record *r = l->spec->record;
	const char          *known = "";

	for (size_t i = 0; i < r->n_fields; i++)
		known = cli_printf(l->cli, "%s%s%s", known, i ? ", " : "", r->fields[i].key);
	return cli_fail(l->cli, CLI_ERROR, _("%s is no field here; there are: %s"), key,
			known);
}

static int
chosen_fields(struct list *l, const char *list)
{
	const struct record *r = l->spec->record;
	char                *copy = (char *)cli_printf(l->cli, "%s", list), *rest;

	for (char *key = strtok_r(copy, ", ", &rest); key; key = strtok_r(NULL, ", ", &rest)) {
		const struct field *known = record_field(r, key);
		struct field        other = { .key = key, .head = key, .text = wire_text };

		if (!known && (!r->open || strncmp(key, r->open, strlen(r->open)) != 0))
			return unknown_field(l, key);
		if (!add_field(l, known ? known : &other))
			return cli_fail(l->cli, CLI_ERROR, _("too many fields"));
	}
	return CLI_DONE;
}

static void
name_fields(const struct record *r)
{
	for (size_t i = 0; i < r->n_fields; i++)
		puts(r->fields[i].key);
	if (r->open)
		printf("%s…\n", r->open);
}

static int
read_limit(struct list *l)
{
	const char *text = l->cli->args.opt[OPT_LIMIT];
	char       *end;
	long        n;

	l->limit = l->cli->out.form == OUT_TEXT ? LIST_ROWS : SIZE_MAX;
	if (!text)
		return CLI_DONE;
	n = strtol(text, &end, 10);
	if (n < 1 || *end)
		return cli_fail(l->cli, CLI_ERROR, _("--limit: %s is no number above 0"),
				text);
	l->limit = (size_t)n;
	return CLI_DONE;
}

/* One filter's value as the collector wants it; NULL: it is wrong, said. */
static const char *
filter_value(struct cli *cli, enum opt o)
{
	const char *text = cli->args.opt[o];
	char        stamp[WHEN_SIZE];
	int64_t     us;
	int         severity;

	if (o == OPT_SINCE || o == OPT_UNTIL) {
		if (when_parse(&us, text, cli->now_us) == 0)
			return cli_printf(cli, "%s", when_rfc3339(stamp, us));
		cli_fail(cli, CLI_ERROR, _("--%s: %s is no time; see `tocsin help time`"),
				opt_rows[o].name, text);
		return NULL;
	}
	if (o == OPT_SEVERITY) {
		severity = args_severity(text);
		if (severity >= 0)
			return cli_printf(cli, "%d", severity);
		cli_fail(cli, CLI_ERROR,
				_("--severity: %s is none of info, low, medium, high, "
				  "critical, 0 to 4"),
				text);
		return NULL;
	}
	return text;
}

const char *
list_query(struct cli *cli, const char *path)
{
	for (int o = 0; o < OPT_COUNT; o++) {
		const char *value;

		if (!opt_rows[o].query || !args_has(&cli->args, (enum opt)o))
			continue;
		value = filter_value(cli, (enum opt)o);
		if (!value)
			return NULL;
		path = cli_printf(cli, "%s%c%s=%s", path, strchr(path, '?') ? '&' : '?',
				opt_rows[o].query, cli_path(cli, "%s", value));
	}
	return path;
}

static bool
is_filtered(const struct cli *cli)
{
	for (int o = 0; o < OPT_COUNT; o++)
		if (opt_rows[o].query && args_has(&cli->args, (enum opt)o))
			return true;
	return false;
}

static struct table *
table_of(struct list *l)
{
	struct table *t = table_new(&l->cli->out, true);

	for (size_t i = 0; i < l->n_fields; i++) {
		const struct field *f = &l->fields[i];

		table_column(t, &(struct table_column){ .head = *f->head ? _(f->head) : "",
						.min = f->min,
						.flags = f->flags });
	}
	return t;
}

static void
add_row(struct list *l, struct table *t, const json_t *item)
{
	table_row(t);
	for (size_t i = 0; i < l->n_fields; i++) {
		const struct field *f = &l->fields[i];

		table_cell(t, l->cli->arena, f->text(l->cli, item, f->key),
				f->tint ? f->tint(item, f->key) : TINT_NONE);
	}
}

static void
print_plain(struct list *l, const json_t *item)
{
	for (size_t i = 0; i < l->n_fields; i++) {
		const char *text = l->fields[i].text(l->cli, item, l->fields[i].key);

		printf("%s%s", i ? "\t" : "", *text ? text : "-");
	}
	putchar('\n');
}

/* What --fields leaves of an object; all of it without --fields. */
static void
print_json(struct list *l, const json_t *item)
{
	json_t *part;

	if (!args_has(&l->cli->args, OPT_FIELDS)) {
		out_json(item, false);
		return;
	}
	part = json_object();
	for (size_t i = 0; i < l->n_fields; i++) {
		const struct field *f = &l->fields[i];
		const json_t       *value = wire_at(item, f->key);

		if (f->derived)
			json_object_set_new(part, f->key,
					json_string(f->text(l->cli, item, f->key)));
		else
			json_object_set_new(part, f->key,
					value ? json_incref((json_t *)value) : json_null());
	}
	out_json(part, false);
	json_decref(part);
}

static void
print_item(struct list *l, const json_t *item)
{
	switch (l->cli->out.form) {
	case OUT_TEXT:
		add_row(l, l->table, item);
		break;
	case OUT_PLAIN:
		print_plain(l, item);
		break;
	case OUT_IDS:
		puts(wire_text(l->cli, item, l->spec->record->id));
		break;
	case OUT_JSON:
		fputs(l->end.n ? ",\n" : "[\n", stdout);
		print_json(l, item);
		break;
	case OUT_JSONL:
		print_json(l, item);
		putchar('\n');
		break;
	}
	l->end.n++;
}

/* Listings may be long: what one page needs is forgotten with it. */
static void
print_items(struct list *l, const json_t *items)
{
	struct arena *kept = l->cli->arena;
	const json_t *item;
	size_t        i;

	if (!l->end.first && json_array_size(items))
		l->end.first = wire_text(l->cli, json_array_get(items, 0),
				l->spec->record->id);
	l->cli->arena = l->scratch;
	json_array_foreach ((json_t *)items, i, item)
		if (l->end.n < l->limit)
			print_item(l, item);
	l->cli->arena = kept;
	arena_reset(l->scratch);
}

/* One page; *cursor is where the next begins, NULL after the last. */
static int
run_page(struct list *l, const char *query, const char **cursor)
{
	struct cli *cli = l->cli;
	size_t      most = l->spec->page ? l->spec->page : LIST_PAGE;
	size_t      want = l->limit - l->end.n < most ? l->limit - l->end.n : most;
	const char *path = cli_printf(cli, "%s%climit=%zu", query,
			strchr(query, '?') ? '&' : '?', want);
	json_t     *page;
	int         code;

	if (*cursor)
		path = cli_printf(cli, "%s&cursor=%s", path, cli_path(cli, "%s", *cursor));
	code = cli_get(cli, &page, path);
	if (code != CLI_DONE)
		return code;
	if (!*cursor && cli->out.form == OUT_TEXT && l->spec->before)
		l->spec->before(cli, page);
	print_items(l, wire_at(page, "items"));
	*cursor = wire_count(page, "items") ? json_string_value(wire_at(page, "next")) : NULL;
	if (*cursor)
		*cursor = cli_printf(cli, "%s", *cursor); /* it outlives the page */
	l->end.more = *cursor || json_is_true(wire_at(page, "more"));
	json_decref(page);
	return CLI_DONE;
}

static void
finish_text(struct list *l)
{
	struct cli *cli = l->cli;

	if (l->end.n)
		table_print(l->table, cli->arena);
	else
		puts(_(l->spec->none));
	if (l->spec->after)
		l->spec->after(cli, &l->end);
	else if (l->end.more)
		printf(_("the first %zu; --limit N shows more\n"), l->end.n);
}

static int
run_pages(struct list *l)
{
	enum out_form form = l->cli->out.form;
	const char   *query = list_query(l->cli, l->spec->path), *cursor = NULL;
	int           code;

	if (!query)
		return CLI_ERROR;
	if (form == OUT_TEXT)
		l->table = table_of(l);
	do {
		code = run_page(l, query, &cursor);
	} while (code == CLI_DONE && cursor && l->end.n < l->limit &&
			(form == OUT_TEXT || out_flush()));
	if (code != CLI_DONE)
		return code;
	if (form == OUT_TEXT)
		finish_text(l);
	else if (l->end.more && !cursor && l->end.n < l->limit) /* nothing is ever left out silently */
		fprintf(stderr, _("tocsin: the collector lists only the first %zu\n"),
				l->end.n);
	if (form == OUT_JSON) /* after a failure it stays open: half of it is no answer */
		puts(l->end.n ? "\n]" : "[]");
	return l->end.n || !is_filtered(l->cli) ? CLI_DONE : CLI_NO_MATCH;
}

int
list_run(struct cli *cli, const struct list_spec *spec)
{
	struct list l = { .cli = cli, .spec = spec };
	const char *fields = cli->args.opt[OPT_FIELDS];
	int         code;

	if (fields && !*fields) {
		name_fields(spec->record);
		return CLI_DONE;
	}
	code = read_limit(&l);
	if (code == CLI_DONE && fields)
		code = chosen_fields(&l, fields);
	else
		default_fields(&l, spec->record);
	if (code != CLI_DONE)
		return code;
	l.scratch = arena_new(LIST_SCRATCH);
	if (!l.scratch)
		abort();
	code = run_pages(&l);
	arena_free(l.scratch);
	table_free(l.table);
	return code;
}

void
list_table(struct cli *cli, const struct record *record, const json_t *items)
{
	struct list   l = { .cli = cli };
	struct table *t;
	const json_t *item;
	size_t        i;

	default_fields(&l, record);
	t = table_of(&l);
	json_array_foreach ((json_t *)items, i, item)
		add_row(&l, t, item);
	table_print(t, cli->arena);
	table_free(t);
}
