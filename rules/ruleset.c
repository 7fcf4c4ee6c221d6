/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <maxminddb.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "rules/app.h"
#include "rules/classification.h"
#include "rules/dataset.h"
#include "rules/group.h"
#include "rules/intern.h"
#include "rules/parse.h"
#include "rules/program.h"
#include "rules/regex.h"
#include "rules/reputation.h"
#include "rules/threshold_file.h"
#include "rules/vars.h"
#include "rules/words.h"

#define ARENA_BLOCK (1u << 20)
#define SCRATCH_BLOCK (1u << 16)
#define FILE_MAX (1u << 30)
#define SETS_MAX 65535

/* What loading tells, and what only loading needs. */
struct ruleset_log {
	struct rule_error    *errors;
	size_t                n_errors, cap_errors;
	struct ruleset_counts counts;
	struct arena         *scratch;
	struct intern        *sids;    /* gid and sid of the rules so far … */
	uint32_t             *sid_rule;/* … and where they are in rules[] */
	size_t                cap_sids;
	EVP_MD_CTX           *digest;
	char                  hash[65];
	struct ruleset_options options;
	size_t                cap_addrsets, cap_portsets;
};

static int
new_interns(struct ruleset *rs)
{
	rs->addr_texts = intern_new(rs->keep);
	rs->port_texts = intern_new(rs->keep);
	rs->view_keys = intern_new(rs->keep);
	rs->kept = intern_new(rs->keep);
	rs->log->sids = intern_new(rs->log->scratch ? rs->keep : NULL);
	if (!rs->addr_texts || !rs->port_texts || !rs->view_keys || !rs->kept || !rs->log->sids)
		return -ENOMEM;
	for (int i = 0; i < NAMES_COUNT; i++)
		if (!(rs->names[i] = intern_new(rs->keep)))
			return -ENOMEM;
	return 0;
}

static void
note_apps(struct ruleset *rs)
{
	for (unsigned id = 0; id < APPPROTO_COUNT; id++) {
		const struct app *app = app_get(id);

		if (!app)
			continue;
		for (const struct app_buffer *b = app->buffers; b && b->buffer != BUF_NONE; b++)
			rs->buffer_apps[b->buffer][b->dir] |= 1ULL << id;
		for (const struct app_number *n = app->numbers; n && n->number != NUM_NONE; n++)
			rs->number_apps[n->number][n->dir] |= 1ULL << id;
	}
}

static int
grow(void **list, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void  *p;

	if (n < *cap)
		return 0;
	p = realloc(*list, more * size);
	if (!p)
		return -ENOMEM;
	*list = p;
	*cap = more;
	return 0;
}

/* Row 0 of each table: any address, any port, the payload. */
static int
first_rows(struct ruleset *rs)
{
	struct view_spec payload = { .kind = VIEW_PAYLOAD };

	if (grow((void **)&rs->addrsets, &rs->log->cap_addrsets, 0, sizeof(*rs->addrsets)) < 0 ||
			grow((void **)&rs->portsets, &rs->log->cap_portsets, 0, sizeof(*rs->portsets)) < 0)
		return -ENOMEM;
	rs->addrsets[0] = (struct addrset){ .any = true };
	rs->n_addrsets = 1;
	rs->portsets[0] = (struct portset){ .n_ports = 65536 };
	return ruleset_view(rs, &payload);
}

