/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/file.h - files that transactions carry: content kept for rules, digests, libmagic's word.
 *
 * All protocols open, append to and close files here. What is kept of the
 * content is a window around what the engine has not seen yet; digests run over
 * everything, but only when somebody wants them. `struct file_worker` is one a
 * worker (libmagic and OpenSSL keep heap memory of their own: nothing of it is
 * touched unless wanted). One thread.
 */
#ifndef SENSOR_FILE_H
#define SENSOR_FILE_H

#include "lib/bytes.h"
#include "rules/tx.h"

#include <stdint.h>

struct proto_env;
struct file_worker;

#define FILE_NAME_MAX 1024
#define FILE_KEEP_MAX (100u << 10)  /* bytes kept that the engine has not seen */
#define FILE_KEEP_SEEN (16u << 10)  /* bytes kept before those, for matches that reach back */

/* `want`: bits of enum file_want. NULL: no memory, or libmagic has no database. */
struct file_worker *file_worker_new(unsigned want);
void                file_worker_free(struct file_worker *w);
/* Others want more, of files to come. 0; -ENOENT: libmagic has no database, the rest is done. */
int                 file_worker_want(struct file_worker *w, unsigned want);

/* A file that `tx` carries from now on; `name` is copied, cut at FILE_NAME_MAX. NULL: no memory,
 * which is fine for all calls below. Borrowed: it belongs to the transaction. */
struct file *file_open(struct proto_env *env, struct tx *tx, int dir, struct bytes name);
/* Rename; a later header may know better. */
void file_set_name(struct proto_env *env, struct file *f, struct bytes name);
void file_append(struct proto_env *env, struct file *f, struct bytes data);
/* `n` bytes are missing here. */
void file_gap(struct proto_env *env, struct file *f, uint64_t n);
/* No more comes: FILE_CLOSED when it is whole, FILE_TRUNCATED. Finishes the digests. */
void file_close(struct proto_env *env, struct file *f, enum file_state state);

/* Take all files off a transaction that ends. */
void file_list_release(struct proto_env *env, struct tx *tx);

/* The index-th file of a direction, NULL: none. */
struct file *file_at(struct tx *tx, int dir, unsigned index);
/* The buffers file.data, file.name and file.magic of it; for struct app_ops. */
bool file_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);

#endif
