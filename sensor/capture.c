/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "lib/log.h"
#include "sensor/decode.h"
#include "sensor/shard.h"
#include "sensor/unpack.h"

#define NS 1000000000ull
#define READ_TIMEOUT_MS 100 /* how long the kernel may gather frames before it hands a block over */
#define FILE_BUFFER (1u << 20)

struct capture {
	pcap_t  *pcap;
	char    *name;
	bool     live;
	bool     nanoseconds;
	uint16_t linktype;
	uint16_t source;
	uint64_t number;
	uint64_t since_ns; /* older frames are not ours */
	int      index;    /* of the interface as it was opened */
	struct capture_group *group; /* NULL: none, or not joined */
	char     why[CAPTURE_WHY_MAX];
};

static void
say(char *why, const char *text)
{
	snprintf(why, CAPTURE_WHY_MAX, "%s", text);
}

static struct capture *
capture_new(const char *name, uint16_t source)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c || !(c->name = strdup(name))) {
		free(c);
		return NULL;
	}
	c->source = source;
	return c;
}

static void group_leave(struct capture *c);

void
capture_close(struct capture *c)
{
	if (!c)
		return;
	if (c->group)
		group_leave(c);
	if (c->pcap)
		pcap_close(c->pcap);
	free(c->name);
	free(c);
}

static int
set_filter(pcap_t *pcap, const char *filter, char *why)
{
	struct bpf_program program;
	int                err = 0;

	if (!filter || !*filter)
		return 0;
	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		say(why, pcap_geterr(pcap));
		return -EINVAL;
	}
	if (pcap_setfilter(pcap, &program) < 0) {
		say(why, pcap_geterr(pcap));
		err = -EIO;
	}
	pcap_freecode(&program);
	return err;
}

static int
check_linktype(struct capture *c, char *why)
{
	int linktype = pcap_datalink(c->pcap);

	c->linktype = (uint16_t)linktype;
	if (decode_knows(linktype))
		return 0;
	snprintf(why, CAPTURE_WHY_MAX, "link type %d is not supported", linktype);
	return -ENOTSUP;
}

/* ---- files ---- */

static FILE *
open_stream(const char *path, char *why)
{
	FILE *raw = strcmp(path, "-") == 0 ? fdopen(dup(0), "rb") : fopen(path, "rbe");
	FILE *in;

	if (!raw) {
		say(why, strerror(errno));
		return NULL;
	}
	(void)setvbuf(raw, NULL, _IOFBF, FILE_BUFFER);
	in = unpack_open(raw);
	if (!in)
		say(why, strerror(errno));
	return in;
}

static int
check_not_empty(FILE *in, char *why)
{
	int first = fgetc(in);

	if (first == EOF) {
		say(why, ferror(in) ? "cannot be read, or its compression is damaged" : "the file is empty");
		return -EBADMSG;
	}
	(void)ungetc(first, in);
	return 0;
}

