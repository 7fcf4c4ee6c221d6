/* SPDX-License-Identifier: Apache-2.0 */
/* Whole commands against canned answers: what they ask, print and return. */
#include "tests/test.h"

#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <sys/mman.h>

#include <jansson.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/escape.h"
#include "tests/unit/cli/double.h"

#define NOW (INT64_C(1795831621) * 1000000) /* 2026-11-28 02:07:01 UTC */

/* An incident whose every string is hostile. */
#define NASTY "\\u001b[31m\\u202e\\u009b\\u0000\\n\\t\\u200b"
#define INCIDENT                                                                                   \
	"{\"id\":\"7\",\"title\":\"T" NASTY "\",\"state\":\"new\",\"severity\":3,\"site\":\"S" NASTY      \
	"\",\"assignee\":\"A" NASTY "\",\"last_seen\":\"2026-11-28T02:00:00.000Z\",\"first_seen\":"       \
	"\"2026-11-28T01:00:00.000Z\",\"events\":3,\"alerts\":1,\"sources\":[\"10.0.0.1" NASTY           \
	"\"],\"targets\":[\"10.0.0.2\",\"10.0.0.3\"],\"rules\":[{\"sid\":1,\"signature\":\"R" NASTY      \
	"\",\"count\":3}],\"sensors\":[\"N" NASTY "\"],\"acknowledged\":null,\"escalated\":null,"         \
	"\"revision\":1,\"uuid\":\"u\",\"tlp\":\"amber\",\"exercise\":null,"                             \
	"\"alert_list\":[{\"id\":\"1\",\"sid\":1,\"signature\":\"R" NASTY "\",\"severity\":3,"           \
	"\"events\":3}],\"notes\":[{\"time\":\"x" NASTY "\",\"actor\":\"w" NASTY "\",\"text\":\"n" NASTY    \
	"\"}],\"actions\":[{\"time\":\"x\",\"actor\":\"w" NASTY "\",\"action\":\"a" NASTY "\"}]}"
#define EVENT                                                                                      \
	"{\"id\":\"70\",\"sensor\":\"N" NASTY "\",\"site\":\"S\",\"time\":\"2026-11-28T02:00:00.000Z\","   \
	"\"severity\":3,\"sid\":1,\"eve\":{\"src_ip\":\"10.0.0.1\",\"src_port\":1,\"dest_ip\":"           \
	"\"10.0.0.2\",\"dest_port\":2,\"alert\":{\"signature\":\"R" NASTY "\"},\"dns\":{\"rrname\":\"D"   \
	NASTY "\"}}}"

