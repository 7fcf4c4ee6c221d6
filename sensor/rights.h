/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/rights.h - gives up all rights that a run does not need, before the first foreign byte. Main thread. */
#ifndef SENSOR_RIGHTS_H
#define SENSOR_RIGHTS_H

struct options;
struct vars;

/* Once everything is open, before other threads start. What stays: to read captures and rules again, to
 * write where the options say, to open interfaces again. 0 or -errno after a word. */
int rights_drop(const struct options *o, const struct vars *settings);

#endif
