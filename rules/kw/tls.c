/* SPDX-License-Identifier: Apache-2.0 */
/* TLS: tls.version and ssl_version, ssl_state, the validity of certificates, older names of contents. */
#include "rules/app/tls.h"

#include "rules/build.h"
#include "rules/content.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/literal.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool
number(const struct match *m, enum number n, uint64_t *out)
{
	const struct app_ops *ops = m->flow->ops;

	return ops && ops->number && ops->number(m->tx, n, m->dir, 0, out);
}

/* ---- versions ---- */

static const struct {
	const char *name;
	uint16_t    version;
} versions[] = {
	{ "sslv2", 0x0200 }, { "sslv3", 0x0300 }, { "tls1.0", 0x0301 }, { "tls1.1", 0x0302 },
	{ "tls1.2", 0x0303 }, { "tls1.3", 0x0304 }, { "1.0", 0x0301 }, { "1.1", 0x0302 }, { "1.2", 0x0303 },
	{ "1.3", 0x0304 }, { "SSLv2", 0x0200 }, { "SSLv3", 0x0300 }, { "TLSv1", 0x0301 }, { "TLSv1.1", 0x0302 },
	{ "TLSv1.2", 0x0303 }, { "TLSv1.3", 0x0304 },
};

#define N_VERSIONS (sizeof(versions) / sizeof(*versions))
#define WANTED_MAX 8

struct version {
	uint16_t wanted[WANTED_MAX];
	uint8_t  n;
	bool     negated;
};

static enum verdict
version_match(struct match *m, const struct check *c)
{
	const struct version *v = (const void *)c->arg;
	uint64_t              have;
	bool                  yes = false;

	if (!number(m, NUM_TLS_VERSION, &have))
		return CHECK_NO;
	for (unsigned i = 0; i < v->n; i++)
		yes |= have == v->wanted[i];
	return yes != v->negated ? CHECK_YES : CHECK_NO;
}

static int
version_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	struct version *v = build_tx(b, (struct build_where){ .number = NUM_TLS_VERSION }, version_match, sizeof(*v));

	if (!v)
		return -ENOMEM;
	while (lex_piece(&list, &w)) {
		uint64_t hex = 0;
		size_t   i = 0;
		bool     negated = w.len && *w.at == '!';

		w = lex_trim(w.at + negated, w.len - negated);
		v->negated |= negated;
		while (i < N_VERSIONS && !lex_is(w, versions[i].name))
			i++;
		if (i < N_VERSIONS)
			hex = versions[i].version;
		else if (w.len < 3 || number_parse(&hex, w.at, w.len, UINT16_MAX) < 0)
			return build_error(b, "unknown version: %.*s", (int)w.len, w.at);
		if (v->n == WANTED_MAX)
			return build_error(b, "too many versions");
		v->wanted[v->n++] = (uint16_t)hex;
	}
	return build_apps(b, 1ULL << APPPROTO_TLS);
}

/* ---- states ---- */

static const struct {
	const char *name;
	uint8_t     dir, state; /* reached when the direction is that far */
} states[] = {
	{ "client_hello", DIR_TOSERVER, TLS_CLIENT_HELLO_DONE },
	{ "server_hello", DIR_TOCLIENT, TLS_SERVER_HELLO },
	{ "client_keyx", DIR_TOSERVER, TLS_CLIENT_HANDSHAKE_DONE },
	{ "server_keyx", DIR_TOCLIENT, TLS_SERVER_HELLO_DONE },
	{ "unknown", DIR_TOSERVER, TLS_CLIENT_STARTED },
};

struct state {
	uint8_t wanted, unwanted; /* bits of states[] */
};

static unsigned
state_now(const struct match *m)
{
	unsigned bits = 0;

	for (unsigned i = 0; i + 1 < sizeof(states) / sizeof(*states); i++)
		if (m->tx->progress[states[i].dir] >= states[i].state)
			bits |= 1u << i;
	return bits ? bits : 1u << 4;
}

static enum verdict
state_match(struct match *m, const struct check *c)
{
	const struct state *s = (const void *)c->arg;
	unsigned            now = state_now(m);

	return (now & s->wanted || (s->unwanted && !(now & s->unwanted))) ? CHECK_YES : CHECK_NO;
}