static const struct canned rows[] = {
	{ "GET /v1/inbox?state=open&site=none", 200, "{\"coverage\":{},\"items\":[],\"next\":null}" },
	{ "GET /v1/inbox?state=open&site=busy", 503, "{\"error\":\"busy\",\"message\":\"ask again" NASTY "\"}" },
	{ "GET /v1/inbox?state=open&site=broken", 500, "oops" },
	{ "GET /v1/inbox?state=open&site=garbage", 200, "{\"items\":[" },
	{ "GET /v1/inbox?state=open&severity=3&limit=1000&cursor=c%261", 200,
			"{\"items\":[" INCIDENT "],\"next\":null}" },
	{ "GET /v1/inbox?state=open&severity=3&limit=1000", 200,
			"{\"items\":[" INCIDENT "],\"next\":\"c&1\"}" },
	{ "GET /v1/inbox?state=open&since=2026-11-28T00%3A07%3A01.000000Z&limit=1", 200,
			"{\"items\":[" INCIDENT "],\"next\":\"more\"}" },
	{ "GET /v1/inbox", 200,
			"{\"coverage\":{\"sites\":3,\"covered\":2,\"blind\":[{\"site\":\"S" NASTY
			"\",\"since\":\"2026-11-27T22:55:01.000Z\",\"cause\":\"unreachable\"}]},\"items\":[" INCIDENT
			"],\"next\":null}" },
	{ "GET /v1/incidents/7/why", 200,
			"{\"incident\":" INCIDENT ",\"reasons\":[{\"kind\":\"rule\",\"text\":\"W" NASTY
			"\",\"sid\":1,\"rev\":2,\"count\":3,\"severity\":3,\"key\":{\"attacker\":\"k" NASTY
			"\"},\"window_s\":600}],\"ruleset\":\"r" NASTY
			"\",\"severity\":{\"value\":3,\"because\":[\"b" NASTY "\"]},\"nearest_misses\":[\"m" NASTY
			"\"]}" },
	{ "GET /v1/incidents/7/timeline", 200,
			"{\"items\":[{\"time\":\"2026-11-28T01:00:00Z\",\"kind\":\"event\",\"text\":\"x" NASTY
			"\"}],\"next\":null}" },
	{ "GET /v1/incidents/7/pcap", 200, "PCAP" },
	{ "GET /v1/incidents/7", 200, INCIDENT },
	{ "GET /v1/incidents/x%2F..%2Fy", 200, INCIDENT },
	{ "GET /v1/events/70", 200, EVENT },
	{ "GET /v1/events", 200, "{\"items\":[" EVENT "],\"next\":null}" },
	{ "GET /v1/watch", 200, "{\"type\":\"keepalive\"}\n{\"type\":\"event\"," 
			"\"id\":\"70\",\"severity\":3,\"site\":\"S" NASTY "\",\"time\":\"2026-11-28T02:00:00Z\"}\n"
			"{\"type\":\"incident\",\"id\":\"7\",\"title\":\"T" NASTY "\",\"severity\":3}\n" },
	{ "GET /v1/stats", 200, "{\"events\":3,\"rates\":{\"minute\":1.5},\"odd" NASTY "\":\"o" NASTY "\"}" },
	{ "GET /v1/sensors/n", 200, "{\"name\":\"n\",\"site\":\"S" NASTY "\",\"state\":\"active\"}" },
	{ "GET /v1/sensors", 200,
			"{\"items\":[{\"name\":\"n" NASTY "\",\"health\":\"ok\",\"packets\":5}],\"next\":null}" },
	{ "GET /v1/dead_letters", 200,
			"{\"items\":[{\"id\":\"1\",\"sensor\":\"n" NASTY "\",\"reason\":\"r" NASTY
			"\"}],\"next\":null}" },
	{ "GET /v1/gaps", 200, "{\"items\":[],\"next\":null}" },
	{ "GET /v1/coverage", 200, "{\"sites\":3,\"covered\":3,\"blind\":[]}" },
	{ "POST /v1/sensors/n/revoke", 200, "{\"name\":\"n\",\"state\":\"revoked\"}" },
	{ "POST /v1/sensors", 200,
			"{\"name\":\"n\",\"site\":\"s\",\"token\":\"tok" NASTY "\",\"expires\":\"2026-11-29T00:00:00Z\"}" },
	{ "POST /v1/actions", 200,
			"{\"action_id\":\"9\",\"done\":[{\"id\":\"7\",\"state\":\"triaged\",\"revision\":2,\"text\":\"t" NASTY
			"\"}],\"failed\":[{\"id\":\"8" NASTY
			"\",\"error\":\"not_found\",\"message\":\"no" NASTY "\"}],\"undo\":\"tocsin undo 9\"}" },
	{ "POST /v1/undo", 409, "{\"error\":\"conflict\",\"message\":\"changed since\"}" },
	{ "POST /v1/db/check", 200, "{\"ok\":false,\"problems\":[\"p" NASTY "\"],\"events\":3}" },
	{ 0 },
};

static struct double_collector collector;

struct result {
	int  code;
	char out[16384], err[4096];
};

static int
capture(int fd)
{
	int file = memfd_create("captured", MFD_CLOEXEC), kept = dup(fd);

	dup2(file, fd);
	close(file);
	return kept;
}

static void
restore(int fd, int kept, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	dup2(kept, fd);
	close(kept);
}

/* Run `tocsin LINE`, with `in` as standard input. */
static struct result
tocsin_in(const char *in, const char *line)
{
	struct result r;
	char          words[512], *argv[32] = { words }, *rest;
	int           argc = 0, out, err, kept;

	snprintf(words, sizeof(words), "tocsin %s", line);
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	fflush(NULL);
	kept = capture(STDIN_FILENO);
	assert_int_equal(pwrite(STDIN_FILENO, in, strlen(in), 0), strlen(in));
	clearerr(stdin);
	fseek(stdin, 0, SEEK_SET);
	out = capture(STDOUT_FILENO);
	err = capture(STDERR_FILENO);
	r.code = cli_main(argc, argv, NOW);
	fflush(NULL);
	restore(STDOUT_FILENO, out, r.out, sizeof(r.out));
	restore(STDERR_FILENO, err, r.err, sizeof(r.err));
	dup2(kept, STDIN_FILENO);
	close(kept);
	return r;
}

static struct result
tocsin(const char *line)
{
	return tocsin_in("", line);
}

