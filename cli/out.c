/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/out.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/escape.h"

#define OUT_PAGER "if command -v less >/dev/null; then exec less -FIRX; else exec cat; fi"
#define OUT_WIDTH_MIN 40 /* narrower terminals wrap: a table of slivers helps nobody */

static bool
env_is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool
wants_colour(const struct args *args, bool terminal)
{
	const char *term = getenv("TERM");
	const char *force = getenv("CLICOLOR_FORCE");

	if (args_has(args, OPT_NO_COLOR) || env_is_set("NO_COLOR"))
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return terminal && term && *term && strcmp(term, "dumb") != 0;
}

static size_t
terminal_width(void)
{
	struct winsize size;
	const char    *columns = getenv("COLUMNS");
	long           n = columns ? strtol(columns, NULL, 10) : 0;

	if (n <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	if (n <= 0)
		n = 80;
	return n < OUT_WIDTH_MIN ? OUT_WIDTH_MIN : (size_t)n;
}

int
out_init(struct out *o, const struct args *args)
{
	static const struct {
		enum opt      opt;
		enum out_form form;
	} forms[] = { { OPT_JSON, OUT_JSON }, { OPT_JSONL, OUT_JSONL }, { OPT_PLAIN, OUT_PLAIN },
		{ OPT_IDS, OUT_IDS } };
	int n = 0;

	*o = (struct out){ .form = OUT_TEXT, .terminal = isatty(STDOUT_FILENO) };
	o->colour = wants_colour(args, o->terminal);
	o->width = o->terminal ? terminal_width() : 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!args_has(args, forms[i].opt))
			continue;
		o->form = forms[i].form;
		n++;
	}
	return n > 1 ? -EINVAL : 0;
}

/* NULL: none is wanted. */
static const char *
pager_command(void)
{
	const char *pager = getenv("TOCSIN_PAGER");

	if (!pager)
		pager = getenv("PAGER");
	if (!pager)
		pager = OUT_PAGER;
	return *pager && strcmp(pager, "cat") != 0 ? pager : NULL;
}

void
out_page(struct out *o, const struct args *args)
{
	const char *pager = pager_command();
	int         ends[2];

	if (!o->terminal || args_has(args, OPT_NO_PAGER) || !pager || pipe(ends) < 0)
		return;
	fflush(NULL);
	o->pager = fork();
	if (o->pager == 0) {
		/* What is paged comes from attackers: no shell or editor out of less. */
		setenv("LESSSECURE", "1", 1);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
		_exit(127);
	}
	if (o->pager < 0) {
		o->pager = 0;
	} else {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGINT, SIG_IGN); /* ^C is for the pager; we end when it ends */
	}
	close(ends[0]);
	close(ends[1]);
}

void
out_json(const json_t *value, bool indented)
{
	size_t flags = JSON_ENCODE_ANY | (indented ? JSON_INDENT(2) : JSON_COMPACT);
	char  *text = json_dumps(value, flags);

	if (!text)
		abort();
	escape_json(stdout, text, strlen(text));
	free(text);
}

bool
out_flush(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

/* Why text was lost. stdio forgets the reason of a write that failed earlier; that the reader has
 * left can still be seen. */
static int
loss(int err)
{
	struct pollfd to = { .fd = STDOUT_FILENO };

	if (poll(&to, 1, 0) == 1 && to.revents & POLLERR)
		return -EPIPE;
	return err ? -err : -EIO;
}

int
out_close(struct out *o)
{
	int err = 0;

	errno = 0;
	if (!out_flush())
		err = loss(errno);
	if (!o->pager)
		return err;
	fclose(stdout); /* the pager sees the end of its input */
	while (waitpid(o->pager, NULL, 0) < 0 && errno == EINTR)
		;
	return err == -EPIPE ? 0 : err; /* quitting the pager early is no mistake */
}
