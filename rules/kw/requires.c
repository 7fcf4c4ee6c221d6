/* SPDX-License-Identifier: Apache-2.0 */
/* requires: the rule is for engines that have a feature, a keyword or a version. rules/parse.c asks it before all
 * else, since the rest of such a rule may be beyond us. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 8007 /* the language is that of Suricata 8.0.7: major * 1000 + minor * 100 + patch */

static const char *const features[] = { "libmagic", "ja3", "ja4" };

static long
read_version(const char **at)
{
	char *end;
	long  major = strtol(*at, &end, 10), minor = 0, patch = 0;

	if (*end == '.')
		minor = strtol(end + 1, &end, 10);
	if (*end == '.')
		patch = strtol(end + 1, &end, 10);
	*at = end;
	return major * 1000 + minor * 100 + patch;
}

/* ">= 7.0.4 < 8 | >= 8.0.1": any of the alternatives, all of its conditions. */
static bool
version_fits(const char *at, const char *end)
{
	bool fits = true;

	while (at < end) {
		bool less, equal;
		long v;

		while (at < end && *at == ' ')
			at++;
		if (at >= end)
			break;
		if (*at == '|') {
			if (fits)
				return true;
			fits = true;
			at++;
			continue;
		}
		if (*at != '<' && *at != '>')
			return false;
		less = *at++ == '<';
		equal = *at == '=';
		at += equal;
		v = read_version(&at);
		if (less ? !(VERSION < v || (equal && VERSION == v)) : !(VERSION > v || (equal && VERSION == v)))
			fits = false;
	}
	return fits;
}

static bool
has_feature(struct lex_word w)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (lex_is(w, features[i]))
			return true;
	return false;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;

	while (lex_piece(&list, &w)) {
		const char     *space = memchr(w.at, ' ', w.len);
		struct lex_word what = { w.at, space ? (size_t)(space - w.at) : w.len };
		struct lex_word arg = space ? lex_trim(space, w.len - what.len) : (struct lex_word){ "", 0 };

		if (lex_is(what, "version")) {
			if (!version_fits(arg.at, arg.at + arg.len))
				return build_skip(b, "not for this version: %.*s", (int)w.len, w.at);
		} else if (lex_is(what, "feature")) {
			if (!has_feature(arg))
				return build_skip(b, "we do not have %.*s", (int)arg.len, arg.at);
		} else if (lex_is(what, "keyword")) {
			if (!build_has_word(b, arg.at, arg.len))
				return build_skip(b, "we do not have %.*s", (int)arg.len, arg.at);
		} else {
			return build_error(b, "unknown requirement: %.*s", (int)what.len, what.at);
		}
	}
	return 0;
}

const struct keyword kw_requires = {
	.name = "requires",
	.kind = KEYWORD_META,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "requires:version >= 7.0.4 < 8 | >= 8.0.1, feature …, keyword … - leave the rule out elsewhere",
};
