/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/check.h"

enum verdict
check_rest(struct match *m, const struct check *c)
{
	if (++m->steps > CHECK_STEPS_MAX)
		return CHECK_NEVER;
	for (; c->fn; c = check_next(c)) {
		enum verdict v = c->fn(m, c);

		if (v == CHECK_DONE)
			return CHECK_YES;
		if (v != CHECK_YES)
			return v;
	}
	return CHECK_YES;
}

bool
check_run(struct match *m, const struct check *c)
{
	m->cursor = 0;
	m->steps = 0;
	return check_rest(m, c) == CHECK_YES;
}
