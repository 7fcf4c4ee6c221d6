/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"
#include "rules/packet.h"
#include "sensor/proto/tls.h"

#include <stdio.h>
#include <time.h>

static void
eve_text(const struct tls_chain *c, struct tls_slice s, struct json *j, const char *key)
{
	if (s.len)
		json_bytes(j, key, tls_chain_text(c, s));
}

/* "2012-03-01T00:00:00", UTC */
static void
eve_time(int64_t seconds, struct json *j, const char *key)
{
	time_t    t = (time_t)seconds;
	struct tm tm;
	char      text[40];

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		json_str(j, key, text);
}

static void
eve_chain(const struct tls_chain *c, struct json *j)
{
	if (!c->parsed)
		return;
	eve_text(c, c->subject, j, "subject");
	eve_text(c, c->issuer, j, "issuerdn");
	eve_text(c, c->serial, j, "serial");
	eve_text(c, c->fingerprint, j, "fingerprint");
}

static void
eve_sans(const struct tls_chain *c, struct json *j)
{
	if (c->n_sans == 0)
		return;
	json_arr(j, "subjectaltname");
	for (unsigned i = 0; i < c->n_sans; i++)
		json_bytes(j, NULL, tls_chain_san(c, i));
	json_arr_end(j);
}

static void
eve_version(const struct tls_tx *t, struct json *j)
{
	uint16_t    version = tls_version(t);
	const char *name = tls_version_name(version);
	char        text[24];

	if (version >> 8 == 0x7f)
		snprintf(text, sizeof(text), "TLS 1.3 draft-%u", version & 0xff);
	else
		snprintf(text, sizeof(text), "0x%04x", version);
	json_str(j, "version", name ? name : version ? text : "UNDETERMINED");
}

static void
eve_alpns(const struct tls_tx *t, int dir, struct json *j, const char *key)
{
	struct bytes name;

	if (!tls_alpn(&t->hello[dir], 0, &name))
		return;
	json_arr(j, key);
	for (unsigned i = 0; tls_alpn(&t->hello[dir], i, &name); i++)
		json_bytes(j, NULL, name);
	json_arr_end(j);
}

static void
eve_ja3(struct tls_tx *t, int dir, struct json *j, const char *key)
{
	const struct pbuf *string = tls_ja3(t, dir), *hash = tls_ja3_hash(t, dir);

	if (string->len == 0)
		return;
	json_obj(j, key);
	json_bytes(j, "hash", bytes_of(hash->data, hash->len));
	json_bytes(j, "string", bytes_of(string->data, string->len));
	json_obj_end(j);
}

void
tls_eve(struct tx *tx, struct json *j)
{
	struct tls_tx          *t = (struct tls_tx *)tx;
	const struct tls_chain *c = t->chain[DIR_TOCLIENT];
	const struct tls_hello *client = &t->hello[DIR_TOSERVER];
	const struct pbuf      *ja4 = tls_ja4(t);

	json_obj(j, "tls");
	if (c)
		eve_chain(c, j);
	if (t->resumed && !c)
		json_bool(j, "session_resumed", true);
	if (client->sni.len)
		json_bytes(j, "sni", tls_part(client, client->sni));
	eve_version(t, j);
	if (c && c->parsed) {
		eve_time(c->not_before, j, "notbefore");
		eve_time(c->not_after, j, "notafter");
		eve_sans(c, j);
	}
	eve_ja3(t, DIR_TOSERVER, j, "ja3");
	eve_ja3(t, DIR_TOCLIENT, j, "ja3s");
	if (ja4->len)
		json_bytes(j, "ja4", bytes_of(ja4->data, ja4->len));
	eve_alpns(t, DIR_TOSERVER, j, "client_alpns");
	eve_alpns(t, DIR_TOCLIENT, j, "server_alpns");
	json_obj_end(j);
}
