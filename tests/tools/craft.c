/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/craft.c - captures by hand, for what no ordinary program would send.
 *
 * craft SCENARIO DIR [CASE…]   writes DIR/CASE.pcap for each `case` of the scenario, or for those named.
 *
 * A line is a command; one that ends in a backslash goes on in the next; # begins a comment. What is
 * set before the first case holds for all. BYTES: see craft_text.h.
 *
 *   case NAME                   a new capture
 *   let NAME BYTES              for $NAME
 *   client ADDR PORT            who opens, and begins a connection anew
 *   server ADDR PORT
 *   isn c|s NUMBER              initial sequence number, before `open`
 *   link [KIND NUMBER]…         vlan, qinq, mpls, pppoe: tags around everything that follows
 *   wrap KIND ADDR ADDR         … in a tunnel between these, inside the earlier ones; `wrap` alone: none
 *   wait MS                     time goes on; each packet takes one millisecond
 *   repeat N … end              rounds; the client's port grows by one in each
 *   open [OPTIONS]              three packets
 *   close                       four
 *   c|s [OPTIONS] [BYTES]       a segment of client or server; the other side acknowledges data
 *   skip c|s N                  N bytes were sent, in segments with seq=
 *   udp c|s [OPTIONS] BYTES     datagram
 *   icmp c|s [OPTIONS] BYTES    from the type on; the checksum is filled in
 *   hold                        the next packet is kept, for:
 *   piece OFFSET LENGTH [more|last] [OPTIONS] [BYTES]    a fragment of it, or these bytes instead
 *
 * Options of segments: flags=SAFRPU seq=±N (from what is next; nothing moves on) ack=±N win=N urg=N
 * opt=HEX cut=N (in segments of N bytes) noack badsum. Of all packets: ttl=N frag=N (in fragments of N
 * bytes) ext=hop,dst,rt inner=dst (IPv6 headers before and after a fragment header). reverse and twice:
 * the order and number of segments or fragments.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/craft_packet.h"
#include "tests/tools/craft_text.h"

#define EPOCH_S   1767323045u /* 2026-01-02 03:04:05 UTC */
#define LINES_MAX 4096

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

struct options {
	struct ip_way way;
	int           flags; /* -1: as usual */
	bool          has_seq;
	int32_t       seq, ack;
	unsigned      win, urg, cut;
	bool          noack, badsum;
	struct text   opt;
	const char   *rest; /* what follows the options */
};

struct side {
	struct address addr;
	unsigned       port;
	uint32_t       next; /* sequence number */
};

struct scenario {
	struct lets lets;
	struct side side[2]; /* client, server */
	const char *link;
	struct wrap wrap[WRAPS_MAX];
	int         n_wraps;
	uint64_t    now_ms;
	unsigned    id;
	FILE       *out; /* NULL: this case is not asked for */
	bool        hold;
	struct {
		int         from;
		unsigned    proto, id;
		struct text data;
	} held;
	const char *dir;
	char      **wanted;
	char       *line[LINES_MAX];
	int         n_lines;
};

/* ---- packets to the file ---- */

static void
frame_write(struct scenario *s, const struct text *frame)
{
	uint32_t record[4] = { (uint32_t)(EPOCH_S + s->now_ms / 1000),
		(uint32_t)(s->now_ms % 1000 * 1000), (uint32_t)frame->len, (uint32_t)frame->len };

	s->now_ms++;
	fwrite(record, sizeof(record), 1, s->out);
	fwrite(frame->at, frame->len, 1, s->out);
}

/* One IP packet of datagram `id`, through all tunnels to the wire. */
static void
packet_write(struct scenario *s, int from, unsigned proto, const struct ip_way *way, unsigned id,
		const uint8_t *data, size_t len, size_t off, bool more)
{
	struct text packet = { 0 }, frame = { 0 };

	if (!s->out)
		return;
	ip_packet(&packet, &s->side[from].addr, &s->side[!from].addr, proto, way, id, data, len, off, more);
	for (int i = s->n_wraps - 1; i >= 0; i--)
		wrap_add(&packet, &s->wrap[i], from == 1, id);
	link_add(&frame, s->link, &packet);
	frame_write(s, &frame);
}

