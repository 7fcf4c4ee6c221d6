/* SPDX-License-Identifier: Apache-2.0 */
/* cli/out.h - what standard output is, and in which form to write to it.
 *
 * Decides colour, width and pager once, at the start. One thread.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

struct args;

enum out_form { OUT_TEXT, OUT_PLAIN, OUT_JSON, OUT_JSONL, OUT_IDS };

struct out {
	enum out_form form;
	bool          terminal;
	bool          colour;
	size_t        width; /* columns; 0: no limit, standard output is no terminal */
	pid_t         pager; /* 0: none */
};

/* 0, or -EINVAL when more than one form is asked for. */
int out_init(struct out *o, const struct args *args);

/* Put a pager between us and the terminal, if there is one and it is wanted. */
void out_page(struct out *o, const struct args *args);

/* One JSON value, on one line or indented, without a newline after it. What terminals must not see
 * is written as \uXXXX. */
void out_json(const json_t *value, bool indented);

/* Hand everything on. False when nobody takes it any more: then stop producing. */
bool out_flush(void);

/* Flush and wait for the pager. 0, -EPIPE (the reader has left), or -errno: text was lost. */
int out_close(struct out *o);

#endif
