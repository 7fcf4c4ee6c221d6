/* SPDX-License-Identifier: Apache-2.0 */
/* DCERPC, over TCP, UDP or a named pipe of SMB: dcerpc.iface and dcerpc.opnum. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define DCERPC_APPS (1ULL << APPPROTO_DCERPC | 1ULL << APPPROTO_SMB)

/* ---- interface ---- */

struct iface {
	uint8_t          uuid[16];
	struct condition version;
	bool             has_version, any_frag;
};

static enum verdict
iface_match(struct match *m, const struct check *c)
{
	const struct iface   *want = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	struct dce_view       view;

	if (!ops || !ops->dce || !ops->dce(m->tx, &view) || !view.has_iface)
		return CHECK_NO;
	if (memcmp(view.iface.uuid, want->uuid, sizeof(want->uuid)) != 0)
		return CHECK_NO;
	if (want->has_version && !condition_holds(&want->version, view.iface.version))
		return CHECK_NO;
	return want->any_frag || view.first_frag ? CHECK_YES : CHECK_NO;
}

static int
hex_of(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* "367abb81-9844-35f1-ad32-98f038001003" */
static bool
read_uuid(uint8_t out[static 16], struct lex_word w)
{
	size_t n = 0, i = 0;

	while (i < w.len && n < 16) {
		if ((n == 4 || n == 6 || n == 8 || n == 10) && w.at[i] == '-')
			i++;
		if (i + 2 > w.len || hex_of(w.at[i]) < 0 || hex_of(w.at[i + 1]) < 0)
			return false;
		out[n++] = (uint8_t)(hex_of(w.at[i]) << 4 | hex_of(w.at[i + 1]));
		i += 2;
	}
	return n == 16 && i == w.len && w.len == 36;
}

static int
read_version(struct build *b, struct iface *f, struct lex_word w)
{
	char text[32];

	if (w.len == 0 || w.len >= sizeof(text) || !strchr("<>=!", *w.at))
		return build_error(b, "neither any_frag nor an operator and a version: %.*s", (int)w.len, w.at);
	memcpy(text, w.at, w.len);
	text[w.len] = '\0';
	f->has_version = true;
	return condition_parse(&f->version, text, UINT16_MAX) < 0 ? build_error(b, "not a version: %s", text) : 0;
}

static int
iface_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	struct iface   *f = build_tx(b, (struct build_where){ .number = NUM_DCE_OPNUM }, iface_match, sizeof(*f));

	if (!f)
		return -ENOMEM;
	if (!lex_piece(&list, &w) || !read_uuid(f->uuid, w))
		return build_error(b, "not a UUID: %.*s", (int)w.len, w.at);
	while (lex_piece(&list, &w)) {
		if (lex_is(w, "any_frag"))
			f->any_frag = true;
		else if (read_version(b, f, w) < 0)
			return -EINVAL;
	}
	return build_apps(b, DCERPC_APPS);
}

/* ---- operation ---- */

struct opnum {
	uint16_t n;
	struct {
		uint16_t low, high;
	} ranges[]; /* both ends inside */
};

static enum verdict
opnum_match(struct match *m, const struct check *c)
{
	const struct opnum   *want = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	uint64_t              v;

	if (!ops || !ops->number || !ops->number(m->tx, NUM_DCE_OPNUM, m->dir, 0, &v))
		return CHECK_NO;
	for (unsigned i = 0; i < want->n; i++)
		if (v >= want->ranges[i].low && v <= want->ranges[i].high)
			return CHECK_YES;
	return CHECK_NO;
}

/* "12" or "15-20" */
static bool
read_range(struct lex_word w, uint16_t *low, uint16_t *high)
{
	const char *dash = memchr(w.at, '-', w.len);
	size_t      len = dash ? (size_t)(dash - w.at) : w.len;
	uint64_t    from, to;

	if (number_parse(&from, w.at, len, UINT16_MAX) < 0)
		return false;
	to = from;
	if (dash && (number_parse(&to, dash + 1, w.len - len - 1, UINT16_MAX) < 0 || to < from))
		return false;
	*low = (uint16_t)from;
	*high = (uint16_t)to;
	return true;
}

static int
opnum_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	size_t          n = 1;
	struct opnum   *op;

	for (const char *s = o->value; *s; s++)
		n += *s == ',';
	op = build_tx(b, (struct build_where){ .number = NUM_DCE_OPNUM }, opnum_match,
			sizeof(*op) + n * sizeof(op->ranges[0]));
	if (!op)
		return -ENOMEM;
	while (lex_piece(&list, &w)) {
		if (!read_range(w, &op->ranges[op->n].low, &op->ranges[op->n].high))
			return build_error(b, "not a number or range of numbers: %.*s", (int)w.len, w.at);
		op->n++;
	}
	return build_apps(b, DCERPC_APPS);
}

const struct keyword kw_dcerpc_iface = {
	.name = "dcerpc.iface",
	.alias = "dce_iface",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = iface_setup,
	.help = "dcerpc.iface:UUID[,<|>|=|!VERSION][,any_frag] - interface that the request is for",
};

const struct keyword kw_dcerpc_opnum = {
	.name = "dcerpc.opnum",
	.alias = "dce_opnum",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = opnum_setup,
	.help = "dcerpc.opnum:N[-M][,…] - operation that the request asks for",
};
