/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/sendcap.c - the frames of a capture onto an interface, each as it is.
 *
 * sendcap INTERFACE [RATE] <CAPTURE: pcap with Ethernet, this machine's byte order, from standard input;
 * at most RATE frames a second. Prints how many were sent. Needs CAP_NET_RAW; meant for namespaces.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FRAME_MAX 65536u

static int
send_all(int fd, const uint8_t *frame, size_t len)
{
	while (send(fd, frame, len, 0) < 0) {
		struct pollfd room = { .fd = fd, .events = POLLOUT };

		if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			return -1;
		poll(&room, 1, 10);
	}
	return 0;
}

static void
wait_for_turn(struct timespec start, unsigned long n, unsigned long rate)
{
	uint64_t ns = (uint64_t)start.tv_nsec + n * 1000000000ull / rate;

	start.tv_sec += (time_t)(ns / 1000000000);
	start.tv_nsec = (long)(ns % 1000000000);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL);
}

int
main(int argc, char **argv)
{
	static uint8_t     frame[FRAME_MAX];
	uint32_t           head[6], record[4];
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	unsigned long      n = 0, rate = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct timespec    start;
	int                fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (argc < 2 || fd < 0 || fread(head, sizeof(head), 1, stdin) != 1) {
		fprintf(stderr, "usage: sendcap INTERFACE [RATE] <CAPTURE (%s)\n", strerror(errno));
		return 2;
	}
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror(argv[1]);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (fread(record, sizeof(record), 1, stdin) == 1 && record[2] <= FRAME_MAX &&
			fread(frame, record[2], 1, stdin) == 1) {
		if (rate)
			wait_for_turn(start, n, rate);
		if (send_all(fd, frame, record[2]) < 0) {
			perror("send");
			return 1;
		}
		n++;
	}
	printf("%lu\n", n);
	return 0;
}
