/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "cli/i18n.h"

struct pcap_sink {
	struct cli *cli;
	const char *file; /* NULL: standard output */
	int         fd;   /* -1: nothing came yet, so no file was made */
	uint64_t    bytes;
};

static int
write_some(void *arg, struct evbuffer *body)
{
	struct pcap_sink *s = arg;

	if (s->fd < 0)
		s->fd = s->file ? open(s->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
				: STDOUT_FILENO;
	if (s->fd < 0)
		return cli_fail(s->cli, CLI_ERROR, "%s: %s", s->file, strerror(errno));
	while (evbuffer_get_length(body)) {
		int n = evbuffer_write(body, s->fd);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return cli_fail(s->cli, CLI_ERROR, _("cannot write packets: %s"),
					strerror(errno));
		s->bytes += n > 0 ? (uint64_t)n : 0;
	}
	return 0;
}

int
cmd_pcap(struct cli *cli)
{
	const char      *file = cli->args.opt[OPT_OUTPUT];
	bool             named = file && strcmp(file, "-") != 0;
	struct pcap_sink sink = { .cli = cli, .file = named ? file : NULL, .fd = -1 };
	const char      *path = args_has(&cli->args, OPT_EVENT) ? "/v1/events/%s/pcap"
								: "/v1/incidents/%s/pcap";
	int              code;

	if (!file && cli->out.terminal)
		return cli_fail(cli, CLI_ERROR, _("packets are no text; say -o FILE"));
	code = cli_stream(cli, cli_path(cli, path, cli->args.words[0]), write_some, &sink);
	if (named && sink.fd >= 0 && close(sink.fd) < 0)
		code = cli_fail(cli, CLI_ERROR, "%s: %s", file, strerror(errno));
	if (code != CLI_DONE && named && sink.fd >= 0)
		unlink(file); /* half a capture looks like a whole one */
	if (code == CLI_DONE && named)
		printf(_("%s: %llu bytes\n"), file, (unsigned long long)sink.bytes);
	return code;
}
