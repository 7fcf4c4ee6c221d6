/* SPDX-License-Identifier: Apache-2.0 */
/* cli/coverage.h - how much of the city is seen, in one line. */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include <jansson.h>

struct cli;

/* "coverage 163/168 sites · 5 blind: ward-12 3h12m unreachable, …" of the collector's object. */
const char *coverage_line(struct cli *cli, const json_t *coverage);

#endif