static int
state_setup(struct build *b, const struct option *o)
{
	struct state *s = build_tx(b, (struct build_where){ .any = true }, state_match, sizeof(*s));
	const char   *at = o->value;

	if (!s)
		return -ENOMEM;
	while (*at) {
		size_t          len = strcspn(at, "|,"), i = 0;
		struct lex_word w = lex_trim(at, len);
		bool            negated = w.len && *w.at == '!';

		w = lex_trim(w.at + negated, w.len - negated);
		while (i < sizeof(states) / sizeof(*states) && !lex_is(w, states[i].name))
			i++;
		if (i == sizeof(states) / sizeof(*states))
			return build_error(b, "unknown state: %.*s", (int)w.len, w.at);
		if (negated)
			s->unwanted |= (uint8_t)(1u << i);
		else
			s->wanted |= (uint8_t)(1u << i);
		at += len + (at[len] != '\0');
	}
	return build_apps(b, 1ULL << APPPROTO_TLS);
}

/* ---- validity of the certificate ---- */

struct validity {
	struct condition want;   /* seconds since 1970 */
	uint8_t          number; /* enum number */
	uint8_t          mode;   /* enum validity_mode */
};

enum validity_mode { VALID_COMPARE, VALID_EXPIRED, VALID_NOW };

static enum verdict
validity_match(struct match *m, const struct check *c)
{
	const struct validity *v = (const void *)c->arg;
	uint64_t               before, after, now = m->now_ns / 1000000000;
	uint64_t               value;

	if (v->mode == VALID_COMPARE)
		return number(m, v->number, &value) && condition_holds(&v->want, value) ? CHECK_YES : CHECK_NO;
	if (!number(m, NUM_TLS_CERT_NOTBEFORE, &before) || !number(m, NUM_TLS_CERT_NOTAFTER, &after))
		return CHECK_NO;
	if (v->mode == VALID_EXPIRED)
		return now > after ? CHECK_YES : CHECK_NO;
	return now >= before && now <= after ? CHECK_YES : CHECK_NO;
}

/* "2015", "2015-10", "2015-10-22", "2015-10-22 23:59", "2015-10-22 23:59:59", with T between, or seconds. */
static bool
read_time(const char *text, size_t len, uint64_t *out)
{
	static const char *const formats[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H", "%Y-%m-%dT%H", "%Y-%m-%d", "%Y-%m", "%Y" };
	char        buf[32];

	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct tm   tm = { .tm_mday = 1 };
		const char *end = strptime(buf, formats[i], &tm);

		if (end && *end == '\0') {
			*out = (uint64_t)timegm(&tm);
			return true;
		}
	}
	return number_parse(out, buf, len, UINT64_MAX) == 0;
}

/* [<|>]TIME or TIME<>TIME */
static int
read_times(struct build *b, const char *text, struct condition *want)
{
	const char     *mid = strstr(text, "<>");
	struct lex_word w = lex_trim(text, strlen(text));

	if (mid) {
		struct lex_word low = lex_trim(text, (size_t)(mid - text)), high = lex_trim(mid + 2, strlen(mid + 2));

		want->op = NUMBER_IN;
		if (read_time(low.at, low.len, &want->low) && read_time(high.at, high.len, &want->high) &&
				want->low < want->high)
			return 0;
		return build_error(b, "not a span of time: %s", text);
	}
	want->op = *w.at == '<' ? NUMBER_LT : *w.at == '>' ? NUMBER_GT : NUMBER_EQ;
	if (want->op != NUMBER_EQ)
		w = lex_trim(w.at + 1, w.len - 1);
	return read_time(w.at, w.len, &want->low) ? 0 : build_error(b, "not a time: %s", text);
}

