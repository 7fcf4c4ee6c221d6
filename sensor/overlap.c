/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/overlap.h"

#include <stddef.h>
#include <strings.h>

static const struct {
	const char  *name;
	enum overlap policy;
} names[] = {
	{ "bsd", OVERLAP_BSD },
	{ "bsd-right", OVERLAP_BSD_RIGHT },
	{ "linux", OVERLAP_LINUX },
	{ "old-linux", OVERLAP_OLD_LINUX },
	{ "windows", OVERLAP_WINDOWS },
	{ "windows2k3", OVERLAP_WINDOWS },
	{ "vista", OVERLAP_WINDOWS },
	{ "solaris", OVERLAP_SOLARIS },
	{ "old-solaris", OVERLAP_SOLARIS },
	{ "hpux10", OVERLAP_SOLARIS },
	{ "hpux11", OVERLAP_SOLARIS },
	{ "macos", OVERLAP_BSD },
	{ "irix", OVERLAP_BSD },
	{ "first", OVERLAP_FIRST },
	{ "last", OVERLAP_LAST },
};

bool
overlap_by_name(enum overlap *out, const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i].name, name) == 0) {
			*out = names[i].policy;
			return true;
		}
	}
	return false;
}

bool
overlap_new_wins(enum overlap policy, uint64_t start, uint64_t end, uint64_t old_start, uint64_t old_end)
{
	switch (policy) {
	case OVERLAP_BSD:
		return start < old_start;
	case OVERLAP_BSD_RIGHT:
		return start >= old_start;
	case OVERLAP_LINUX:
		return start < old_start || (start == old_start && end > old_end);
	case OVERLAP_OLD_LINUX:
		return start <= old_start;
	case OVERLAP_WINDOWS:
		return start < old_start && end > old_end;
	case OVERLAP_SOLARIS:
		return start <= old_start && end >= old_end;
	case OVERLAP_LAST:
		return true;
	case OVERLAP_FIRST:
		break;
	}
	return false;
}
