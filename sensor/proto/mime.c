/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/mime.h"

#include "lib/json.h"
#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/proto/line.h"
#include "sensor/proto/mime_decode.h"
#include "sensor/proto/mime_param.h"

#define HEADER_MAX 8192u      /* bytes of one header field that are looked at */
#define HEADER_NAME_MAX 75u
#define HEADER_VALUE_MAX 2000u
#define LINE_LEN_MAX 998u     /* RFC 5322, 2.1.1 */
#define ENC_LINE_LEN_MAX 76u  /* RFC 2045, 6.7 and 6.8 */
#define BOUNDARY_MAX 254u
#define NAME_MAX_LEN 255u
#define NESTING_MAX 16u       /* multiparts inside each other */
#define MESSAGES_MAX 32u      /* message/rfc822 parts, in all */
#define TEXTS_MAX 64u         /* URLs, and Received fields, each */
#define TEXT_LINE_MAX 4096u   /* of a text line that is searched for URLs */
#define DECODE_CHUNK 2048u

enum field { FROM, TO, CC, SUBJECT, DATE, MESSAGE_ID, X_MAILER, N_FIELDS };

static const struct field_row {
	const char *name; /* in the message */
	const char *eve;
	enum buffer buffer;
} fields[N_FIELDS] = {
	[FROM] = { "From", "from", BUF_EMAIL_FROM },
	[TO] = { "To", "to", BUF_EMAIL_TO },
	[CC] = { "Cc", "cc", BUF_EMAIL_CC },
	[SUBJECT] = { "Subject", "subject", BUF_EMAIL_SUBJECT },
	[DATE] = { "Date", "date", BUF_EMAIL_DATE },
	[MESSAGE_ID] = { "Message-ID", "message_id", BUF_EMAIL_MESSAGE_ID },
	[X_MAILER] = { "X-Mailer", "x_mailer", BUF_EMAIL_X_MAILER },
};

/* A list of texts of the same kind. */
struct text {
	struct text *next;
	uint32_t     len;
	uint8_t      data[];
};

struct texts {
	struct text *first, **end;
	unsigned     n;
};

enum part_kind { PART_TEXT, PART_OTHER, PART_MULTIPART, PART_MESSAGE, PART_IGNORED };

struct boundary {
	uint8_t len;
	char    text[BOUNDARY_MAX];
};

struct mime {
	struct tx          *tx;
	uint8_t             dir;
	bool                in_headers;
	bool                mid_line;   /* the last piece did not end its line */
	bool                top;        /* the message's own header, not a part's */
	bool                ended;
	unsigned            wrong;
	size_t              line_len;
	struct pbuf         header;     /* the field that is being put together */
	struct pbuf         field[N_FIELDS];
	struct texts        received, urls;
	/* the part that is open */
	uint8_t             kind;       /* enum part_kind */
	bool                has_name;
	struct mime_decoder decoder;
	uint8_t             eol[2];     /* held back: before a boundary it belongs to that */
	uint8_t             n_eol;
	struct file        *file;
	struct pbuf         name;
	struct pbuf         text;       /* the line that is searched for URLs */
	struct boundary     pending;    /* of the multipart whose header is being read */
	unsigned            n_messages;
	unsigned            n_boundaries;
	struct boundary     boundaries[NESTING_MAX];
};

struct mime *
mime_new(struct proto_env *env, struct tx *tx, int dir)
{
	struct mime *m = pool_zero(env->pool, sizeof(*m));

	if (!m)
		return NULL;
	m->tx = tx;
	m->dir = (uint8_t)dir;
	m->in_headers = true;
	m->top = true;
	m->received.end = &m->received.first;
	m->urls.end = &m->urls.first;
	return m;
}

static void
texts_release(struct texts *list, struct pool *pool)
{
	while (list->first) {
		struct text *t = list->first;

		list->first = t->next;
		pool_put(pool, t, sizeof(*t) + t->len);
	}
}

