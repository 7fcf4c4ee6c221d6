/* SPDX-License-Identifier: Apache-2.0 */
/* A rule file, loaded and compiled, looks at one packet, one stream and one transaction.
 *
 * Input: the payload, a line that says "----", the rules. Without that line all is
 * rules, and the payload is the same bytes.
 */
#include "rules/app/http1.h"
#include "tests/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define LINE "\n----\n"
#define RULES_MAX 4096 /* bytes: compiling is slow, and long rules say nothing new */

/* Rules that name files would read and write them. */
static bool
names_files(const void *rules, size_t len)
{
	static const char *const words[] = { "load", "save", "state ", "state\t", "filemd5", "filesha" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (memmem(rules, len, words[i], strlen(words[i])))
			return true;
	return false;
}

static void
look(struct rig *r, const uint8_t *payload, size_t len)
{
	struct rig_tx tx;

	rig_udp_bytes(r, payload, len);
	rig_packet(r, 6, DIR_TOSERVER, payload, len);
	rig_inspect(r, (struct stream_window){ 0 });
	r->packet.in_stream = true;
	rig_inspect(r, (struct stream_window){ .data = bytes_of(payload, len), .fresh = len / 2 });
	rig_tx_init(r, &tx, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	for (unsigned i = 0; i < RIG_BUFFERS_MAX; i++) {
		static const uint8_t kinds[] = { BUF_HTTP_URI, BUF_HTTP_HOST, BUF_HTTP_USER_AGENT, BUF_HTTP_HEADER,
			BUF_HTTP_COOKIE, BUF_HTTP_REQUEST_BODY, BUF_HTTP_METHOD, BUF_HTTP_REQUEST_HEADER };

		tx.buffers[i] = (struct rig_buffer){ kinds[i % 8], DIR_TOSERVER,
			{ .data = bytes_of(payload, len), .ended = true } };
	}
	for (uint8_t state = 0; state <= HTTP1_REQUEST_COMPLETE; state++)
		rig_tx_at(r, &tx, DIR_TOSERVER, state);
	rig_tx_release(r, &tx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *line = memmem(data, len, LINE, strlen(LINE));
	const uint8_t *rules = line ? line + strlen(LINE) : data;
	size_t         n_rules = (size_t)(data + len - rules);
	struct rig     r;

	if (n_rules > RULES_MAX || names_files(rules, n_rules))
		return 0;
	rig_load(&r, (const char *)rules, n_rules);
	for (size_t i = 0; i < ruleset_n_errors(r.rs); i++)
		rig_must(ruleset_error(r.rs, i)->line > 0 && ruleset_error(r.rs, i)->column > 0, "an error has no place");
	if (ruleset_counts(r.rs).loaded > 0) {
		rig_ready(&r);
		look(&r, data, line ? (size_t)(line - data) : len);
	}
	rig_close(&r);
	return 0;
}
