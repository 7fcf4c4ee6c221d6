/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/version.h"

#ifndef VERSION /* the Makefile gives it to this object alone */
#define VERSION "unknown"
#endif

const char *
version(void)
{
	return VERSION;
}