static void
texts_add(struct texts *list, struct pool *pool, struct bytes data)
{
	struct text *t;

	if (list->n >= TEXTS_MAX)
		return;
	t = pool_get(pool, sizeof(*t) + data.left);
	if (!t)
		return;
	t->next = NULL;
	t->len = (uint32_t)data.left;
	if (data.left > 0)
		memcpy(t->data, data.at, data.left);
	*list->end = t;
	list->end = &t->next;
	list->n++;
}

void
mime_free(struct mime *m, struct proto_env *env)
{
	if (!m)
		return;
	for (unsigned i = 0; i < N_FIELDS; i++)
		pbuf_release(env->pool, &m->field[i]);
	pbuf_release(env->pool, &m->header);
	pbuf_release(env->pool, &m->name);
	pbuf_release(env->pool, &m->text);
	texts_release(&m->received, env->pool);
	texts_release(&m->urls, env->pool);
	pool_put(env->pool, m, sizeof(*m));
}

/* ---- text: URLs ---- */

static bool
ends_url(uint8_t c)
{
	return c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f;
}

static bool
scheme_before(const uint8_t *start, const uint8_t *colon, const char *scheme)
{
	size_t len = strlen(scheme);

	return (size_t)(colon - start) >= len &&
			strncasecmp((const char *)colon - len, scheme, len) == 0;
}

static void
find_urls(struct mime *m, struct pool *pool)
{
	const uint8_t *start = m->text.data;
	struct bytes   in = bytes_of(start, m->text.len);
	const uint8_t *hit;

	while (in.left > 3 && (hit = memmem(in.at, in.left, "://", 3))) {
		size_t len = 0;

		bytes_skip(&in, (size_t)(hit - in.at) + 3);
		while (len < in.left && !ends_url(in.at[len]))
			len++;
		if (scheme_before(start, hit, "http") || scheme_before(start, hit, "https"))
			texts_add(&m->urls, pool, bytes_of(in.at, len));
		bytes_skip(&in, len);
	}
	m->text.len = 0;
}

static void
take_text(struct mime *m, struct proto_env *env, struct bytes text)
{
	while (text.left > 0) {
		size_t       end = bytes_find(&text, '\n');
		bool         whole = end < text.left;
		struct bytes line = bytes_cut(&text, whole ? end + 1 : end);
		size_t       room = TEXT_LINE_MAX - m->text.len;

		(void)pbuf_add(env->pool, &m->text, line.at, line.left < room ? line.left : room);
		if (whole || m->text.len == TEXT_LINE_MAX)
			find_urls(m, env->pool);
	}
}

/* ---- the body of a part ---- */

static void
take_decoded(struct mime *m, struct proto_env *env, struct bytes data)
{
	file_append(env, m->file, data);
	if (m->kind == PART_TEXT)
		take_text(m, env, data);
}

static void
take_encoded(struct mime *m, struct proto_env *env, struct bytes in)
{
	uint8_t out[DECODE_CHUNK + 3];

	while (in.left > 0) {
		struct bytes part = bytes_cut(&in, in.left < DECODE_CHUNK ? in.left : DECODE_CHUNK);

		take_decoded(m, env, bytes_of(out, mime_decode(&m->decoder, out, part)));
	}
}

/* Plain lines: the end of the last one before a boundary is not the part's (RFC 2046, 5.1.1). */
static void
take_plain(struct mime *m, struct proto_env *env, struct bytes piece)
{
	size_t n = 0;

	take_decoded(m, env, bytes_of(m->eol, m->n_eol));
	if (piece.left > 0 && piece.at[piece.left - 1] == '\n')
		n = piece.left > 1 && piece.at[piece.left - 2] == '\r' ? 2 : 1;
	m->n_eol = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		m->eol[i] = piece.at[piece.left - n + i];
	take_decoded(m, env, bytes_of(piece.at, piece.left - n));
}

