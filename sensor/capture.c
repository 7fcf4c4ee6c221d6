/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

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

void
capture_close(struct capture *c)
{
	if (!c)
		return;
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

	if (!decode_knows(linktype)) {
		snprintf(why, CAPTURE_WHY_MAX, "link type %d is not supported", linktype);
		return -ENOTSUP;
	}
	c->linktype = (uint16_t)linktype;
	return 0;
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
	err = check_linktype(c, why);
	if (err == 0)
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
	if (err < 0)
		goto fail;
	*out = c;
	return 0;
fail:
	capture_close(c);
	return err;
}

/* ---- both ---- */

int
capture_next(struct capture *c, struct wire_frame *out)
{
	struct pcap_pkthdr *header;
	const uint8_t      *data;
	int                 rc = pcap_next_ex(c->pcap, &header, &data);

	if (rc == 0)
		return 0;
	if (rc == PCAP_ERROR_BREAK)
		return c->live ? 0 : -ENODATA;
	if (rc < 0) {
		say(c->why, pcap_geterr(c->pcap));
		return -EBADMSG;
	}
	*out = (struct wire_frame){
		.bytes = bytes_of(data, header->caplen),
		.ts_ns = (uint64_t)header->ts.tv_sec * NS +
			 (uint64_t)header->ts.tv_usec * (c->nanoseconds ? 1 : 1000),
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
