/* SPDX-License-Identifier: Apache-2.0 */
/* geoip: the country of an address by a MaxMind database (setting geoip-database). */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/packet.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <string.h>

#define COUNTRIES_MAX 64

enum geo_where { GEO_SRC = 1, GEO_DST = 2, GEO_BOTH = 4 };

struct geoip {
	const MMDB_s *db; /* the rule set's */
	uint8_t       where;
	uint8_t       n;
	bool          negated;
	char          country[COUNTRIES_MAX][2]; /* ISO 3166-1 alpha-2 */
};

static bool
country_of(const MMDB_s *db, const struct addr *a, char out[2])
{
	struct sockaddr_in  in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	MMDB_lookup_result_s hit;
	MMDB_entry_data_s    code;
	int                  err;

	memcpy(&in4.sin_addr, a->b, 4);
	memcpy(&in6.sin6_addr, a->b, 16);
	hit = MMDB_lookup_sockaddr(db,
			a->family == 4 ? (const struct sockaddr *)&in4 : (const struct sockaddr *)&in6, &err);
	if (err || !hit.found_entry ||
			MMDB_get_value(&hit.entry, &code, "country", "iso_code", NULL) != MMDB_SUCCESS ||
			!code.has_data || code.type != MMDB_DATA_TYPE_UTF8_STRING || code.data_size != 2)
		return false;
	memcpy(out, code.utf8_string, 2);
	return true;
}

static bool
listed(const struct geoip *g, const struct addr *a)
{
	char here[2];

	if (!country_of(g->db, a, here))
		return false;
	for (unsigned i = 0; i < g->n; i++)
		if (memcmp(g->country[i], here, 2) == 0)
			return !g->negated;
	return g->negated;
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct geoip *g = (const void *)c->arg;
	bool                src = listed(g, &m->packet->src), dst = listed(g, &m->packet->dst);

	if (g->where == GEO_BOTH)
		return src && dst ? CHECK_YES : CHECK_NO;
	return (g->where & GEO_SRC && src) || (g->where & GEO_DST && dst) ? CHECK_YES : CHECK_NO;
}

static int
where_parse(const char *word)
{
	static const struct {
		const char *name;
		uint8_t     where;
	} rows[] = { { "src", GEO_SRC }, { "dst", GEO_DST }, { "any", GEO_SRC | GEO_DST },
		{ "both", GEO_BOTH } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, word) == 0)
			return rows[i].where;
	return 0;
}

static int
countries_parse(struct build *b, struct geoip *g, char *list)
{
	char *word;

	while ((word = strsep(&list, ","))) {
		word += strspn(word, " ");
		if (*word == '!') {
			g->negated = true;
			word++;
		}
		if (strlen(word) != 2 || g->n == COUNTRIES_MAX)
			return build_error(b, "not a country code, or more than %d: %s", COUNTRIES_MAX, word);
		memcpy(g->country[g->n++], word, 2);
	}
	return g->n ? 0 : build_error(b, "needs a country");
}

static int
setup(struct build *b, const struct option *o)
{
	struct geoip *g = build_packet(b, match, sizeof(*g));
	char         *list = o->value, *comma = strchr(o->value, ',');

	if (!g)
		return -ENOMEM;
	g->where = GEO_SRC | GEO_DST;
	g->negated = o->negated;
	if (comma) {
		*comma = '\0';
		g->where = (uint8_t)where_parse(o->value);
		if (g->where)
			list = comma + 1;
		else
			*comma = ',';
		g->where = g->where ? g->where : GEO_SRC | GEO_DST;
	}
	if (countries_parse(b, g, list) < 0)
		return -EINVAL;
	g->db = build_geo(b);
	return g->db ? 0 : -EINVAL;
}

const struct keyword kw_geoip = {
	.name = "geoip",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE | KEYWORD_HEADER,
	.setup = setup,
	.help = "geoip:[src|dst|both|any,][!]CC[,CC…] - country of an address",
};
