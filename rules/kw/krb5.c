/* SPDX-License-Identifier: Apache-2.0 */
/* krb5.ticket_encryption: the encryption of a ticket that a server gives out. */
#include "rules/app/krb5.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

#define TYPES_MAX 32

struct encryption {
	bool    negated, weak;
	uint8_t n;
	int64_t types[TYPES_MAX];
};

static bool
is_listed(const struct encryption *e, int64_t type)
{
	if (e->weak)
		return krb5_is_weak(type);
	for (unsigned i = 0; i < e->n; i++)
		if (e->types[i] == type)
			return true;
	return false;
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct encryption *e = (const void *)c->arg;
	const struct app_ops    *ops = m->flow->ops;
	uint64_t                 have;

	if (!ops || !ops->number || !ops->number(m->tx, NUM_KRB5_TICKET_ENCRYPTION, m->dir, 0, &have))
		return CHECK_NO;
	return is_listed(e, (int64_t)have) != e->negated ? CHECK_YES : CHECK_NO;
}

static bool
read_type(struct lex_word w, int64_t *out)
{
	bool     negative = w.len > 0 && w.at[0] == '-';
	uint64_t n;

	for (const struct number_word *t = krb5_etypes; t->word; t++)
		if (lex_is(w, t->word)) {
			*out = (int64_t)t->number;
			return true;
		}
	if (number_parse(&n, w.at + negative, w.len - negative, INT32_MAX) < 0)
		return false;
	*out = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

static int
setup(struct build *b, const struct option *o)
{
	struct encryption *e = build_tx(b, (struct build_where){ .number = NUM_KRB5_TICKET_ENCRYPTION }, match,
			sizeof(*e));
	struct lex_word    list = { o->value, o->len }, w;

	if (!e)
		return -ENOMEM;
	e->negated = o->negated;
	e->weak = strcmp(o->value, "weak") == 0;
	while (!e->weak && list.at && lex_piece(&list, &w)) {
		if (e->n == TYPES_MAX)
			return build_error(b, "more than %d types", TYPES_MAX);
		if (!read_type(w, &e->types[e->n++]))
			return build_error(b, "unknown encryption type: %.*s", (int)w.len, w.at);
	}
	return build_apps(b, 1ULL << APPPROTO_KRB5);
}

const struct keyword kw_krb5_ticket_encryption = {
	.name = "krb5.ticket_encryption",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE,
	.setup = setup,
	.help = "krb5.ticket_encryption:[!]weak|TYPE[,TYPE…] - of a ticket in an answer; names or numbers",
};
