/* SPDX-License-Identifier: Apache-2.0 */
/* One conversation, however it is cut into packets, gives the same alerts: through the whole worker.
 *
 * Segments are cut anywhere, come late, come twice, overlap with the same bytes, and are acknowledged
 * whenever. All random, all the same on every run; a round that fails names its seed.
 */
#include "rules/engine.h"
#include "rules/memory.h"
#include "rules/ruleset.h"
#include "rules/vars.h"
#include "sensor/settings.h"
#include "sensor/worker.h"
#include "tests/random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 300
#define SEGMENTS_MAX 512
#define SIDS_MAX 64
#define LINK_RAW 12 /* DLT_RAW: frames begin with the IP header */

static const char request[] = "POST /shop/login.php?next=%2Fadmin&x=1 HTTP/1.1\r\n"
			      "Host: www.evil.example\r\n"
			      "User-Agent: Mozilla/5.0 (probe)\r\n"
			      "Cookie: session=0123456789abcdef\r\n"
			      "Content-Type: application/x-www-form-urlencoded\r\n"
			      "Content-Length: 37\r\n"
			      "\r\n"
			      "user=bob&password=secret4711&submit=1"
			      "GET /second HTTP/1.1\r\nHost: other.example\r\n\r\n";

static const char response[] = "HTTP/1.1 200 OK\r\n"
			       "Server: nginx\r\n"
			       "Transfer-Encoding: chunked\r\n"
			       "\r\n"
			       "1b\r\n<html>before the MARKER-in-\r\n"
			       "18\r\nthe-body and behind it.\n\r\n"
			       "0\r\n\r\n"
			       "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnope\n";

#define H "alert http any any -> any any "
#define T "alert tcp any any -> any any "

static const char rules[] = H "(http.method; content:\"POST\"; sid:1;)\n"
	H "(http.uri; content:\"/shop/login.php\"; startswith; sid:2;)\n"
	H "(http.uri; content:\"next=/admin\"; http.host; content:\"evil\"; sid:3;)\n"
	H "(http.user_agent; content:\"probe\"; http.cookie; content:\"session=\"; pcre:\"/session=[0-9a-f]{16}$/\"; sid:4;)\n"
	H "(http.request_body; content:\"password=\"; pcre:\"/^secret[0-9]+/R\"; sid:5;)\n"
	H "(http.request_body; content:\"submit=1\"; endswith; sid:6;)\n"
	H "(http.host; content:\"other.example\"; bsize:13; sid:7;)\n"
	H "(http.host; content:\"never\"; sid:8;)\n"
	H "(http.header; content:\"Content-Length|3a 20|37\"; sid:9;)\n"
	H "(http.uri; content:\"/second\"; http.cookie; absent; sid:10;)\n"
	H "(http.stat_code; content:\"404\"; sid:11;)\n"
	H "(file.data; content:\"MARKER-in-the-body\"; sid:12;)\n"
	H "(http.response_body; content:\"<html>\"; startswith; content:\"behind\"; distance:0; sid:13;)\n"
	H "(http.server; content:\"nginx\"; flow:established,to_client; sid:14;)\n"
	H "(http.uri; content:\"login\"; flowbits:set,login; noalert; sid:15;)\n"
	H "(http.stat_code; content:\"200\"; flowbits:isset,login; sid:16;)\n"
	T "(flow:established,to_server; content:\"secret4711\"; sid:17;)\n"
	T "(flow:established,to_server; content:\"Host|3a|\"; content:\"evil.example\"; within:20; sid:18;)\n"
	T "(flow:established,to_client; content:\"MARKER-in-|0d 0a|18|0d 0a|the-body\"; sid:19;)\n"
	T "(flow:established,to_client; content:\"secret4711\"; sid:20;)\n"
	/* what is looked for first stands last: a rule is asked anew only when that is in new bytes */
	T "(flow:established,to_server; pcre:\"/GET \\/sec[o]nd/\"; content:\" HTTP/1.1|0d 0a|Host|3a 20|other\"; sid:21;)\n";

struct world {
	struct vars        *vars;
	struct ruleset     *rs;
	struct rule_memory *memory;
	struct worker      *worker;
	uint64_t            number;
	uint32_t            n_sids;
	uint32_t            sids[SIDS_MAX];
};

