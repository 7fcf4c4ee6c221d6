/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.h - help texts, made from the table of subcommands and that of options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

struct cli;
struct command;

/* What it is, examples, all subcommands. */
void help_overview(struct cli *cli);
/* One subcommand: examples, then what it does, then its options. */
void help_command(struct cli *cli, const struct command *c);
/* Say that there is no such subcommand and what may have been meant. The exit code. */
int  help_unknown(struct cli *cli, char *const *words, int n_words);

#endif