int
capture_open_file(struct capture **out, const char *path, const char *filter, uint16_t source,
		char why[static CAPTURE_WHY_MAX])
{
	char            pcap_why[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = NULL;
	FILE           *in;
	int             err;

	*out = NULL;
	errno = 0;
	in = open_stream(path, why);
	if (!in)
		return errno ? -errno : -EIO;
	err = check_not_empty(in, why);
	c = err ? NULL : capture_new(path, source);
	if (!c) {
		(void)fclose(in);
		if (err == 0)
			say(why, "no memory");
		return err ? err : -ENOMEM;
	}
	c->pcap = pcap_fopen_offline_with_tstamp_precision(in, PCAP_TSTAMP_PRECISION_NANO, pcap_why);
	if (!c->pcap) {
		(void)fclose(in);
		say(why, pcap_why);
		err = -EBADMSG;
		goto fail;
	}
	c->nanoseconds = true;
	/* Radio, serial lines, …: read and counted as invalid, so that one in a folder stops nothing. */
	if (check_linktype(c, why) < 0)
		log_warn("nothing in the capture is decoded", "file=%s reason=%s", path, why);
	err = set_filter(c->pcap, filter, why);
	if (err < 0)
		goto fail;
	*out = c;
	return 0;
fail:
	capture_close(c);
	return err;
}

bool
capture_looks_like(const char *path)
{
	static const uint8_t magics[][4] = { { 0xd4, 0xc3, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xc3, 0xd4 },
		{ 0x4d, 0x3c, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0x3c, 0x4d }, { 0x0a, 0x0d, 0x0d, 0x0a },
		{ 0xa1, 0xb2, 0xcd, 0x34 }, { 0x34, 0xcd, 0xb2, 0xa1 } };
	uint8_t first[4] = { 0 };
	FILE   *raw = fopen(path, "rbe"), *in = raw ? unpack_open(raw) : NULL;
	bool    yes = false;

	if (!in)
		return false;
	if (fread(first, 1, sizeof(first), in) == sizeof(first))
		for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
			yes |= memcmp(first, magics[i], sizeof(first)) == 0;
	(void)fclose(in);
	return yes;
}

/* ---- interfaces ---- */

static int
activate(struct capture *c, const struct capture_live *live, char *why)
{
	int rc;

	if (pcap_set_snaplen(c->pcap, live->snaplen) || pcap_set_promisc(c->pcap, live->promiscuous) ||
			pcap_set_timeout(c->pcap, READ_TIMEOUT_MS) ||
			pcap_set_buffer_size(c->pcap, live->buffer_mib << 20))
		return -EINVAL;
	c->nanoseconds = pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	rc = pcap_activate(c->pcap);
	if (rc < 0) {
		const char *text = pcap_geterr(c->pcap);

		say(why, *text ? text : pcap_statustostr(rc));
		return rc == PCAP_ERROR_PERM_DENIED ? -EPERM : -ENODEV;
	}
	return 0;
}

/* What the name stands for now; -1: nothing. Asked on the capture's own socket, so that no other is
 * needed once rights are dropped. */
static int
interface_index(const struct capture *c)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", c->name);
	return ioctl(pcap_fileno(c->pcap), SIOCGIFINDEX, &request) < 0 ? -1 : request.ifr_ifindex;
}

static int
set_fanout(int fd, int id, int flags)
{
	int arg = (PACKET_FANOUT_CBPF | flags) << 16 | id;

	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &arg, sizeof(arg)) < 0 ? -errno : 0;
}

/* The first handle makes the group and tells the kernel how to deal out. */
static int
group_make(struct capture_group *g, int fd)
{
	struct sock_filter code[SHARD_PROGRAM_MAX];
	struct sock_fprog  program = { .filter = code };
	socklen_t          len = sizeof(g->id);
	int                err = set_fanout(fd, 0, PACKET_FANOUT_FLAG_UNIQUEID);

	if (err < 0)
		return err;
	program.len = (unsigned short)shard_program(code);
	if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &g->id, &len) < 0 ||
			setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) < 0)
		return -errno;
	g->id &= UINT16_MAX;
	return 0;
}

static int
group_join(struct capture *c, struct capture_group *g, char *why)
{
	int fd = pcap_fileno(c->pcap), err;

	(void)pthread_mutex_lock(&g->lock);
	err = g->n ? set_fanout(fd, g->id, 0) : group_make(g, fd);
	if (err == 0) {
		g->n++;
		c->group = g;
	}
	(void)pthread_mutex_unlock(&g->lock);
	if (err < 0)
		snprintf(why, CAPTURE_WHY_MAX, "cannot share the interface: %s", strerror(-err));
	return err;
}

static void
group_leave(struct capture *c)
{
	(void)pthread_mutex_lock(&c->group->lock);
	c->group->n--;
	(void)pthread_mutex_unlock(&c->group->lock);
	c->group = NULL;
}

