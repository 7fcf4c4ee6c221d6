/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/fleet.h"

#include "collector/store.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define DROPS_SHOWN_NS (60 * SECOND_NS) /* how long after the last drop it is said */

static const char *const names[] = {
	[HEALTH_OK] = "ok",
	[HEALTH_STOPPED] = "stopped",
	[HEALTH_UNREACHABLE] = "unreachable",
	[HEALTH_DROPPING] = "dropping",
	[HEALTH_CLOCK] = "clock",
	[HEALTH_NEVER] = "never",
};

const char *
health_name(enum health h)
{
	return names[h];
}

bool
health_sees(enum health h)
{
	return h == HEALTH_OK || h == HEALTH_DROPPING || h == HEALTH_CLOCK;
}

static bool
is_silent(const struct store_sensor *s, uint64_t now_ns)
{
	uint64_t interval = s->interval_s ? s->interval_s : FLEET_INTERVAL_S;

	return now_ns > s->heartbeat_ns &&
	       now_ns - s->heartbeat_ns > 2 * interval * SECOND_NS;
}

enum health
fleet_health(const struct store_sensor *s, uint64_t now_ns)
{
	int64_t off = s->clock_offset_ms < 0 ? -s->clock_offset_ms : s->clock_offset_ms;

	if (s->heartbeat_ns == 0)
		return HEALTH_NEVER;
	if (is_silent(s, now_ns))
		return s->gone_ns && strcmp(s->gone_why, GONE_CLOSED) == 0
			       ? HEALTH_STOPPED
			       : HEALTH_UNREACHABLE;
	if (off > FLEET_CLOCK_MAX_MS)
		return HEALTH_CLOCK;
	if (s->drops_ns && now_ns < s->drops_ns + DROPS_SHOWN_NS)
		return HEALTH_DROPPING;
	return HEALTH_OK;
}

uint64_t
fleet_since(const struct store_sensor *s, enum health h)
{
	if (h == HEALTH_NEVER)
		return s->created_ns;
	return h == HEALTH_DROPPING ? s->drops_ns : s->heartbeat_ns;
}

/* ---- tokens ---- */

/* Base64 for URLs, without padding. */
static void
to_base64url(char *out, const uint8_t *in, int len)
{
	EVP_EncodeBlock((unsigned char *)out, in, len);
	for (; *out && *out != '='; out++)
		*out = *out == '+' ? '-' : *out == '/' ? '_' : *out;
	*out = '\0';
}

/* 43 characters are 32 bytes. */
static int
from_base64url(uint8_t out[static 32], const char *in, size_t len)
{
	unsigned char text[44], raw[33];

	if (len != 43)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		text[i] = (unsigned char)(in[i] == '-'   ? '+'
					  : in[i] == '_' ? '/'
							 : in[i]);
	text[43] = '=';
	if (memchr(in, '+', len) || memchr(in, '/', len) ||
		EVP_DecodeBlock(raw, text, sizeof(text)) != 33)
		return -EBADMSG;
	memcpy(out, raw, 32);
	return 0;
}

int
token_make(char text[static TOKEN_TEXT_MAX], char id[static TOKEN_ID_LEN + 1],
	uint8_t hash[static 32], const uint8_t pin[static 32])
{
	uint8_t secret[TOKEN_SECRET_LEN], raw[TOKEN_ID_LEN / 2];
	char    secret_text[48], pin_text[48];

	if (RAND_bytes(secret, sizeof(secret)) != 1 || RAND_bytes(raw, sizeof(raw)) != 1)
		return -EIO;
	for (size_t i = 0; i < sizeof(raw); i++)
		snprintf(id + 2 * i, 3, "%02x", raw[i]);
	SHA256(secret, sizeof(secret), hash);
	to_base64url(secret_text, secret, sizeof(secret));
	to_base64url(pin_text, pin, 32);
	snprintf(text, TOKEN_TEXT_MAX, "%s.%s.%s", id, secret_text, pin_text);
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(secret_text, sizeof(secret_text));
	return 0;
}

int
token_parse(const char *text, size_t len, char id[static TOKEN_ID_LEN + 1],
	uint8_t hash[static 32])
{
	const char *dot = memchr(text, '.', len), *second;
	uint8_t     secret[TOKEN_SECRET_LEN];
	int         err;

	if (!dot || dot - text != TOKEN_ID_LEN)
		return -EBADMSG;
	memcpy(id, text, TOKEN_ID_LEN);
	id[TOKEN_ID_LEN] = '\0';
	text = dot + 1;
	len -= TOKEN_ID_LEN + 1;
	second = memchr(text, '.', len);
	if (!second)
		return -EBADMSG;
	err = from_base64url(secret, text, (size_t)(second - text));
	if (!err)
		SHA256(secret, sizeof(secret), hash);
	OPENSSL_cleanse(secret, sizeof(secret));
	return err;
}

bool
token_same(const uint8_t a[static 32], const uint8_t b[static 32])
{
	return CRYPTO_memcmp(a, b, 32) == 0;
}