static int
setup(void **state)
{
	(void)state;
	double_start(&collector, rows);
	setenv("TOCSIN_URL", collector.url, 1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	double_stop(&collector);
	return 0;
}

/* Neither controls but newline (and tab in --plain), nor the marks that NASTY holds. */
static void
assert_harmless(const char *text, const char *line)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			fail_msg("`tocsin %s` printed byte %02x", line, *c);
	if (strstr(text, "\xe2\x80\xae") || strstr(text, "\xc2\x9b") || strstr(text, "\xe2\x80\x8b"))
		fail_msg("`tocsin %s` printed a mark that harms", line);
}

static void
no_command_prints_what_harms_a_terminal(void **state)
{
	static const char *const lines[] = {
		"inbox", "inbox --plain", "inbox --json", "inbox --jsonl", "inbox -i",
		"inbox --jsonl --fields title,route", "inbox --plain --fields rules,sensors",
		"show 7", "show 7 --json", "show --event 70", "why 7", "why 7 --json", "events",
		"events --plain", "events --json", "events --plain --fields eve,eve.dns.rrname",
		"timeline 7", "watch", "watch --plain", "watch --jsonl", "stats", "stats --json",
		"sensor list", "sensor show n", "sensor add n --site s", "gaps", "gaps --rejected",
		"coverage",
		"db check", "ack 7 8", "inbox --site busy", "show \x1b[31m", "\x1b[31m",
		"inbox --\x1b[31m", "inbox --since \x1b[31m", "__complete -- show", "inbox --fields \x1b[3m",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct result r = tocsin(lines[i]);

		assert_harmless(r.out, lines[i]);
		assert_harmless(r.err, lines[i]);
		assert_true(*r.out || *r.err);
	}
}

struct expectation {
	const char *line;
	int         code;
	const char *out, *err; /* found in it; NULL: it is empty */
};

static void
expect(const struct expectation *rows_, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct expectation *e = &rows_[i];
		struct result             r = tocsin(e->line);

		if (r.code != e->code)
			fail_msg("`tocsin %s` returned %d: %s%s", e->line, r.code, r.out, r.err);
		if (e->out ? !strstr(r.out, e->out) : *r.out != 0)
			fail_msg("`tocsin %s` printed: %s", e->line, r.out);
		if (e->err ? !strstr(r.err, e->err) : *r.err != 0)
			fail_msg("`tocsin %s` complained: %s", e->line, r.err);
	}
}

