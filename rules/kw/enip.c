/* SPDX-License-Identifier: Apache-2.0 */
/* cip_service: service of a CIP message, and perhaps the class and the attribute that it is for. */
#include "rules/app/enip.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>

struct cip {
	uint64_t mask, want; /* of CIP_KEY() */
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct cip     *cip = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	uint64_t              v;

	if (!ops || !ops->number)
		return CHECK_NO;
	for (unsigned i = 0; ops->number(m->tx, NUM_CIP_SERVICE, m->dir, i, &v); i++)
		if ((v & cip->mask) == cip->want)
			return CHECK_YES;
	return CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	static const struct {
		uint64_t max, mask;
	} parts[] = { { 0x7f, CIP_KEY_SERVICE }, { UINT16_MAX, CIP_KEY_CLASS }, { UINT16_MAX, CIP_KEY_ATTRIBUTE } };
	struct lex_word list = { o->value, o->len }, w;
	uint64_t        v[3] = { 0 };
	size_t          n = 0;
	struct cip     *cip = build_tx(b, (struct build_where){ .number = NUM_CIP_SERVICE }, match, sizeof(*cip));

	if (!cip)
		return -ENOMEM;
	for (; lex_piece(&list, &w); n++) {
		if (n == 3 || number_parse(&v[n], w.at, w.len, parts[n].max) < 0)
			return build_error(b, "not service[,class[,attribute]]: %s", o->value);
		cip->mask |= parts[n].mask;
	}
	cip->want = CIP_KEY(v[0], v[1], n > 1, v[2], n > 2);
	return build_apps(b, 1ULL << APPPROTO_ENIP);
}

const struct keyword kw_cip_service = {
	.name = "cip_service",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "cip_service:SERVICE[,CLASS[,ATTRIBUTE]] - what a CIP message asks for",
};
