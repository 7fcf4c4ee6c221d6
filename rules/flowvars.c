/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/flowvars.h"

#include <string.h>

#define VARS_MAX 4096     /* of one flow */
#define TEXT_MAX_LEN 1024 /* of one captured text */

struct var {
	uint32_t     key; /* name << 2 | kind */
	uint32_t     value;
	struct pbuf  text;
};

struct flow_vars {
	uint32_t    n, cap;
	struct var *list; /* by key */
};

static uint32_t
key_of(uint32_t name, enum flowvar_kind kind)
{
	return name << 2 | (uint32_t)kind;
}

/* Where the key is, or belongs when *found is false. */
static uint32_t
place(const struct flow_vars *v, uint32_t key, bool *found)
{
	uint32_t low = 0, high = v->n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (v->list[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	*found = low < v->n && v->list[low].key == key;
	return low;
}

static struct var *
find(const struct flow_facts *f, uint32_t name, enum flowvar_kind kind)
{
	bool     found;
	uint32_t i;

	if (!f || !f->vars)
		return NULL;
	i = place(f->vars, key_of(name, kind), &found);
	return found ? &f->vars->list[i] : NULL;
}

static bool
grow(struct pool *p, struct flow_vars *v)
{
	uint32_t    cap = v->cap ? v->cap * 2 : 4;
	struct var *list;

	if (v->n < v->cap)
		return true;
	list = cap <= VARS_MAX ? pool_get(p, cap * sizeof(*list)) : NULL;
	if (!list)
		return false;
	if (v->n)
		memcpy(list, v->list, v->n * sizeof(*list));
	pool_put(p, v->list, v->cap * sizeof(*list));
	v->list = list;
	v->cap = cap;
	return true;
}

/* The variable, made when it is not there; NULL: the budget is used up. */
static struct var *
make(struct pool *p, struct flow_facts *f, uint32_t name, enum flowvar_kind kind)
{
	struct flow_vars *v = f->vars;
	bool              found;
	uint32_t          i;

	if (!v)
		v = f->vars = pool_zero(p, sizeof(*v));
	if (!v)
		return NULL;
	i = place(v, key_of(name, kind), &found);
	if (found)
		return &v->list[i];
	if (!grow(p, v))
		return NULL;
	memmove(&v->list[i + 1], &v->list[i], (v->n - i) * sizeof(*v->list));
	v->list[i] = (struct var){ .key = key_of(name, kind) };
	v->n++;
	return &v->list[i];
}

bool
flowvars_bit(const struct flow_facts *f, uint32_t name)
{
	return find(f, name, FLOWVAR_BIT) != NULL;
}

void
flowvars_set_bit(struct pool *p, struct flow_facts *f, uint32_t name)
{
	if (f)
		make(p, f, name, FLOWVAR_BIT);
}

void
flowvars_clear_bit(struct flow_facts *f, uint32_t name)
{
	struct var *v = find(f, name, FLOWVAR_BIT);

	if (!v)
		return;
	f->vars->n--;
	memmove(v, v + 1, (size_t)((char *)(f->vars->list + f->vars->n) - (char *)v));
}

bool
flowvars_int(const struct flow_facts *f, uint32_t name, uint32_t *out)
{
	const struct var *v = find(f, name, FLOWVAR_INT);

	if (v)
		*out = v->value;
	return v != NULL;
}

void
flowvars_set_int(struct pool *p, struct flow_facts *f, uint32_t name, uint32_t value)
{
	struct var *v = f ? make(p, f, name, FLOWVAR_INT) : NULL;

	if (v)
		v->value = value;
}

struct bytes
flowvars_text(const struct flow_facts *f, uint32_t name)
{
	const struct var *v = find(f, name, FLOWVAR_TEXT);

	return v ? bytes_of(v->text.data, v->text.len) : bytes_of(NULL, 0);
}

void
flowvars_set_text(struct pool *p, struct flow_facts *f, uint32_t name, struct bytes text)
{
	struct var *v = f ? make(p, f, name, FLOWVAR_TEXT) : NULL;

	if (!v)
		return;
	v->text.len = 0;
	pbuf_add(p, &v->text, text.at, text.left < TEXT_MAX_LEN ? text.left : TEXT_MAX_LEN);
}

void
flowvars_free(struct pool *p, struct flow_facts *f)
{
	struct flow_vars *v = f->vars;

	if (!v)
		return;
	for (uint32_t i = 0; i < v->n; i++)
		pbuf_release(p, &v->list[i].text);
	pool_put(p, v->list, v->cap * sizeof(*v->list));
	pool_put(p, v, sizeof(*v));
	f->vars = NULL;
}
