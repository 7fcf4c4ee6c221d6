/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/build_impl.h"

#include "lib/arena.h"
#include "rules/classification.h"
#include "rules/content.h"
#include "rules/intern.h"
#include "rules/keyword.h"
#include "rules/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
row_init(struct row *r)
{
	r->first = NULL;
	r->end = &r->first;
	r->bytes = 0;
}

void
build_init(struct build *b, struct ruleset *rs, struct arena *scratch, struct rule *rule)
{
	memset(b, 0, offsetof(struct build, parts));
	memset(&b->n_parts, 0, sizeof(*b) - offsetof(struct build, n_parts));
	b->rs = rs;
	b->scratch = scratch;
	b->rule = rule;
	b->part = -1;
	b->dirs = 3;
	row_init(&b->packet);
	row_init(&b->post);
}

int
build_error(struct build *b, const char *fmt, ...)
{
	va_list ap;

	if (b->failed)
		return -EINVAL;
	b->failed = true;
	va_start(ap, fmt);
	vsnprintf(b->why, sizeof(b->why), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int
build_skip(struct build *b, const char *fmt, ...)
{
	va_list ap;

	if (b->failed)
		return -EINVAL;
	b->failed = b->skipped = true;
	va_start(ap, fmt);
	vsnprintf(b->why, sizeof(b->why), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void
build_warn(struct build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->warning, sizeof(b->warning), fmt, ap);
	va_end(ap);
}

struct arena *
build_arena(struct build *b)
{
	return b->scratch;
}

struct regex_set *
build_regexes(struct build *b)
{
	return b->rs->regexes;
}

struct datasets *
build_datasets(struct build *b)
{
	return b->rs->datasets;
}

struct rule *
build_rule(struct build *b)
{
	return b->rule;
}

const struct class_row *
build_class(struct build *b, const char *name)
{
	return classification_get(b->rs->classes, name);
}

void *
build_keep(struct build *b, const void *data, size_t len)
{
	int id = intern_add(b->rs->kept, data, len, NULL);

	return id < 0 ? NULL : (void *)(uintptr_t)intern_get(b->rs->kept, (size_t)id).at;
}

void
build_want_files(struct build *b, unsigned wants)
{
	b->rs->file_wants |= wants;
}

bool
build_has_word(struct build *b, const char *name, size_t len)
{
	return words_get(b->rs->words, name, len);
}

int
build_name(struct build *b, enum build_names space, const char *name, size_t len)
{
	return intern_add(b->rs->names[space], name, len, NULL);
}

static struct node *
append(struct build *b, struct row *row, check_fn *fn, size_t size)
{
	size_t       total = sizeof(struct check) + ((size + 7) & ~(size_t)7);
	struct node *n = arena_zero(b->scratch, offsetof(struct node, check) + total);

	if (!n)
		return NULL;
	n->check.fn = fn;
	n->check.size = (uint32_t)total;
	*row->end = n;
	row->end = &n->next;
	row->bytes += total;
	return n;
}

void *
build_packet(struct build *b, check_fn *fn, size_t size)
{
	struct node *n = append(b, &b->packet, fn, size);

	return n ? n->check.arg : NULL;
}

void *
build_post(struct build *b, check_fn *fn, size_t size)
{
	struct node *n = append(b, &b->post, fn, size);

	return n ? n->check.arg : NULL;
}

static bool
same_view(const struct view_spec *x, const struct view_spec *y)
{
	if (x->kind != y->kind || x->id != y->id || x->app != y->app || x->dir != y->dir ||
			x->state != y->state || x->n_transforms != y->n_transforms)
		return false;
	for (unsigned i = 0; i < x->n_transforms; i++)
		if (x->transforms[i].fn != y->transforms[i].fn || x->transforms[i].key != y->transforms[i].key)
			return false;
	return true;
}

/* The part of that view: one that is there, unless each use of the keyword is one of its own. */
static struct build_part *
part_of(struct build *b, const struct view_spec *spec, bool own)
{
	struct build_part *p;

	for (unsigned i = 0; !own && i < b->n_parts; i++)
		if (same_view(&b->parts[i].spec, spec) && !(b->parts[i].flags & PART_DECODED))
			return &b->parts[i];
	if (b->n_parts == RULE_PARTS_MAX) {
		build_error(b, "more than %d buffers in a rule", RULE_PARTS_MAX);
		return NULL;
	}
	p = &b->parts[b->n_parts++];
	memset(p, 0, sizeof(*p));
	p->spec = *spec;
	row_init(&p->row);
	return p;
}

/* The part that buffer checks go to now. */
static struct build_part *
current_part(struct build *b)
{
	struct build_part *p;
	bool               own;

	if (b->part >= 0)
		return &b->parts[b->part];
	own = b->current.flags & BUF_MULTI || b->part_flags;
	p = part_of(b, &b->current, own);
	if (!p)
		return NULL;
	p->flags |= b->part_flags;
	p->after = b->last_part ? (int)(b->last_part - b->parts) : -1;
	b->part = (int)(p - b->parts);
	return p;
}

void *
build_buffer(struct build *b, check_fn *fn, size_t size)
{
	struct build_part *p = current_part(b);
	struct node       *n = p ? append(b, &p->row, fn, size) : NULL;

	if (!n)
		return NULL;
	b->prior_part = b->last_part;
	b->last = n;
	b->last_part = p;
	if (fn == content_match) {
		n->check.flags |= CHECK_RETRIES;
		b->last_content = n;
		b->last_content_part = p;
	}
	return n->check.arg;
}

void *
build_tx(struct build *b, struct build_where where, check_fn *fn, size_t size)
{
	struct view_spec   spec = { .kind = VIEW_ANY };
	struct build_part *p;
	struct node       *n;

	if (where.files)
		b->rule->flags |= RULE_PER_FILE;
	if (where.hook)
		spec = b->hook;
	else if (where.files)
		spec = (struct view_spec){ .kind = VIEW_FILE, .id = BUF_FILE_DATA, .flags = buffer_flags(BUF_FILE_DATA) };
	else if (where.number)
		spec = (struct view_spec){ .kind = VIEW_NUMBER, .id = (uint16_t)where.number };
	else if (where.buffer)
		spec = (struct view_spec){ .kind = VIEW_BUFFER, .id = (uint16_t)where.buffer,
			.flags = buffer_flags(where.buffer) };
	p = part_of(b, &spec, !where.files && spec.flags & BUF_MULTI);
	n = p ? append(b, &p->row, fn, size) : NULL;
	return n ? n->check.arg : NULL;
}

int
build_hook(struct build *b, enum appproto app, int dir, uint8_t state)
{
	struct view_spec spec = { .kind = VIEW_HOOK, .app = (uint8_t)app, .dir = (uint8_t)dir, .state = state };

	b->hook = spec;
	return part_of(b, &spec, false) ? 0 : -EINVAL;
}

uint64_t
build_header_apps(const struct build *b)
{
	return b->header_apps ? b->header_apps : UINT64_MAX;
}

int
build_sticky(struct build *b, enum buffer buffer)
{
	if (buffer == BUF_HTTP_RESPONSE_BODY) {
		/* the same bytes, and rules ask them by both names in one breath */
		buffer = BUF_FILE_DATA;
		if (build_apps(b, appproto_mask("http")) < 0 || build_direction(b, DIR_TOCLIENT) < 0)
			return -EINVAL;
	}
	if (buffer_flags(buffer) & BUF_PACKET)
		build_need_packet(b);
	if (buffer == BUF_FILE_MAGIC)
		build_want_files(b, FILE_WANT_MAGIC);
	b->current = (struct view_spec){
		.kind = buffer == BUF_NONE ? VIEW_PAYLOAD : buffer_flags(buffer) & BUF_PACKET ? VIEW_HEADER : VIEW_BUFFER,
		.id = (uint16_t)buffer,
		.flags = buffer_flags(buffer),
	};
	b->part = -1;
	b->part_flags = 0;
	return 0;
}

int
build_frame(struct build *b, unsigned kind)
{
	for (unsigned i = 0; i < b->n_parts; i++)
		if (b->parts[i].spec.kind == VIEW_FRAME && b->parts[i].spec.id != kind)
			return build_error(b, "a rule asks one kind of frame only");
	b->current = (struct view_spec){ .kind = VIEW_FRAME, .id = (uint16_t)kind };
	b->part = -1;
	b->part_flags = 0;
	return 0;
}

enum buffer
build_current(const struct build *b)
{
	return b->current.kind == VIEW_PAYLOAD ? BUF_NONE : (enum buffer)b->current.id;
}

int
build_transform(struct build *b, transform_fn *fn, const void *key, size_t len)
{
	struct transform *t;

	if (b->current.kind == VIEW_PAYLOAD)
		return build_error(b, "a transform needs a sticky buffer before it");
	b->part = -1; /* what was asked of the buffer before stays a part of its own */
	if (b->current.n_transforms == VIEW_TRANSFORMS_MAX)
		return build_error(b, "more than %d transforms", VIEW_TRANSFORMS_MAX);
	t = &b->current.transforms[b->current.n_transforms++];
	t->fn = fn;
	t->len = len;
	t->key = len ? build_keep(b, key, len) : NULL;
	return len && !t->key ? -ENOMEM : 0;
}

int
build_decoded(struct build *b)
{
	if (!b->last_part)
		return build_error(b, "needs a base64_decode before it");
	b->part_flags = PART_DECODED;
	b->part = -1;
	return 0;
}

int
build_absent(struct build *b, bool or_else)
{
	if (b->current.kind != VIEW_BUFFER)
		return build_error(b, "needs a sticky buffer before it");
	if (b->part >= 0)
		return build_error(b, "must be the first after the sticky buffer");
	b->part_flags = or_else ? PART_ABSENT | PART_OR_ELSE : PART_ABSENT;
	return current_part(b) ? 0 : -EINVAL;
}

struct content *
build_last_content(struct build *b, const struct option *o)
{
	if (!b->last_content) {
		build_error(b, "%s needs a content before it", o->name);
		return NULL;
	}
	return (struct content *)(void *)b->last_content->check.arg;
}

static void
unlink_node(struct row *row, struct node *n)
{
	struct node **at = &row->first;

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	n->next = NULL;
	row->bytes -= n->check.size;
	if (!*at)
		row->end = at;
}

int
build_move_last(struct build *b, enum buffer buffer)
{
	struct view_spec   spec = { .kind = VIEW_BUFFER, .id = (uint16_t)buffer, .flags = buffer_flags(buffer) };
	struct build_part *from = b->last_part, *to;
	struct node       *n = b->last;

	if (buffer == BUF_HTTP_RESPONSE_BODY)
		return build_move_last(b, BUF_FILE_DATA);
	if (n && !(n->check.flags & CHECK_RETRIES)) {
		n = b->last_content; /* a check of the payload stands between */
		from = b->last_content_part;
	}
	if (!n || !(n->check.flags & CHECK_RETRIES))
		return build_error(b, "needs a content or pcre before it");
	if (from->spec.kind != VIEW_PAYLOAD && n != b->followed)
		return build_error(b, "the content before it asks another buffer already");
	to = part_of(b, &spec, false);
	if (!to)
		return -EINVAL;
	unlink_node(&from->row, n);
	*to->row.end = n;
	to->row.end = &n->next;
	to->row.bytes += n->check.size;
	if (b->last == n)
		b->last_part = to;
	if (b->last_content == n)
		b->last_content_part = to;
	return 0;
}

/* Without a sticky buffer it belongs where the check before it was moved to (http_uri). */
void
build_relative(struct build *b)
{
	struct build_part *from = b->last_part, *to = b->prior_part;

	if (!b->last)
		return;
	b->last->check.flags |= CHECK_RELATIVE;
	if (!to || to == from || from->spec.kind != VIEW_PAYLOAD || to->spec.kind != VIEW_BUFFER ||
			b->current.kind != VIEW_PAYLOAD)
		return;
	unlink_node(&from->row, b->last);
	*to->row.end = b->last;
	to->row.end = &b->last->next;
	to->row.bytes += b->last->check.size;
	b->followed = b->last;
	b->last_part = to;
	if (b->last_content == b->last)
		b->last_content_part = to;
}

void
build_retries(struct build *b)
{
	if (b->last)
		b->last->check.flags |= CHECK_RETRIES;
}

int
build_var(struct build *b, const char *name)
{
	for (unsigned i = 0; i < b->n_vars; i++)
		if (strcmp(b->vars[i], name) == 0)
			return (int)i;
	return build_error(b, "neither a number nor a variable that was set before: %s", name);
}

int
build_var_define(struct build *b, const char *name)
{
	for (unsigned i = 0; i < b->n_vars; i++)
		if (strcmp(b->vars[i], name) == 0)
			return (int)i;
	if (b->n_vars == CHECK_VARS_MAX)
		return build_error(b, "more than %d byte variables", CHECK_VARS_MAX);
	b->vars[b->n_vars] = arena_dup(b->scratch, name, strlen(name));
	return b->vars[b->n_vars] ? (int)b->n_vars++ : -ENOMEM;
}

int
build_apps(struct build *b, uint64_t mask)
{
	b->apps = b->apps ? b->apps & mask : mask;
	return b->apps ? 0 : build_error(b, "not a keyword of this rule's protocol");
}

int
build_direction(struct build *b, int dir)
{
	b->dirs &= (uint8_t)(1u << dir);
	return b->dirs ? 0 : build_error(b, "the rule already looks in the other direction only");
}

void
build_asks_more(struct build *b)
{
	b->asks_more = true;
}

void
build_asks_protocol(struct build *b)
{
	b->asks_protocol = true;
}

void
build_need_packet(struct build *b)
{
	b->need_packet = true;
}

void
build_need_stream(struct build *b)
{
	b->need_stream = true;
}
