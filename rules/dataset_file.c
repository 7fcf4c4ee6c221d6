/* SPDX-License-Identifier: Apache-2.0 */
/* The files of datasets: one value a line, JSON, NDJSON; and back. */
#include "rules/dataset_impl.h"

#include "lib/addr.h"
#include "rules/base64.h"
#include "rules/number.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX 65536

static bool
from_hex(struct bytes text, uint8_t *out, size_t len)
{
	if (text.left != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint64_t v;
		char     digits[4] = { '0', 'x', (char)text.at[2 * i], (char)text.at[2 * i + 1] };

		if (number_parse(&v, digits, sizeof(digits), 255) < 0)
			return false;
		out[i] = (uint8_t)v;
	}
	return true;
}

static bool
from_address(const struct dataset *d, struct bytes text, uint8_t *out, size_t *len)
{
	struct addr a;

	if (addr_parse(&a, (const char *)text.at, text.left) < 0 || (d->type == DATASET_IPV4 && a.family != 4))
		return false;
	*len = a.family == 4 ? 4 : 16;
	memcpy(out, a.b, *len);
	return true;
}

/* A value as the file writes it; `plain`: strings stand as they are (JSON). */
static bool
add_text(struct dataset *d, struct bytes text, bool plain, uint16_t reputation, uint8_t *buf)
{
	size_t len;

	switch (d->type) {
	case DATASET_MD5:
	case DATASET_SHA256:
		len = d->type == DATASET_MD5 ? 16 : 32;
		if (!from_hex(text, buf, len))
			return false;
		break;
	case DATASET_IPV4:
	case DATASET_IP:
		if (!from_address(d, text, buf, &len))
			return false;
		break;
	default:
		if (text.left == 0 || text.left > VALUE_MAX)
			return false;
		if (plain) {
			dataset_add(d, text, reputation);
			return true;
		}
		len = base64_decode(BASE64_STRICT, text, buf, VALUE_MAX);
		if (len == 0)
			return false;
	}
	dataset_add(d, bytes_of(buf, len), reputation);
	return true;
}

static bool
add_line(struct dataset *d, struct bytes line, uint8_t *buf)
{
	struct bytes rest = line, value = bytes_cut(&rest, bytes_find(&line, ','));
	uint64_t     reputation = 0;

	if (rest.left && number_parse(&reputation, (const char *)rest.at + 1, rest.left - 1, UINT16_MAX) < 0)
		return false;
	return add_text(d, value, false, (uint16_t)reputation, buf);
}

/* "a.b.c" inside an object; NULL: not there. */
static json_t *
inside(json_t *top, const char *path)
{
	char  copy[256], *rest = copy, *key;

	if (strlen(path) >= sizeof(copy))
		return NULL;
	strcpy(copy, path);
	while (top && *path && (key = strsep(&rest, ".")))
		top = json_object_get(top, key);
	return top;
}

/* Objects without the key are not values; a key that is no value is a mistake. */
static bool
add_object(struct dataset *d, json_t *o, const struct dataset_spec *spec, uint8_t *buf)
{
	json_t *v = inside(o, spec->value_key);

	if (!v)
		return json_is_object(o);
	return json_is_string(v) &&
			add_text(d, bytes_of(json_string_value(v), json_string_length(v)), true, 0, buf);
}

static int
load_json(struct dataset *d, const struct dataset_spec *spec, FILE *f, uint8_t *buf, char *why, size_t len)
{
	json_error_t error;
	json_t      *top = json_loadf(f, 0, &error), *list, *o;
	size_t       i;
	int          err = 0;

	if (!top) {
		snprintf(why, len, "%s:%d: %s", spec->load, error.line, error.text);
		return -EINVAL;
	}
	list = inside(top, spec->array_key);
	if (!json_is_array(list)) {
		snprintf(why, len, "%s: no array%s%s", spec->load, *spec->array_key ? " at " : "", spec->array_key);
		err = -EINVAL;
	}
	json_array_foreach(list, i, o) {
		if (err == 0 && !add_object(d, o, spec, buf)) {
			snprintf(why, len, "%s: item %zu is no value of the set", spec->load, i + 1);
			err = -EINVAL;
		}
	}
	json_decref(top);
	return err;
}