static void
take_body(struct mime *m, struct proto_env *env, struct bytes piece)
{
	if (m->kind == PART_MULTIPART || m->kind == PART_IGNORED)
		return;
	if (m->decoder.encoding == MIME_PLAIN)
		take_plain(m, env, piece);
	else
		take_encoded(m, env, piece);
}

static void
close_part(struct mime *m, struct proto_env *env, bool whole)
{
	uint8_t tail[3];

	if (m->in_headers)
		return;
	if (m->kind == PART_TEXT || m->kind == PART_OTHER) {
		if (m->n_boundaries == 0)
			take_decoded(m, env, bytes_of(m->eol, m->n_eol));
		take_decoded(m, env, bytes_of(tail, mime_decode_end(&m->decoder, tail)));
		find_urls(m, env->pool);
	}
	if (m->decoder.invalid)
		m->wrong |= m->decoder.encoding == MIME_QP ? MIME_INVALID_QP : MIME_INVALID_BASE64;
	file_close(env, m->file, whole ? FILE_CLOSED : FILE_TRUNCATED);
	m->file = NULL;
}

/* ---- header fields ---- */

static void
begin_headers(struct mime *m)
{
	m->in_headers = true;
	m->kind = PART_TEXT; /* RFC 2045, 5.2 */
	m->has_name = false;
	m->name.len = 0;
	m->n_eol = 0;
	m->pending.len = 0;
	m->decoder = (struct mime_decoder){ 0 };
}

/* The first name that is given counts, be it of the type or of the disposition. */
static void
take_name(struct mime *m, struct proto_env *env, struct bytes value, const char *param)
{
	char   name[NAME_MAX_LEN];
	size_t len;

	if (m->has_name)
		return;
	len = mime_param(name, sizeof(name), value, param);
	if (len > sizeof(name)) {
		m->wrong |= MIME_LONG_FILENAME;
		len = sizeof(name);
	}
	m->has_name = len > 0;
	(void)pbuf_add(env->pool, &m->name, name, len);
}

static bool
starts_nocase(struct bytes text, const char *with)
{
	size_t len = strlen(with);

	return text.left >= len && strncasecmp((const char *)text.at, with, len) == 0;
}

static void
take_content_type(struct mime *m, struct proto_env *env, struct bytes value)
{
	size_t len;

	if (starts_nocase(value, "multipart/")) {
		m->kind = PART_MULTIPART;
		len = mime_param(m->pending.text, BOUNDARY_MAX, value, "boundary");
		if (len > BOUNDARY_MAX) {
			m->wrong |= MIME_LONG_BOUNDARY;
			len = BOUNDARY_MAX;
		}
		m->pending.len = (uint8_t)len;
	} else if (starts_nocase(value, "message/rfc822")) {
		m->kind = PART_MESSAGE;
	} else {
		m->kind = starts_nocase(value, "text/plain") || starts_nocase(value, "text/html")
				? PART_TEXT : PART_OTHER;
		take_name(m, env, value, "name");
	}
}

static void
take_encoding(struct mime *m, struct bytes value)
{
	value = line_trim(value);
	if (bytes_is_nocase(value, "base64"))
		m->decoder.encoding = MIME_BASE64;
	else if (bytes_is_nocase(value, "quoted-printable"))
		m->decoder.encoding = MIME_QP;
}

static void
keep_field(struct mime *m, struct proto_env *env, struct bytes name, struct bytes value)
{
	if (bytes_is_nocase(name, "Received")) {
		texts_add(&m->received, env->pool, value);
		return;
	}
	for (unsigned i = 0; i < N_FIELDS; i++)
		if (m->field[i].len == 0 && bytes_is_nocase(name, fields[i].name)) {
			(void)pbuf_add(env->pool, &m->field[i], value.at, value.left);
			return;
		}
}

