/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/nfs.h"
#include "tests/fuzz/conversation.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return fuzz_conversation(&nfs_proto, bytes_of(data, len));
}
