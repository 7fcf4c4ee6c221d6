/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/vars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct var {
	char *name;
	char *value;
};

struct vars {
	struct var *list; /* in order of name */
	size_t      n;
};

static const struct {
	const char *name;
	const char *value;
} defaults[] = {
	{ "HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]" },
	{ "EXTERNAL_NET", "!$HOME_NET" },
	{ "HTTP_SERVERS", "$HOME_NET" },
	{ "SMTP_SERVERS", "$HOME_NET" },
	{ "SQL_SERVERS", "$HOME_NET" },
	{ "DNS_SERVERS", "$HOME_NET" },
	{ "TELNET_SERVERS", "$HOME_NET" },
	{ "AIM_SERVERS", "$EXTERNAL_NET" },
	{ "DC_SERVERS", "$HOME_NET" },
	{ "DNP3_SERVER", "$HOME_NET" },
	{ "DNP3_CLIENT", "$HOME_NET" },
	{ "MODBUS_CLIENT", "$HOME_NET" },
	{ "MODBUS_SERVER", "$HOME_NET" },
	{ "ENIP_CLIENT", "$HOME_NET" },
	{ "ENIP_SERVER", "$HOME_NET" },
	{ "HTTP_PORTS", "80" },
	{ "SHELLCODE_PORTS", "!80" },
	{ "ORACLE_PORTS", "1521" },
	{ "SSH_PORTS", "22" },
	{ "DNP3_PORTS", "20000" },
	{ "MODBUS_PORTS", "502" },
	{ "FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]" },
	{ "FTP_PORTS", "21" },
	{ "GENEVE_PORTS", "6081" },
	{ "VXLAN_PORTS", "4789" },
	{ "TEREDO_PORTS", "3544" },
	{ "SIP_PORTS", "[5060,5061]" },
};

struct vars *
vars_new(void)
{
	struct vars *v = calloc(1, sizeof(*v));

	for (size_t i = 0; v && i < sizeof(defaults) / sizeof(*defaults); i++) {
		if (vars_set(v, defaults[i].name, defaults[i].value) < 0) {
			vars_free(v);
			return NULL;
		}
	}
	return v;
}

void
vars_free(struct vars *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++) {
		free(v->list[i].name);
		free(v->list[i].value);
	}
	free(v->list);
	free(v);
}

/* `vars.address-groups.HOME_NET` is HOME_NET. */
static const char *
short_name(const char *name)
{
	static const char *const prefixes[] = { "vars.address-groups.", "vars.port-groups." };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t len = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], len) == 0)
			return name + len;
	}
	return name;
}

/* Index of the name, or where it belongs when *found is false. */
static size_t
place(const struct vars *v, const char *name, bool *found)
{
	size_t low = 0, high = v->n;

	*found = false;
	while (low < high && !*found) {
		size_t mid = (low + high) / 2;
		int    order = strcmp(v->list[mid].name, name);

		if (order < 0)
			low = mid + 1;
		else if (order > 0)
			high = mid;
		else
			*found = true, low = mid;
	}
	return low;
}

int
vars_set(struct vars *v, const char *name, const char *value)
{
	struct var  var = { strdup(short_name(name)), strdup(value) };
	struct var *list = NULL;
	bool        found = false;
	size_t      i = 0;
	int         rc = -ENOMEM;

	if (!var.name || !var.value)
		goto fail;
	rc = -EINVAL;
	if (*var.name == '\0')
		goto fail;
	i = place(v, var.name, &found);
	if (found) {
		free(v->list[i].value);
		free(var.name);
		v->list[i].value = var.value;
		return 0;
	}
	rc = -ENOMEM;
	list = realloc(v->list, (v->n + 1) * sizeof(*list));
	if (!list)
		goto fail;
	v->list = list;
	memmove(list + i + 1, list + i, (v->n - i) * sizeof(*list));
	list[i] = var;
	v->n++;
	return 0;
fail:
	free(var.name);
	free(var.value);
	return rc;
}

int
vars_set_pair(struct vars *v, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char       *name;
	int         rc;

	if (!eq)
		return -EINVAL;
	name = strndup(pair, (size_t)(eq - pair));
	if (!name)
		return -ENOMEM;
	rc = vars_set(v, name, eq + 1);
	free(name);
	return rc;
}

const char *
vars_get(const struct vars *v, const char *name)
{
	bool   found;
	size_t i = place(v, name, &found);

	return found ? v->list[i].value : NULL;
}

bool
vars_bool(const struct vars *v, const char *name, bool fallback)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	const char              *value = vars_get(v, name);

	if (!value)
		return fallback;
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (strcasecmp(value, yes[i]) == 0)
			return true;
	return false;
}

uint64_t
vars_u64(const struct vars *v, const char *name, uint64_t fallback)
{
	static const struct {
		const char *unit;
		unsigned    shift;
	} units[] = { { "", 0 }, { "kb", 10 }, { "mb", 20 }, { "gb", 30 }, { "kib", 10 }, { "mib", 20 }, { "gib", 30 } };
	const char *value = vars_get(v, name);
	char       *end;
	uint64_t    n;

	if (!value)
		return fallback;
	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno || end == value || strchr(value, '-'))
		return fallback;
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcasecmp(end, units[i].unit) == 0 && n <= UINT64_MAX >> units[i].shift)
			return n << units[i].shift;
	return fallback;
}

const char *
vars_name(const struct vars *v, size_t i)
{
	return i < v->n ? v->list[i].name : NULL;
}