static void
every_outcome_has_its_exit_code(void **state)
{
	static const struct expectation cases[] = {
		{ "inbox", 0, "coverage 2/3 sites · 1 blind: S", NULL },
		{ "inbox --site none", 1, "nothing is open", NULL },
		{ "inbox --site none --json", 1, "[]", NULL },
		{ "inbox --site busy", 5, NULL, "ask again" },
		{ "inbox --site broken", 2, NULL, "the collector answered 500" },
		{ "inbox --site garbage", 2, NULL, "is no JSON" },
		{ "gaps", 0, "no gaps", NULL },
		{ "gaps --json", 0, "[]", NULL },
		{ "show 7", 0, "#7  T", NULL },
		{ "show 99", 1, NULL, "there is no GET /v1/incidents/99" },
		{ "show 7 99", 3, "#7  T", "there is no" },
		{ "show 7 99 --json", 3, "\n]", "there is no" },
		{ "ack 7 8", 3, "#7 is triaged now: t", "#8" },
		{ "undo", 4, NULL, "changed since" },
		{ "db check", 1, "the store is NOT whole", NULL },
		{ "inbox --data /nowhere", 5, NULL, "no collector answers at /nowhere/api.sock" },
		{ "--data /nowhere inbox", 5, NULL, "no collector answers at /nowhere/api.sock" },
		{ "--url http://x/ inbox", 2, NULL, "named as unix:PATH" },
	};

	(void)state;
	expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
wrong_usage_is_said_before_anything_is_asked(void **state)
{
	static const struct expectation cases[] = {
		{ "", 2, "tocsin inbox", NULL },
		{ "--help", 0, "tocsin inbox", NULL },
		{ "--version", 0, "tocsin ", NULL },
		{ "inbx", 2, NULL, "did you mean `tocsin inbox`" },
		{ "xyzzyxyzzy", 2, NULL, "is no command" },
		{ "sensor", 2, NULL, "sensor needs a subcommand" },
		{ "sensor lst", 2, NULL, "no such subcommand" },
		{ "sensor --help", 0, "tocsin sensor revoke ward-12", NULL },
		{ "sensor", 2, NULL, "sensor revoke" },
		{ "ack", 2, NULL, "ack needs ID" },
		{ "timeline 1 2", 2, NULL, "2: one word too many" },
		{ "note 7", 2, NULL, "-m TEXT" },
		{ "classify 7", 2, NULL, "--class" },
		{ "classify 7 --severity huge", 2, NULL, "huge" },
		{ "sensor add n", 2, NULL, "--site" },
		{ "sensor add n --site s --valid soon", 2, NULL, "soon is no length of time" },
		{ "inbox --since soon", 2, NULL, "tocsin help time" },
		{ "inbox --severity huge", 2, NULL, "huge is none of" },
		{ "inbox --limit 0", 2, NULL, "is no number above 0" },
		{ "inbox --limit x", 2, NULL, "is no number above 0" },
		{ "watch --limit 0", 2, NULL, "is no number above 0" },
		{ "inbox --json --plain", 2, NULL, "choose one of" },
		{ "inbox --fields title,wrong", 2, NULL, "wrong is no field here; there are: mark, id" },
		{ "inbox --dry-run", 2, NULL, "--dry-run is not an option here" },
		{ "inbox --help", 0, "Usage: tocsin inbox", NULL },
		{ "help sensor add", 0, "Usage: tocsin sensor add NAME", NULL },
		{ "help time", 0, "RFC 3339", NULL },
		{ "help nothing", 2, NULL, "is no command" },
		{ "inbox --fields", 0, "severity\n", NULL },
		{ "events --fields=", 0, "eve.…", NULL },
	};

	(void)state;
	setenv("TOCSIN_URL", "unix:/nowhere", 1);
	expect(cases, sizeof(cases) / sizeof(cases[0]));
	setenv("TOCSIN_URL", collector.url, 1);
}

static void
pages_become_one_array(void **state)
{
	struct result r = tocsin("inbox --severity high --json");
	json_t       *all = json_loads(r.out, JSON_ALLOW_NUL, NULL);

	(void)state;
	assert_int_equal(r.code, 0);
	assert_int_equal(json_array_size(all), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(all, 1), "id")), "7");
	json_decref(all);
	assert_string_equal(tocsin("inbox --severity high -i").out, "7\n7\n");
}

static void
a_limit_ends_the_listing_and_says_so(void **state)
{
	struct result r = tocsin("inbox --since 2h --limit 1");

	(void)state;
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.out, "the first 1; --limit N shows more"));
	assert_string_equal(tocsin("inbox --since 2h --limit 1 -i").out, "7\n");
}

static void
fields_choose_and_order_what_is_shown(void **state)
{
	(void)state;
	assert_string_equal(tocsin("events --plain --fields id,eve.src_ip,severity,eve.none").out,
			"70\t10.0.0.1\thigh\t-\n");
	assert_string_equal(tocsin("events --jsonl --fields severity,eve.dest_port,eve.none").out,
			"{\"severity\":3,\"eve.dest_port\":2,\"eve.none\":null}\n");
}

static void
one_object_for_one_id_and_an_array_for_more(void **state)
{
	struct result r = tocsin("show 7 --json");
	json_t       *one = json_loads(r.out, JSON_ALLOW_NUL, NULL), *two;

	(void)state;
	assert_true(json_is_object(one));
	json_decref(one);
	r = tocsin("show 7 7 --json");
	two = json_loads(r.out, JSON_ALLOW_NUL, NULL);
	assert_int_equal(json_array_size(two), 2);
	json_decref(two);
}

static void
ids_come_from_standard_input_too(void **state)
{
	struct result r = tocsin_in("7\n\n7 high ward-1\n", "show - --json");
	json_t       *all = json_loads(r.out, JSON_ALLOW_NUL, NULL);

	(void)state;
	assert_int_equal(json_array_size(all), 2);
	json_decref(all);
	r = tocsin_in("", "ack -");
	assert_int_equal(r.code, 1);
	assert_non_null(strstr(r.err, "no ids came"));
}

static void
an_id_cannot_leave_its_place_in_the_path(void **state)
{
	(void)state;
	assert_int_equal(tocsin("show x/../y").code, 0);
}

