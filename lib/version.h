/* SPDX-License-Identifier: Apache-2.0 */
/* lib/version.h - which build this is. Any thread. */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

/* As `git describe` said when it was built; never NULL. */
const char *version(void);

#endif