static void
datagram_send(struct scenario *s, int from, unsigned proto, const struct ip_way *way,
		const struct text *payload)
{
	struct text whole = { 0 };
	size_t      step, n;

	proto = ip6_extensions(&whole, way->inner, proto);
	text_add(&whole, payload->at, payload->len);
	s->id++;
	if (s->hold) {
		s->hold = false;
		s->held.from = from;
		s->held.proto = proto;
		s->held.id = s->id;
		s->held.data = whole;
		return;
	}
	step = way->frag ? way->frag : TEXT_MAX;
	n = (whole.len + step - 1) / step;
	for (size_t i = 0; i < n; i++) {
		size_t off = (way->reverse && way->frag ? n - 1 - i : i) * step;
		size_t len = whole.len - off < step ? whole.len - off : step;

		for (int times = way->twice && way->frag ? 2 : 1; times > 0; times--)
			packet_write(s, from, proto, way, s->id, whole.at + off, len, off,
					off + len < whole.len);
	}
}

static void
segment_send(struct scenario *s, int from, const struct options *o, int flags, uint32_t seq,
		const uint8_t *data, size_t len)
{
	struct side *me = &s->side[from], *other = &s->side[!from];
	struct text  tcp = { 0 };
	unsigned     head = 20 + (unsigned)o->opt.len;

	text_u16(&tcp, me->port);
	text_u16(&tcp, other->port);
	text_u32(&tcp, seq);
	text_u32(&tcp, flags & ACK ? other->next + (uint32_t)o->ack : 0);
	text_u16(&tcp, head / 4 << 12 | (unsigned)flags);
	text_u16(&tcp, o->win);
	text_u16(&tcp, 0);
	text_u16(&tcp, o->urg);
	text_add(&tcp, o->opt.at, o->opt.len);
	text_add(&tcp, data, len);
	put16(tcp.at + 16, sum_transport(&me->addr, &other->addr, IP_TCP, &tcp) ^ (o->badsum ? 0x5555 : 0));
	datagram_send(s, from, IP_TCP, &o->way, &tcp);
}

/* ---- options ---- */

static const char *
word_copy(char *out, size_t size, const char *from, size_t len)
{
	if (len >= size)
		die("too long: %.*s", (int)len, from);
	memcpy(out, from, len);
	out[len] = '\0';
	return out;
}

static int
flags_read(const char *word)
{
	static const char letters[] = "FSRPAU";
	int               flags = 0;

	for (; *word; word++) {
		const char *found = strchr(letters, *word);

		if (!found)
			die("no TCP flag: %c", *word);
		flags |= 1 << (found - letters);
	}
	return flags;
}

/* "name=value" or a plain name. False: it is not an option. */
static bool
option_set(struct options *o, const char *name, const char *value)
{
	const struct {
		const char *name;
		unsigned   *number;
		bool       *flag;
		const char **list;
	} plain[] = {
		{ "ttl", &o->way.ttl, NULL, NULL },
		{ "frag", &o->way.frag, NULL, NULL },
		{ "win", &o->win, NULL, NULL },
		{ "urg", &o->urg, NULL, NULL },
		{ "cut", &o->cut, NULL, NULL },
		{ "reverse", NULL, &o->way.reverse, NULL },
		{ "twice", NULL, &o->way.twice, NULL },
		{ "noack", NULL, &o->noack, NULL },
		{ "badsum", NULL, &o->badsum, NULL },
		{ "ext", NULL, NULL, &o->way.ext },
		{ "inner", NULL, NULL, &o->way.inner },
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(plain[i].name, name) != 0)
			continue;
		if (plain[i].number)
			*plain[i].number = (unsigned)strtoul(value, NULL, 10);
		else if (plain[i].flag)
			*plain[i].flag = true;
		else
			*plain[i].list = strdup(value);
		return true;
	}
	return false;
}

static bool
option_set_tcp(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "flags") == 0) {
		o->flags = flags_read(value);
	} else if (strcmp(name, "seq") == 0) {
		o->seq = (int32_t)strtol(value, NULL, 10);
		o->has_seq = true;
	} else if (strcmp(name, "ack") == 0) {
		o->ack = (int32_t)strtol(value, NULL, 10);
	} else if (strcmp(name, "opt") == 0) {
		text_hex(&o->opt, value);
	} else {
		return false;
	}
	return true;
}

