/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/correlate.h"

#include "tests/unit/collector/fix.h"

#define SRC EVENT_VICTIM_SRC
#define DST EVENT_VICTIM_DST

struct incidents {
	struct incident at[64];
	unsigned        n;
};

static bool
keep(void *arg, const struct incident *i)
{
	struct incidents *all = arg;

	assert_true(all->n < 64);
	all->at[all->n++] = *i;
	return true;
}

static struct incidents
incidents(struct fix *f)
{
	struct inbox_query q = {.all = true};
	struct incidents   all = {.n = 0};

	assert_int_equal(store_inbox(f->reader, &q, keep, &all), 0);
	return all;
}

static void
a_scan_of_many_hosts_by_many_rules_is_one_incident(void **state)
{
	struct fix      *f = *state;
	struct incidents all;
	char             dst[20];

	fix_begin(f);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(dst, sizeof(dst), "10.1.%u.%u", i / 200, i % 200 + 1);
		fix_add(f, (struct shape){.sid = 1 + i % 3,
				   .dst = dst,
				   .victim = DST,
				   .severity = 1});
	}
	fix_commit(f);
	all = incidents(f);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.at[0].events, 300);
	assert_int_equal(all.at[0].alerts, 3);
	assert_string_equal(all.at[0].title, "RULE 1 and 2 more from 203.0.113.9");
}

static void
an_infected_host_is_one_incident_however_many_it_calls(void **state)
{
	struct fix      *f = *state;
	struct incidents all;
	char             dst[20];

	fix_begin(f);
	for (unsigned i = 1; i < 50; i++) {
		snprintf(dst, sizeof(dst), "198.51.100.%u", i);
		fix_add(f, (struct shape){.src = "10.1.1.20",
				   .dst = dst,
				   .victim = SRC,
				   .severity = 3});
	}
	fix_commit(f);
	all = incidents(f);
	assert_int_equal(all.n, 1);
	assert_string_equal(all.at[0].title, "RULE 1000 on 10.1.1.20");
}

static void
who_was_attacked_and_then_calls_out_is_told_apart_from_the_scan(void **state)
{
	struct fix      *f = *state;
	struct incidents all;

	fix_put(f, 1, (struct shape){.sid = 1, .victim = DST, .severity = 1});
	fix_put(f, 1,
		(struct shape){.sid = 2,
			.src = "10.1.1.20",
			.dst = "198.51.100.1",
			.victim = SRC,
			.severity = 4});
	/* The victim now attacks inside: the same case. */
	fix_put(f, 1,
		(struct shape){.sid = 3,
			.src = "10.1.1.20",
			.dst = "10.1.1.30",
			.victim = DST,
			.severity = 3});
	all = incidents(f);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.at[0].severity, 4); /* the worst first */
	assert_string_equal(all.at[0].title, "RULE 2 and 1 more on 10.1.1.20");
	assert_int_equal(all.at[1].severity, 1);
}

static void
a_scanner_that_matches_something_worse_rises(void **state)
{
	struct fix      *f = *state;
	struct incidents all;

	fix_put(f, 100, (struct shape){.sid = 1, .victim = DST, .severity = 1});
	fix_put(f, 1, (struct shape){.sid = 2, .victim = DST, .severity = 3});
	all = incidents(f);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.at[0].severity, 3);
	assert_string_equal(all.at[0].title, "RULE 2 and 1 more from 203.0.113.9");
}

static void
a_crowd_of_attackers_on_one_victim_is_few_incidents(void **state)
{
	struct fix      *f = *state;
	struct incidents all;
	char             src[20];

	fix_begin(f);
	for (unsigned i = 1; i < 200; i++) {
		snprintf(src, sizeof(src), "198.51.100.%u", i);
		fix_add(f, (struct shape){.src = src, .victim = DST, .severity = 2});
	}
	fix_commit(f);
	all = incidents(f);
	assert_int_equal(all.n, 3);
	assert_int_equal(all.at[0].events + all.at[1].events + all.at[2].events, 199);
}

static void
sites_are_kept_apart(void **state)
{
	struct fix *f = *state;

	fix_put(f, 1, (struct shape){.victim = DST});
	fix_sensor(f, "ward-13", "ward-13");
	fix_put(f, 1, (struct shape){.victim = DST});
	assert_int_equal(incidents(f).n, 2);
}