/* What flows and the rule memory hold by number means the same in the new set. */
static int
take_names(struct ruleset *rs, const struct ruleset *before)
{
	rs->generation = before ? before->generation + 1 : 1;
	for (int i = 0; i < NAMES_COUNT && before; i++) {
		for (size_t id = 0; id < intern_count(before->names[i]); id++) {
			struct bytes name = intern_get(before->names[i], id);

			if (intern_add(rs->names[i], name.at, name.left, NULL) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int
ruleset_new(struct ruleset **out, const struct vars *vars, const struct ruleset_options *options)
{
	struct ruleset *rs = calloc(1, sizeof(*rs));
	uint32_t        line;
	int             rc = -ENOMEM;

	*out = NULL;
	if (!rs || !(rs->log = calloc(1, sizeof(*rs->log))))
		goto fail;
	rs->vars = vars;
	rs->inline_mode = vars_bool(vars, "stream.inline", false);
	rs->file = "";
	if (options)
		rs->log->options = *options;
	rs->keep = arena_new(ARENA_BLOCK);
	rs->log->scratch = arena_new(SCRATCH_BLOCK);
	rs->log->digest = EVP_MD_CTX_new();
	rs->classes = classification_new();
	rs->regexes = regex_set_new();
	rs->datasets = datasets_new();
	if (!rs->keep || !rs->log->scratch || !rs->log->digest || !rs->classes || !rs->regexes || !rs->datasets || new_interns(rs) < 0 ||
			take_names(rs, options ? options->before : NULL) < 0)
		goto fail;
	rs->words = words_new(rs->keep);
	if (!rs->words || !EVP_DigestInit_ex(rs->log->digest, EVP_sha256(), NULL) || first_rows(rs) < 0)
		goto fail;
	note_apps(rs);
	if (options && options->classification) {
		rc = classification_load(rs->classes, options->classification, &line);
		if (rc < 0)
			goto fail;
	}
	*out = rs;
	return 0;
fail:
	ruleset_free(rs);
	return rc;
}

static void
log_free(struct ruleset_log *log)
{
	if (!log)
		return;
	free(log->errors);
	free(log->sid_rule);
	intern_free(log->sids);
	arena_free(log->scratch);
	EVP_MD_CTX_free(log->digest);
	free(log);
}

void
ruleset_free(struct ruleset *rs)
{
	if (!rs)
		return;
	groups_free(rs->groups);
	log_free(rs->log);
	classification_free(rs->classes);
	regex_set_free(rs->regexes);
	datasets_free(rs->datasets);
	reputation_free(rs->reputation);
	if (rs->geo)
		MMDB_close(rs->geo);
	free(rs->geo);
	words_free(rs->words);
	for (int i = 0; i < NAMES_COUNT; i++)
		intern_free(rs->names[i]);
	intern_free(rs->addr_texts);
	intern_free(rs->port_texts);
	intern_free(rs->view_keys);
	intern_free(rs->kept);
	free(rs->addrsets);
	free(rs->portsets);
	free(rs->rules);
	arena_free(rs->keep);
	free(rs);
}

int
ruleset_addrset(struct ruleset *rs, struct lex_word text, const char **why)
{
	struct addrset set;
	int            id = intern_find(rs->addr_texts, text.at, text.len);
	int            rc;

	if (lex_is(text, "any"))
		return 0;
	if (id >= 0)
		return id + 1;
	rc = addrset_parse(&set, rs->keep, rs->vars, text, why);
	if (rc < 0)
		return rc;
	id = intern_add(rs->addr_texts, text.at, text.len, NULL) + 1;
	if (id <= 0 || id >= SETS_MAX ||
			grow((void **)&rs->addrsets, &rs->log->cap_addrsets, (size_t)id, sizeof(set)) < 0)
		return -ENOMEM;
	rs->addrsets[id] = set;
	rs->n_addrsets = (size_t)id + 1;
	return id;
}

int
ruleset_portset(struct ruleset *rs, struct lex_word text, const char **why)
{
	struct portset set;
	int            id = intern_find(rs->port_texts, text.at, text.len);
	int            rc;

	if (lex_is(text, "any"))
		return 0;
	if (id >= 0)
		return id + 1;
	rc = portset_parse(&set, rs->keep, rs->vars, text, why);
	if (rc < 0)
		return rc;
	id = intern_add(rs->port_texts, text.at, text.len, NULL) + 1;
	if (id <= 0 || id >= SETS_MAX ||
			grow((void **)&rs->portsets, &rs->log->cap_portsets, (size_t)id, sizeof(set)) < 0)
		return -ENOMEM;
	rs->portsets[id] = set;
	return id;
}

/* ---- errors ---- */

static const char *
keep_text(struct ruleset *rs, const char *s)
{
	int id = intern_add(rs->kept, s, strlen(s), NULL);

	return id < 0 ? "" : (const char *)intern_get(rs->kept, (size_t)id).at;
}

static int
add_error(struct ruleset *rs, const char *file, const struct parse_error *e, const char *reason, bool warning)
{
	struct ruleset_log *log = rs->log;

	if (grow((void **)&log->errors, &log->cap_errors, log->n_errors, sizeof(*log->errors)) < 0)
		return -ENOMEM;
	log->errors[log->n_errors++] = (struct rule_error){
		.file = file,
		.line = e->line,
		.column = e->column,
		.sid = e->sid,
		.keyword = keep_text(rs, e->keyword),
		.reason = keep_text(rs, reason),
		.warning = warning,
	};
	return 0;
}

static int
path_error(struct ruleset *rs, const char *path, int rc)
{
	struct parse_error e = { .keyword = "" };

	add_error(rs, keep_text(rs, path), &e, strerror(-rc), false);
	return rc;
}

/* ---- rules ---- */

static int
append_rule(struct ruleset *rs, struct rule *r, size_t *index)
{
	if (grow((void **)&rs->rules, &rs->cap_rules, rs->n_rules, sizeof(*rs->rules)) < 0)
		return -ENOMEM;
	*index = rs->n_rules;
	rs->rules[rs->n_rules++] = r;
	return 0;
}

/* Of rules with one sid the highest revision stays. 0: `r` is in; 1: `r` is refused. */
static int
take_rule(struct ruleset *rs, struct rule *r, struct parse_error *e)
{
	struct ruleset_log *log = rs->log;
	uint32_t            key[2] = { r->info->gid, r->info->sid };
	bool                fresh;
	int                 id = intern_add(log->sids, key, sizeof(key), &fresh);
	size_t              index = 0;
	struct rule        *old;

	if (id < 0 || grow((void **)&log->sid_rule, &log->cap_sids, (size_t)id, sizeof(*log->sid_rule)) < 0)
		return -ENOMEM;
	if (fresh) {
		int rc = append_rule(rs, r, &index);

		log->sid_rule[id] = (uint32_t)index;
		log->counts.loaded += rc == 0;
		return rc;
	}
	old = rs->rules[log->sid_rule[id]];
	e->keyword = "sid";
	if (r->info->rev <= old->info->rev) {
		log->counts.rejected++;
		add_error(rs, r->info->file, e, "another rule has this sid, and no lower rev", false);
		return 1;
	}
	e->line = old->info->line;
	log->counts.skipped++;
	add_error(rs, old->info->file, e, "another rule has this sid and a higher rev", true);
	rs->rules[log->sid_rule[id]] = r;
	return 0;
}

static int
add_rule(struct ruleset *rs, const char *file, const struct lex_rule *text)
{
	struct ruleset_log *log = rs->log;
	struct parse_error  e;
	struct rule        *r;
	int                 rc;

	log->counts.rules++;
	rc = parse_rule(&r, rs, log->scratch, text, &e);
	if (rc == -EINVAL) {
		log->counts.rejected++;
		return add_error(rs, file, &e, e.reason, false);
	}
	if (rc == -ECANCELED) {
		log->counts.skipped++;
		return add_error(rs, file, &e, e.reason, true);
	}
	if (rc < 0)
		return rc;
	r->info->file = file;
	r->info->line = text->line;
	if (log->options.keep_text) {
		r->info->text = arena_dup(rs->keep, text->text, text->len);
		if (!r->info->text)
			return -ENOMEM;
	}
	if (e.warning && add_error(rs, file, &e, e.warning, true) < 0)
		return -ENOMEM;
	rc = take_rule(rs, r, &e);
	return rc < 0 ? rc : 0;
}

int
ruleset_add_text(struct ruleset *rs, const char *file, const char *text, size_t len)
{
	struct lex      l = { .text = text, .len = len, .line = 1 };
	struct lex_rule r;
	const char     *name = keep_text(rs, file);
	int             rc = 0;

	if (rs->compiled)
		return -EINVAL;
	rs->log->counts.files++;
	rs->file = name;
	while (rc == 0 && lex_next(&l, rs->log->scratch, &r)) {
		EVP_DigestUpdate(rs->log->digest, r.text, r.len);
		rc = add_rule(rs, name, &r);
		arena_reset(rs->log->scratch);
	}
	return rc;
}

static int
read_file(const char *path, char **text, size_t *len)
{
	struct stat st;
	int         fd = open(path, O_RDONLY | O_CLOEXEC);
	int         rc = 0;

	*text = NULL;
	*len = 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = -errno;
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_MAX) {
		rc = S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
		goto out;
	}
	*text = malloc((size_t)st.st_size + 1);
	if (!*text) {
		rc = -ENOMEM;
		goto out;
	}
	while (*len < (size_t)st.st_size) {
		ssize_t n = read(fd, *text + *len, (size_t)st.st_size - *len);

		if (n == 0)
			break;
		if (n < 0) {
			rc = -errno;
			free(*text);
			*text = NULL;
			goto out;
		}
		*len += (size_t)n;
	}
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
add_file(struct ruleset *rs, const char *path)
{
	char  *text;
	size_t len;
	int    rc = read_file(path, &text, &len);

	if (rc < 0)
		return path_error(rs, path, rc);
	rc = ruleset_add_text(rs, path, text, len);
	free(text);
	return rc;
}

static int
is_rules(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 6 && strcmp(d->d_name + len - 6, ".rules") == 0;
}

static int
add_folder(struct ruleset *rs, const char *path)
{
	struct dirent **list;
	int             n = scandir(path, &list, is_rules, alphasort);
	int             rc = 0;

	if (n < 0)
		return path_error(rs, path, -errno);
	for (int i = 0; i < n; i++) {
		char *file;

		if (asprintf(&file, "%s/%s", path, list[i]->d_name) < 0)
			file = NULL;
		if (rc == 0)
			rc = file ? add_file(rs, file) : -ENOMEM;
		free(file);
		free(list[i]);
	}
	free(list);
	return rc;
}

int
ruleset_add(struct ruleset *rs, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return path_error(rs, path, -errno);
	return S_ISDIR(st.st_mode) ? add_folder(rs, path) : add_file(rs, path);
}

/* ---- the matching form ---- */

/* Place in the order of alerts: what decides first stands in the highest bits. */
static uint64_t
order_key(const struct rule *r)
{
	static const uint8_t actions[] = {
		[RULE_PASS] = 0, [RULE_DROP] = 1, [RULE_REJECT] = 2, [RULE_ALERT] = 3, [RULE_CONFIG] = 4,
	};
	bool     writes = r->flags & RULE_WRITES_FLOW, reads = r->flags & RULE_READS_FLOW;
	unsigned vars = writes ? (reads ? 1 : 0) : (reads ? 2 : 3);

	return (uint64_t)actions[r->info->action] << 48 | (uint64_t)vars << 40 | (uint64_t)r->info->priority << 32 | r->index;
}

static int
by_order(const void *a, const void *b)
{
	uint64_t x = order_key(*(struct rule *const *)a), y = order_key(*(struct rule *const *)b);

	return x < y ? -1 : x > y;
}

static void
finish_hash(struct ruleset *rs)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned      len = 0;
	const char   *name;

	for (size_t i = 0; (name = vars_name(rs->vars, i)); i++) {
		const char *value = vars_get(rs->vars, name);

		EVP_DigestUpdate(rs->log->digest, name, strlen(name) + 1);
		EVP_DigestUpdate(rs->log->digest, value, strlen(value) + 1);
	}
	EVP_DigestFinal_ex(rs->log->digest, sum, &len);
	for (unsigned i = 0; i < len && i < 32; i++)
		snprintf(rs->log->hash + 2 * i, 3, "%02x", sum[i]);
}

static void
tell_threshold(void *arg, uint32_t line, const char *why)
{
	struct ruleset    *rs = arg;
	struct parse_error e = { .line = line, .column = 1, .keyword = "" };

	add_error(rs, keep_text(rs, rs->log->options.threshold), &e, why, false);
}

static int
apply_threshold_file(struct ruleset *rs)
{
	const char *path = rs->log->options.threshold;
	char       *text;
	size_t      len;
	int         rc;

	if (!path || !*path)
		return 0;
	rc = read_file(path, &text, &len);
	if (rc < 0) {
		path_error(rs, path, rc);
		return 0; /* told; the rules do without */
	}
	EVP_DigestUpdate(rs->log->digest, text, len);
	rc = threshold_file_apply(rs, text, len, tell_threshold, rs);
	free(text);
	return rc;
}

int
ruleset_compile(struct ruleset *rs)
{
	int rc;

	if (rs->compiled)
		return -EINVAL;
	rc = apply_threshold_file(rs);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rs->n_rules; i++)
		rs->rules[i]->index = (uint32_t)i;
	if (rs->n_rules)
		qsort(rs->rules, rs->n_rules, sizeof(*rs->rules), by_order);
	for (size_t i = 0; i < rs->n_rules; i++)
		rs->rules[i]->index = (uint32_t)i;
	finish_hash(rs);
	rs->compiled = true;
	rc = groups_new(&rs->groups, rs, rs->log->options.cache);
	malloc_trim(0); /* compiling databases takes many times what they are */
	return rc;
}

unsigned
ruleset_file_wants(const struct ruleset *rs)
{
	return rs->file_wants;
}

void
ruleset_make_ready(struct ruleset *rs)
{
	regex_set_ready(rs->regexes);
}

bool
ruleset_wants_frames(const struct ruleset *rs)
{
	return rs->groups && rs->groups->n_frame_rules;
}

struct ruleset_counts
ruleset_counts(const struct ruleset *rs)
{
	return rs->log->counts;
}

size_t
ruleset_n_errors(const struct ruleset *rs)
{
	return rs->log->n_errors;
}

const struct rule_error *
ruleset_error(const struct ruleset *rs, size_t i)
{
	return i < rs->log->n_errors ? &rs->log->errors[i] : NULL;
}

const char *
ruleset_hash(const struct ruleset *rs)
{
	return rs->log->hash;
}

const struct rule_info *
rule_info(const struct rule *r)
{
	return r->info;
}
