/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/ike.h - events of IKE. Constant data, any thread. */
#ifndef RULES_APP_IKE_H
#define RULES_APP_IKE_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define IKE_EVENT_LIST(X) \
	X(MALFORMED_DATA, "malformed_data") \
	X(WEAK_CRYPTO_ENC, "weak_crypto_enc") \
	X(WEAK_CRYPTO_PRF, "weak_crypto_prf") \
	X(WEAK_CRYPTO_DH, "weak_crypto_dh") \
	X(WEAK_CRYPTO_AUTH, "weak_crypto_auth") \
	X(WEAK_CRYPTO_NO_DH, "weak_crypto_no_dh") \
	X(WEAK_CRYPTO_NO_AUTH, "weak_crypto_no_auth") \
	X(NO_ENCRYPTION, "no_encryption") \
	X(INVALID_PROPOSAL, "invalid_proposal") \
	X(UNKNOWN_PROPOSAL, "unknown_proposal") \
	X(MULTIPLE_SERVER_PROPOSAL, "multiple_server_proposal")

enum ike_event {
#define X(id, name) IKE_EVENT_##id,
	IKE_EVENT_LIST(X)
#undef X
	IKE_EVENT_COUNT
};

/* Attributes of a chosen security association: word of ike.chosen_sa_attribute, attribute of IKEv1
 * (RFC 2409, appendix A), type of transform of IKEv2 (RFC 7296, 3.3.2; 0: none). */
#define IKE_ATTRIBUTE_LIST(X) \
	X(ENC, "alg_enc", 1, 1) \
	X(HASH, "alg_hash", 2, 0) \
	X(AUTH, "alg_auth", 3, 3) \
	X(DH, "alg_dh", 4, 4) \
	X(GROUP_TYPE, "sa_group_type", 5, 0) \
	X(LIFE_TYPE, "sa_life_type", 11, 0) \
	X(LIFE_DURATION, "sa_life_duration", 12, 0) \
	X(PRF, "alg_prf", 13, 2) \
	X(KEY_LENGTH, "sa_key_length", 14, 0) \
	X(FIELD_SIZE, "sa_field_size", 15, 0)

enum ike_attribute {
#define X(id, word, v1, v2) IKE_ATTRIBUTE_##id,
	IKE_ATTRIBUTE_LIST(X)
#undef X
	IKE_ATTRIBUTE_COUNT
};

extern const struct app ike_app;

#endif
