/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/krb5.h - events of Kerberos 5, and which encryption of it is weak. Constant data, any thread. */
#ifndef RULES_APP_KRB5_H
#define RULES_APP_KRB5_H

#include "rules/app.h"
#include "rules/number.h"

#include <stdbool.h>

/* Bit, name after the protocol. */
#define KRB5_EVENT_LIST(X) \
	X(MALFORMED_DATA, "malformed_data") \
	X(WEAK_ENCRYPTION, "weak_encryption")

enum krb5_event {
#define X(id, name) KRB5_EVENT_##id,
	KRB5_EVENT_LIST(X)
#undef X
	KRB5_EVENT_COUNT
};

/* Names of encryption types: IANA, Kerberos Encryption Type Numbers; Microsoft's are negative. */
extern const struct number_word krb5_etypes[];

/* All but AES and Camellia: RFC 6649, RFC 8429. */
static inline bool
krb5_is_weak(int64_t etype)
{
	return !((etype >= 17 && etype <= 20) || etype == 25 || etype == 26);
}

extern const struct app krb5_app;

#endif
