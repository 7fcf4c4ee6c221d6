/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/file.h"

#include "sensor/proto.h"

#include <errno.h>
#include <magic.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_LEN 4096 /* libmagic gets the first bytes, once there are as many or no more come */
#define MAGIC_TEXT_MAX 512

enum { MD5, SHA1, SHA256, DIGESTS };

struct file_worker {
	unsigned      want;
	magic_t       magic; /* NULL: not wanted */
	const EVP_MD *md[DIGESTS];
};

/* Running digests of one file. */
struct digests {
	EVP_MD_CTX *ctx[DIGESTS];
};

struct file_worker *
file_worker_new(unsigned want)
{
	struct file_worker *w = calloc(1, sizeof(*w));

	if (w && file_worker_want(w, want) < 0) {
		file_worker_free(w);
		return NULL;
	}
	return w;
}

int
file_worker_want(struct file_worker *w, unsigned want)
{
	w->want |= want & ~(unsigned)FILE_WANT_MAGIC;
	w->md[MD5] = w->want & FILE_WANT_MD5 ? EVP_md5() : NULL;
	w->md[SHA1] = w->want & FILE_WANT_SHA1 ? EVP_sha1() : NULL;
	w->md[SHA256] = w->want & FILE_WANT_SHA256 ? EVP_sha256() : NULL;
	if (!(want & FILE_WANT_MAGIC) || w->magic)
		return 0;
	w->magic = magic_open(MAGIC_NONE);
	if (w->magic && magic_load(w->magic, NULL) == 0)
		return 0;
	if (w->magic)
		magic_close(w->magic);
	w->magic = NULL;
	return -ENOENT;
}

void
file_worker_free(struct file_worker *w)
{
	if (!w)
		return;
	if (w->magic)
		magic_close(w->magic);
	free(w);
}

static void
digests_free(struct pool *pool, struct digests *d)
{
	if (!d)
		return;
	for (int i = 0; i < DIGESTS; i++)
		EVP_MD_CTX_free(d->ctx[i]);
	pool_put(pool, d, sizeof(*d));
}

/* NULL: none wanted, or no memory; a file without a digest is then simply not matched by one. */
static struct digests *
digests_new(struct proto_env *env)
{
	const struct file_worker *w = env->files;
	struct digests           *d;

	if (!w || !(w->want & (FILE_WANT_MD5 | FILE_WANT_SHA1 | FILE_WANT_SHA256)))
		return NULL;
	d = pool_zero(env->pool, sizeof(*d));
	for (int i = 0; d && i < DIGESTS; i++) {
		if (!w->md[i])
			continue;
		d->ctx[i] = EVP_MD_CTX_new();
		if (!d->ctx[i] || !EVP_DigestInit_ex(d->ctx[i], w->md[i], NULL)) {
			digests_free(env->pool, d);
			return NULL;
		}
	}
	return d;
}

static void
digests_finish(struct proto_env *env, struct file *f, bool whole)
{
	struct digests *d = f->hash;
	uint8_t        *to[DIGESTS] = { f->md5, f->sha1, f->sha256 };
	bool           *has[DIGESTS] = { &f->has_md5, &f->has_sha1, &f->has_sha256 };

	for (int i = 0; d && whole && i < DIGESTS; i++)
		if (d->ctx[i])
			*has[i] = EVP_DigestFinal_ex(d->ctx[i], to[i], NULL) == 1;
	digests_free(env->pool, d);
	f->hash = NULL;
}

static void
find_magic(struct proto_env *env, struct file *f, bool ended)
{
	const struct file_worker *w = env->files;
	const char               *text;
	size_t                    len;

	if (!w || !w->magic || f->magic || f->data_start > 0 || f->data.len == 0)
		return;
	if (!ended && f->data.len < MAGIC_LEN)
		return;
	text = magic_buffer(w->magic, f->data.data, f->data.len < MAGIC_LEN ? f->data.len : MAGIC_LEN);
	len = text ? strnlen(text, MAGIC_TEXT_MAX - 1) : 0;
	f->magic = len ? pool_get(env->pool, MAGIC_TEXT_MAX) : NULL;
	if (!f->magic)
		return;
	memcpy(f->magic, text, len);
	f->magic[len] = '\0';
}

