/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/krb5.h"

#include "rules/app/plain.h"
#include "rules/number.h"

#include <stddef.h>

#define NEGATIVE(n) (uint64_t)-(int64_t)(n)

const struct number_word krb5_etypes[] = {
	{ "des-cbc-crc", 1 },
	{ "des-cbc-md4", 2 },
	{ "des-cbc-md5", 3 },
	{ "des3-cbc-md5", 5 },
	{ "des3-cbc-sha1", 7 },
	{ "dsaWithSHA1-CmsOID", 9 },
	{ "md5WithRSAEncryption-CmsOID", 10 },
	{ "sha1WithRSAEncryption-CmsOID", 11 },
	{ "rc2CBC-EnvOID", 12 },
	{ "rsaEncryption-EnvOID", 13 },
	{ "rsaES-OAEP-ENV-OID", 14 },
	{ "des-ede3-cbc-Env-OID", 15 },
	{ "des3-cbc-sha1-kd", 16 },
	{ "aes128-cts-hmac-sha1-96", 17 },
	{ "aes256-cts-hmac-sha1-96", 18 },
	{ "aes128-cts-hmac-sha256-128", 19 },
	{ "aes256-cts-hmac-sha384-192", 20 },
	{ "rc4-hmac", 23 },
	{ "rc4-hmac-exp", 24 },
	{ "camellia128-cts-cmac", 25 },
	{ "camellia256-cts-cmac", 26 },
	{ "subkey-keymaterial", 65 },
	{ "rc4-md4", NEGATIVE(128) },
	{ "rc4-plain2", NEGATIVE(129) },
	{ "rc4-lm", NEGATIVE(130) },
	{ "rc4-sha", NEGATIVE(131) },
	{ "des-plain", NEGATIVE(132) },
	{ "rc4-hmac-old", NEGATIVE(133) },
	{ "rc4-plain-old", NEGATIVE(134) },
	{ "rc4-hmac-old-exp", NEGATIVE(135) },
	{ "rc4-plain-old-exp", NEGATIVE(136) },
	{ "rc4-plain", NEGATIVE(140) },
	{ "rc4-plain-exp", NEGATIVE(141) },
	{ NULL, 0 },
};

static const char *const events[] = {
#define X(id, name) name,
	KRB5_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	PLAIN_RESPONSE(BUF_KRB5_CNAME),
	PLAIN_RESPONSE(BUF_KRB5_SNAME),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	PLAIN_BOTH(NUM_KRB5_MSG_TYPE),
	PLAIN_BOTH(NUM_KRB5_ERR_CODE),
	PLAIN_RESPONSE(NUM_KRB5_TICKET_ENCRYPTION),
	{ NUM_NONE, 0, 0 },
};

const struct app krb5_app = {
	.id = APPPROTO_KRB5,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
