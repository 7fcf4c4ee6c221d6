/* SPDX-License-Identifier: Apache-2.0 */
/* ike.chosen_sa_attribute: a property of the security association that the responder chose. */
#include "rules/app/ike.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct attribute {
	uint32_t id; /* enum ike_attribute */
	uint32_t value;
};

static const char *const words[] = {
#define X(id, word, v1, v2) word,
	IKE_ATTRIBUTE_LIST(X)
#undef X
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct attribute *a = (const void *)c->arg;
	const struct app_ops   *ops = m->flow->ops;
	uint64_t                v;

	if (!ops || !ops->number)
		return CHECK_NO;
	for (unsigned i = 0; ops->number(m->tx, NUM_IKE_SA_ATTRIBUTE, m->dir, i, &v); i++)
		if (v == ((uint64_t)a->id << 32 | a->value))
			return CHECK_YES;
	return CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	struct attribute *a = build_tx(b, (struct build_where){ .number = NUM_IKE_SA_ATTRIBUTE }, match, sizeof(*a));
	size_t            len = strcspn(o->value, "= ");
	const char       *value = o->value + len + strspn(o->value + len, " ");
	uint64_t          n;

	if (!a)
		return -ENOMEM;
	while (a->id < IKE_ATTRIBUTE_COUNT &&
			(strlen(words[a->id]) != len || strncmp(words[a->id], o->value, len) != 0))
		a->id++;
	if (a->id == IKE_ATTRIBUTE_COUNT)
		return build_error(b, "unknown attribute: %s", o->value);
	if (*value++ != '=')
		return build_error(b, "needs NAME=NUMBER: %s", o->value);
	value += strspn(value, " ");
	if (number_parse(&n, value, strlen(value), UINT32_MAX) < 0)
		return build_error(b, "not a number: %s", value);
	a->value = (uint32_t)n;
	return build_apps(b, 1ULL << APPPROTO_IKE);
}

const struct keyword kw_ike_chosen_sa_attribute = {
	.name = "ike.chosen_sa_attribute",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "ike.chosen_sa_attribute:NAME=NUMBER - of the association that the responder chose",
};
