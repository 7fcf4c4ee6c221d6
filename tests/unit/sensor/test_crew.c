/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "rules/memory.h"
#include "rules/ruleset.h"
#include "rules/vars.h"
#include "sensor/crew.h"

#define HOSTS 50u
#define FRAMES 2000u

struct fix {
	struct vars        *vars;
	struct rule_memory *memory;
	struct eve_source   source;
	struct worker_settings settings;
	unsigned            events; /* at the sink, which any thread reaches */
	pthread_mutex_t     lock;
};

static void
count(void *arg, const struct event *e)
{
	struct fix *f = arg;

	(void)e;
	pthread_mutex_lock(&f->lock);
	f->events++;
	pthread_mutex_unlock(&f->lock);
}

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));

	f->vars = vars_new();
	f->memory = rule_memory_new(1 << 20);
	f->source = (struct eve_source){ .name = "test" };
	pthread_mutex_init(&f->lock, NULL);
	f->settings = (struct worker_settings){ .decode = decode_defaults, .defrag = defrag_defaults,
		.flow = flow_defaults, .stream = stream_defaults, .memory = 64u << 20 };
	f->settings.report = (struct report_settings){ .sources = &f->source, .sink = count, .sink_arg = f };
	f->settings.flow.max_flows = 4096;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	rule_memory_free(f->memory);
	vars_free(f->vars);
	test_free(f);
	return 0;
}

static struct ruleset *
rules(struct fix *f, const char *text, const struct ruleset *before)
{
	struct ruleset_options options = { .before = before };
	struct ruleset        *rs;

	assert_int_equal(ruleset_new(&rs, f->vars, &options), 0);
	assert_int_equal(ruleset_add_text(rs, "test", text, strlen(text)), 0);
	assert_int_equal(ruleset_compile(rs), 0);
	return rs;
}

/* A datagram between one of HOSTS hosts and a server. */
static void
send_one(struct crew *c, uint32_t i)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, /* Ethernet */
		0x45, 0, 0, 32, 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 0, 10, 1, 0, 1, /* IPv4 */
		4, 0, 0, 53, 0, 12, 0, 0, 'd', 'a', 't', 'a' };
	uint8_t           data[sizeof(head)];
	struct wire_frame f = { .bytes = bytes_of(data, sizeof(data)), .ts_ns = 1 + i, .number = i + 1,
		    .wire_len = sizeof(data), .linktype = 1 };

	memcpy(data, head, sizeof(data));
	data[29] = (uint8_t)(i % HOSTS);
	crew_frame(c, &f);
}

static void
run(struct fix *f, unsigned workers, struct totals *out)
{
	struct crew    *c = crew_new(&f->settings, workers);
	struct ruleset *rs = rules(f, "alert udp any any -> any 53 (content:\"data\"; sid:1;)", NULL);

	f->events = 0;
	assert_int_equal(crew_rules(c, rs, f->memory), 0);
	assert_true(crew_rules_settled(c));
	assert_int_equal(crew_files_begin(c), 0);
	for (uint32_t i = 0; i < FRAMES; i++)
		send_one(c, i);
	crew_files_end(c);
	assert_int_equal(crew_finish(c), 0);
	crew_totals(c, out);
	crew_free(c);
	ruleset_free(rs);
}

static void
many_workers_do_what_one_does(void **state)
{
	struct fix   *f = *state;
	struct totals one, many;

	run(f, 1, &one);
	assert_int_equal(f->events, FRAMES);
	assert_int_equal(one.worker.packets, FRAMES);
	assert_int_equal(one.flow.created_total, HOSTS);
	for (unsigned n = 2; n <= 5; n++) {
		run(f, n, &many);
		assert_int_equal(f->events, FRAMES);
		assert_int_equal(many.worker.packets, FRAMES);
		assert_int_equal(many.flow.created_total, HOSTS);
		assert_int_equal(many.worker.last_packet_ns, one.worker.last_packet_ns);
		assert_int_equal(many.report.alerts, FRAMES);
	}
}

static void
other_rules_take_over_while_frames_come(void **state)
{
	struct fix     *f = *state;
	struct crew    *c = crew_new(&f->settings, 3);
	struct ruleset *sets[4] = { rules(f, "alert udp any any -> any 53 (content:\"data\"; sid:1;)", NULL) };
	struct totals   t;
	uint32_t        i = 0;

	assert_int_equal(crew_rules(c, sets[0], f->memory), 0);
	assert_int_equal(crew_files_begin(c), 0);
	for (int k = 1; k < 4; k++) {
		for (; i < (unsigned)k * FRAMES; i++)
			send_one(c, i);
		sets[k] = rules(f, "alert udp any any -> any 53 (content:\"at\"; sid:2;)", sets[k - 1]);
		while (crew_rules(c, sets[k], f->memory) == -EBUSY)
			send_one(c, i++);
	}
	crew_files_end(c);
	assert_true(crew_rules_settled(c));
	assert_int_equal(crew_finish(c), 0);
	crew_totals(c, &t);
	assert_int_equal(t.worker.packets, i);
	assert_int_equal(f->events, i); /* each by the one rule or the other */
	assert_int_equal(t.flow.created_total, HOSTS); /* and no flow began anew */
	crew_free(c);
	for (int k = 0; k < 4; k++)
		ruleset_free(sets[k]);
}

static void
flowbits_keep_their_meaning(void **state)
{
	struct fix     *f = *state;
	struct crew    *c = crew_new(&f->settings, 1);
	struct ruleset *a = rules(f, "alert udp any any -> any 53 (flowbits:set,one; noalert; sid:1;)", NULL);
	struct ruleset *b = rules(f, "alert udp any any -> any 99 (flowbits:set,two; noalert; sid:3;)\n"
				     "alert udp any any -> any 53 (flowbits:isset,one; sid:2;)", a);

	assert_int_equal(crew_rules(c, a, f->memory), 0);
	send_one(c, 0);
	assert_int_equal(crew_rules(c, b, f->memory), 0);
	send_one(c, 0);
	send_one(c, 1);
	assert_int_equal(f->events, 1);
	crew_free(c);
	ruleset_free(a);
	ruleset_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_workers_do_what_one_does, setup, teardown),
		cmocka_unit_test_setup_teardown(other_rules_take_over_while_frames_come, setup, teardown),
		cmocka_unit_test_setup_teardown(flowbits_keep_their_meaning, setup, teardown),
	};

	return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
