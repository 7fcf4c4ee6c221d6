/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a terminal gets them: no controls, and escaping again changes nothing. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cli/escape.h"
#include "lib/arena.h"
#include "lib/bytes.h"
#include "lib/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(4096);
	const char   *once = escape_text(a, (const char *)data, size);
	size_t        len = strlen(once), n;
	uint32_t      code;

	assert(strcmp(escape_text(a, once, len), once) == 0);
	for (struct bytes b = bytes_of(once, len); b.left; bytes_skip(&b, n)) {
		n = utf8_first(b, &code);
		assert(n && utf8_is_shown(code));
	}
	for (size_t columns = 2; columns < 20; columns++) {
		char *rest, *wrapped = (char *)escape_wrap(a, once, columns);

		assert(escape_width(escape_cut(a, once, columns)) <= columns);
		for (char *line; (line = strtok_r(wrapped, "\n", &rest)); wrapped = NULL)
			assert(escape_width(line) <= columns);
	}
	arena_free(a);
	return 0;
}
