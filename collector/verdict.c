/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/verdict.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { K_TEXT, K_TIME, K_STATE, K_INT };

static const struct field {
	const char *name, *otherwise; /* the value when no action gives one */
	enum kind   kind;
	size_t      at, size; /* in struct verdict */
} fields[VERDICT_COUNT] = {
#define AT(m) offsetof(struct verdict, m), sizeof(((struct verdict *)0)->m)
	[VERDICT_STATE] = {"state", "new", K_STATE, AT(state)},
	[VERDICT_SEVERITY] = {"severity", "-1", K_INT, AT(severity)},
	[VERDICT_ACKNOWLEDGED] = {"acknowledged", "", K_TIME, AT(acknowledged_ns)},
	[VERDICT_ESCALATED] = {"escalated", "", K_TIME, AT(escalated_ns)},
	[VERDICT_ESCALATED_TO] = {"escalated_to", "", K_TEXT, AT(escalated_to)},
	[VERDICT_DISPOSITION] = {"disposition", "", K_TEXT, AT(disposition)},
	[VERDICT_CLASSIFICATION] = {"classification", "", K_TEXT, AT(classification)},
	[VERDICT_ASSIGNEE] = {"assignee", "", K_TEXT, AT(assignee)},
#undef AT
};

void
verdict_get(
	const struct verdict *v, enum verdict_field id, char out[static VERDICT_TEXT_MAX])
{
	const struct field *f = &fields[id];
	const char         *at = (const char *)v + f->at;
	uint64_t            ns;

	switch (f->kind) {
	case K_TEXT:
		snprintf(out, VERDICT_TEXT_MAX, "%s", at);
		break;
	case K_STATE:
		snprintf(out, VERDICT_TEXT_MAX, "%s", state_name(v->state));
		break;
	case K_INT:
		snprintf(out, VERDICT_TEXT_MAX, "%d", v->severity);
		break;
	case K_TIME:
		memcpy(&ns, at, sizeof(ns));
		out[0] = '\0';
		if (ns)
			snprintf(out, VERDICT_TEXT_MAX, "%llu", (unsigned long long)ns);
		break;
	}
}

void
verdict_set(struct verdict *v, enum verdict_field id, const char *value)
{
	const struct field *f = &fields[id];
	char               *at = (char *)v + f->at;
	uint64_t            ns;

	switch (f->kind) {
	case K_TEXT:
		snprintf(at, f->size, "%s", value);
		break;
	case K_STATE:
		v->state = state_by_name(value);
		break;
	case K_INT:
		v->severity = atoi(value);
		break;
	case K_TIME:
		ns = strtoull(value, NULL, 10);
		memcpy(at, &ns, sizeof(ns));
		break;
	}
}

const char *
verdict_name(enum verdict_field f)
{
	return fields[f].name;
}

const char *
verdict_default(enum verdict_field f)
{
	return fields[f].otherwise;
}

enum verdict_field
verdict_field(const char *name)
{
	int id = 0;

	while (id < VERDICT_COUNT && strcmp(fields[id].name, name) != 0)
		id++;
	return id;
}

/* ---- the closed lists ---- */

/* clang-format off */
static const char *const dispositions[] = {
	"unknown", "true_positive", "false_positive", "benign", "suspicious", "test",
	"duplicate", "disregard", "insufficient_data", "managed_externally", NULL
};

/* Classes of the Reference Security Incident Taxonomy, and the types used most. */
static const char *const classes[] = {
	"abusive-content", "malicious-code", "information-gathering",
	"intrusion-attempts", "intrusions", "availability",
	"information-content-security", "fraud", "vulnerable", "other", "test",
	"spam", "infected-system", "c2-server", "malware-distribution", "scanner",
	"sniffing", "social-engineering", "brute-force", "exploit", "ids-alert",
	"system-compromise", "privileged-account-compromise",
	"unprivileged-account-compromise", "application-compromise", "ddos", "dos",
	"outage", "unauthorised-information-access", "data-leak", "phishing",
	"masquerade", "unauthorised-use-of-resources", "vulnerable-system",
	"weak-crypto", NULL
};
/* clang-format on */

static bool
same_letter(char a, char b)
{
	return a == b || ((a == '-' || a == '_') && (b == '-' || b == '_'));
}

static const char *
word_in(const char *const *list, const char *word)
{
	for (; *list; list++) {
		size_t i = 0;

		while (word[i] && same_letter((*list)[i], word[i]))
			i++;
		if (!word[i] && !(*list)[i])
			return *list;
	}
	return NULL;
}

const char *
disposition_word(const char *word)
{
	return word_in(dispositions, word);
}

const char *
class_word(const char *word)
{
	return word_in(classes, word);
}