/* Options at the front of `p`; o->rest is what follows them. */
static void
options_read(struct options *o, const char *p)
{
	char name[32], value[128];

	*o = (struct options){ .way = { .ttl = 64 }, .flags = -1, .win = 64240 };
	for (;;) {
		size_t len = (p += strspn(p, " "), strcspn(p, " =\"(")), n;

		if (len == 0 || len >= sizeof(name) || p[len] == '"' || p[len] == '(' || *p == '$')
			break;
		word_copy(name, sizeof(name), p, len);
		n = p[len] == '=' ? strcspn(p + len + 1, " ") : 0;
		word_copy(value, sizeof(value), p + len + (n > 0), n);
		if (!option_set(o, name, value) && !option_set_tcp(o, name, value))
			break;
		p += len + (n ? n + 1 : 0);
	}
	o->rest = p;
}

static void
bytes_read(struct scenario *s, struct text *out, const char *p)
{
	if (*text_items(out, p, &s->lets))
		die("a parenthesis too many");
}

/* ---- commands ---- */

static void
say(struct scenario *s, int from, const char *line)
{
	struct side   *me = &s->side[from];
	struct text    data = { 0 };
	struct options o;
	size_t         step, n;
	int            flags;

	options_read(&o, line);
	bytes_read(s, &data, o.rest);
	step = o.cut ? o.cut : TEXT_MAX;
	n = data.len ? (data.len + step - 1) / step : 1;
	flags = o.flags >= 0 ? o.flags : data.len ? PSH | ACK : ACK;
	for (size_t i = 0; i < n; i++) {
		size_t   off = (o.way.reverse && !o.way.frag ? n - 1 - i : i) * step;
		size_t   len = data.len - off < step ? data.len - off : step;
		uint32_t seq = me->next + (uint32_t)o.seq + (uint32_t)off;

		for (int times = o.way.twice && !o.way.frag ? 2 : 1; times > 0; times--)
			segment_send(s, from, &o, flags, seq, data.at + off, len);
	}
	if (o.has_seq)
		return;
	me->next += (uint32_t)data.len + !!(flags & SYN) + !!(flags & FIN);
	if (data.len && !o.noack && !(flags & (SYN | RST))) {
		struct options plain;

		options_read(&plain, "");
		segment_send(s, !from, &plain, ACK, s->side[!from].next, NULL, 0);
	}
}

static void
do_c(struct scenario *s, const char *line)
{
	say(s, 0, line);
}

static void
do_s(struct scenario *s, const char *line)
{
	say(s, 1, line);
}

static void
do_open(struct scenario *s, const char *line)
{
	char with[256];

	snprintf(with, sizeof(with), "flags=S %s", line);
	say(s, 0, with);
	snprintf(with, sizeof(with), "flags=SA %s", line);
	say(s, 1, with);
	say(s, 0, "");
}

static void
do_close(struct scenario *s, const char *line)
{
	(void)line;
	say(s, 0, "flags=FA");
	say(s, 1, "");
	say(s, 1, "flags=FA");
	say(s, 0, "");
}

/* "c rest" or "s rest": which side, and the rest. */
static int
side_read(const char **line)
{
	const char *p = *line;

	if ((*p != 'c' && *p != 's') || (p[1] != ' ' && p[1] != '\0'))
		die("c or s, not: %.20s", p);
	*line = p + 1 + strspn(p + 1, " ");
	return *p == 's';
}

static void
do_skip(struct scenario *s, const char *line)
{
	int side = side_read(&line);

	s->side[side].next += (uint32_t)strtol(line, NULL, 10);
}

static void
do_isn(struct scenario *s, const char *line)
{
	int side = side_read(&line);

	s->side[side].next = (uint32_t)strtoul(line, NULL, 10);
}