static void
on_event(void *arg, const struct event *e)
{
	struct world *w = arg;

	if (e->type != EVENT_ALERT)
		return;
	assert_true(w->n_sids < SIDS_MAX);
	w->sids[w->n_sids++] = e->sid;
}

static void
world_open(struct world *w)
{
	static const struct eve_source source = { .name = "test" };
	struct worker_settings         s = { .decode = decode_defaults, .flow = flow_defaults, .stream = stream_defaults,
			.proto = &proto_defaults, .memory = 16u << 20 };
	struct engine                 *engine;

	s.decode.checksums = s.stream.check_checksum = false;
	s.report.sources = &source;
	s.report.sink = on_event;
	s.report.sink_arg = w;
	w->worker = worker_new(&s);
	assert_non_null(w->worker);
	engine = engine_new(w->rs, w->memory);
	assert_non_null(engine);
	engine_free(worker_swap(w->worker, engine));
	w->number = 0;
	w->n_sids = 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Ends all flows. The alerts stay, in order of sid. */
static void
world_close(struct world *w)
{
	worker_finish(w->worker);
	worker_free(w->worker);
	qsort(w->sids, w->n_sids, sizeof(*w->sids), by_number);
}

/* ---- one packet ---- */

static void
put32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

struct side {
	uint8_t  address;
	uint16_t port;
	uint32_t first; /* sequence number of its first byte */
	uint32_t got;   /* bytes of the other side that it has without a hole */
};

static void
send_tcp(struct world *w, const struct side *from, const struct side *to, uint8_t flags, uint32_t seq, const void *payload,
		size_t len)
{
	uint8_t           frame[40 + 2048] = { 0x45, [8] = 64, [9] = 6, [12] = 10, [16] = 10 };
	struct wire_frame f = { .linktype = LINK_RAW };

	frame[2] = (uint8_t)((40 + len) >> 8);
	frame[3] = (uint8_t)(40 + len);
	frame[15] = from->address;
	frame[19] = to->address;
	frame[20] = (uint8_t)(from->port >> 8);
	frame[21] = (uint8_t)from->port;
	frame[22] = (uint8_t)(to->port >> 8);
	frame[23] = (uint8_t)to->port;
	put32(frame + 24, seq);
	put32(frame + 28, flags == TCP_SYN ? 0 : to->first + from->got);
	frame[32] = 0x50;
	frame[33] = flags;
	frame[34] = 0xff;
	frame[35] = 0xff;
	if (len)
		memcpy(frame + 40, payload, len);
	f.bytes = bytes_of(frame, 40 + len);
	f.wire_len = (uint32_t)(40 + len);
	f.number = ++w->number;
	f.ts_ns = 1700000000000000000ull + w->number * 1000000;
	worker_frame(w->worker, &f);
}

static void
acknowledge(struct world *w, const struct side *from, const struct side *to, uint32_t sent)
{
	send_tcp(w, from, to, TCP_ACK, from->first + sent, NULL, 0);
}

/* ---- how bytes become packets ---- */

struct segment {
	uint32_t from, to;
};

/* Pieces of the text that cover it all; some reach into their neighbours, some are there twice, and each may come up
 * to four places late. */
static size_t
cut(uint64_t *seed, uint32_t len, struct segment *out)
{
	uint32_t most = 1 + random_below(seed, random_below(seed, 4) ? 40 : 400), at = 0;
	size_t   n = 0;

	while (at < len) {
		uint32_t size = 1 + random_below(seed, most), back = 0, more = 0;

		size = size < len - at ? size : len - at;
		if (random_below(seed, 5) == 0)
			back = random_below(seed, at < 20 ? at + 1 : 20);
		if (random_below(seed, 5) == 0)
			more = random_below(seed, len - at - size < 20 ? len - at - size + 1 : 20);
		out[n++] = (struct segment){ at - back, at + size + more };
		if (random_below(seed, 8) == 0 && n < SEGMENTS_MAX - 2) {
			out[n] = out[n - 1];
			n++;
		}
		at += size;
		if (n >= SEGMENTS_MAX - 4)
			most = 400;
		assert_true(n < SEGMENTS_MAX);
	}
	for (size_t i = 0; i + 1 < n; i++) {
		size_t         k = i + random_below(seed, 5);
		struct segment s = out[i];

		if (k >= n || random_below(seed, 3))
			continue;
		out[i] = out[k];
		out[k] = s;
	}
	return n;
}

/* How far the bytes reach without a hole after one more segment came. */
static uint32_t
reach(uint8_t *have, uint32_t got, uint32_t len, const struct segment *s)
{
	memset(have + s->from, 1, s->to - s->from);
	while (got < len && have[got])
		got++;
	return got;
}

static void
say(struct world *w, uint64_t *seed, struct side *from, struct side *to, const char *text, uint32_t len)
{
	struct segment segments[SEGMENTS_MAX] = { { 0, len } };
	size_t         n = seed ? cut(seed, len, segments) : 1;
	uint8_t        have[2048] = { 0 };

	assert_true(len <= sizeof(have));
	for (size_t i = 0; i < n; i++) {
		const struct segment *s = &segments[i];

		send_tcp(w, from, to, TCP_ACK | TCP_PSH, from->first + s->from, text + s->from, s->to - s->from);
		to->got = reach(have, to->got, len, s);
		if (!seed || random_below(seed, 3) == 0)
			acknowledge(w, to, from, from->got);
	}
	assert_int_equal(to->got, len);
	acknowledge(w, to, from, from->got);
}

/* `seed` NULL: two packets with all of it. */
static void
converse(struct world *w, uint64_t *seed)
{
	struct side client = { .address = 1, .port = 40000, .first = 0xffffff00 }; /* wraps on the way */
	struct side server = { .address = 2, .port = 80, .first = 90001 };
	uint32_t    said = sizeof(request) - 1, answered = sizeof(response) - 1;

	world_open(w);
	send_tcp(w, &client, &server, TCP_SYN, client.first - 1, NULL, 0);
	send_tcp(w, &server, &client, TCP_SYN | TCP_ACK, server.first - 1, NULL, 0);
	acknowledge(w, &client, &server, 0);
	say(w, seed, &client, &server, request, said);
	say(w, seed, &server, &client, response, answered);
	acknowledge(w, &client, &server, said);
	send_tcp(w, &client, &server, TCP_ACK | TCP_FIN, client.first + said, NULL, 0);
	server.got++;
	send_tcp(w, &server, &client, TCP_ACK | TCP_FIN, server.first + answered, NULL, 0);
	client.got++;
	acknowledge(w, &client, &server, said + 1);
	world_close(w);
}

static void
print_sids(const char *what, const struct world *w)
{
	print_error("%s:", what);
	for (uint32_t i = 0; i < w->n_sids; i++)
		print_error(" %u", w->sids[i]);
	print_error("\n");
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->vars = vars_new();
	assert_int_equal(ruleset_new(&w->rs, w->vars, NULL), 0);
	assert_int_equal(ruleset_add_text(w->rs, "test.rules", rules, sizeof(rules) - 1), 0);
	assert_int_equal(ruleset_n_errors(w->rs), 0);
	assert_int_equal(ruleset_compile(w->rs), 0);
	w->memory = rule_memory_new(1 << 16);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	ruleset_free(w->rs);
	rule_memory_free(w->memory);
	vars_free(w->vars);
	free(w);
	return 0;
}

static void
the_conversation_in_order_alerts_as_meant(void **state)
{
	static const uint32_t want[] = { 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 21 };
	struct world         *w = *state;

	converse(w, NULL);
	if (w->n_sids != sizeof(want) / sizeof(*want) || memcmp(w->sids, want, sizeof(want)) != 0) {
		print_sids("in order", w);
		fail();
	}
}

static void
however_it_is_cut_the_alerts_are_the_same(void **state)
{
	struct world *w = *state, in_order;

	converse(w, NULL);
	in_order = *w;
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		uint64_t seed = round * 0x9e3779b97f4a7c15ull;

		converse(w, &seed);
		if (w->n_sids == in_order.n_sids && memcmp(w->sids, in_order.sids, w->n_sids * sizeof(*w->sids)) == 0)
			continue;
		print_sids("in order", &in_order);
		print_sids("cut up", w);
		fail_msg("round %llu", (unsigned long long)round);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_conversation_in_order_alerts_as_meant),
		cmocka_unit_test(however_it_is_cut_the_alerts_are_the_same),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
