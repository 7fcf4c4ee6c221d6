/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SEC INT64_C(1000000)
#define MINUTE (60 * SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR_MAX 9999
#define SPAN_MAX (10000 * 365 * DAY)

/* As systemd.time(7): m is minutes, M is months of 30.44 days, y is years of 365.25. */
static const struct unit {
	const char *name;
	int64_t     us;
} units[] = {
	{ "us", 1 }, { "usec", 1 }, { "ms", 1000 }, { "msec", 1000 },
	{ "s", SEC }, { "sec", SEC }, { "second", SEC }, { "seconds", SEC },
	{ "m", MINUTE }, { "min", MINUTE }, { "minute", MINUTE }, { "minutes", MINUTE },
	{ "h", HOUR }, { "hr", HOUR }, { "hour", HOUR }, { "hours", HOUR },
	{ "d", DAY }, { "day", DAY }, { "days", DAY },
	{ "w", 7 * DAY }, { "week", 7 * DAY }, { "weeks", 7 * DAY },
	{ "M", DAY * 3044 / 100 }, { "month", DAY * 3044 / 100 }, { "months", DAY * 3044 / 100 },
	{ "y", DAY * 36525 / 100 }, { "year", DAY * 36525 / 100 }, { "years", DAY * 36525 / 100 },
};

static const char *
skip_space(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* 1 to `most` digits. Returns what follows, or NULL. */
static const char *
read_digits(int64_t *out, const char *at, int most)
{
	int n = 0;

	*out = 0;
	for (; isdigit((unsigned char)at[n]) && n < most; n++)
		*out = *out * 10 + (at[n] - '0');
	return n && !isdigit((unsigned char)at[n]) ? at + n : NULL;
}

/* ".678" after seconds; digits beyond microseconds are read and dropped. */
static const char *
read_fraction(int64_t *us, const char *at)
{
	int64_t scale = SEC;

	*us = 0;
	if (*at != '.')
		return at;
	if (!isdigit((unsigned char)*++at))
		return NULL;
	for (; isdigit((unsigned char)*at); at++) {
		scale /= 10;
		*us += (*at - '0') * scale;
	}
	return at;
}

static const char *
read_unit(int64_t *us, const char *at)
{
	size_t len = 0;

	while (isalpha((unsigned char)at[len]))
		len++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) != len || strncmp(units[i].name, at, len) != 0)
			continue;
		*us = units[i].us;
		return at + len;
	}
	return NULL;
}

/* "2h 30min": numbers with units. Returns what follows the last one, or NULL. */
static const char *
read_span(int64_t *out, const char *at)
{
	int64_t n, unit;

	*out = 0;
	do {
		at = read_digits(&n, at, 12);
		at = at ? read_unit(&unit, skip_space(at)) : NULL;
		if (!at || (n && unit > SPAN_MAX / n) || *out > SPAN_MAX - n * unit)
			return NULL;
		*out += n * unit;
		at = skip_space(at);
	} while (isdigit((unsigned char)*at));
	return at;
}

int
when_parse_span(int64_t *out_us, const char *text)
{
	const char *end = read_span(out_us, skip_space(text));

	return end && !*end ? 0 : -EINVAL;
}

/* "-2h", "+10min", "2 hours ago", and "2h" alone, which looks back as --since does. */
static int
parse_relative(int64_t *out, const char *text, int64_t now)
{
	char        sign = *text == '+' || *text == '-' ? *text : 0;
	int64_t     span;
	const char *end = read_span(&span, skip_space(text + (sign != 0)));

	if (!end)
		return -EINVAL;
	if (!sign && strcmp(end, "ago") == 0)
		end += 3;
	if (*end)
		return -EINVAL;
	*out = sign == '+' ? now + span : now - span;
	return 0;
}

/* Midnight of the day that lies `days` from today, local time: days differ in length. */
static int64_t
midnight(int64_t now, int days)
{
	time_t    t = (time_t)(now / SEC);
	struct tm tm;

	localtime_r(&t, &tm);
	tm.tm_mday += days;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * SEC;
}

static int
parse_name(int64_t *out, const char *text, int64_t now)
{
	static const struct {
		const char *name;
		int         days;
	} days[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 } };

	if (strcmp(text, "now") == 0) {
		*out = now;
		return 0;
	}
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		if (strcmp(text, days[i].name) == 0) {
			*out = midnight(now, days[i].days);
			return 0;
		}
	}
	return -EINVAL;
}

static int
parse_epoch(int64_t *out, const char *text)
{
	int64_t     seconds, us = 0;
	const char *at = *text == '@' ? read_digits(&seconds, text + 1, 12) : NULL;

	at = at ? read_fraction(&us, at) : NULL;
	if (!at || *at)
		return -EINVAL;
	*out = seconds * SEC + us;
	return 0;
}