static void
do_udp(struct scenario *s, const char *line)
{
	int            from = side_read(&line);
	struct side   *me = &s->side[from], *other = &s->side[!from];
	struct text    udp = { 0 };
	struct options o;

	options_read(&o, line);
	text_u16(&udp, me->port);
	text_u16(&udp, other->port);
	text_u32(&udp, 0);
	bytes_read(s, &udp, o.rest);
	put16(udp.at + 4, (unsigned)udp.len);
	put16(udp.at + 6, sum_transport(&me->addr, &other->addr, IP_UDP, &udp) ^ (o.badsum ? 0x5555 : 0));
	datagram_send(s, from, IP_UDP, &o.way, &udp);
}

static void
do_icmp(struct scenario *s, const char *line)
{
	int            from = side_read(&line);
	struct text    icmp = { 0 };
	struct options o;
	bool           six = s->side[0].addr.family == AF_INET6;
	unsigned       sum;

	options_read(&o, line);
	bytes_read(s, &icmp, o.rest);
	if (icmp.len < 4)
		die("ICMP has four bytes at least");
	put16(icmp.at + 2, 0);
	sum = six ? sum_transport(&s->side[from].addr, &s->side[!from].addr, IP_ICMP6, &icmp)
		  : ~sum_add(0, icmp.at, icmp.len) & 0xffff;
	put16(icmp.at + 2, sum);
	datagram_send(s, from, six ? IP_ICMP6 : IP_ICMP, &o.way, &icmp);
}

static void
do_hold(struct scenario *s, const char *line)
{
	(void)line;
	s->hold = true;
}

static void
do_piece(struct scenario *s, const char *line)
{
	struct text    own = { 0 };
	struct options o;
	unsigned       off, len;
	int            used = 0;
	bool           more;

	if (sscanf(line, "%u %u %n", &off, &len, &used) < 2)
		die("piece OFFSET LENGTH, not: %s", line);
	line += used;
	more = off + len < s->held.data.len;
	if (strncmp(line, "more", 4) == 0 || strncmp(line, "last", 4) == 0) {
		more = *line == 'm';
		line += 4;
	}
	options_read(&o, line);
	o.way.frag = 1; /* IPv6: with a fragment header even when it is the whole */
	bytes_read(s, &own, o.rest);
	if (own.len == 0 && off + len <= s->held.data.len)
		text_add(&own, s->held.data.at + off, len);
	if (own.len != len)
		die("the piece has %zu bytes, not %u", own.len, len);
	packet_write(s, s->held.from, s->held.proto, &o.way, s->held.id, own.at, len, off, more);
}

static void
side_set(struct scenario *s, int side, const char *line)
{
	char     word[64];
	unsigned port;

	if (sscanf(line, "%63s %u", word, &port) != 2)
		die("ADDRESS PORT, not: %s", line);
	s->side[side].addr = address_read(word);
	s->side[side].port = port;
	s->side[0].next = 1000000;
	s->side[1].next = 2000000;
}

static void
do_client(struct scenario *s, const char *line)
{
	side_set(s, 0, line);
}

static void
do_server(struct scenario *s, const char *line)
{
	side_set(s, 1, line);
}

static void
do_link(struct scenario *s, const char *line)
{
	s->link = line;
}

static void
do_wrap(struct scenario *s, const char *line)
{
	char kind[16], src[64], dst[64];

	if (sscanf(line, "%15s %63s %63s", kind, src, dst) != 3) {
		s->n_wraps = 0;
		return;
	}
	if (s->n_wraps == WRAPS_MAX)
		die("more than %d tunnels", WRAPS_MAX);
	s->wrap[s->n_wraps++] = (struct wrap){ wrap_read(kind), address_read(src), address_read(dst) };
}

static void
do_wait(struct scenario *s, const char *line)
{
	s->now_ms += strtoul(line, NULL, 10);
}

static void
do_let(struct scenario *s, const char *line)
{
	size_t len = text_word(line);

	if (s->lets.n == LETS_MAX)
		die("more than %d lets", LETS_MAX);
	word_copy(s->lets.name[s->lets.n], sizeof(s->lets.name[0]), line, len);
	s->lets.source[s->lets.n++] = strdup(line + len);
}

static bool
case_wanted(const struct scenario *s, const char *name)
{
	for (char **w = s->wanted; *w; w++)
		if (strcmp(*w, name) == 0)
			return true;
	return !*s->wanted;
}