static void
packets_are_written_as_they_are(void **state)
{
	char          file[] = "/tmp/tocsin-pcap-XXXXXX", line[128], got[8] = "";
	struct result r = tocsin("pcap 7");
	int           fd = mkstemp(file);

	(void)state;
	assert_string_equal(r.out, "PCAP");
	snprintf(line, sizeof(line), "pcap 7 -o %s", file);
	assert_int_equal(tocsin(line).code, 0);
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_string_equal(got, "PCAP");
	close(fd);
	unlink(file);
	snprintf(line, sizeof(line), "pcap 99 -o %s", file);
	assert_int_equal(tocsin(line).code, 1);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(tocsin("pcap 7 -o /nowhere/x").code, 2);
}

static void
a_watch_skips_keepalives_and_ends_at_its_limit(void **state)
{
	struct result r = tocsin("watch --json --limit 1");
	json_t       *all = json_loads(r.out, JSON_ALLOW_NUL, NULL);

	(void)state;
	assert_int_equal(r.code, 0);
	assert_int_equal(json_array_size(all), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(all, 0), "id")), "70");
	json_decref(all);
}

static void
completion_offers_commands_options_and_ids(void **state)
{
	(void)state;
	assert_non_null(strstr(tocsin("__complete --").out, "inbox\t"));
	assert_non_null(strstr(tocsin("__complete -- sensor").out, "revoke\t"));
	assert_non_null(strstr(tocsin("__complete -- ack").out, "7\tT"));
	assert_non_null(strstr(tocsin("__complete -- ack").out, "--dry-run\t"));
	assert_null(strstr(tocsin("__complete --").out, "__complete"));
}

static char *
manual(void)
{
	static char text[65536];
	FILE       *f = fopen("man/tocsin.1", "r");
	size_t      n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return n ? text : NULL;
}

static void
the_manual_names_every_command_and_option(void **state)
{
	const char *text = manual();
	char        want[64];

	(void)state;
	if (!text) /* the test runs elsewhere than at the top of the tree */
		skip();
	for (size_t i = 0; i < n_commands; i++) {
		snprintf(want, sizeof(want), ".Cm %s\n", commands[i].name);
		if (strncmp(commands[i].name, "contain", 7) == 0 || strcmp(commands[i].name, "recover") == 0 ||
				strcmp(commands[i].name, "reopen") == 0) /* share their section with ack */
			snprintf(want, sizeof(want), "%s", commands[i].name);
		if (commands[i].summary && !strstr(text, want))
			fail_msg("man/tocsin.1 does not tell of %s", commands[i].name);
	}
	for (int o = 0; o < OPT_COUNT; o++) {
		snprintf(want, sizeof(want), "-%s", opt_rows[o].name);
		if (!strstr(text, want))
			fail_msg("man/tocsin.1 does not tell of -%s", want);
	}
}

static void
assert_fits(const char *text, size_t columns)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		char line[256];

		len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		if (escape_width(line) > columns)
			fail_msg("too wide: %s", line);
	}
}

static void
help_has_examples_first_and_fits_80_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_commands; i++) {
		char          line[64];
		struct result r;

		if (!commands[i].summary)
			continue;
		snprintf(line, sizeof(line), "help %s", commands[i].name);
		r = tocsin(line);
		assert_int_equal(r.code, 0);
		assert_true(strstr(r.out, "  tocsin ") < strstr(r.out, "Usage: "));
		assert_fits(r.out, 80);
	}
	assert_fits(tocsin("--help").out, 80);
	assert_fits(tocsin("help time").out, 80);
	assert_fits(tocsin("help exit").out, 80);
	assert_fits(tocsin("help output").out, 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_command_prints_what_harms_a_terminal),
		cmocka_unit_test(every_outcome_has_its_exit_code),
		cmocka_unit_test(wrong_usage_is_said_before_anything_is_asked),
		cmocka_unit_test(pages_become_one_array),
		cmocka_unit_test(a_limit_ends_the_listing_and_says_so),
		cmocka_unit_test(fields_choose_and_order_what_is_shown),
		cmocka_unit_test(one_object_for_one_id_and_an_array_for_more),
		cmocka_unit_test(ids_come_from_standard_input_too),
		cmocka_unit_test(an_id_cannot_leave_its_place_in_the_path),
		cmocka_unit_test(packets_are_written_as_they_are),
		cmocka_unit_test(a_watch_skips_keepalives_and_ends_at_its_limit),
		cmocka_unit_test(completion_offers_commands_options_and_ids),
		cmocka_unit_test(the_manual_names_every_command_and_option),
		cmocka_unit_test(help_has_examples_first_and_fits_80_columns),
	};

	setenv("TZ", "UTC", 1);
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
