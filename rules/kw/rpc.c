/* SPDX-License-Identifier: Apache-2.0 */
/* rpc: program, version and procedure of a call of ONC RPC (RFC 5531). */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>

#define RPC_CALL 0
#define RPC_VERSION 2

struct rpc {
	uint32_t program, version, procedure;
	bool     any_version, any_procedure;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct rpc *want = (const void *)c->arg;
	struct bytes      b = m->packet->payload;
	uint32_t          program, version, procedure;

	if (m->packet->ip_proto == 6)
		bytes_skip(&b, 4); /* record mark, section 11 */
	bytes_skip(&b, 4); /* transaction */
	if (bytes_be32(&b) != RPC_CALL || bytes_be32(&b) != RPC_VERSION)
		return CHECK_NO;
	program = bytes_be32(&b);
	version = bytes_be32(&b);
	procedure = bytes_be32(&b);
	if (!bytes_ok(&b) || program != want->program)
		return CHECK_NO;
	if ((!want->any_version && version != want->version) || (!want->any_procedure && procedure != want->procedure))
		return CHECK_NO;
	return CHECK_YES;
}

static int
take(struct build *b, struct lex_word *list, uint32_t *out, bool *any)
{
	struct lex_word w;
	uint64_t        n = 0;

	*any = true;
	if (!list->at || !lex_piece(list, &w) || lex_is(w, "*"))
		return 0;
	*any = false;
	if (number_parse(&n, w.at, w.len, UINT32_MAX) < 0)
		return build_error(b, "neither a number nor *: %.*s", (int)w.len, w.at);
	*out = (uint32_t)n;
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len };
	struct rpc     *want = build_packet(b, match, sizeof(*want));
	bool            any;

	if (!want)
		return -ENOMEM;
	if (take(b, &list, &want->program, &any) < 0 || take(b, &list, &want->version, &want->any_version) < 0 ||
			take(b, &list, &want->procedure, &want->any_procedure) < 0)
		return -EINVAL;
	build_need_packet(b);
	return any ? build_error(b, "needs a program") : 0;
}

const struct keyword kw_rpc = {
	.name = "rpc",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "rpc:PROGRAM[,VERSION|*[,PROCEDURE|*]] - call of ONC RPC",
};