static void
another_day_is_another_incident(void **state)
{
	struct fix *f = *state;

	fix_put(f, 1, (struct shape){.victim = DST, .ts_ns = NOON});
	fix_put(f, 1, (struct shape){.victim = DST, .ts_ns = NOON + 20 * 3600 * SECOND});
	assert_int_equal(incidents(f).n, 1);
	assert_int_equal(incidents(f).at[0].alerts, 2);
	fix_put(f, 1, (struct shape){.victim = DST, .ts_ns = NOON + 50 * 3600 * SECOND});
	assert_int_equal(incidents(f).n, 2);
}

static void
what_is_closed_takes_no_more(void **state)
{
	struct fix      *f = *state;
	struct incident *i;

	fix_put(f, 1, (struct shape){.victim = DST});
	fix_begin(f);
	assert_int_equal(store_incident_get(f->store, &i, 1), 0);
	i->verdict.state = STATE_CLOSED;
	store_incident_touch(f->store, i);
	fix_commit(f);
	fix_put(f, 1, (struct shape){.victim = DST});
	assert_int_equal(incidents(f).n, 2);
}

static void
what_is_no_alert_makes_none(void **state)
{
	struct fix *f = *state;

	fix_put(f, 3, (struct shape){.type = EVENT_CONTEXT});
	assert_int_equal(incidents(f).n, 0);
	assert_int_equal(fix_events(f, NULL, 0), 3);
}

/* Random events, in transactions of random size, with the collector ending and coming
 * back, sometimes in the middle of a transaction: always the same story. */
static void
play(struct fix *f, unsigned seed, char story[static 16384])
{
	struct incidents all;
	size_t           at = 0;
	unsigned         done = 0;

	srand(seed); /* how it is cut, not what happens */
	while (done < 400) {
		unsigned n = seed ? (unsigned)rand() % 60 + 1 : 400;
		bool     lost = seed && rand() % 4 == 0;

		n = n < 400 - done ? n : 400 - done;
		fix_begin(f);
		for (unsigned i = done; i < done + n; i++) {
			unsigned x = i * 2654435761u >> 7;
			char     src[20], dst[20];

			snprintf(src, sizeof(src), "10.0.0.%u", x % 12);
			snprintf(dst, sizeof(dst), "10.0.0.%u", x / 16 % 12);
			fix_add(f, (struct shape){.sid = x / 300 % 5 + 1,
					   .src = src,
					   .dst = dst,
					   .victim = (uint8_t)(x / 2000 % 3),
					   .severity = x % 4,
					   .ts_ns = NOON + (uint64_t)i * 600 * SECOND});
		}
		if (lost) {
			store_rollback(f->store);
			f->seq -= n;
		} else {
			fix_commit(f);
			done += n;
		}
		if (seed && rand() % 3 == 0)
			fix_reopen(f);
	}
	all = incidents(f);
	for (unsigned i = 0; i < all.n && at < 16000; i++)
		at += (size_t)snprintf(story + at, 16384 - at,
			"%llu %s %u %llu %llu %llu %llu\n",
			(unsigned long long)all.at[i].id, all.at[i].title,
			all.at[i].severity, (unsigned long long)all.at[i].events,
			(unsigned long long)all.at[i].alerts,
			(unsigned long long)all.at[i].first_ns,
			(unsigned long long)all.at[i].last_ns);
}

static void
restarts_change_nothing(void **state)
{
	static char want[16384], got[16384];

	(void)state;
	for (unsigned seed = 0; seed < 8; seed++) {
		void *one;

		fix_setup(&one);
		play(one, seed, seed ? got : want);
		fix_teardown(&one);
		if (seed)
			assert_string_equal(got, want);
	}
	assert_true(strlen(want) > 500);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_scan_of_many_hosts_by_many_rules_is_one_incident),
		T(an_infected_host_is_one_incident_however_many_it_calls),
		T(who_was_attacked_and_then_calls_out_is_told_apart_from_the_scan),
		T(a_scanner_that_matches_something_worse_rises),
		T(a_crowd_of_attackers_on_one_victim_is_few_incidents),
		T(sites_are_kept_apart),
		T(another_day_is_another_incident),
		T(what_is_closed_takes_no_more),
		T(what_is_no_alert_makes_none),
		cmocka_unit_test(restarts_change_nothing),
	};

	return cmocka_run_group_tests_name("correlate", tests, NULL, NULL);
}
