/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "rules/ruleset.h"
#include "rules/vars.h"

#define MIB (1ull << 20)
#define MEMORY_DEFAULT_MIB 1024 /* address space; what is not used is not committed */

/* Settings by Suricata's names that somebody reads: here, sensor/settings.c or rules/. One that ends
 * in a dot stands for all that begin so. */
static const char *const known[] = {
	"stream.midstream",
	"stream.async-oneside",
	"stream.inline",
	"stream.checksum-validation",
	"stream.reassembly.depth",
	"stream.reassembly.memcap",
	"stream.reassembly.toserver-chunk-size",
	"stream.reassembly.toclient-chunk-size",
	"stream.reassembly.urgent.policy",
	"host-os-policy",
	"defrag.timeout",
	"defrag.trackers",
	"defrag.policy",
	"flow.memcap",
	"flow.max",
	"flow-timeouts.",
	"vlan.use-for-tracking",
	"decoder.teredo.enabled",
	"decoder.erspan.typeI.enabled",
	"datasets.",
	"threshold-file",
	"geoip-database",
	"reputation-categories-file",
	"default-reputation-path",
	"reputation-files",
	"reputation-files.",
	"classification-file",
	"reference-config-file",
	"default-rule-path",
	"app-layer.protocols.",
	"memory",
	"spool.max-bytes",
	"observe.interval",
	"pcre.ready-at-start",
	"stats.interval",
	"spool.when-full",
};

static bool
is_variable(const char *name)
{
	if (strncmp(name, "vars.", 5) == 0)
		return true;
	for (; *name; name++)
		if (*name >= 'a' && *name <= 'z')
			return false;
	return true;
}

static bool
is_known(const char *name)
{
	if (is_variable(name))
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i]);

		if (strcmp(known[i], name) == 0)
			return true;
		if (known[i][len - 1] == '.' && strncmp(known[i], name, len) == 0)
			return true;
	}
	return false;
}

static int
set_one(struct vars *vars, const char *pair)
{
	const char *equals = strchr(pair, '=');
	char        name[128];

	if (!equals || equals == pair) {
		fprintf(stderr, "tocsin-sensor: --set wants NAME=VALUE, not '%s'\n", pair);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(equals - pair), pair);
	if (!is_known(name)) {
		fprintf(stderr, "tocsin-sensor: setting '%s' is not ours, ignored\n", name);
		return 0;
	}
	return vars_set_pair(vars, pair);
}

int
setup_vars(struct vars **out, const struct options *o)
{
	struct vars *vars = vars_new();
	int          err = vars ? 0 : -ENOMEM;

	*out = NULL;
	for (size_t i = 0; i < o->sets.n && err == 0; i++)
		err = set_one(vars, o->sets.list[i]);
	if (err < 0) {
		vars_free(vars);
		return err;
	}
	*out = vars;
	return 0;
}

/* ---- worker ---- */

/* "4789" or "[4789,8472]": the single ports of a port variable. */
static void
read_ports(uint16_t out[DECODE_PORTS_MAX], const struct vars *vars, const char *name)
{
	const char *text = vars_get(vars, name);
	unsigned    n = 0;

	if (!text)
		return;
	memset(out, 0, DECODE_PORTS_MAX * sizeof(*out));
	while (*text && n < DECODE_PORTS_MAX) {
		char         *end;
		unsigned long port = strtoul(text, &end, 10);

		if (end != text && port > 0 && port <= UINT16_MAX)
			out[n++] = (uint16_t)port;
		text = end != text ? end : text + 1;
	}
}

static void
read_timeouts(struct flow_timeouts *t, const struct vars *vars, const char *proto)
{
	const struct {
		const char *name;
		uint32_t   *field;
	} rows[] = { { "new", &t->fresh_s }, { "established", &t->established_s },
		{ "closed", &t->closed_s } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "flow-timeouts.%s.%s", proto, rows[i].name);
		*rows[i].field = (uint32_t)vars_u64(vars, name, *rows[i].field);
	}
}

static enum overlap
read_policy(const struct vars *vars, const char *name, enum overlap fallback)
{
	const char  *text = vars_get(vars, name);
	enum overlap policy;

	return text && overlap_by_name(&policy, text) ? policy : fallback;
}

static void
setup_decode(struct decode_settings *d, const struct vars *vars)
{
	*d = decode_defaults;
	read_ports(d->vxlan_ports, vars, "VXLAN_PORTS");
	read_ports(d->geneve_ports, vars, "GENEVE_PORTS");
	read_ports(d->teredo_ports, vars, "TEREDO_PORTS");
	d->teredo = vars_bool(vars, "decoder.teredo.enabled", d->teredo);
	d->erspan1 = vars_bool(vars, "decoder.erspan.typeI.enabled", d->erspan1);
}

static void
setup_flow(struct flow_settings *f, const struct vars *vars)
{
	uint64_t max = vars_u64(vars, "flow.max", flow_defaults.max_flows);

	*f = flow_defaults;
	f->max_flows = max < 16 ? 16 : max > 1u << 24 ? 1u << 24 : (uint32_t)max;
	f->use_vlan = vars_bool(vars, "vlan.use-for-tracking", f->use_vlan);
	read_timeouts(&f->tcp, vars, "tcp");
	read_timeouts(&f->udp, vars, "udp");
	read_timeouts(&f->icmp, vars, "icmp");
	read_timeouts(&f->other, vars, "default");
}

