/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "rules/intern.h"

/* As Suricata's sample configuration has them. */
#define MATCH_LIMIT 3500
#define DEPTH_LIMIT 1500
#define JIT_STACK_MIN (32u << 10)
#define JIT_STACK_MAX (512u << 10)

struct regex {
	_Atomic(pcre2_code *) code; /* NULL until first asked */
	const char           *text;
	size_t                len;
	uint32_t              options;
	uint32_t              captures;
	struct regex_set     *set;
};

struct regex_set {
	struct arena    *arena;
	struct intern   *texts;
	struct regex   **list;
	size_t           n, cap;
	pthread_mutex_t  lock; /* while one is made ready */
	pthread_mutex_t  own_lock; /* while the set's own scratch is used */
	struct regex_scratch *own;
};

struct regex_scratch {
	pcre2_match_data    *data;
	pcre2_match_context *context;
	pcre2_jit_stack     *stack;
};

struct regex_set *
regex_set_new(void)
{
	struct regex_set *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->own_lock, NULL);
	s->arena = arena_new(1 << 16);
	s->texts = s->arena ? intern_new(s->arena) : NULL;
	s->own = regex_scratch_new();
	if (!s->texts || !s->own) {
		regex_set_free(s);
		return NULL;
	}
	return s;
}

void
regex_set_free(struct regex_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		pcre2_code_free(s->list[i]->code);
	free(s->list);
	intern_free(s->texts);
	arena_free(s->arena);
	regex_scratch_free(s->own);
	pthread_mutex_destroy(&s->own_lock);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static uint32_t
options_of(unsigned flags)
{
	static const struct {
		unsigned flag;
		uint32_t option;
	} map[] = {
		{ REGEX_NOCASE, PCRE2_CASELESS }, { REGEX_DOTALL, PCRE2_DOTALL },
		{ REGEX_MULTILINE, PCRE2_MULTILINE }, { REGEX_EXTENDED, PCRE2_EXTENDED },
		{ REGEX_ANCHORED, PCRE2_ANCHORED }, { REGEX_DOLLAR_END, PCRE2_DOLLAR_ENDONLY },
		{ REGEX_UNGREEDY, PCRE2_UNGREEDY },
	};
	uint32_t options = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++)
		if (flags & map[i].flag)
			options |= map[i].option;
	return options;
}

static pcre2_code *
compile(const char *text, size_t len, uint32_t options, char *why, size_t why_len)
{
	int         error;
	PCRE2_SIZE  at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, len, options, &error, &at, NULL);

	if (!code && why) {
		PCRE2_UCHAR message[128];

		pcre2_get_error_message(error, message, sizeof(message));
		snprintf(why, why_len, "%s at offset %zu of the expression", (const char *)message, at);
	}
	return code;
}

static int
append(struct regex_set *s, struct regex *re)
{
	if (s->n == s->cap) {
		size_t         cap = s->cap ? s->cap * 2 : 64;
		struct regex **list = realloc(s->list, cap * sizeof(*list));

		if (!list)
			return -ENOMEM;
		s->list = list;
		s->cap = cap;
	}
	s->list[s->n++] = re;
	return 0;
}

int
regex_add(struct regex_set *s, const struct regex **out, const char *text, size_t len, unsigned flags, char *why,
		size_t why_len)
{
	uint32_t      options = options_of(flags);
	char         *key = malloc(len + sizeof(options));
	struct regex *re = NULL;
	pcre2_code   *code = NULL;
	bool          fresh;
	int           id = -ENOMEM, rc = -ENOMEM;

	*out = NULL;
	if (!key)
		return -ENOMEM;
	memcpy(key, &options, sizeof(options));
	memcpy(key + sizeof(options), text, len);
	id = intern_find(s->texts, key, len + sizeof(options));
	if (id >= 0) {
		*out = s->list[id];
		rc = 0;
		goto out;
	}
	code = compile(text, len, options, why, why_len);
	rc = -EINVAL;
	if (!code)
		goto out;
	rc = -ENOMEM;
	re = arena_zero(s->arena, sizeof(*re));
	id = intern_add(s->texts, key, len + sizeof(options), &fresh);
	if (!re || id < 0 || append(s, re) < 0)
		goto out;
	re->text = (const char *)intern_get(s->texts, (size_t)id).at + sizeof(options);
	re->len = len;
	re->options = options;
	re->set = s;
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &re->captures);
	*out = re;
	rc = 0;
out:
	pcre2_code_free(code);
	free(key);
	return rc;
}

unsigned
regex_captures(const struct regex *re)
{
	return re->captures;
}

/* The expression in its fast form. Made once, by whichever worker comes first: most of a rule set's
 * expressions are never asked, and would cost more memory and start time than all else. */
static pcre2_code *
ready(const struct regex *shared)
{
	struct regex *re = (struct regex *)(uintptr_t)shared;
	pcre2_code   *code = atomic_load_explicit(&re->code, memory_order_acquire);

	if (code)
		return code;
	pthread_mutex_lock(&re->set->lock);
	code = atomic_load_explicit(&re->code, memory_order_acquire);
	if (!code) {
		code = compile(re->text, re->len, re->options, NULL, 0);
		if (code)
			pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
		atomic_store_explicit(&re->code, code, memory_order_release);
	}
	pthread_mutex_unlock(&re->set->lock);
	return code;
}

void
regex_set_ready(struct regex_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		(void)ready(s->list[i]);
}

struct regex_scratch *
regex_scratch_new(void)
{
	struct regex_scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->data = pcre2_match_data_create(REGEX_SPANS, NULL);
	s->context = pcre2_match_context_create(NULL);
	s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (!s->data || !s->context || !s->stack) {
		regex_scratch_free(s);
		return NULL;
	}
	pcre2_set_match_limit(s->context, MATCH_LIMIT);
	pcre2_set_depth_limit(s->context, DEPTH_LIMIT);
	pcre2_jit_stack_assign(s->context, NULL, s->stack);
	return s;
}

void
regex_scratch_free(struct regex_scratch *s)
{
	if (!s)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	free(s);
}

static int
match(const struct regex *re, struct regex_scratch *s, struct bytes in, size_t start, struct regex_span *out)
{
	pcre2_code *code = ready(re);
	PCRE2_SIZE *at;
	int         n;

	if (!code || start > in.left)
		return 0;
	n = pcre2_match(code, in.left ? in.at : (PCRE2_SPTR) "", in.left, start, 0, s->data, s->context);
	if (n < 0)
		return n == PCRE2_ERROR_NOMATCH ? 0 : -EOVERFLOW;
	n = n == 0 ? REGEX_SPANS : n;
	at = pcre2_get_ovector_pointer(s->data);
	for (int i = 0; i < n; i++)
		out[i] = at[2 * i] == PCRE2_UNSET ? (struct regex_span){ 1, 0 }
						  : (struct regex_span){ at[2 * i], at[2 * i + 1] };
	return n;
}

int
regex_match(const struct regex *re, struct regex_scratch *s, struct bytes in, size_t start,
		struct regex_span out[static REGEX_SPANS])
{
	int n;

	if (s)
		return match(re, s, in, start, out);
	pthread_mutex_lock(&re->set->own_lock);
	n = match(re, re->set->own, in, start, out);
	pthread_mutex_unlock(&re->set->own_lock);
	return n;
}