/* A field is whole: keep it or learn from it. */
static void
take_header(struct mime *m, struct proto_env *env)
{
	struct bytes value = bytes_of(m->header.data, m->header.len), name;
	size_t       len = bytes_find(&value, ':');

	m->header.len = 0;
	if (len == value.left)
		return;
	name = bytes_cut(&value, len);
	bytes_skip(&value, 1);
	while (value.left > 0 && (value.at[0] == ' ' || value.at[0] == '\t'))
		bytes_skip(&value, 1);
	name = line_trim(name);
	if (name.left > HEADER_NAME_MAX)
		m->wrong |= MIME_LONG_HEADER_NAME;
	if (value.left > HEADER_VALUE_MAX)
		m->wrong |= MIME_LONG_HEADER_VALUE;
	if (bytes_is_nocase(name, "Content-Type"))
		take_content_type(m, env, value);
	else if (bytes_is_nocase(name, "Content-Disposition"))
		take_name(m, env, value, "filename");
	else if (bytes_is_nocase(name, "Content-Transfer-Encoding"))
		take_encoding(m, value);
	if (value.left > HEADER_VALUE_MAX)
		value.left = HEADER_VALUE_MAX;
	if (m->top)
		keep_field(m, env, name, value);
}

static void
end_headers(struct mime *m, struct proto_env *env)
{
	take_header(m, env);
	m->top = false;
	if (m->kind == PART_MESSAGE && m->n_messages < MESSAGES_MAX) {
		m->n_messages++;
		begin_headers(m);
		return;
	}
	m->in_headers = false;
	if (m->kind == PART_MULTIPART && m->pending.len > 0 && m->n_boundaries < NESTING_MAX)
		m->boundaries[m->n_boundaries++] = m->pending;
	if (m->has_name && m->kind != PART_MULTIPART)
		m->file = file_open(env, m->tx, m->dir, bytes_of(m->name.data, m->name.len));
}

static struct bytes
without_eol(struct bytes piece)
{
	if (piece.left > 0 && piece.at[piece.left - 1] == '\n')
		piece.left--;
	if (piece.left > 0 && piece.at[piece.left - 1] == '\r')
		piece.left--;
	return piece;
}

