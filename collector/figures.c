/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/figures.h"

const char *const figure_names[FIGURE_COUNT] = {
#define X(id, name, help) name,
	FIGURES_LIST(X)
#undef X
};

const char *const figure_helps[FIGURE_COUNT] = {
#define X(id, name, help) help,
	FIGURES_LIST(X)
#undef X
};
