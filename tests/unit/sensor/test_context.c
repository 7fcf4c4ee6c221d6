/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/event.h"
#include "sensor/outfile.h"
#include "sensor/worker.h"

#define LINES_MAX 16

struct fix {
	struct worker_settings settings;
	struct eve_source      source;
	struct outfile         eve;
	char                   path[32];
	json_t                *lines[LINES_MAX];
	unsigned               n;
	json_t                *sent; /* the last that the uplink got */
	unsigned               n_sent;
	uint8_t                type;
};

static void
sink(void *arg, const struct event *e)
{
	struct fix *f = arg;

	json_decref(f->sent);
	f->sent = json_loadb((const char *)e->eve.at, e->eve.left, 0, NULL);
	assert_non_null(f->sent);
	f->type = e->type;
	f->n_sent++;
}

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));
	int         fd;

	strcpy(f->path, "/tmp/context.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	outfile_init(&f->eve);
	assert_int_equal(outfile_open(&f->eve, f->path, true), 0);
	f->source = (struct eve_source){ .name = "eth9", .live = true };
	f->settings = (struct worker_settings){ .decode = decode_defaults, .defrag = defrag_defaults,
		.flow = flow_defaults, .stream = stream_defaults, .memory = 64u << 20 };
	f->settings.report = (struct report_settings){ .sources = &f->source, .eve = &f->eve, .sink = sink,
		.sink_arg = f };
	f->settings.flow.max_flows = 1024;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	for (unsigned i = 0; i < f->n; i++)
		json_decref(f->lines[i]);
	json_decref(f->sent);
	outfile_close(&f->eve);
	unlink(f->path);
	test_free(f);
	return 0;
}

/* A question for city.example, then its answer; the third is a datagram whose length is wrong. */
#define ETHERNET "020000000001" "020000000002" "0800"
#define QUESTION "0000" "0000" "0463697479076578616d706c6500" "00010001"

static const char *const frames[] = {
	ETHERNET "4500003a0001400040110000" "0a0000010a000002" "1000003500260000" "123401000001" "0000" QUESTION,
	ETHERNET "4500003a0001400040110000" "0a0000020a000001" "0035100000260000" "123481830001" "0000" QUESTION,
	ETHERNET "4500001c0001400040110000" "0a0000020a000001" "0035100000ff0000",
};

