/* SPDX-License-Identifier: Apache-2.0 */
/* FTP: ftp.mode, ftp.reply_received, ftpdata_command, whose values are words. */
#include "rules/app/ftp.h"

#include "rules/build.h"
#include "rules/keyword.h"

#include <errno.h>
#include <string.h>

struct value {
	uint8_t  number; /* enum number */
	uint64_t wanted;
};

static const struct {
	const char *keyword, *word;
	uint8_t     number;
	uint64_t    value;
} words[] = {
	{ "ftp.mode", "active", NUM_FTP_MODE, FTP_MODE_ACTIVE },
	{ "ftp.mode", "passive", NUM_FTP_MODE, FTP_MODE_PASSIVE },
	{ "ftp.reply_received", "yes", NUM_FTP_REPLY_RECEIVED, true },
	{ "ftp.reply_received", "on", NUM_FTP_REPLY_RECEIVED, true },
	{ "ftp.reply_received", "true", NUM_FTP_REPLY_RECEIVED, true },
	{ "ftp.reply_received", "1", NUM_FTP_REPLY_RECEIVED, true },
	{ "ftp.reply_received", "no", NUM_FTP_REPLY_RECEIVED, false },
	{ "ftp.reply_received", "off", NUM_FTP_REPLY_RECEIVED, false },
	{ "ftp.reply_received", "false", NUM_FTP_REPLY_RECEIVED, false },
	{ "ftp.reply_received", "0", NUM_FTP_REPLY_RECEIVED, false },
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct value   *v = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	uint64_t              have;

	if (!ops || !ops->number || !ops->number(m->tx, v->number, m->dir, 0, &have))
		return CHECK_NO;
	return have == v->wanted ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct value *v;

		if (strcmp(o->keyword->name, words[i].keyword) != 0 || strcasecmp(o->value, words[i].word) != 0)
			continue;
		v = build_tx(b, (struct build_where){ .number = words[i].number }, match, sizeof(*v));
		if (!v)
			return -ENOMEM;
		v->number = words[i].number;
		v->wanted = words[i].value;
		return build_apps(b, 1ULL << APPPROTO_FTP);
	}
	return build_error(b, "unknown value: %s", o->value);
}

/* ---- ftpdata_command ---- */

static enum verdict
command_match(struct match *m, const struct check *c)
{
	const struct app_ops *ops = m->flow->ops;
	struct view           v = { .ended = true };

	if (!ops || !ops->buffer || !ops->buffer(m->tx, BUF_FTPDATA_COMMAND, m->dir, 0, &v))
		return CHECK_NO;
	return v.data.left == 4 && memcmp(v.data.at, c->arg, 4) == 0 ? CHECK_YES : CHECK_NO;
}

static int
command_setup(struct build *b, const struct option *o)
{
	bool  stores = strcasecmp(o->value, "stor") == 0;
	void *verb = build_tx(b, (struct build_where){ .buffer = BUF_FTPDATA_COMMAND }, command_match, 4);

	if (!verb)
		return -ENOMEM;
	if (!stores && strcasecmp(o->value, "retr") != 0)
		return build_error(b, "stor or retr, not %s", o->value);
	memcpy(verb, stores ? "STOR" : "RETR", 4);
	return build_apps(b, 1ULL << APPPROTO_FTP_DATA);
}

const struct keyword kw_ftp_mode = {
	.name = "ftp.mode",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "ftp.mode:active|passive - of the transfer that a command prepares",
};

const struct keyword kw_ftp_reply_received = {
	.name = "ftp.reply_received",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "ftp.reply_received:yes|no - was the command answered",
};

const struct keyword kw_ftpdata_command = {
	.name = "ftpdata_command",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = command_setup,
	.help = "ftpdata_command:stor|retr - the command that a data connection serves",
};
