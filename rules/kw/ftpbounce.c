/* SPDX-License-Identifier: Apache-2.0 */
/* ftpbounce: an FTP PORT command that names another address than the client's own. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <errno.h>
#include <string.h>

/* "a,b,c,d,…" to an address. */
static bool
read_address(struct bytes text, struct addr *out)
{
	uint8_t  b[4];
	unsigned at = 0, n = 0;

	for (; n < 4 && at < text.left; n++) {
		unsigned v = 0, digits = 0;

		while (at < text.left && text.at[at] >= '0' && text.at[at] <= '9' && digits < 3) {
			v = v * 10 + (text.at[at++] - '0');
			digits++;
		}
		if (!digits || v > UINT8_MAX || at == text.left || text.at[at++] != ',')
			return false;
		b[n] = (uint8_t)v;
	}
	*out = addr_v4(b);
	return n == 4;
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct app_ops *ops = m->flow->ops;
	struct view           command, data;
	struct addr           named;

	(void)c;
	if (!ops->buffer(m->tx, BUF_FTP_COMMAND, m->dir, 0, &command) || !bytes_is_nocase(command.data, "PORT") ||
			!ops->buffer(m->tx, BUF_FTP_COMMAND_DATA, m->dir, 0, &data))
		return CHECK_NO;
	return read_address(data.data, &named) && !addr_eq(&named, &m->packet->src) ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_tx(b, (struct build_where){ .buffer = BUF_FTP_COMMAND_DATA }, match, 0) ? 0 : -ENOMEM;
}

const struct keyword kw_ftpbounce = {
	.name = "ftpbounce",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NONE,
	.setup = setup,
	.help = "ftpbounce - PORT with an address that is not the client's",
};