/* Folded lines go on after their first blank. */
static void
take_header_piece(struct mime *m, struct proto_env *env, struct bytes piece)
{
	struct bytes text = without_eol(piece);
	size_t       room;

	if (!m->mid_line) {
		if (text.left == 0) {
			end_headers(m, env);
			return;
		}
		if (m->header.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
			bytes_skip(&text, 1);
		else
			take_header(m, env);
	}
	room = HEADER_MAX - m->header.len;
	(void)pbuf_add(env->pool, &m->header, text.at, text.left < room ? text.left : room);
}

/* ---- structure ---- */

/* Does this line end a part? Outer boundaries end inner parts, too. */
static bool
take_boundary(struct mime *m, struct proto_env *env, struct bytes line)
{
	bool last;

	line = without_eol(line);
	if (!bytes_starts(&line, "--", 2))
		return false;
	bytes_skip(&line, 2);
	for (unsigned i = m->n_boundaries; i-- > 0;) {
		const struct boundary *b = &m->boundaries[i];
		struct bytes           rest = line;

		if (!bytes_starts(&rest, b->text, b->len))
			continue;
		bytes_skip(&rest, b->len);
		last = bytes_starts(&rest, "--", 2);
		if (!last && line_trim(rest).left > 0)
			continue;
		if (m->in_headers)
			end_headers(m, env);
		close_part(m, env, true);
		m->n_boundaries = last ? i : i + 1;
		begin_headers(m);
		m->in_headers = !last;
		if (last)
			m->kind = PART_IGNORED;
		return true;
	}
	return false;
}

static void
check_line(struct mime *m, struct bytes piece, bool ends)
{
	m->line_len += without_eol(piece).left;
	if (m->line_len > LINE_LEN_MAX)
		m->wrong |= MIME_LONG_LINE;
	if (!m->in_headers && m->decoder.encoding != MIME_PLAIN && m->line_len > ENC_LINE_LEN_MAX)
		m->wrong |= MIME_LONG_ENC_LINE;
	if (ends)
		m->line_len = 0;
}

void
mime_take(struct mime *m, struct proto_env *env, struct bytes piece)
{
	bool ends;

	if (!m || m->ended || piece.left == 0)
		return;
	ends = piece.at[piece.left - 1] == '\n';
	if (m->mid_line || !take_boundary(m, env, piece)) {
		check_line(m, piece, ends);
		if (m->in_headers)
			take_header_piece(m, env, piece);
		else
			take_body(m, env, piece);
	}
	m->mid_line = !ends;
}

void
mime_end(struct mime *m, struct proto_env *env, bool whole)
{
	if (!m || m->ended)
		return;
	if (m->in_headers)
		end_headers(m, env);
	close_part(m, env, whole);
	m->ended = true;
}

unsigned
mime_wrong(const struct mime *m)
{
	return m ? m->wrong : 0;
}

/* ---- what rules and EVE read ---- */

static bool
text_view(const struct texts *list, unsigned index, struct view *out)
{
	const struct text *t = list->first;

	while (t && index-- > 0)
		t = t->next;
	if (!t)
		return false;
	*out = (struct view){ .data = bytes_of(t->data, t->len), .ended = true };
	return true;
}

bool
mime_buffer(const struct mime *m, enum buffer b, unsigned index, struct view *out)
{
	if (!m)
		return false;
	if (b == BUF_EMAIL_RECEIVED)
		return text_view(&m->received, index, out);
	if (b == BUF_EMAIL_URL)
		return text_view(&m->urls, index, out);
	for (unsigned i = 0; i < N_FIELDS && index == 0; i++)
		if (fields[i].buffer == b) {
			*out = (struct view){ .data = bytes_of(m->field[i].data, m->field[i].len),
				.ended = true };
			return m->field[i].len > 0;
		}
	return false;
}

/* Addresses as an array, parted at commas outside of quotes. */
static void
eve_addresses(struct json *j, const char *key, struct bytes list)
{
	json_arr(j, key);
	while (list.left > 0) {
		size_t len = 0;
		bool   quoted = false;

		while (len < list.left && (quoted || list.at[len] != ',')) {
			if (list.at[len] == '"')
				quoted = !quoted;
			len++;
		}
		json_bytes(j, NULL, line_trim(bytes_cut(&list, len)));
		if (list.left > 0)
			bytes_skip(&list, 1);
	}
	json_arr_end(j);
}

static void
eve_texts(struct json *j, const char *key, const struct texts *list)
{
	if (!list->first)
		return;
	json_arr(j, key);
	for (const struct text *t = list->first; t; t = t->next)
		json_bytes(j, NULL, bytes_of(t->data, t->len));
	json_arr_end(j);
}

static void
eve_attachments(const struct tx *tx, struct json *j)
{
	const struct file *f;

	if (TAILQ_EMPTY(&tx->files))
		return;
	json_arr(j, "attachment");
	TAILQ_FOREACH (f, &tx->files, link)
		json_bytes(j, NULL, bytes_of(f->name.data, f->name.len));
	json_arr_end(j);
}

void
mime_eve(const struct mime *m, const struct tx *tx, struct json *j)
{
	if (!m)
		return;
	json_obj(j, "email");
	for (unsigned i = 0; i < N_FIELDS; i++) {
		struct bytes value = bytes_of(m->field[i].data, m->field[i].len);

		if (value.left > 0 && (i == TO || i == CC))
			eve_addresses(j, fields[i].eve, value);
		else if (value.left > 0)
			json_bytes(j, fields[i].eve, value);
	}
	json_str(j, "status", m->ended ? "PARSE_DONE" : m->in_headers ? "HEADER_STARTED" : "BODY_STARTED");
	eve_texts(j, "received", &m->received);
	eve_attachments(tx, j);
	eve_texts(j, "url", &m->urls);
	json_obj_end(j);
}