static void
run(struct fix *f, const char *eve, const char *send)
{
	struct worker *w;
	char           word[32], line[8192];
	FILE          *in;

	assert_true(context_types_parse(&f->settings.context.eve, eve, word));
	assert_true(context_types_parse(&f->settings.context.send, send, word));
	w = worker_new(&f->settings);
	for (unsigned i = 0; i < 3; i++) {
		uint8_t           data[128];
		size_t            n = 0;
		struct wire_frame frame;

		for (const char *at = frames[i]; *at; at += 2) {
			char pair[3] = { at[0], at[1], 0 };

			data[n++] = (uint8_t)strtoul(pair, NULL, 16);
		}
		frame = (struct wire_frame){ .bytes = bytes_of(data, n), .ts_ns = (i + 1) * 1000000000ull,
			.number = i + 1, .wire_len = (uint32_t)n, .linktype = 1 };
		worker_frame(w, &frame);
	}
	assert_int_equal(worker_finish(w), 0);
	worker_free(w);
	in = fopen(f->path, "r");
	while (f->n < LINES_MAX && fgets(line, sizeof(line), in))
		assert_non_null(f->lines[f->n++] = json_loads(line, 0, NULL));
	fclose(in);
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void
transactions_are_written_as_they_went(void **state)
{
	struct fix *f = *state;

	run(f, "dns", NULL);
	assert_int_equal(f->n, 2);
	assert_int_equal(f->n_sent, 0);
	assert_string_equal(text(f->lines[0], "event_type"), "dns");
	assert_string_equal(text(f->lines[0], "src_ip"), "10.0.0.1");
	assert_string_equal(text(f->lines[1], "src_ip"), "10.0.0.2");
	assert_string_equal(text(f->lines[0], "in_iface"), "eth9");
	assert_string_equal(text(json_object_get(f->lines[0], "dns"), "type"), "request");
	assert_string_equal(text(json_object_get(f->lines[1], "dns"), "rcode"), "NXDOMAIN");
}

static void
a_flow_is_written_when_it_ends(void **state)
{
	struct fix   *f = *state;
	const json_t *flow;

	run(f, "flow", NULL);
	assert_int_equal(f->n, 1);
	flow = json_object_get(f->lines[0], "flow");
	assert_string_equal(text(f->lines[0], "event_type"), "flow");
	assert_string_equal(text(f->lines[0], "app_proto"), "dns");
	assert_int_equal(json_integer_value(json_object_get(flow, "pkts_toserver")), 1);
	assert_int_equal(json_integer_value(json_object_get(flow, "tx_cnt")), 2);
	assert_string_equal(text(flow, "state"), "established");
	assert_string_equal(text(flow, "reason"), "shutdown");
	assert_string_equal(text(flow, "end"), "1970-01-01T00:00:02.000000+0000");
}

static void
oddities_are_named(void **state)
{
	struct fix *f = *state;

	run(f, "anomaly", NULL);
	assert_int_equal(f->n, 1);
	assert_string_equal(text(json_object_get(f->lines[0], "anomaly"), "type"), "decode");
	assert_string_equal(text(json_object_get(f->lines[0], "anomaly"), "event"),
			"decoder.udp.hlen_too_small");
}

static void
the_collector_gets_what_was_asked_for_it(void **state)
{
	struct fix *f = *state;

	run(f, NULL, "flow");
	assert_int_equal(f->n, 0);
	assert_int_equal(f->n_sent, 1);
	assert_int_equal(f->type, EVENT_CONTEXT);
	assert_string_equal(text(f->sent, "event_type"), "flow");
}

static void
the_feed_has_names_and_addresses(void **state)
{
	struct fix   *f = *state;
	const json_t *list;
	unsigned      domains = 0, ips = 0;

	f->settings.context.observe.on = true;
	run(f, NULL, NULL);
	assert_int_equal(f->n_sent, 1);
	assert_int_equal(f->type, EVENT_OBSERVED);
	list = json_object_get(f->sent, "observed");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		if (strcmp(text(o, "kind"), "domain") == 0) {
			assert_string_equal(text(o, "value"), "city.example");
			domains++;
		}
		ips += strcmp(text(o, "kind"), "ip") == 0;
	}
	assert_int_equal(domains, 1);
	assert_int_equal(ips, 2);
}

static void
types_are_those_of_suricata(void **state)
{
	struct context_types t;
	char                 word[32];

	(void)state;
	assert_true(context_types_parse(&t, "http, flow,ftp_data", word));
	assert_int_equal(t.kinds, CONTEXT_FLOW);
	assert_true(t.apps >> APPPROTO_HTTP1 & 1 && t.apps >> APPPROTO_HTTP2 & 1);
	assert_true(t.apps >> APPPROTO_FTP_DATA & 1);
	assert_false(t.apps >> APPPROTO_DNS & 1);
	assert_true(context_types_parse(&t, NULL, word));
	assert_int_equal(t.kinds, 0);
	assert_false(context_types_parse(&t, "flow,frobnicate-and-then-some-more-of-that", word));
	assert_string_equal(word, "frobnicate-and-then-some-more-o");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(transactions_are_written_as_they_went, setup, teardown),
		cmocka_unit_test_setup_teardown(a_flow_is_written_when_it_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(oddities_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(the_collector_gets_what_was_asked_for_it, setup, teardown),
		cmocka_unit_test_setup_teardown(the_feed_has_names_and_addresses, setup, teardown),
		cmocka_unit_test(types_are_those_of_suricata),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