static const char *
read_date(struct tm *tm, const char *at)
{
	int64_t year, month, day;

	at = read_digits(&year, at, 4);
	at = at && *at == '-' ? read_digits(&month, at + 1, 2) : NULL;
	at = at && *at == '-' ? read_digits(&day, at + 1, 2) : NULL;
	if (!at || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
		return NULL;
	tm->tm_year = (int)year - 1900;
	tm->tm_mon = (int)month - 1;
	tm->tm_mday = (int)day;
	return at;
}

static const char *
read_clock(struct tm *tm, int64_t *us, const char *at)
{
	int64_t hour, min, sec = 0;

	*us = 0;
	at = read_digits(&hour, at, 2);
	at = at && *at == ':' ? read_digits(&min, at + 1, 2) : NULL;
	if (at && *at == ':') {
		at = read_digits(&sec, at + 1, 2);
		at = at ? read_fraction(us, at) : NULL;
	}
	if (!at || hour > 23 || min > 59 || sec > 60)
		return NULL;
	tm->tm_hour = (int)hour;
	tm->tm_min = (int)min;
	tm->tm_sec = (int)sec;
	return at;
}

/* "Z", "UTC", "+07:00", "+0700" or nothing, which means local time. */
static const char *
read_zone(bool *local, int64_t *offset, const char *at)
{
	int64_t hour, min;
	char    sign = *at;

	*local = !*at;
	*offset = 0;
	if (!*at)
		return at;
	if (strcmp(at, "Z") == 0 || strcmp(at, "z") == 0 || strcmp(at, "UTC") == 0)
		return at + strlen(at);
	if ((sign != '+' && sign != '-') || !isdigit((unsigned char)at[1]) ||
			!isdigit((unsigned char)at[2]))
		return NULL;
	hour = (at[1] - '0') * 10 + (at[2] - '0');
	at += at[3] == ':' ? 4 : 3;
	at = read_digits(&min, at, 2);
	if (!at || hour > 23 || min > 59)
		return NULL;
	*offset = (hour * HOUR + min * MINUTE) * (sign == '-' ? -1 : 1);
	return at;
}

/* A date, a time of day, or both; with a zone or in local time. */
static int
parse_stamp(int64_t *out, const char *text, int64_t now)
{
	time_t      today = (time_t)(now / SEC);
	struct tm   tm = { 0 }, given;
	int64_t     us = 0, offset;
	bool        local;
	const char *at = read_date(&tm, text);

	if (!at) {
		localtime_r(&today, &tm);
		at = read_clock(&tm, &us, text);
	} else if (*at == 'T' || *at == 't' || (*at == ' ' && isdigit((unsigned char)at[1]))) {
		at = read_clock(&tm, &us, at + 1);
	}
	at = at ? read_zone(&local, &offset, skip_space(at)) : NULL;
	if (!at || *at)
		return -EINVAL;

	given = tm;
	tm.tm_isdst = -1;
	*out = (int64_t)(local ? mktime(&tm) : timegm(&tm)) * SEC + us - offset;
	return tm.tm_mday == given.tm_mday ? 0 : -EINVAL; /* 30 February */
}

int
when_parse(int64_t *out_us, const char *text, int64_t now_us)
{
	text = skip_space(text);
	if (parse_name(out_us, text, now_us) == 0 || parse_epoch(out_us, text) == 0 ||
			parse_stamp(out_us, text, now_us) == 0)
		return 0;
	return parse_relative(out_us, text, now_us);
}

static void
split(int64_t *seconds, int64_t *rest_us, int64_t us)
{
	*seconds = us / SEC;
	*rest_us = us % SEC;
	if (*rest_us < 0) {
		*rest_us += SEC;
		--*seconds;
	}
}

const char *
when_rfc3339(char out[static WHEN_SIZE], int64_t us)
{
	struct tm tm = { 0 };
	int64_t   seconds, rest;
	time_t    t;
	int       year;

	split(&seconds, &rest, us);
	t = (time_t)seconds;
	gmtime_r(&t, &tm);
	year = tm.tm_year + 1900;
	year = year < 0 ? 0 : year > YEAR_MAX ? YEAR_MAX : year;
	snprintf(out, WHEN_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", (unsigned)year % 10000,
			(unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
			(unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
			(unsigned)tm.tm_sec % 100, (unsigned)rest);
	return out;
}

const char *
when_local(char out[static WHEN_SIZE], int64_t us)
{
	struct tm tm = { 0 };
	int64_t   seconds, rest;
	time_t    t;

	split(&seconds, &rest, us);
	t = (time_t)seconds;
	localtime_r(&t, &tm);
	if (!strftime(out, WHEN_SIZE, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, WHEN_SIZE, "?");
	return out;
}

struct step {
	int64_t below_us; /* for lengths shorter than this */
	int64_t unit_us;
	char    unit;
	int64_t rest_us; /* 0: no second unit */
	char    rest;
};

static const char *
write_age(char *out, int64_t us, const struct step *step)
{
	long long n, rest = 0;

	us = us < 0 ? 0 : us;
	while (us >= step->below_us)
		step++;
	n = us / step->unit_us;
	if (step->rest_us)
		rest = us % step->unit_us / step->rest_us;
	if (rest)
		snprintf(out, WHEN_SIZE, "%lld%c%lld%c", n, step->unit, rest, step->rest);
	else
		snprintf(out, WHEN_SIZE, "%lld%c", n, step->unit);
	return out;
}

const char *
when_age(char out[static WHEN_SIZE], int64_t us)
{
	static const struct step steps[] = {
		{ MINUTE, SEC, 's', 0, 0 },    { HOUR, MINUTE, 'm', 0, 0 },
		{ 2 * DAY, HOUR, 'h', 0, 0 },  { 14 * DAY, DAY, 'd', 0, 0 },
		{ 730 * DAY, 7 * DAY, 'w', 0, 0 }, { INT64_MAX, 365 * DAY, 'y', 0, 0 },
	};

	return write_age(out, us, steps);
}

const char *
when_age_long(char out[static WHEN_SIZE], int64_t us)
{
	static const struct step steps[] = {
		{ MINUTE, SEC, 's', 0, 0 },          { HOUR, MINUTE, 'm', 0, 0 },
		{ DAY, HOUR, 'h', MINUTE, 'm' },     { 365 * DAY, DAY, 'd', HOUR, 'h' },
		{ INT64_MAX, 365 * DAY, 'y', DAY, 'd' },
	};

	return write_age(out, us, steps);
}
