/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/record.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/i18n.h"
#include "cli/when.h"
#include "cli/wire.h"

#define N_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

/* People at a terminal get words and local time; pipes get what never changes. */
static bool
for_people(const struct cli *cli)
{
	return cli->out.form == OUT_TEXT && cli->out.terminal;
}

const char *
field_severity(struct cli *cli, const json_t *object, const char *key)
{
	static const char *const words[] = { N_("info"), N_("low"), N_("medium"), N_("high"),
		N_("critical") };
	int64_t severity = wire_int(object, key, -1);

	if (severity < 0 || severity >= (int64_t)N_OF(words))
		return wire_text(cli, object, key);
	return for_people(cli) ? _(words[severity]) : words[severity];
}

const char *
field_sev(struct cli *cli, const json_t *object, const char *key)
{
	static const char *const words[] = { N_("info"), N_("low"), N_("med"), N_("high"),
		N_("crit") };
	int64_t severity = wire_int(object, key, -1);

	if (!for_people(cli) || severity < 0 || severity >= (int64_t)N_OF(words))
		return field_severity(cli, object, key);
	return _(words[severity]);
}

enum table_tint
tint_severity(const json_t *object, const char *key)
{
	static const enum table_tint tints[] = { TINT_FAINT, TINT_NONE, TINT_WARN, TINT_BAD,
		TINT_ALARM };
	int64_t severity = wire_int(object, key, -1);

	return severity < 0 || severity >= (int64_t)N_OF(tints) ? TINT_NONE : tints[severity];
}

const char *
field_time(struct cli *cli, const json_t *object, const char *key)
{
	char    text[WHEN_SIZE];
	int64_t us;

	if (!for_people(cli) || !wire_time(&us, object, key))
		return wire_text(cli, object, key);
	return cli_printf(cli, "%s", when_local(text, us));
}

static const char *
field_age(struct cli *cli, const json_t *object, const char *key)
{
	char    text[WHEN_SIZE];
	int64_t us;

	if (!for_people(cli) || !wire_time(&us, object, key))
		return wire_text(cli, object, key);
	return cli_printf(cli, "%s", when_age(text, cli->now_us - us));
}

const char *
field_count(struct cli *cli, const json_t *object, const char *key)
{
	int64_t n = wire_int(object, key, -1);

	if (n < 0 || !for_people(cli))
		return wire_text(cli, object, key);
	return cli_printf(cli, "%'lld", (long long)n);
}

/* Rules are objects: for a column their sids will do. */
static const char *
field_sids(struct cli *cli, const json_t *object, const char *key)
{
	const json_t *list = wire_at(object, key);
	const char   *text = "";

	for (size_t i = 0; i < json_array_size(list); i++)
		text = cli_printf(cli, "%s%s%s", text, i ? "," : "",
				wire_text(cli, json_array_get(list, i), "sid"));
	return text;
}

/* Whom the incident is about: an attacker or a victim. */
const char *
field_subject(struct cli *cli, const json_t *object, const char *key)
{
	const json_t *subject = wire_at(object, key);

	if (!subject)
		return "";
	return cli_printf(cli, "%s %s", wire_text(cli, subject, "part"),
			wire_text(cli, subject, "address"));
}

static bool
has(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return false;
}

/* One of a list and how many more there are; whom the incident is about goes first. */
static const char *
few(struct cli *cli, const json_t *object, const char *key)
{
	const json_t *list = wire_at(object, key), *subject = wire_at(object, "subject.address");
	size_t        n = json_array_size(list);
	const char   *first = wire_value(cli, has(list, subject) ? subject : json_array_get(list, 0));

	return n < 2 ? first : cli_printf(cli, "%s +%zu", first, n - 1);
}

static const char *
field_incident_route(struct cli *cli, const json_t *object, const char *key)
{
	(void)key;
	return cli_printf(cli, "%s → %s", few(cli, object, "sources"),
			few(cli, object, "targets"));
}

static const char *
field_event_route(struct cli *cli, const json_t *object, const char *key)
{
	const json_t *eve = wire_at(object, "eve");
	const char   *sport = wire_text(cli, eve, "src_port");
	const char   *dport = wire_text(cli, eve, "dest_port");

	(void)key;
	return cli_printf(cli, "%s%s%s → %s%s%s", wire_text(cli, eve, "src_ip"),
			*sport ? ":" : "", sport, wire_text(cli, eve, "dest_ip"),
			*dport ? ":" : "", dport);
}

static const char *
field_signature(struct cli *cli, const json_t *object, const char *key)
{
	const char *signature = wire_text(cli, object, "eve.alert.signature");
	const char *type = wire_text(cli, object, "eve.event_type");

	(void)key;
	if (*signature)
		return signature;
	return *type ? type : wire_text(cli, object, "kind"); /* flow, dns; a declared loss */
}

/* What waits for somebody stands out without colour as well. */
static const char *
field_mark(struct cli *cli, const json_t *object, const char *key)
{
	(void)cli;
	(void)key;
	if (wire_at(object, "escalated"))
		return "↑";
	return wire_at(object, "acknowledged") ? "" : "▸";
}

