/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/smtp_tx.h"

#include "lib/json.h"
#include "rules/app/smtp.h"
#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/proto/mime.h"
#include "sensor/tx.h"

#define RCPTS_MAX 256u

struct smtp_rcpt {
	struct smtp_rcpt *next;
	uint32_t          len;
	uint8_t           text[];
};

struct smtp_tx *
smtp_tx_new(struct proto_env *env)
{
	struct smtp_tx *tx = tx_begin(env, sizeof(*tx), SMTP_COMPLETE);

	if (tx)
		tx->rcpts_end = &tx->rcpts;
	return tx;
}

void
smtp_tx_free(struct smtp_tx *tx, struct proto_env *env)
{
	while (tx->rcpts) {
		struct smtp_rcpt *r = tx->rcpts;

		tx->rcpts = r->next;
		pool_put(env->pool, r, sizeof(*r) + r->len);
	}
	pbuf_release(env->pool, &tx->helo);
	pbuf_release(env->pool, &tx->mail_from);
	mime_free(tx->mime, env);
	tx_end(env, &tx->tx, sizeof(*tx));
}

void
smtp_tx_add_rcpt(struct smtp_tx *tx, struct proto_env *env, struct bytes to)
{
	struct smtp_rcpt *r;

	if (tx->n_rcpts >= RCPTS_MAX || to.left == 0)
		return;
	r = pool_get(env->pool, sizeof(*r) + to.left);
	if (!r)
		return;
	r->next = NULL;
	r->len = (uint32_t)to.left;
	memcpy(r->text, to.at, to.left);
	*tx->rcpts_end = r;
	tx->rcpts_end = &r->next;
	tx->n_rcpts++;
}

static bool
rcpt_view(const struct smtp_tx *tx, unsigned index, struct view *out)
{
	const struct smtp_rcpt *r = tx->rcpts;

	while (r && index-- > 0)
		r = r->next;
	if (!r)
		return false;
	*out = (struct view){ .data = bytes_of(r->text, r->len), .ended = true };
	return true;
}

bool
smtp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct smtp_tx *own = (struct smtp_tx *)tx;

	switch (b) {
	case BUF_SMTP_HELO:
		return index == 0 && view_whole(out, &own->helo);
	case BUF_SMTP_MAIL_FROM:
		return index == 0 && view_whole(out, &own->mail_from);
	case BUF_SMTP_RCPT_TO:
		return rcpt_view(own, index, out);
	case BUF_FILE_DATA:
	case BUF_FILE_NAME:
	case BUF_FILE_MAGIC:
		return file_buffer(tx, b, dir, index, out);
	default:
		return mime_buffer(own->mime, b, index, out);
	}
}

void
smtp_eve(struct tx *tx, struct json *j)
{
	struct smtp_tx *own = (struct smtp_tx *)tx;

	json_obj(j, "smtp");
	if (own->helo.len > 0)
		json_bytes(j, "helo", bytes_of(own->helo.data, own->helo.len));
	if (own->mail_from.len > 0)
		json_bytes(j, "mail_from", bytes_of(own->mail_from.data, own->mail_from.len));
	if (own->rcpts) {
		json_arr(j, "rcpt_to");
		for (const struct smtp_rcpt *r = own->rcpts; r; r = r->next)
			json_bytes(j, NULL, bytes_of(r->text, r->len));
		json_arr_end(j);
	}
	json_obj_end(j);
	mime_eve(own->mime, tx, j);
}
