/* SPDX-License-Identifier: Apache-2.0 */
/* cli/command.h - the table of subcommands. Any thread. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/cli.h"

extern const struct command commands[];
extern const size_t         n_commands;

/* The row whose name begins `words`; *used gets how many words the name takes. NULL: none. */
const struct command *command_find(char *const *words, int n_words, int *used);

/* The name that is most like what was typed, NULL when none is near. */
const char *command_near(const char *typed);

int cmd_inbox(struct cli *cli);
int cmd_show(struct cli *cli);
int cmd_why(struct cli *cli);
int cmd_events(struct cli *cli);
int cmd_timeline(struct cli *cli);
int cmd_pcap(struct cli *cli);
int cmd_watch(struct cli *cli);
int cmd_stats(struct cli *cli);
int cmd_act(struct cli *cli);
int cmd_undo(struct cli *cli);
int cmd_sensor_add(struct cli *cli);
int cmd_sensor_list(struct cli *cli);
int cmd_sensor_show(struct cli *cli);
int cmd_sensor_revoke(struct cli *cli);
int cmd_gaps(struct cli *cli);
int cmd_coverage(struct cli *cli);
int cmd_rules_check(struct cli *cli);
int cmd_db_check(struct cli *cli);
int cmd_help(struct cli *cli);
int cmd_complete(struct cli *cli);

#endif