struct file *
file_open(struct proto_env *env, struct tx *tx, int dir, struct bytes name)
{
	struct file *f = pool_zero(env->pool, sizeof(*f));

	if (!f)
		return NULL;
	f->id = env->next_file++;
	f->dir = (uint8_t)dir;
	f->hash = digests_new(env);
	file_set_name(env, f, name);
	TAILQ_INSERT_TAIL(&tx->files, f, link);
	return f;
}

void
file_set_name(struct proto_env *env, struct file *f, struct bytes name)
{
	if (!f)
		return;
	f->name.len = 0;
	(void)pbuf_add(env->pool, &f->name, name.at,
			name.left < FILE_NAME_MAX ? name.left : FILE_NAME_MAX);
}

/* Forget what the engine is done with, but for a stretch that a match may reach back over; and,
 * when nobody looks, all but the newest part. */
static void
trim(struct file *f)
{
	uint64_t seen = f->inspected > f->data_start ? f->inspected - f->data_start : 0;
	uint64_t cut = seen > FILE_KEEP_SEEN ? seen - FILE_KEEP_SEEN : 0;

	if (f->data.len - cut > FILE_KEEP_MAX + FILE_KEEP_SEEN)
		cut = f->data.len - (FILE_KEEP_MAX + FILE_KEEP_SEEN);
	if (cut < FILE_KEEP_SEEN) /* moving memory for a little is not worth it */
		return;
	pbuf_cut(&f->data, cut);
	f->data_start += cut;
}

void
file_append(struct proto_env *env, struct file *f, struct bytes data)
{
	struct digests *d;

	if (!f || f->state != FILE_OPEN || data.left == 0)
		return;
	d = f->hash;
	for (int i = 0; d && i < DIGESTS; i++)
		if (d->ctx[i])
			(void)EVP_DigestUpdate(d->ctx[i], data.at, data.left);
	f->size += data.left;
	if (f->no_data)
		return;
	if (pbuf_add(env->pool, &f->data, data.at, data.left) < 0) {
		f->no_data = true;
		return;
	}
	find_magic(env, f, false);
	trim(f);
}

void
file_gap(struct proto_env *env, struct file *f, uint64_t n)
{
	if (!f || f->state != FILE_OPEN || n == 0)
		return;
	digests_finish(env, f, false);
	f->gaps += n;
	f->size += n;
	f->data_start += f->data.len + n; /* a match must not reach over the hole */
	f->data.len = 0;
}

void
file_close(struct proto_env *env, struct file *f, enum file_state state)
{
	if (!f || f->state != FILE_OPEN)
		return;
	f->state = (uint8_t)state;
	digests_finish(env, f, state == FILE_CLOSED);
	find_magic(env, f, true);
}

void
file_list_release(struct proto_env *env, struct tx *tx)
{
	struct file *f;

	while ((f = TAILQ_FIRST(&tx->files))) {
		TAILQ_REMOVE(&tx->files, f, link);
		digests_free(env->pool, f->hash);
		pbuf_release(env->pool, &f->name);
		pbuf_release(env->pool, &f->data);
		pool_put(env->pool, f->magic, MAGIC_TEXT_MAX);
		pool_put(env->pool, f, sizeof(*f));
	}
}

struct file *
file_at(struct tx *tx, int dir, unsigned index)
{
	struct file *f;

	TAILQ_FOREACH(f, &tx->files, link)
		if (f->dir == dir && index-- == 0)
			return f;
	return NULL;
}

bool
file_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct file *f = file_at(tx, dir, index);

	if (!f)
		return false;
	*out = (struct view){ .ended = true };
	switch (b) {
	case BUF_FILE_NAME:
		out->data = bytes_of(f->name.data, f->name.len);
		return f->name.len > 0;
	case BUF_FILE_MAGIC:
		if (f->magic)
			out->data = bytes_str(f->magic);
		return f->magic;
	case BUF_FILE_DATA:
		out->data = bytes_of(f->data.data, f->data.len);
		out->start = f->data_start;
		out->ended = f->state != FILE_OPEN;
		return f->data.len > 0;
	default:
		return false;
	}
}
