/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/figures.h"

#include <string.h>

void
figures_init(struct figures *f)
{
	memset(f, 0, sizeof(*f));
	(void)pthread_mutex_init(&f->lock, NULL);
}

void
figures_publish(struct figures *f, const struct figures_now *now)
{
	(void)pthread_mutex_lock(&f->lock);
	f->now = *now;
	(void)pthread_mutex_unlock(&f->lock);
}

void
figures_fill(void *figures, struct message_heartbeat *out)
{
	struct figures     *f = figures;
	struct figures_now *told = &f->told;

	(void)pthread_mutex_lock(&f->lock);
	*told = f->now;
	(void)pthread_mutex_unlock(&f->lock);
	out->packets = told->packets;
	out->bytes = told->bytes;
	out->kernel_drops = told->kernel_drops;
	out->own_drops = told->own_drops;
	out->last_packet_ns = told->last_packet_ns;
	out->rules = told->rules;
	out->ruleset = bytes_str(told->ruleset);
	out->n_interfaces = told->n_interfaces;
	for (uint32_t i = 0; i < told->n_interfaces; i++)
		out->interfaces[i] = (struct message_interface){
			.name = bytes_str(told->interfaces[i].name),
			.packets = told->interfaces[i].packets,
			.drops = told->interfaces[i].drops,
			.up = told->interfaces[i].up,
		};
}
