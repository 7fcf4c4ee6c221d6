/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/classification.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/lex.h"
#include "rules/number.h"

/* The classes that public rule sets use, with the priorities they are written for. */
static const struct class_row builtin[] = {
	{ "not-suspicious", "Not Suspicious Traffic", 3 },
	{ "unknown", "Unknown Traffic", 3 },
	{ "bad-unknown", "Potentially Bad Traffic", 2 },
	{ "attempted-recon", "Attempted Information Leak", 2 },
	{ "successful-recon-limited", "Information Leak", 2 },
	{ "successful-recon-largescale", "Large Scale Information Leak", 2 },
	{ "attempted-dos", "Attempted Denial of Service", 2 },
	{ "successful-dos", "Denial of Service", 2 },
	{ "attempted-user", "Attempted User Privilege Gain", 1 },
	{ "unsuccessful-user", "Unsuccessful User Privilege Gain", 1 },
	{ "successful-user", "Successful User Privilege Gain", 1 },
	{ "attempted-admin", "Attempted Administrator Privilege Gain", 1 },
	{ "successful-admin", "Successful Administrator Privilege Gain", 1 },
	{ "rpc-portmap-decode", "Decode of an RPC Query", 2 },
	{ "shellcode-detect", "Executable code was detected", 1 },
	{ "string-detect", "A suspicious string was detected", 3 },
	{ "suspicious-filename-detect", "A suspicious filename was detected", 2 },
	{ "suspicious-login", "An attempted login using a suspicious username was detected", 2 },
	{ "system-call-detect", "A system call was detected", 2 },
	{ "tcp-connection", "A TCP connection was detected", 4 },
	{ "trojan-activity", "A Network Trojan was detected", 1 },
	{ "unusual-client-port-connection", "A client was using an unusual port", 2 },
	{ "network-scan", "Detection of a Network Scan", 3 },
	{ "denial-of-service", "Detection of a Denial of Service Attack", 2 },
	{ "non-standard-protocol", "Detection of a non-standard protocol or event", 2 },
	{ "protocol-command-decode", "Generic Protocol Command Decode", 3 },
	{ "web-application-activity", "access to a potentially vulnerable web application", 2 },
	{ "web-application-attack", "Web Application Attack", 1 },
	{ "misc-activity", "Misc activity", 3 },
	{ "misc-attack", "Misc Attack", 2 },
	{ "icmp-event", "Generic ICMP event", 3 },
	{ "inappropriate-content", "Inappropriate Content was Detected", 1 },
	{ "policy-violation", "Potential Corporate Privacy Violation", 1 },
	{ "default-login-attempt", "Attempt to login by a default username and password", 2 },
	{ "targeted-activity", "Targeted Malicious Activity was Detected", 1 },
	{ "exploit-kit", "Exploit Kit Activity Detected", 1 },
	{ "external-ip-check", "Device Retrieving External IP Address Detected", 2 },
	{ "domain-c2", "Domain Observed Used for C2 Detected", 1 },
	{ "pup-activity", "Possibly Unwanted Program Detected", 2 },
	{ "credential-theft", "Successful Credential Theft Detected", 1 },
	{ "social-engineering", "Possible Social Engineering Attempted", 2 },
	{ "coin-mining", "Crypto Currency Mining Activity Detected", 2 },
	{ "command-and-control", "Malware Command and Control Activity Detected", 1 },
};

#define N_BUILTIN (sizeof(builtin) / sizeof(*builtin))

struct classification {
	struct class_row *rows; /* NULL: the built-in table */
	size_t            n;
};

struct classification *
classification_new(void)
{
	return calloc(1, sizeof(struct classification));
}

static void
clear(struct classification *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free((char *)(uintptr_t)c->rows[i].name);
		free((char *)(uintptr_t)c->rows[i].text);
	}
	free(c->rows);
	c->rows = NULL;
	c->n = 0;
}

void
classification_free(struct classification *c)
{
	if (!c)
		return;
	clear(c);
	free(c);
}

static int
add_row(struct classification *c, struct lex_word name, struct lex_word text, uint64_t priority)
{
	struct class_row *rows = realloc(c->rows, (c->n + 1) * sizeof(*rows));
	struct class_row *row;

	if (!rows)
		return -ENOMEM;
	c->rows = rows;
	row = &rows[c->n];
	row->name = strndup(name.at, name.len);
	row->text = strndup(text.at, text.len);
	row->priority = (uint8_t)priority;
	c->n++;
	return row->name && row->text ? 0 : -ENOMEM;
}

/* "config classification: name,text,priority" */
static int
read_line(struct classification *c, char *line)
{
	static const char head[] = "config classification:";
	struct lex_word   w = lex_trim(line, strlen(line)), name, text, number;
	uint64_t          priority;

	if (w.len == 0 || *w.at == '#')
		return 0;
	if (w.len < sizeof(head) || memcmp(w.at, head, sizeof(head) - 1) != 0)
		return -EINVAL;
	w = lex_trim(w.at + sizeof(head) - 1, w.len - (sizeof(head) - 1));
	if (!lex_piece(&w, &name) || !lex_piece(&w, &text) || !lex_piece(&w, &number) || name.len == 0 ||
			number_parse(&priority, number.at, number.len, UINT8_MAX) < 0)
		return -EINVAL;
	return add_row(c, name, text, priority);
}

int
classification_load(struct classification *c, const char *path, uint32_t *line)
{
	FILE  *f = fopen(path, "re");
	char  *text = NULL;
	size_t cap = 0;
	int    rc = 0;

	*line = 0;
	if (!f)
		return -errno;
	clear(c);
	while (rc == 0 && getline(&text, &cap, f) >= 0) {
		++*line;
		rc = read_line(c, text);
	}
	free(text);
	fclose(f);
	return rc;
}

const struct class_row *
classification_get(const struct classification *c, const char *name)
{
	const struct class_row *rows = c->rows ? c->rows : builtin;
	size_t                  n = c->rows ? c->n : N_BUILTIN;

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}