static void
setup_stream(struct stream_settings *s, const struct vars *vars)
{
	const char *urgent = vars_get(vars, "stream.reassembly.urgent.policy");

	*s = stream_defaults;
	s->tcp.midstream = vars_bool(vars, "stream.midstream", false);
	s->tcp.async_oneside = vars_bool(vars, "stream.async-oneside", false);
	s->tcp.inline_mode = vars_bool(vars, "stream.inline", false);
	s->policy = read_policy(vars, "host-os-policy", s->policy);
	s->depth = vars_u64(vars, "stream.reassembly.depth", s->depth);
	s->chunk[0] = (uint32_t)vars_u64(vars, "stream.reassembly.toserver-chunk-size", s->chunk[0]);
	s->chunk[1] = (uint32_t)vars_u64(vars, "stream.reassembly.toclient-chunk-size", s->chunk[1]);
	s->urgent_inline = urgent && strcmp(urgent, "inline") == 0;
}

/* "100/60": so many in so many seconds. */
static void
setup_rate(struct report_settings *r, const char *text)
{
	unsigned n, seconds;

	if (text && sscanf(text, "%u/%u", &n, &seconds) == 2) {
		r->rate_limit = n;
		r->rate_window_s = seconds;
	}
}

static void
setup_context(struct context_settings *c, const struct vars *vars, const struct options *o)
{
	char word[32]; /* they were checked */

	(void)context_types_parse(&c->eve, o->eve ? o->eve_types : NULL, word);
	(void)context_types_parse(&c->send, o->collectors.n ? o->send_types : NULL, word);
	c->observe.on = o->observe && o->collectors.n;
	c->observe.every_s = (uint32_t)vars_u64(vars, "observe.interval", 0);
}

void
setup_worker(struct worker_settings *out, struct proto_settings *proto, const struct vars *vars,
		const struct options *o, bool live)
{
	bool automatic = !o->checksum || strcmp(o->checksum, "auto") == 0;
	bool checksums = automatic ? live : strcmp(o->checksum, "yes") == 0;

	memset(out, 0, sizeof(*out));
	proto_settings_read(proto, vars);
	out->proto = proto;
	out->memory = (size_t)vars_u64(vars, "memory", MEMORY_DEFAULT_MIB * MIB);
	setup_decode(&out->decode, vars);
	out->decode.checksums = checksums;
	out->decode.unfinished_ok = automatic; /* the sensor's own host may be among those that speak */
	out->defrag = defrag_defaults;
	out->defrag.policy = read_policy(vars, "defrag.policy", OVERLAP_BSD);
	out->defrag.timeout_s = (uint32_t)vars_u64(vars, "defrag.timeout", out->defrag.timeout_s);
	setup_flow(&out->flow, vars);
	setup_stream(&out->stream, vars);
	out->stream.check_checksum = checksums && vars_bool(vars, "stream.checksum-validation", true);
	setup_rate(&out->report, o->rate_limit);
	setup_context(&out->context, vars, o);
	out->report.flush = live;
	out->report.packets = true;
}

/* ---- rules ---- */

static void
name_errors(const struct ruleset *rs)
{
	for (size_t i = 0; i < ruleset_n_errors(rs); i++) {
		const struct rule_error *e = ruleset_error(rs, i);

		fprintf(stderr, "%s:%u:%u: %s%s%s%s", e->file, e->line, e->column,
				e->warning ? "warning: " : "", e->keyword, *e->keyword ? ": " : "", e->reason);
		if (e->sid)
			fprintf(stderr, " (sid %llu)", (unsigned long long)e->sid);
		fputc('\n', stderr);
	}
}

int
setup_rules(struct ruleset **out, const struct vars *vars, const struct options *o,
		const struct ruleset *before, uint64_t *load_ms)
{
	struct ruleset_options options = {
		.classification = o->classification ? o->classification
						    : vars_get(vars, "classification-file"),
		.reference = o->reference ? o->reference : vars_get(vars, "reference-config-file"),
		.threshold = o->threshold ? o->threshold : vars_get(vars, "threshold-file"),
		.cache = o->cache,
		.before = before,
	};
	uint64_t        begin_ns = clock_mono_ns();
	struct ruleset *rs = NULL;
	int             unreadable = 0, err = ruleset_new(&rs, vars, &options);

	*out = NULL;
	if (err < 0)
		return err;
	for (size_t i = 0; i < o->rules.n; i++)
		if (ruleset_add(rs, o->rules.list[i]) < 0)
			unreadable = -ENOENT;
	err = ruleset_compile(rs);
	name_errors(rs);
	if (err == 0 && vars_bool(vars, "pcre.ready-at-start", false))
		ruleset_make_ready(rs);
	*load_ms = (clock_mono_ns() - begin_ns) / 1000000;
	if (err < 0 || unreadable < 0) {
		ruleset_free(rs);
		return err < 0 ? err : unreadable;
	}
	*out = rs;
	return 0;
}
