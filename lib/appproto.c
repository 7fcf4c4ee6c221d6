/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/appproto.h"

#include <string.h>

static const char *const names[APPPROTO_COUNT] = {
	[APPPROTO_UNKNOWN] = "unknown",
	[APPPROTO_FAILED] = "failed",
#define X(id, name) [APPPROTO_##id] = name,
	APPPROTO_LIST(X)
#undef X
};

_Static_assert(APPPROTO_COUNT <= 64, "a protocol must have a bit in the mask");

#define BIT(id) (UINT64_C(1) << APPPROTO_##id)

const char *
appproto_name(enum appproto p)
{
	return (unsigned)p < APPPROTO_COUNT ? names[p] : names[APPPROTO_UNKNOWN];
}

enum appproto
appproto_by_name(const char *name)
{
	for (unsigned p = APPPROTO_FAILED + 1; p < APPPROTO_COUNT; p++) {
		if (strcmp(names[p], name) == 0)
			return (enum appproto)p;
	}
	return APPPROTO_UNKNOWN;
}

uint64_t
appproto_mask(const char *name)
{
	static const struct {
		const char *name;
		uint64_t    mask;
	} words[] = { /* that mean more than one protocol */
		{ "http", BIT(HTTP1) | BIT(HTTP2) | BIT(DOH2) },
		{ "http2", BIT(HTTP2) | BIT(DOH2) },
		{ "dns", BIT(DNS) | BIT(DOH2) },
		{ "dcerpc", BIT(DCERPC) | BIT(SMB) }, /* in its pipes */
	};
	enum appproto p;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i].name, name) == 0)
			return words[i].mask;
	}
	p = appproto_by_name(name);
	return p == APPPROTO_UNKNOWN ? 0 : UINT64_C(1) << p;
}