static void
case_end(struct scenario *s)
{
	if (s->out && (ferror(s->out) || fclose(s->out) != 0))
		die("not written: %s", strerror(errno));
	s->out = NULL;
}

/* A new file, and the city as it is without anything set. */
static void
do_case(struct scenario *s, const char *line)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
	char                  path[PATH_MAX];

	case_end(s);
	s->link = "";
	s->n_wraps = 0;
	s->now_ms = 0;
	s->id = 0;
	s->lets.random = 1;
	do_client(s, "203.0.113.66 40001");
	do_server(s, "10.1.1.10 80");
	if (!case_wanted(s, line))
		return;
	snprintf(path, sizeof(path), "%s/%s.pcap", s->dir, line);
	s->out = fopen(path, "wb");
	if (!s->out)
		die("%s: %s", path, strerror(errno));
	fwrite(head, sizeof(head), 1, s->out);
}

/* ---- the scenario ---- */

static const struct {
	const char *name;
	void (*fn)(struct scenario *s, const char *line);
} commands[] = {
	{ "case", do_case },
	{ "let", do_let },
	{ "client", do_client },
	{ "server", do_server },
	{ "isn", do_isn },
	{ "link", do_link },
	{ "wrap", do_wrap },
	{ "wait", do_wait },
	{ "open", do_open },
	{ "close", do_close },
	{ "c", do_c },
	{ "s", do_s },
	{ "skip", do_skip },
	{ "udp", do_udp },
	{ "icmp", do_icmp },
	{ "hold", do_hold },
	{ "piece", do_piece },
};

static void
command_run(struct scenario *s, const char *line)
{
	size_t len = strcspn(line, " ");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].name) == len && memcmp(commands[i].name, line, len) == 0) {
			commands[i].fn(s, line + len + strspn(line + len, " "));
			return;
		}
	}
	die("no command: %s", line);
}

static int lines_run(struct scenario *s, int from);

/* The lines from `from` on, N times. Returns the number of the line `end`. */
static int
repeat_run(struct scenario *s, int from, unsigned long n)
{
	int end = from;

	for (unsigned round = 1; round <= n; round++) {
		s->lets.round = round;
		s->side[0].next = 1000000;
		s->side[1].next = 2000000;
		end = lines_run(s, from);
		s->side[0].port++;
	}
	return end;
}

static int
lines_run(struct scenario *s, int from)
{
	int i;

	for (i = from; i < s->n_lines && strcmp(s->line[i], "end") != 0; i++) {
		if (strncmp(s->line[i], "repeat ", 7) == 0)
			i = repeat_run(s, i + 1, strtoul(s->line[i] + 7, NULL, 10));
		else
			command_run(s, s->line[i]);
	}
	return i;
}

/* All lines, without comments, indentation and line ends. */
static void
scenario_read(struct scenario *s, FILE *in)
{
	char  *line = NULL, *whole = NULL;
	size_t cap = 0, len = 0;

	while (getline(&line, &cap, in) > 0) {
		char  *p = line + strspn(line, " \t");
		size_t n = strcspn(p, "\n");
		bool   more = n > 0 && p[n - 1] == '\\';

		if (len == 0 && (n == 0 || *p == '#'))
			continue;
		n -= more;
		whole = realloc(whole, len + n + 1);
		if (!whole || s->n_lines == LINES_MAX)
			die("too many lines");
		memcpy(whole + len, p, n);
		len += n;
		whole[len] = '\0';
		if (more)
			continue;
		s->line[s->n_lines++] = whole;
		whole = NULL;
		len = 0;
	}
	free(line);
}

int
main(int argc, char **argv)
{
	struct scenario *s = calloc(1, sizeof(*s));
	FILE            *in = argc >= 3 ? fopen(argv[1], "r") : NULL;

	if (argc < 3 || !s) {
		fputs("usage: craft SCENARIO DIR [CASE...]\n", stderr);
		return 2;
	}
	if (!in)
		die("%s: %s", argv[1], strerror(errno));
	s->dir = argv[2];
	s->wanted = argv + 3;
	scenario_read(s, in);
	fclose(in);
	lines_run(s, 0);
	case_end(s);
	return 0;
}