static int
validity_setup(struct build *b, const struct option *o)
{
	struct validity *v = build_tx(b, (struct build_where){ .number = NUM_TLS_CERT_NOTAFTER }, validity_match,
			sizeof(*v));
	const char      *name = o->keyword->name;

	if (!v)
		return -ENOMEM;
	if (strcmp(name, "tls_cert_expired") == 0 || strcmp(name, "tls_cert_valid") == 0) {
		v->mode = strcmp(name, "tls_cert_expired") == 0 ? VALID_EXPIRED : VALID_NOW;
		return 0;
	}
	v->number = strcmp(name, "tls_cert_notbefore") == 0 ? NUM_TLS_CERT_NOTBEFORE : NUM_TLS_CERT_NOTAFTER;
	return read_times(b, o->value, &v->want);
}

/* ---- older names that are buffer and content in one ---- */

static int
content_setup(struct build *b, const struct option *o)
{
	static const struct {
		const char *name;
		enum buffer buffer;
	} olds[] = {
		{ "tls.subject", BUF_TLS_CERT_SUBJECT },
		{ "tls.issuerdn", BUF_TLS_CERT_ISSUER },
		{ "tls.fingerprint", BUF_TLS_CERT_FINGERPRINT },
	};
	size_t          i = 0;
	struct content *c;
	int             rc;

	while (strcmp(olds[i].name, o->keyword->name) != 0)
		i++;
	rc = build_sticky(b, olds[i].buffer);
	if (rc < 0)
		return rc;
	c = build_buffer(b, content_match, sizeof(*c) + o->len);
	if (!c)
		return -ENOMEM;
	if (o->len == 0 || o->len > UINT16_MAX)
		return build_error(b, "empty or too long");
	c->flags = o->negated ? CONTENT_NEGATED : 0;
	c->len = (uint16_t)o->len;
	memcpy(c->pattern, o->value, o->len);
	return build_sticky(b, BUF_NONE);
}

static int
store_setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_apps(b, 1ULL << APPPROTO_TLS);
}

#define TLS(id, word, older, argument, bits, fn, text) \
	const struct keyword kw_##id = {               \
		.name = word,                          \
		.alias = older,                        \
		.kind = KEYWORD_TX,                    \
		.arg = KEYWORD_ARG_##argument,         \
		.flags = bits,                         \
		.setup = fn,                           \
		.help = text,                          \
	}

TLS(tls_version, "tls.version", NULL, NEEDED, KEYWORD_QUOTED, version_setup, "tls.version:1.0|1.1|1.2|1.3|0x… - version agreed on");
TLS(ssl_version, "ssl_version", NULL, NEEDED, 0, version_setup, "ssl_version:[!]sslv2|sslv3|tls1.0|…[,…] - version agreed on");
TLS(ssl_state, "ssl_state", NULL, NEEDED, 0, state_setup, "ssl_state:[!]client_hello|server_hello|client_keyx|server_keyx|unknown");
TLS(tls_cert_notbefore, "tls_cert_notbefore", NULL, NEEDED, 0, validity_setup, "tls_cert_notbefore:[<|>]TIME or TIME<>TIME");
TLS(tls_cert_notafter, "tls_cert_notafter", NULL, NEEDED, 0, validity_setup, "tls_cert_notafter:[<|>]TIME or TIME<>TIME");
TLS(tls_cert_expired, "tls_cert_expired", NULL, NONE, 0, validity_setup, "tls_cert_expired - the certificate is no longer valid");
TLS(tls_cert_valid, "tls_cert_valid", NULL, NONE, 0, validity_setup, "tls_cert_valid - the certificate is valid by date");
TLS(tls_subject, "tls.subject", NULL, NEEDED, KEYWORD_NEGATABLE | KEYWORD_QUOTED, content_setup, "tls.subject:[!]\"text\" - in the certificate's subject");
TLS(tls_issuerdn, "tls.issuerdn", NULL, NEEDED, KEYWORD_NEGATABLE | KEYWORD_QUOTED, content_setup, "tls.issuerdn:[!]\"text\" - in the certificate's issuer");
TLS(tls_fingerprint, "tls.fingerprint", NULL, NEEDED, KEYWORD_NEGATABLE | KEYWORD_QUOTED, content_setup, "tls.fingerprint:[!]\"aa:bb:…\" - SHA-1 of the certificate");
TLS(tls_store, "tls.store", "tls_store", NONE, 0, store_setup, "tls.store - accepted: certificates are not kept as files");
