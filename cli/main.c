/* SPDX-License-Identifier: Apache-2.0 */
/* cli/main.c - `tocsin`: the process around one subcommand. */
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

/* Names from the wire are UTF-8, and so is what we write: in the C locale too. */
static void
set_locale(void)
{
	setlocale(LC_ALL, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int
main(int argc, char **argv)
{
	struct timespec now;

	set_locale();
	clock_gettime(CLOCK_REALTIME, &now);
	return cli_main(argc, argv, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}
