/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the collector's API, up to what the handlers ask of them.
 *
 * Input: a line with method and address, then the body.
 */
#include "collector/call.h"
#include "collector/serve_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
ask_everything(struct call *c)
{
	static const char *const names[] = {"limit", "cursor", "after", "since", "until",
		"src", "ip", "sid", "severity", "state"};
	struct prefix            prefix;
	uint64_t                 v;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		call_text(c, names[i]);
		call_u64(c, names[i], &v);
		call_time(c, names[i], &v);
		call_prefix(c, names[i], &prefix);
	}
	call_limit(c);
	call_number(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes in = bytes_of(data, len);
	struct bytes line = bytes_cut(&in, bytes_find(&in, '\n'));
	struct call  c = {.now_ns = 1};
	char         text[2048], *uri;

	if (line.left >= sizeof(text))
		return 0;
	memcpy(text, line.at, line.left);
	text[line.left] = '\0';
	uri = strchr(text, ' ');
	if (!uri)
		return 0;
	*uri++ = '\0';
	bytes_skip(&in, in.left ? 1 : 0);
	call_read(&c, serve_routes, text, uri, in);
	if (!c.status)
		ask_everything(&c);
	if (c.status)
		json_end(&c.out);
	call_release(&c);
	return 0;
}