static bool
add_ndjson(struct dataset *d, struct bytes line, const struct dataset_spec *spec, uint8_t *buf)
{
	json_t *o = json_loadb((const char *)line.at, line.left, 0, NULL);
	bool    ok = o && add_object(d, o, spec, buf);

	json_decref(o);
	return ok;
}

static int
load_lines(struct dataset *d, const struct dataset_spec *spec, FILE *f, uint8_t *buf, char *why, size_t len)
{
	char    *line = NULL;
	size_t   cap = 0;
	unsigned n = 0;
	ssize_t  got;
	int      err = 0;

	while (err == 0 && (got = getline(&line, &cap, f)) >= 0) {
		struct bytes text;

		n++;
		while (got > 0 && strchr("\r\n \t", line[got - 1]))
			got--;
		text = bytes_of(line, (size_t)got);
		if (got == 0 || line[0] == '#')
			continue;
		if (!(spec->format == DATASET_NDJSON ? add_ndjson(d, text, spec, buf) : add_line(d, text, buf))) {
			snprintf(why, len, "%s:%u: no value of the set", spec->load, n);
			err = -EINVAL;
		}
	}
	free(line);
	return err;
}

int
dataset_load(struct dataset *d, const struct dataset_spec *spec, char *why, size_t len)
{
	FILE    *f = fopen(spec->load, "re");
	uint8_t *buf = malloc(VALUE_MAX);
	int      err;

	if (!f && errno == ENOENT && spec->load_may_miss) {
		err = 0;
	} else if (!f || !buf) {
		snprintf(why, len, "%s: %s", spec->load, strerror(errno));
		err = -EINVAL;
	} else {
		err = spec->format == DATASET_JSON ? load_json(d, spec, f, buf, why, len)
						   : load_lines(d, spec, f, buf, why, len);
	}
	free(buf);
	if (f)
		fclose(f);
	return err;
}

static void
write_value(FILE *f, const struct dataset *d, const struct dataset_entry *e)
{
	char        text[ADDR_TEXT_MAX];
	struct addr a;

	if (d->type == DATASET_STRING) {
		unsigned char *b64 = malloc(4 * ((size_t)e->len + 2) / 3 + 4);

		if (b64) {
			EVP_EncodeBlock(b64, e->data, (int)e->len);
			fputs((const char *)b64, f);
		}
		free(b64);
	} else if (d->type == DATASET_IP || d->type == DATASET_IPV4) {
		bool mapped = e->len == 16 && memcmp(e->data, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;

		a = e->len == 4 ? addr_v4(e->data) : mapped ? addr_v4(e->data + 12) : addr_v6(e->data);
		fputs(addr_format(&a, text), f);
	} else {
		for (uint32_t i = 0; i < e->len; i++)
			fprintf(f, "%02x", e->data[i]);
	}
	if (e->reputation)
		fprintf(f, ",%u", e->reputation);
	fputc('\n', f);
}

int
dataset_save(const struct dataset *d)
{
	char  *aside = NULL;
	FILE  *f;
	int    err = 0;

	if (asprintf(&aside, "%s.new", d->save) < 0)
		return -ENOMEM;
	f = fopen(aside, "we");
	if (!f) {
		err = -errno;
		free(aside);
		return err;
	}
	for (size_t i = 0; i < d->cap; i++)
		if (d->table[i].data)
			write_value(f, d, &d->table[i]);
	if (fflush(f) != 0 || fsync(fileno(f)) < 0)
		err = -errno;
	if (fclose(f) != 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(aside, d->save) < 0)
		err = -errno;
	if (err < 0)
		unlink(aside);
	free(aside);
	return err;
}
