/* SPDX-License-Identifier: Apache-2.0 */
/* lib/log.h - one line to standard error, for the journal and for people.
 *
 * `log_warn("spool full", "path=%s depth=%u", path, depth)`: what happened in
 * lower case, then key=value. Under systemd (JOURNAL_STREAM is set) lines carry
 * the <n> priority prefix; on a terminal the program's name. Values from
 * outside are escaped: control bytes never reach a terminal. Any thread.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERR = 3, LOG_LEVEL_WARN, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Name before each line and the most verbose level that is written (default notice). */
void log_setup(const char *name, enum log_level level);

void log_line(enum log_level level, const char *what, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));

#define log_err(what, ...) log_line(LOG_LEVEL_ERR, what, __VA_ARGS__)
#define log_warn(what, ...) log_line(LOG_LEVEL_WARN, what, __VA_ARGS__)
#define log_notice(what, ...) log_line(LOG_LEVEL_NOTICE, what, __VA_ARGS__)
#define log_info(what, ...) log_line(LOG_LEVEL_INFO, what, __VA_ARGS__)
#define log_debug(what, ...) log_line(LOG_LEVEL_DEBUG, what, __VA_ARGS__)

/* For what a peer or a packet can cause: at most `burst` lines in each `every_ms`.
 * One of these per place, zero-initialised but for the two limits. */
struct log_limit {
	uint32_t burst;
	uint32_t every_ms;
	uint32_t used;      /* in this window */
	uint32_t held_back; /* since the last line that was written */
	uint64_t since_ns;
};
/* May a line be written now? *held gets how many were held back before it. */
bool log_allowed(struct log_limit *l, uint64_t now_ns, uint32_t *held);

#endif
