/* SPDX-License-Identifier: Apache-2.0 */
/* cli/i18n.h - marks the strings that people read, so that catalogues can replace them.
 *
 * `_("…")` translates where it stands; `N_("…")` only marks a string in a table, whose
 * user calls _() on it. JSON, --plain and the names of things are never translated.
 */
#ifndef CLI_I18N_H
#define CLI_I18N_H

#include <libintl.h>

#define I18N_DOMAIN "tocsin"

#define _(text) dgettext(I18N_DOMAIN, text)
#define N_(text) (text)

#endif
