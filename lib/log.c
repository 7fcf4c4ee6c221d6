/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log.h"

#include "lib/bytes.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

/* Set once, at the start of a process; read by any thread after that. */
static struct {
	char           name[32];
	enum log_level level;
	bool           journal;
} setup = { .level = LOG_LEVEL_NOTICE };

void
log_setup(const char *name, enum log_level level)
{
	snprintf(setup.name, sizeof(setup.name), "%s", name);
	setup.level = level;
	setup.journal = getenv("JOURNAL_STREAM") != NULL;
}

/* Copy one character of `in` to `to` so that no terminal acts on it; returns the bytes
 * written, 0 when `room` is too small. */
static size_t
put_shown(char *to, size_t room, struct bytes *in)
{
	uint32_t     cp = 0;
	size_t       n = utf8_first(*in, &cp);
	struct bytes c = bytes_cut(in, n ? n : 1);

	if (n && utf8_is_shown(cp)) {
		if (room < n)
			return 0;
		memcpy(to, c.at, n);
		return n;
	}
	if (room < 4 * c.left + 1)
		return 0;
	for (size_t i = 0; i < c.left; i++)
		snprintf(to + 4 * i, 5, "\\x%02x", c.at[i]);
	return 4 * c.left;
}

static size_t
put_escaped(char *to, size_t room, const char *text)
{
	struct bytes in = bytes_str(text);
	size_t       len = 0, n;

	while (in.left) {
		n = put_shown(to + len, room - len, &in);
		if (n == 0)
			break;
		len += n;
	}
	return len;
}

void
log_line(enum log_level level, const char *what, const char *fmt, ...)
{
	char    values[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES];
	size_t  len;
	int     saved = errno;
	va_list args;

	if (level > setup.level)
		return;
	values[0] = '\0';
	va_start(args, fmt);
	if (fmt)
		vsnprintf(values, sizeof(values), fmt, args);
	va_end(args);

	if (setup.journal)
		len = (size_t)snprintf(line, sizeof(line), "<%d>", level);
	else
		len = (size_t)snprintf(line, sizeof(line), "%s%s", setup.name,
				setup.name[0] ? ": " : "");
	len += put_escaped(line + len, sizeof(line) - len - 2, what);
	if (values[0]) {
		line[len++] = ' ';
		len += put_escaped(line + len, sizeof(line) - len - 1, values);
	}
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0) {
		/* there is no place left to say so */
	}
	errno = saved;
}

bool
log_allowed(struct log_limit *l, uint64_t now_ns, uint32_t *held)
{
	uint64_t window_ns = (uint64_t)l->every_ms * 1000000;

	if (l->since_ns == 0 || now_ns < l->since_ns ||
		now_ns - l->since_ns >= window_ns) {
		l->since_ns = now_ns;
		l->used = 0;
	}
	if (l->used >= l->burst) {
		l->held_back++;
		return false;
	}
	l->used++;
	*held = l->held_back;
	l->held_back = 0;
	return true;
}
