/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/expect.h"

void
expect_add(struct expect *e, const struct expected *what)
{
	struct expected *place = &e->ring[e->next];

	e->next = (e->next + 1) % EXPECT_MAX;
	if (place->until_ns == 0)
		e->n_live++;
	*place = *what;
}

const struct expected *
expect_take(struct expect *e, const struct addr *addr, uint16_t port, uint64_t now_ns)
{
	if (e->n_live == 0)
		return NULL;
	for (unsigned i = 0; i < EXPECT_MAX; i++) {
		struct expected *x = &e->ring[i];

		if (x->until_ns == 0)
			continue;
		if (x->port == port && addr_eq(&x->addr, addr) && x->until_ns >= now_ns) {
			x->until_ns = 0;
			e->n_live--;
			return x;
		}
		if (x->until_ns < now_ns) {
			x->until_ns = 0;
			e->n_live--;
		}
	}
	return NULL;
}
