/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ntlmssp.h - who logs in: the AUTHENTICATE message of NTLM (MS-NLMP, 2.2.1.3).
 *
 * Found inside whatever wraps it (SPNEGO). Memory of the pool.
 */
#ifndef SENSOR_PROTO_NTLMSSP_H
#define SENSOR_PROTO_NTLMSSP_H

#include "lib/bytes.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

struct json;

struct ntlmssp {
	struct pbuf user, domain, host; /* UTF-8 */
	bool        has_version;
	uint8_t     major, minor, revision;
	uint16_t    build;
};

enum ntlmssp_found {
	NTLMSSP_NONE,      /* no NTLM here, or another of its messages */
	NTLMSSP_AUTH,      /* an AUTHENTICATE message was read */
	NTLMSSP_MALFORMED, /* one that points outside of itself */
};

enum ntlmssp_found ntlmssp_read(struct ntlmssp *out, struct pool *pool, struct bytes blob);
void               ntlmssp_release(struct ntlmssp *n, struct pool *pool);

/* The member "ntlmssp" of EVE's object. */
void ntlmssp_eve(const struct ntlmssp *n, struct json *j);

/* UTF-16LE up to its end or a NUL, appended as UTF-8. Lone surrogates become U+FFFD. */
void ntlmssp_utf16(struct pbuf *out, struct pool *pool, struct bytes in);

#endif
