/* SPDX-License-Identifier: Apache-2.0 */
/* frame: a sticky buffer, a record or line of the protocol as it was on the wire. */
#include "rules/appframe.h"

#include "rules/build.h"
#include "rules/keyword.h"

#include <string.h>

/* "tls.pdu", or "pdu" in a rule for tls; names may have dots themselves. */
static enum appframe_kind
find(const struct build *b, const char *text)
{
	const char     *dot = strchr(text, '.');
	enum appframe_kind kind = appframe_by_name(build_header_apps(b), text);
	char            app[32];

	if (kind != APPFRAME_NONE || !dot || (size_t)(dot - text) >= sizeof(app))
		return kind;
	memcpy(app, text, (size_t)(dot - text));
	app[dot - text] = '\0';
	return appframe_by_name(appproto_mask(app), dot + 1);
}

static int
setup(struct build *b, const struct option *o)
{
	enum appframe_kind kind = find(b, o->value);
	int             rc;

	if (kind == APPFRAME_NONE)
		return build_error(b, "unknown frame: %s", o->value);
	rc = build_apps(b, 1ULL << appframe_app(kind));
	return rc < 0 ? rc : build_frame(b, kind);
}

const struct keyword kw_frame = {
	.name = "frame",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "frame:[protocol.]name - what follows asks this record of the protocol",
};
