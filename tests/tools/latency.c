/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/latency.c - how old events are when they arrive.
 *
 * latency COUNT   reads lines of `tocsin watch --jsonl` until COUNT of them had an EVE timestamp, and
 * prints "N events  p50 A ms  p99 B ms  max C ms". Exit 1 when the input ends too early.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MARK "\"timestamp\":\"20"

/* Milliseconds since the EVE time in `line`; negative when there is none. */
static double
age_ms(const char *line, const struct timespec *now)
{
	const char *at = strstr(line, MARK);
	struct tm   tm = { 0 };
	double      micro;
	char       *rest;

	if (!at || !(rest = strptime(at + strlen(MARK) - 2, "%Y-%m-%dT%H:%M:%S", &tm)))
		return -1;
	micro = strtod(rest, NULL);
	return ((double)(now->tv_sec - timegm(&tm)) - micro) * 1e3 + (double)now->tv_nsec / 1e6;
}

static int
by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

int
main(int argc, char **argv)
{
	size_t  want = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, n = 0, cap = 0;
	char   *line = NULL;
	double *age = want ? calloc(want, sizeof(*age)) : NULL;

	if (!age) {
		fprintf(stderr, "usage: tocsin watch --jsonl | latency COUNT\n");
		return 2;
	}
	while (n < want && getline(&line, &cap, stdin) > 0) {
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		age[n] = age_ms(line, &now);
		n += age[n] >= 0;
	}
	free(line);
	qsort(age, n, sizeof(*age), by_value);
	if (n)
		printf("%zu events  p50 %.1f ms  p99 %.1f ms  max %.1f ms\n", n, age[n / 2], age[n * 99 / 100],
				age[n - 1]);
	free(age);
	return n == want ? 0 : 1;
}
