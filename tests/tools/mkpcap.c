/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/mkpcap.c - a capture of numbered UDP datagrams, each of which is one event for a rule.
 *
 * mkpcap FIRST COUNT [SOURCES [RATE]]   writes pcap to standard output. Datagram N carries the text
 * "tocsin-event N", comes from one of SOURCES (default 1, at most 254) addresses in 198.51.100.0/24 and
 * goes to 10.40.0.9 port 9999. Times start at 2026-01-02 03:04:05 UTC, 1 ms apart; with RATE they are the
 * real ones, and that many datagrams are written a second.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EPOCH_S 1767323045u

static void
put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static unsigned
ip_checksum(const uint8_t *hdr)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)hdr[i] << 8 | hdr[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static size_t
frame_make(uint8_t *out, unsigned long n, unsigned long sources)
{
	static const uint8_t eth[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	static const uint8_t ip[20] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 198, 51, 100, 1,
		10, 40, 0, 9 };
	char                 text[48];
	unsigned             len = (unsigned)snprintf(text, sizeof(text), "tocsin-event %lu", n);

	memcpy(out, eth, sizeof(eth));
	memcpy(out + 14, ip, sizeof(ip));
	put16(out + 16, 28 + len);
	put16(out + 18, (unsigned)(n & 0xffff));
	out[29] = (uint8_t)(1 + n % sources);
	put16(out + 24, ip_checksum(out + 14));
	put16(out + 34, (unsigned)(1024 + n % 60000));
	put16(out + 36, 9999);
	put16(out + 38, 8 + len);
	put16(out + 40, 0);
	memcpy(out + 42, text, len);
	return 42 + len;
}

/* When datagram `n` is sent: a made-up time, or now, after waiting for its turn. */
static struct timespec
turn(unsigned long n, unsigned long since, unsigned long rate, const struct timespec *start)
{
	struct timespec at;
	uint64_t        ns;

	if (rate == 0)
		return (struct timespec){ .tv_sec = EPOCH_S + (long)(n / 1000),
			.tv_nsec = (long)(n % 1000) * 1000000 };
	ns = (uint64_t)start->tv_nsec + since * 1000000000ull / rate;
	at = (struct timespec){ .tv_sec = start->tv_sec + (long)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000) };
	fflush(stdout);
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL);
	clock_gettime(CLOCK_REALTIME, &at);
	return at;
}

int
main(int argc, char **argv)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
	unsigned long         number[4] = { 0, 0, 1, 0 };
	struct timespec       start;

	if (argc < 3 || argc > 5) {
		fprintf(stderr, "usage: mkpcap FIRST COUNT [SOURCES [RATE]] >FILE\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		number[i - 1] = strtoul(argv[i], NULL, 10);
	if (number[2] < 1 || number[2] > 254)
		number[2] = 1;
	clock_gettime(CLOCK_REALTIME, &start);
	fwrite(head, sizeof(head), 1, stdout);
	for (unsigned long i = 0; i < number[1]; i++) {
		uint8_t         frame[128];
		size_t          len = frame_make(frame, number[0] + i, number[2]);
		struct timespec at = turn(number[0] + i, i, number[3], &start);
		uint32_t        rec[4] = { (uint32_t)at.tv_sec, (uint32_t)(at.tv_nsec / 1000),
			       (uint32_t)len, (uint32_t)len };

		fwrite(rec, sizeof(rec), 1, stdout);
		fwrite(frame, len, 1, stdout);
	}
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
