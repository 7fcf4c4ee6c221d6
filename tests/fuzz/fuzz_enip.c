/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/enip.h"
#include "tests/fuzz/conversation.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return fuzz_conversation(&enip_proto, bytes_of(data, len));
}
