/* SPDX-License-Identifier: Apache-2.0 */
/* A message in one piece after another: the first byte says how long they are. */
#include "sensor/proto/mime.h"
#include "sensor/file.h"
#include "sensor/proto.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes     in = bytes_of(data, len);
	size_t           step = 1u + bytes_u8(&in);
	struct tx        tx = { .id = 0 };
	struct proto_env env = { .pool = pool_new(4u << 20) };
	struct mime     *m;
	struct view      view;

	if (!env.pool)
		abort();
	TAILQ_INIT(&tx.files);
	m = mime_new(&env, &tx, 0);
	while (in.left > 0) {
		size_t end = bytes_find(&in, '\n') + 1;

		end = end < in.left ? end : in.left;
		mime_take(m, &env, bytes_cut(&in, step < end ? step : end));
	}
	mime_end(m, &env, true);
	for (unsigned i = 0; i < 4; i++)
		(void)mime_buffer(m, BUF_EMAIL_URL, i, &view);
	mime_free(m, &env);
	file_list_release(&env, &tx);
	if (pool_used(env.pool) != 0)
		abort();
	pool_free(env.pool);
	return 0;
}
