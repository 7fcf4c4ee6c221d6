/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

bool fault_armed;

static struct {
	char        name[48];
	unsigned    nth;
	bool        error;
	atomic_uint passed;
} armed;

void
fault_setup(void)
{
	const char *spec = getenv("TOCSIN_FAULT");
	size_t      len = spec ? strcspn(spec, ":") : 0;
	char       *rest;

	fault_armed = false;
	if (len == 0 || len >= sizeof(armed.name))
		return;
	memcpy(armed.name, spec, len);
	armed.name[len] = '\0';
	armed.nth = 1;
	armed.error = false;
	atomic_store(&armed.passed, 0);
	if (spec[len] == ':') {
		armed.nth = (unsigned)strtoul(spec + len + 1, &rest, 10);
		armed.error = strcmp(rest, ":error") == 0;
	}
	fault_armed = true;
}

int
fault_hit(const char *name)
{
	unsigned n;

	if (strcmp(name, armed.name) != 0)
		return 0;
	n = atomic_fetch_add(&armed.passed, 1) + 1;
	if (armed.error)
		return n >= armed.nth ? -EIO : 0;
	if (n == armed.nth)
		raise(SIGKILL);
	return 0;
}