static const char *
field_assignee(struct cli *cli, const json_t *object, const char *key)
{
	const char *who = wire_text(cli, object, key);

	return *who || cli->out.form != OUT_TEXT ? who : "–";
}

static enum table_tint
tint_health(const json_t *object, const char *key)
{
	const char *health = json_string_value(wire_at(object, key));

	if (!health || strcmp(health, "never") == 0)
		return TINT_FAINT;
	return strcmp(health, "ok") == 0 ? TINT_GOOD : TINT_BAD;
}

static const struct field incident_fields[] = {
	{ "mark", "", field_mark, IN_TERMINAL, 0, 0, true, NULL },
	{ "id", N_("ID"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "severity", N_("SEV"), field_sev, IN_ALL, 0, 0, false, tint_severity },
	{ "state", N_("STATE"), wire_text, IN_PIPE | IN_PLAIN, 0, 0, false, NULL },
	{ "last_seen", N_("SEEN"), field_age, IN_ALL, 0, 0, false, NULL },
	{ "site", N_("SITE"), wire_text, IN_ALL, TABLE_CUT, 8, false, NULL },
	{ "title", N_("WHAT"), wire_text, IN_ALL, TABLE_CUT, 10, false, NULL },
	{ "route", N_("FROM → TO"), field_incident_route, IN_TABLE, TABLE_CUT, 10, true, NULL },
	{ "sources", N_("SOURCES"), wire_text, IN_PLAIN, TABLE_CUT, 0, false, NULL },
	{ "targets", N_("TARGETS"), wire_text, IN_PLAIN, TABLE_CUT, 0, false, NULL },
	{ "events", N_("N"), field_count, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "assignee", N_("WHO"), field_assignee, IN_ALL, 0, 0, false, NULL },
	{ "alerts", N_("ALERTS"), field_count, 0, TABLE_RIGHT, 0, false, NULL },
	{ "disposition", N_("DISPOSITION"), wire_text, 0, 0, 0, false, NULL },
	{ "classification", N_("CLASS"), wire_text, 0, 0, 0, false, NULL },
	{ "first_seen", N_("FIRST"), field_time, 0, 0, 0, false, NULL },
	{ "rules", N_("RULES"), field_sids, 0, TABLE_CUT, 0, false, NULL },
	{ "sensors", N_("SENSORS"), wire_text, 0, TABLE_CUT, 0, false, NULL },
	{ "acknowledged", N_("ACKED"), field_time, 0, 0, 0, false, NULL },
	{ "escalated", N_("ESCALATED"), field_time, 0, 0, 0, false, NULL },
	{ "escalated_to", N_("TO WHOM"), wire_text, 0, 0, 0, false, NULL },
	{ "subject", N_("SUBJECT"), field_subject, 0, 0, 0, false, NULL },
	{ "exercise", N_("EXERCISE"), wire_text, 0, 0, 0, false, NULL },
	{ "tlp", N_("TLP"), wire_text, 0, 0, 0, false, NULL },
	{ "created", N_("CREATED"), field_time, 0, 0, 0, false, NULL },
	{ "modified", N_("MODIFIED"), field_time, 0, 0, 0, false, NULL },
	{ "revision", N_("REV"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "uuid", N_("UUID"), wire_text, 0, 0, 0, false, NULL },
};
const struct record record_incident = { "id", NULL, incident_fields, N_OF(incident_fields) };

static const struct field event_fields[] = {
	{ "id", N_("ID"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "time", N_("TIME"), field_time, IN_ALL, 0, 0, false, NULL },
	{ "severity", N_("SEV"), field_sev, IN_ALL, 0, 0, false, tint_severity },
	{ "site", N_("SITE"), wire_text, IN_PIPE | IN_PLAIN, 0, 0, false, NULL },
	{ "sensor", N_("SENSOR"), wire_text, IN_ALL, TABLE_CUT, 0, false, NULL },
	{ "sid", N_("SID"), wire_text, IN_PIPE | IN_PLAIN, TABLE_RIGHT, 0, false, NULL },
	{ "signature", N_("WHAT"), field_signature, IN_ALL, TABLE_CUT, 10, true, NULL },
	{ "route", N_("FROM → TO"), field_event_route, IN_ALL, TABLE_CUT, 10, true, NULL },
	{ "kind", N_("KIND"), wire_text, 0, 0, 0, false, NULL },
	{ "received", N_("RECEIVED"), field_time, 0, 0, 0, false, NULL },
	{ "epoch", N_("EPOCH"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "seq", N_("SEQ"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "suppressed", N_("HELD BACK"), field_count, 0, TABLE_RIGHT, 0, false, NULL },
	{ "alert", N_("ALERT"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "gid", N_("GID"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "rev", N_("REV"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "has_packets", N_("PACKETS"), wire_text, 0, 0, 0, false, NULL },
	{ "eve", N_("EVE"), wire_text, 0, TABLE_CUT, 0, false, NULL },
};
const struct record record_event = { "id", "eve.", event_fields, N_OF(event_fields) };

static const struct field alert_fields[] = {
	{ "id", N_("ALERT"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "severity", N_("SEV"), field_sev, IN_ALL, 0, 0, false, tint_severity },
	{ "sid", N_("SID"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "signature", N_("WHAT"), wire_text, IN_ALL, TABLE_CUT, 10, false, NULL },
	{ "events", N_("N"), field_count, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "first_seen", N_("FIRST"), field_time, IN_ALL, 0, 0, false, NULL },
	{ "last_seen", N_("LAST"), field_time, IN_PIPE | IN_PLAIN, 0, 0, false, NULL },
};
const struct record record_alert = { "id", NULL, alert_fields, N_OF(alert_fields) };

static const struct field sensor_fields[] = {
	{ "name", N_("SENSOR"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "site", N_("SITE"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "state", N_("STATE"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "health", N_("HEALTH"), wire_text, IN_ALL, 0, 0, false, tint_health },
	{ "last_heartbeat", N_("HEARD"), field_age, IN_ALL, 0, 0, false, NULL },
	{ "last_event", N_("EVENT"), field_age, IN_ALL, 0, 0, false, NULL },
	{ "packets", N_("PACKETS"), field_count, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "kernel_drops", N_("DROPS"), field_count, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "spool_depth", N_("SPOOL"), field_count, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "clock_offset_ms", N_("CLOCK MS"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "version", N_("VERSION"), wire_text, 0, 0, 0, false, NULL },
	{ "ruleset", N_("RULES"), wire_text, 0, TABLE_CUT, 0, false, NULL },
	{ "epoch", N_("EPOCH"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "seq", N_("SEQ"), wire_text, 0, TABLE_RIGHT, 0, false, NULL },
	{ "connected", N_("CONNECTED"), wire_text, 0, 0, 0, false, NULL },
	{ "since", N_("SINCE"), field_age, 0, 0, 0, false, NULL },
	{ "last_packet", N_("PACKET"), field_age, 0, 0, 0, false, NULL },
	{ "duplicates", N_("DUPLICATES"), field_count, 0, TABLE_RIGHT, 0, false, NULL },
	{ "certificate_until", N_("CERTIFICATE"), field_time, 0, 0, 0, false, NULL },
	{ "created", N_("CREATED"), field_time, 0, 0, 0, false, NULL },
	{ "revoked", N_("REVOKED"), field_time, 0, 0, 0, false, NULL },
	{ "uuid", N_("UUID"), wire_text, 0, 0, 0, false, NULL },
};
const struct record record_sensor = { "name", NULL, sensor_fields, N_OF(sensor_fields) };

static const struct field gap_fields[] = {
	{ "sensor", N_("SENSOR"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "site", N_("SITE"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "epoch", N_("EPOCH"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "first", N_("FIRST"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "last", N_("LAST"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "count", N_("EVENTS"), field_count, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "cause", N_("CAUSE"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "since", N_("SINCE"), field_time, IN_ALL, 0, 0, false, NULL },
};
const struct record record_gap = { "sensor", NULL, gap_fields, N_OF(gap_fields) };

static const struct field dead_letter_fields[] = {
	{ "id", N_("ID"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "received", N_("RECEIVED"), field_time, IN_ALL, 0, 0, false, NULL },
	{ "sensor", N_("SENSOR"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "epoch", N_("EPOCH"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "seq", N_("SEQ"), wire_text, IN_ALL, TABLE_RIGHT, 0, false, NULL },
	{ "reason", N_("REASON"), wire_text, IN_ALL, TABLE_CUT, 0, false, NULL },
	{ "bytes", N_("BYTES"), wire_text, 0, TABLE_CUT, 0, false, NULL },
};
const struct record record_dead_letter = { "id", NULL, dead_letter_fields,
	N_OF(dead_letter_fields) };

static const struct field moment_fields[] = {
	{ "time", N_("TIME"), field_time, IN_ALL, 0, 0, false, NULL },
	{ "kind", N_("KIND"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "text", N_("WHAT"), wire_text, IN_ALL, TABLE_WRAP, 0, false, NULL },
	{ "id", N_("ID"), wire_text, 0, 0, 0, false, NULL },
	{ "actor", N_("WHO"), wire_text, 0, 0, 0, false, NULL },
};
const struct record record_moment = { "id", NULL, moment_fields, N_OF(moment_fields) };

static const struct field blind_fields[] = {
	{ "site", N_("BLIND SITE"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "since", N_("SINCE"), field_age, IN_ALL, 0, 0, false, NULL },
	{ "cause", N_("CAUSE"), wire_text, IN_ALL, 0, 0, false, NULL },
	{ "sensors", N_("SENSORS"), wire_text, IN_ALL, TABLE_WRAP, 0, false, NULL },
};
const struct record record_blind = { "site", NULL, blind_fields, N_OF(blind_fields) };

const struct field *
record_field(const struct record *r, const char *key)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].key, key) == 0)
			return &r->fields[i];
	return NULL;
}