int
capture_open_live(struct capture **out, const struct capture_live *live, char why[static CAPTURE_WHY_MAX])
{
	char            pcap_why[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = capture_new(live->interface, live->source);
	int             err = -ENOMEM;

	*out = NULL;
	say(why, "no memory");
	if (!c)
		return err;
	c->live = true;
	c->pcap = pcap_create(live->interface, pcap_why);
	if (!c->pcap) {
		say(why, pcap_why);
		err = -ENODEV;
		goto fail;
	}
	err = activate(c, live, why);
	if (err == 0)
		err = check_linktype(c, why);
	if (err == 0)
		err = set_filter(c->pcap, live->filter, why);
	if (err == 0 && pcap_setnonblock(c->pcap, 1, pcap_why) < 0) {
		say(why, pcap_why);
		err = -EIO;
	}
	if (err == 0 && live->group)
		err = group_join(c, live->group, why);
	if (err < 0)
		goto fail;
	c->index = interface_index(c);
	*out = c;
	return 0;
fail:
	capture_close(c);
	return err;
}

void
capture_since(struct capture *c, uint64_t wall_ns)
{
	c->since_ns = wall_ns;
}

enum capture_link
capture_link(const struct capture *c)
{
	struct ifreq request = { 0 };

	if (interface_index(c) != c->index)
		return CAPTURE_GONE;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", c->name);
	if (ioctl(pcap_fileno(c->pcap), SIOCGIFFLAGS, &request) < 0)
		return CAPTURE_GONE;
	return request.ifr_flags & IFF_UP ? CAPTURE_UP : CAPTURE_DOWN;
}

/* ---- both ---- */

static uint64_t
time_of(const struct capture *c, const struct pcap_pkthdr *header)
{
	return (uint64_t)header->ts.tv_sec * NS +
	       (uint64_t)header->ts.tv_usec * (c->nanoseconds ? 1 : 1000);
}

/* The next record cannot be read. A file that was cut short inside a packet is told to the caller, since its rest
 * is missing somewhere; after what is no record, or a piece of a record's head, nothing is known to be missing, so
 * the file ends there, with a word. libpcap tells them apart in its text alone. */
static int
broken(struct capture *c)
{
	const char *text = pcap_geterr(c->pcap);

	if (c->live || c->number == 0 || (strstr(text, "truncated") && !strstr(text, "header bytes"))) {
		say(c->why, text);
		return -EBADMSG;
	}
	log_warn("the capture ends in what is no packet", "file=%s after=%" PRIu64 " reason=%s", c->name, c->number,
			text);
	return -ENODATA;
}

int
capture_next(struct capture *c, struct wire_frame *out)
{
	struct pcap_pkthdr *header;
	const uint8_t      *data;
	int                 rc;

	do
		rc = pcap_next_ex(c->pcap, &header, &data);
	while (rc == 1 && c->since_ns && time_of(c, header) < c->since_ns);
	if (rc == 0)
		return 0;
	if (rc == PCAP_ERROR_BREAK)
		return c->live ? 0 : -ENODATA;
	if (rc < 0)
		return broken(c);
	*out = (struct wire_frame){
		.bytes = bytes_of(data, header->caplen),
		.ts_ns = time_of(c, header),
		.number = ++c->number,
		.wire_len = header->len,
		.linktype = c->linktype,
		.source = c->source,
	};
	return 1;
}

const char *
capture_why(const struct capture *c)
{
	return c->why;
}

const char *
capture_name(const struct capture *c)
{
	return c->name;
}

bool
capture_is_live(const struct capture *c)
{
	return c->live;
}

int
capture_fd(const struct capture *c)
{
	return c->live ? pcap_get_selectable_fd(c->pcap) : -1;
}

struct capture_counters
capture_counters(struct capture *c)
{
	struct capture_counters out = { .received = c->number };
	struct pcap_stat        s;

	if (c->live && pcap_stats(c->pcap, &s) == 0) {
		out.received = s.ps_recv;
		out.dropped = s.ps_drop;
		out.dropped_by_interface = s.ps_ifdrop;
	}
	return out;
}
