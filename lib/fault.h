/* SPDX-License-Identifier: Apache-2.0 */
/* lib/fault.h - named places where a test may kill the process or make a call fail.
 *
 * A program calls fault_setup() first of all. TOCSIN_FAULT="name[:nth[:error]]"
 * arms one place: at its nth passing (default 1) the process ends with
 * SIGKILL, as in a power cut; with `:error` that passing and all later ones
 * answer -EIO instead. Without the variable a place costs one branch. It is in
 * every build, since the tests must try the very program that is installed,
 * and harmless: whoever sets a program's environment can kill it anyway.
 * Any thread.
 *
 * The names, where they lie:
 *   spool-before-fsync    records written, not yet synced
 *   spool-after-fsync     synced, not yet sent
 *   spool-rotate          the old segment sealed, the new one not yet there
 *   uplink-mid-frame      half a batch handed to the connection
 *   store-before-commit, store-after-commit, store-rollover, store-migrate   collector/store*.c
 */
#ifndef LIB_FAULT_H
#define LIB_FAULT_H

#include <stdbool.h>

/* Read the environment. Once, before there are threads. */
void fault_setup(void);

extern bool fault_armed; /* set by fault_setup() alone */

/* 0 or -EIO. */
int fault_hit(const char *name);

#define fault_point(name) (__builtin_expect(fault_armed, 0) ? fault_hit(name) : 0)

#endif
