/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rfc3339.h"

#include <ctype.h>
#include <errno.h>
#include <time.h>

/* `n` digits, or -1. */
static int
digits(const char **at, int n)
{
	int v = 0;

	while (n--) {
		if (!isdigit((unsigned char)**at))
			return -1;
		v = v * 10 + *(*at)++ - '0';
	}
	return v;
}

static int
literal(const char **at, const char *any_of)
{
	for (; *any_of; any_of++)
		if (**at == *any_of)
			return *(*at)++;
	return -1;
}

/* ".5" and longer, as nanoseconds; beyond nine digits they no longer count. */
static long
fraction(const char **at)
{
	long ns = 0, unit = 100000000;

	if (literal(at, ".,") < 0)
		return 0;
	if (!isdigit((unsigned char)**at))
		return -1;
	for (; isdigit((unsigned char)**at); (*at)++, unit /= 10)
		ns += (**at - '0') * unit;
	return ns;
}

/* Seconds east of Greenwich. 0 or -EINVAL. */
static int
offset(const char **at, long *out)
{
	int sign = literal(at, "Zz+-"), h, m;

	*out = 0;
	if (sign == 'Z' || sign == 'z')
		return 0;
	h = sign < 0 ? -1 : digits(at, 2);
	literal(at, ":");
	m = h < 0 ? -1 : digits(at, 2);
	if (m < 0 || h > 23 || m > 59)
		return -EINVAL;
	*out = (h * 3600L + m * 60L) * (sign == '-' ? -1 : 1);
	return 0;
}

int
rfc3339_parse(uint64_t *out, const char *text)
{
	struct tm tm = {0};
	long      ns, east;
	time_t    t;

	tm.tm_year = digits(&text, 4) - 1900;
	tm.tm_mon = literal(&text, "-") < 0 ? -1 : digits(&text, 2) - 1;
	tm.tm_mday = literal(&text, "-") < 0 ? -1 : digits(&text, 2);
	tm.tm_hour = literal(&text, "Tt ") < 0 ? -1 : digits(&text, 2);
	tm.tm_min = literal(&text, ":") < 0 ? -1 : digits(&text, 2);
	tm.tm_sec = literal(&text, ":") < 0 ? -1 : digits(&text, 2);
	if (tm.tm_year < 70 || tm.tm_year > 361 || tm.tm_mon < 0 || tm.tm_mon > 11 ||
		tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
		tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return -EINVAL;
	ns = fraction(&text);
	if (ns < 0 || offset(&text, &east) || *text)
		return -EINVAL;
	t = timegm(&tm) - east;
	if (t < 0)
		return -EINVAL;
	*out = (uint64_t)t * 1000000000 + (uint64_t)ns;
	return 0;
}
